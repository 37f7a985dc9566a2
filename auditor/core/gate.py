"""The gate: decides the exit code of a run, with reasons, from the audit and the settings.

Pure functions without input or output. A reason is a message key with values; `auditor.report.messages` renders it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.baseline import Baseline
from auditor.core.findings import SEVERITIES
from auditor.core.grades import is_below
from auditor.core.metrics import Metric, measured
from auditor.core.results import Completed, Failed

REJECTED_LIMIT = 0.5
"""The input is unusable if a larger share of its rows could not be read."""
REJECT_RATE = "quality.reject_rate"
_CODES_NAMED = 5


@dataclass(frozen=True)
class Reason:
    """Why the exit code is not 0.

    Attributes:
        key: ``gate.<key>`` in the message catalogues.
        values: arguments of the message.
        metric: the metric concerned.
        limit: the limit that the metric exceeds.
    """

    key: str
    values: Mapping[str, str | int] = field(default_factory=dict)
    metric: Metric | None = None
    limit: float | None = None


@dataclass(frozen=True)
class Verdict:
    """An exit code and its reasons; none if the code is 0."""

    code: int
    reasons: tuple[Reason, ...] = ()


def judge(audit: Audit, settings: Settings, baseline: Baseline | None = None) -> Verdict:
    """The verdict on an audit; with a baseline, `fail_on` and `limits` ask only for what is new or worse.

    Exit code 3: nothing could be read, or most rows were rejected. 5: a check failed, or something that the gate
    requires was not graded. 1: the gate was not passed. 0: otherwise.
    """
    unusable = _unusable(audit)
    if unusable is not None:
        return Verdict(3, (unusable,))
    failed = [name for name, result in audit.results.items() if isinstance(result, Failed)]
    found = [
        *_below_grade(audit, settings),
        *_over_limits(audit, settings, baseline),
        *_at_level(audit, settings, baseline),
    ]
    if failed:
        return Verdict(5, (Reason("failed", {"dimensions": ", ".join(failed)}), *found))
    if found:
        return Verdict(1, tuple(found))
    unknown = tuple(_unknown(audit, settings)) if settings.has_gate else ()
    return Verdict(5 if unknown else 0, unknown)


def reject_rate(audit: Audit) -> Metric:
    """The metric of rows that could not be read, as a share of all rows of the input."""
    rows = audit.corpus.rows_read
    share = audit.corpus.rows_rejected / rows if rows else 0.0
    in_audit = next((m for m in _metrics(audit) if m.name == REJECT_RATE), None)
    return in_audit or measured(REJECT_RATE, share, digits=None)


def _unusable(audit: Audit) -> Reason | None:
    corpus = audit.corpus
    if corpus.rows_read == corpus.rows_rejected:
        return Reason("no_rows")
    if corpus.rows_rejected > REJECTED_LIMIT * corpus.rows_read:
        return Reason("rejected", {"rejected": f"{corpus.rows_rejected:,}", "rows": f"{corpus.rows_read:,}"})
    return None


def _metrics(audit: Audit) -> Iterator[Metric]:
    """Metrics of the whole corpus."""
    for result in audit.results.values():
        if isinstance(result, Completed):
            yield from (metric for metric in result.metrics if metric.slice is None)


def _below_grade(audit: Audit, settings: Settings) -> Iterator[Reason]:
    letter = audit.grades["overall"].letter
    if settings.min_grade is not None and letter is not None and is_below(letter, settings.min_grade):
        yield Reason("grade", {"letter": letter, "least": settings.min_grade})


def _over_limits(audit: Audit, settings: Settings, baseline: Baseline | None) -> Iterator[Reason]:
    measured = {metric.name: metric for metric in (reject_rate(audit), *_metrics(audit))}
    for name, limit in settings.limits.items():
        metric = measured.get(name)
        if metric is None or metric.value is None or metric.value <= limit:
            continue
        if baseline is None or not baseline.has_limit_crossed(metric, limit):
            yield Reason("limit", metric=metric, limit=limit)


def _at_level(audit: Audit, settings: Settings, baseline: Baseline | None) -> Iterator[Reason]:
    """Graded metrics and findings with a severity of at least ``fail_on``."""
    if settings.fail_on == "never":
        return
    levels = SEVERITIES[SEVERITIES.index(settings.fail_on) :]
    named = {metric.name: metric for metric in (reject_rate(audit), *_metrics(audit))}
    for metric in named.values():
        is_known = baseline is not None and baseline.is_as_bad(metric)
        if metric.status in levels and metric.status != "info" and not is_known:
            yield Reason(f"metric.{metric.status}", metric=metric)
    table = audit.findings()
    columns = (table.column(name).to_pylist() for name in ("code", "severity", "is_new"))
    found = zip(*columns, strict=True)
    codes = [code for code, severity, is_new in found if severity in levels and is_new is not False]
    if codes:
        names = sorted(set(codes))
        shown = ", ".join(names[:_CODES_NAMED]) + (" ..." if len(names) > _CODES_NAMED else "")
        yield Reason(
            "findings" if baseline is None else "new_findings",
            {"count": len(codes), "level": settings.fail_on, "codes": shown},
        )


def _unknown(audit: Audit, settings: Settings) -> Iterator[Reason]:
    """Requirements of the gate that could not be evaluated."""
    overall = audit.grades["overall"]
    rows = audit.corpus.rows_read - audit.corpus.rows_rejected
    if rows < settings.grades.min_rows:
        yield Reason("few_rows", {"rows": f"{rows:,}", "least": f"{settings.grades.min_rows:,}"})
    elif all(grade.letter is None for grade in audit.grades.values()):
        yield Reason("not_judged")
    elif settings.min_grade is not None and overall.letter is None:
        yield Reason("no_grade")
    measured = {metric.name for metric in (reject_rate(audit), *_metrics(audit)) if metric.value is not None}
    for name in settings.limits:
        if name not in measured:
            yield Reason("not_measured", {"metric": name})
