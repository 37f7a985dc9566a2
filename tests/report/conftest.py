"""Audits as a run would leave them: a mail archive in English, hotel reviews in Chinese."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest

from auditor.core.accounts import Accounts
from auditor.core.audit import Audit, CorpusProfile, Excerpt, Grade
from auditor.core.benchmark_result import BenchmarkResult, Change, Comparison, RowCounts, Rows, Score, Scores
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, Metric
from auditor.core.results import Completed, Failed, Skipped
from auditor.core.run_summary import ClassCount, OutputFile, PlanLine, Prepared, RunSummary
from auditor.message import message
from auditor.report.excerpts import Window, make_excerpts, make_pair_excerpts

EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
PHONE = re.compile(r"(?<!\d)1\d{10}(?!\d)")


@dataclass(frozen=True)
class FoundSpan:
    start: int
    end: int
    entity: str


def find_spans(texts: Sequence[str]) -> list[list[FoundSpan]]:
    """Addresses and mobile numbers, as a recognizer would find them."""
    kinds = ((EMAIL, "EMAIL_ADDRESS"), (PHONE, "CN_MOBILE"))
    return [[FoundSpan(*m.span(), name) for pattern, name in kinds for m in pattern.finditer(t)] for t in texts]


def judged(name: str, value: float, status: str, unit: str = "share", **more: object) -> Metric:
    return Metric(name, value, unit, status, **more)  # type: ignore[arg-type]


def _balance() -> Completed:
    return Completed(
        metrics=(
            judged("balance.ratio", 2.19, "pass", "ratio"),
            judged("balance.rare_class_share", 0.0, "pass"),
            judged("balance.classes", 2, "info", "count"),
            judged("balance.entropy", 0.897, "info", "count"),
            judged("balance.effective_classes", 1.86, "info", "count"),
        ),
        findings=findings("BAL001", "warn", [None], value="2.19"),
        figures=(
            Figure("bar", "figure.rows_per_class", ("ham", "spam"), (4150, 1896)),
            Figure("histogram", "figure.text_length", tuple(str(i * 100) for i in range(41)), _lengths()),
        ),
    )


def _lengths() -> tuple[float, ...]:
    return tuple(float(round(900 * (i + 0.3) / (1 + (i / 4) ** 2.4)) // 4 + (420 if i == 40 else 0)) for i in range(41))


def _duplicates() -> Completed:
    near = findings(
        "DUP002",
        "warn",
        list(range(100, 160)),
        column="text",
        score=[0.7 + (i % 29) / 100 for i in range(60)],
        confidence=0.95,
        group=list(range(60)),
        ref_row=list(range(200, 260)),
    )
    exact = findings(
        "DUP001",
        "warn",
        list(range(300, 420)),
        score=1.0,
        confidence=1.0,
        group=list(range(100, 220)),
        ref_row=list(range(500, 620)),
    )
    clash = findings("DUP005", "fail", [41, 42], score=1.0, confidence=1.0, ref_row=[43, 44], value="ham")
    return Completed(
        metrics=(
            judged("duplicates.rate", 0.0298, "warn"),
            judged("duplicates.conflict_rate", 0.0003, "pass"),
            judged("duplicates.exact_rows", 120, "info", "rows"),
            judged("duplicates.near_rows", 60, "info", "rows"),
            judged("duplicates.clusters", 97, "info", "count"),
        ),
        findings=merge_findings([near, exact, clash]),
        figures=(Figure("bar", "figure.cluster_sizes", ("2", "3", "4", "5–9", "10+"), (61, 20, 9, 5, 2)),),
        notes=(message("Similarity is verified, not estimated."),),
    )


def _labels() -> Completed:
    suspects = findings(
        "LBL001",
        "warn",
        list(range(1000, 1036)),
        score=[0.02 + i / 200 for i in range(36)],
        confidence=[0.98 - i / 90 for i in range(36)],
        value=["safe" if i < 12 else "review" for i in range(36)],
        is_safe=[i < 12 for i in range(36)],
        suggestion="spam",
    )
    return Completed(
        metrics=(
            judged("labels.noise_rate", 0.006, "pass"),
            judged("labels.missing_rate", 0.0, "pass"),
            judged("labels.agreement", 0.984, "info"),
            judged("labels.suspects", 36, "info", "rows"),
        ),
        findings=suspects,
        figures=(
            Figure(
                "histogram",
                "figure.label_scores",
                tuple(f"{i / 20:.2f}" for i in range(20)),
                tuple(float(3 + 2 ** (i / 2)) for i in range(20)),
            ),
            Figure("heatmap", "figure.confusion", ("ham", "spam"), (), {"ham": (4100.0, 22.0), "spam": (14.0, 1880.0)}),
        ),
    )


def _staleness() -> Completed:
    months = tuple(f"2002-{m:02d}" for m in range(1, 13))
    return Completed(
        metrics=(
            judged("staleness.old_rate", 0.994, "fail"),
            judged("staleness.broken_rate", 0.0117, "warn"),
            judged("staleness.drift_auc", 0.93, "fail", "auc"),
            judged("staleness.drift_null", 0.51, "info", "auc"),
            judged("staleness.median_age", 8830, "info", "days"),
        ),
        findings=merge_findings(
            [
                findings("STL001", "warn", list(range(2000, 2120)), confidence=1.0, value="8,830 days"),
                findings("STL002", "fail", list(range(2200, 2235)), confidence=1.0, value="year 102"),
                findings("STL005", "fail", [None], score=0.93, value="0.93"),
            ]
        ),
        figures=(
            Figure(
                "line",
                "figure.rows_per_month",
                months,
                (),
                {
                    "ham": (20, 35, 60, 110, 260, 480, 620, 890, 760, 540, 260, 115),
                    "spam": (12, 20, 38, 61, 90, 150, 260, 370, 420, 280, 130, 65),
                },
            ),
            Figure(
                "table",
                "figure.shifted_words",
                ("first", "last"),
                (),
                {"linux": (0.021, 0.007), "razor": (0.001, 0.012)},
            ),
        ),
    )


def _privacy() -> Completed:
    return Completed(
        metrics=(
            judged("privacy.identifier_rate", 0.53, "fail"),
            judged("privacy.secret_rate", 0.0, "pass"),
            judged("privacy.entity", 0.49, "info", slice="EMAIL_ADDRESS"),
            judged("privacy.entity", 0.21, "info", slice="PERSON", low=0.17, high=0.26),
            judged("privacy.entity", 0.08, "info", slice="LOCATION", low=0.054, high=0.116),
        ),
        findings=merge_findings(
            [
                findings(
                    "PII001",
                    "warn",
                    [i for i in range(3000, 3080) for _ in range(2)],
                    column="text",
                    start=[5, 40] * 80,
                    end=[20, 60] * 80,
                    score=0.9,
                    confidence=0.97,
                    suggestion="mask",
                    value="EMAIL_ADDRESS",
                    entity="EMAIL_ADDRESS",
                ),
                findings(
                    "PII003",
                    "fail",
                    [3100],
                    column="text",
                    start=1,
                    end=17,
                    confidence=1.0,
                    suggestion="mask",
                    value="CREDIT_CARD",
                    entity="CREDIT_CARD",
                ),
            ]
        ),
        figures=(
            Figure("bar", "figure.pii_by_entity", ("EMAIL_ADDRESS", "PHONE_NUMBER", "CREDIT_CARD"), (2960, 410, 1)),
        ),
    )


def _quality() -> Completed:
    return Completed(
        metrics=(judged("quality.empty_rate", 0.0007, "pass"), judged("quality.broken_rate", 0.004, "pass")),
        findings=findings("QLT002", "info", [17, 18], confidence=0.8),
    )


MAIL = "Hi all, please send the {n} patches to fork-admin{n}@xent.example before Friday, the list is moderated. " * 3


def _excerpts() -> tuple[Excerpt, ...]:
    texts = [(3000 + i, "PII001", MAIL.format(n=i)) for i in range(12)]
    rows = [(row_id, code, Window(text), EMAIL.search(text).span()) for row_id, code, text in texts]  # type: ignore[union-attr]
    rows += [
        (1000 + i, "LBL001", Window(f"Save up to {40 + i}% on your mortgage today, click here to unsubscribe"), None)
        for i in range(6)
    ]
    rows += [
        (2200 + i, "STL002", Window("On the list last week somebody asked about the razor filter"), None)
        for i in range(4)
    ]
    pairs = [
        (
            "DUP002",
            100 + i,
            Window(f"Dear Anna{i}, your order 4{i} of blue lamps has shipped from our store"),
            200 + i,
            Window(f"Dear Bernd{i}, your order 5{i} of green lamps has shipped from our store today"),
        )
        for i in range(4)
    ]
    shown = (*make_excerpts(rows, find_spans, 160), *make_pair_excerpts(pairs, find_spans, 160))
    return tuple(replace(excerpt, parts=(("label", "ham"), *excerpt.parts)) for excerpt in shown)


@pytest.fixture(scope="session")
def mail_audit() -> Audit:
    """All six checks completed."""
    return Audit(
        corpus=CorpusProfile(
            name="spamassassin",
            files=("spamassassin.parquet",),
            rows_read=6046,
            rows_rejected=2,
            columns=("text", "label", "date"),
            roles={"text": "text", "label": "label", "date": "date"},
            role_reasons={
                "text": message("longest texts"),
                "label": message("2 classes"),
                "date": message("readable dates"),
            },
            language="en",
            characters=14_200_000,
            digest="ab" * 32,
            reject_reasons={"missing_field": 2},
        ),
        results={
            "balance": _balance(),
            "duplicates": _duplicates(),
            "labels": _labels(),
            "staleness": _staleness(),
            "privacy": _privacy(),
            "quality": _quality(),
        },
        grades={
            "balance": Grade("B", message("grade.metric"), "balance.ratio"),
            "duplicates": Grade("C", message("grade.metric"), "duplicates.rate"),
            "labels": Grade("A", message("grade.metric"), "labels.noise_rate"),
            "staleness": Grade("F", message("grade.metric"), "staleness.old_rate"),
            "privacy": Grade("F", message("grade.metric"), "privacy.identifier_rate"),
            "quality": Grade("B", message("grade.metric"), "quality.empty_rate"),
            "overall": Grade("D", message("overall.capped", "F"), dimensions=("staleness", "privacy")),
        },
        config={"seed": 0, "lang": "en", "duplicates": {"ngram": 3, "threshold": 0.7}, "select": []},
        versions={"auditor": "0.1.0", "python": "3.11.2", "pyarrow": "22.0.0"},
        excerpts=_excerpts(),
    )


@pytest.fixture(scope="session")
def partial_audit(mail_audit: Audit) -> Audit:
    """Labels skipped, privacy failed."""
    results = {
        **mail_audit.results,
        "labels": Skipped(message("no column holds labels")),
        "privacy": Failed(message("no model found")),
    }
    grades = {
        **mail_audit.grades,
        "labels": Grade(None, message("reason.skipped")),
        "privacy": Grade(None, message("reason.failed")),
    }
    return replace(
        mail_audit,
        results=results,
        grades={**grades, "overall": Grade(None, message("overall.failed"), dimensions=("privacy",))},
    )


@pytest.fixture(scope="session")
def hotel_audit(mail_audit: Audit) -> Audit:
    """Chinese reviews; every name in the data is Chinese."""
    reviews = "房间很干净，服务员态度也好，预订请拨打13912345678，下次还会再来。"
    balance = replace(
        mail_audit.results["balance"], figures=(Figure("bar", "figure.rows_per_class", ("好评", "差评"), (700, 300)),)
    )
    labels = replace(
        mail_audit.results["labels"],
        findings=findings("LBL001", "warn", [5, 6], confidence=0.9, value="review", suggestion="差评"),
        figures=(),
    )
    staleness = Skipped(message("no column holds dates"))
    duplicates = replace(mail_audit.results["duplicates"], notes=(), figures=())
    return replace(
        mail_audit,
        corpus=replace(
            mail_audit.corpus,
            name="酒店评论",
            files=("酒店评论.csv",),
            language="zh",
            rows_rejected=0,
            reject_reasons={},
            roles={"text": "评论", "label": "情感"},
            role_reasons={"text": message("最长的文本"), "label": message("两个类别")},
            columns=("评论", "情感"),
        ),
        results={
            **mail_audit.results,
            "balance": balance,
            "labels": labels,
            "duplicates": duplicates,
            "staleness": replace(staleness, reason=message("没有日期列")),
        },
        grades={**mail_audit.grades, "staleness": Grade(None, message("reason.skipped"))},
        excerpts=make_excerpts([(3000 + i, "PII001", Window(reviews), (22, 33)) for i in range(3)], find_spans, 60),
    )


def score(*per_seed: float) -> Score:
    return Score(per_seed, sum(per_seed) / len(per_seed))


def change(value: float, low: float, high: float) -> Change:
    outcome = "no-difference" if low <= 0 <= high else "better" if value > 0 else "worse"
    return Change(value, (low, high), 0.02, (high - low) / 2, outcome)  # type: ignore[arg-type]


def benchmark_of(before: Scores, after: Scores, difference: dict[str, Change], **more: object) -> BenchmarkResult:
    """A result with three seeds of a small model."""
    facts = {
        "task": "text-classification",
        "model": "all-MiniLM-L6-v2",
        "seeds": (0, 1, 2),
        "p_value": 0.018,
        "method": "paired bootstrap",
        "verdict": "Better.",
        "outcome": "better",
        "rows": Rows(RowCounts(900, 1200, 300)),
        "budget": {"steps": 30},
    }
    return BenchmarkResult(before=before, after=after, difference=difference, **(facts | more))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def mail_run() -> RunSummary:
    """Plan, prepared data set and a benchmark that shows a gain in one measure."""
    return RunSummary(
        plan=(
            PlanLine("conflicting-labels", "drop", 4, ("DUP005",)),
            PlanLine("duplicates", "drop", 176, ("DUP001", "DUP002")),
            PlanLine("label-errors", "review", 24, ("LBL001",)),
            PlanLine("personal-data", "mask", 3204, ("PII",)),
            PlanLine("dates", "flag", 155, ("STL",)),
        ),
        prepared=Prepared(
            Accounts(
                rows_in=6046,
                rows_kept=5864,
                rows_removed=180,
                rows_rejected=2,
                rows_added=469,
                rows_out=6333,
                rows_changed=3204,
                rows_masked=3204,
                added_by_recipe={"contextual": 469},
            ),
            classes=(
                ClassCount("train", "ham", 3320, 3290),
                ClassCount("train", "spam", 1517, 1871),
                ClassCount("test", "ham", 415, 410),
                ClassCount("test", "spam", 190, 188),
            ),
            files=(
                OutputFile("dataset/train-00000-of-00001.parquet", 5161),
                OutputFile("dataset/test-00000-of-00001.parquet", 598),
            ),
        ),
        benchmark=benchmark_of(
            {"accuracy": score(0.951, 0.948, 0.955), "macro_f1": score(0.940, 0.931, 0.944)},
            {"accuracy": score(0.962, 0.966, 0.959), "macro_f1": score(0.949, 0.955, 0.941)},
            {"accuracy": change(0.011, 0.002, 0.019), "macro_f1": change(0.010, -0.003, 0.022)},
            baseline=Comparison(
                {"accuracy": score(0.948), "macro_f1": score(0.939)},
                {"accuracy": score(0.951), "macro_f1": score(0.941)},
            ),
            undisputed=Comparison({"accuracy": score(0.957)}, {"accuracy": score(0.968)}, rows=280),
        ),
        facts={"as_of": "2026-11-23", "seed": "0", "command": "auditor run spamassassin.parquet"},
    )
