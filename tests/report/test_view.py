"""What the view decides: verdicts, tiles, actions, rows and accounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from auditor.core.audit import Audit, Excerpt, Grade
from auditor.core.benchmark_result import (
    Ablation,
    BenchmarkResult,
    ClassResult,
    Comparison,
    Gap,
    Quantized,
    Robustness,
    RowCounts,
    Rows,
    SeedDesign,
    SideCounts,
    SideGaps,
    SideShares,
    Step,
    StepChange,
)
from auditor.core.findings import findings, merge_findings, no_findings
from auditor.core.metrics import Figure, Metric
from auditor.core.results import Completed, Failed, Skipped
from auditor.core.run_summary import After, Effect, RunSummary
from auditor.message import message
from auditor.report.formats.html import render_html
from auditor.report.messages import Messages
from auditor.report.view import build_view
from auditor.report.view.benchmark import benchmark_view
from auditor.report.view.charts import chart_of
from auditor.report.view.model import Fact
from auditor.report.view.rows import _fair_shares
from tests.report.conftest import benchmark_of, change, score

EN, ZH = Messages("en"), Messages("zh")


def test_the_first_screen_names_what_capped_the_grade(mail_audit: Audit) -> None:
    view = build_view(mail_audit)
    assert view.grade.letter == "D" and view.grade.status == "fail"
    assert view.verdict == "Not ready to train on. Fix first: Freshness and Privacy."
    assert view.because == (
        "Capped by Freshness and Privacy (F): 99.4% of rows are too old; 53.0% of rows hold an identifier."
    )


def test_a_clean_audit_has_a_calm_verdict(mail_audit: Audit) -> None:
    balance = replace(mail_audit, results={"balance": mail_audit.results["balance"]})
    view = build_view(
        replace(balance, grades={"balance": Grade("A", message("x")), "overall": Grade("A", message("overall.mean"))})
    )
    assert view.verdict == "Ready to train on."
    assert view.because == "The grade is the mean of the dimension grades."
    assert view.actions == ()


def test_a_tile_shows_the_metric_that_decided(mail_audit: Audit) -> None:
    tile = build_view(mail_audit).tiles[1]
    assert (tile.name, tile.grade.letter, tile.number, tile.words) == (
        "Duplicates",
        "C",
        "3.0%",
        "of rows repeat another row",
    )


@pytest.mark.parametrize(
    ("result", "status"), [(Skipped(message("why")), "skipped"), (Failed(message("why")), "failed")]
)
def test_even_a_grade_cannot_make_an_absent_check_pass(
    mail_audit: Audit, result: Skipped | Failed, status: str
) -> None:
    audit = replace(mail_audit, results={**mail_audit.results, "balance": result})
    view = build_view(audit)
    assert view.tiles[0].grade.status == view.dimensions[0].grade.status == status
    assert (view.tiles[0].grade.letter, view.tiles[0].words) == ("–", "why")
    assert view.is_incomplete == (status == "failed")


def test_a_check_that_was_not_asked_for_is_not_checked(mail_audit: Audit) -> None:
    audit = replace(mail_audit, results={"balance": mail_audit.results["balance"]})
    assert [tile.grade.status for tile in build_view(audit).tiles] == ["pass", *["skipped"] * 4]


EFFECTS = (
    Effect("privacy.identifier_rate", {"masked": 81, "changed": 81}, {"privacy": "F"}, {"privacy": "B"}, 0.0),
    Effect(
        "balance.ratio",
        {"weighted": 400},
        {"balance": "D", "duplicates": "A"},
        {"balance": "D", "duplicates": "A"},
        11.0,
        {"balance": "A", "duplicates": "F"},
    ),
    Effect("duplicates.rate", {"removed": 9}, {}, {}),
)


def test_actions_say_what_they_change_as_measured_and_run_as_printed(mail_audit: Audit) -> None:
    first, second, third = build_view(mail_audit, RunSummary(effects=EFFECTS, folder="runs/mails")).actions
    assert (first.title, first.rows, first.effect) == ("Mask identifiers", "81 rows masked", "Privacy F → B")
    assert (first.command, first.status, first.dimension_key) == ("auditor fix runs/mails 1", "fail", "privacy")
    assert second.title == "Weight the classes"
    assert second.effect == "Balance stays D (oversampling would lead to Balance A, Duplicates F)"
    assert third.effect.startswith("Effect not measured")
    assert third.command == "auditor fix runs/mails 3"


def test_without_measured_effects_nothing_is_promised(mail_audit: Audit) -> None:
    assert build_view(mail_audit).actions == ()


def test_a_folder_name_cannot_break_out_of_the_command(mail_audit: Audit) -> None:
    view = build_view(mail_audit, RunSummary(effects=EFFECTS, folder="a b; rm -rf ~"))
    assert view.actions[0].command == "auditor fix 'a b; rm -rf ~' 1"


def test_tiles_show_the_letters_before_and_after(mail_audit: Audit) -> None:
    grades = {"overall": "C", "privacy": "C", "duplicates": "A"}
    after = After(grades, (Metric("privacy.identifier_rate", 0.01, "share", "warn", 0.005),))
    view = build_view(mail_audit, RunSummary(after=after))
    privacy = next(tile for tile in view.tiles if tile.key == "privacy")
    assert (privacy.grade.letter, privacy.after and privacy.after.letter) == ("F", "C")
    assert (privacy.number, privacy.after_number) == ("53.0%", "1.0%")
    assert view.after is not None and view.after.letter == "C"
    assert view.outcomes == (
        ("changes", "The data set that was written has grade C (the input D); still open: Privacy C."),
    )


def test_findings_of_one_row_and_code_are_one_line(mail_audit: Audit) -> None:
    rows = [row for row in build_view(mail_audit).findings.rows if row.code == "PII001"]
    assert len(rows) == 80
    assert ("kind", "E-mail address × 2") in [(fact.name, fact.value) for fact in rows[0].detail]
    assert rows[0].pieces[0][0] == "text" and rows[-1].pieces[0][0] == "why"


def test_label_findings_tell_given_and_suggested(mail_audit: Audit) -> None:
    example = build_view(mail_audit).dimensions[2].examples[0]
    assert [(fact.name, fact.value) for fact in example.detail] == [
        ("label", "ham"), ("verdict", "safe to prune"), ("suggested", "spam"),
    ]  # fmt: skip


def test_fair_shares_keep_small_codes_whole() -> None:
    assert _fair_shares({"A": 3, "B": 10_000, "C": 50_000}, 103) == {"A": 3, "B": 50, "C": 50}
    assert _fair_shares({"A": 3, "B": 4}, 100) == {"A": 3, "B": 4}
    assert _fair_shares({}, 100) == {}


def test_duplicate_pairs_need_a_finding_that_joins_them(mail_audit: Audit) -> None:
    pairs = build_view(mail_audit).dimensions[1].pairs
    assert [(pair.row, pair.other) for pair in pairs] == [
        ("100", "200"),
        ("101", "201"),
        ("102", "202"),
        ("103", "203"),
    ]
    assert ("mark", "blue") in pairs[0].left and ("mark", "green") in pairs[0].right
    strangers = (Excerpt(100, "DUP002", (("text", "a"),)), Excerpt(999, "DUP002", (("text", "b"),)))
    assert build_view(replace(mail_audit, excerpts=strangers)).dimensions[1].pairs == ()


def test_pairs_of_different_codes_take_turns(mail_audit: Audit) -> None:
    def pair(code: str, row: int) -> tuple[Excerpt, Excerpt]:
        return Excerpt(row, code, (("text", "a"),)), Excerpt(row + 200, code, (("text", "b"),))

    excerpts = (*pair("DUP001", 300), *pair("DUP001", 301), *pair("DUP002", 100), *pair("DUP002", 101))
    result = replace(
        mail_audit.results["duplicates"],  # type: ignore[type-var]
        findings=findings("DUP001", "warn", [300, 301], ref_row=[500, 501]),
    )
    merged = merge_findings([result.findings, findings("DUP002", "warn", [100, 101], ref_row=[300, 301])])  # type: ignore[union-attr]
    audit = replace(mail_audit, results={"duplicates": replace(result, findings=merged)}, excerpts=excerpts)  # type: ignore[type-var]
    assert [pair.row for pair in build_view(audit).dimensions[0].pairs] == ["300", "100", "301", "101"]


def test_findings_on_the_corpus_are_lines_of_their_own_and_named(mail_audit: Audit) -> None:
    rare = findings("BAL002", "warn", [None, None], value=["lost_card", "refund"], score=[3.0, 4.0])
    view = build_view(replace(mail_audit, results={"balance": Completed((), rare)}))
    assert [row.row for row in view.findings.rows] == ["all", "all"]
    assert [row.detail[0].value for row in view.findings.rows] == ["lost_card", "refund"]
    assert view.dimensions[0].codes[0].named == Fact("Which", "lost_card, refund", is_name=True)
    ratio = findings("BAL001", "warn", [None], value=["11.8"])
    view = build_view(replace(mail_audit, results={"balance": Completed((), ratio)}))
    assert view.dimensions[0].codes[0].named == Fact("Value", "11.8", is_name=True), "a number is no name"


def test_slices_of_the_same_kind_share_a_table(mail_audit: Audit) -> None:
    metrics = (
        Metric("privacy.entity", 0.1, "share", slice="URL"), Metric("privacy.entity_rows", 10, "rows", slice="URL"),
        Metric("privacy.entity", 0.4, "share", slice="PERSON", low=0.3, high=0.5),
        Metric("privacy.entity_rows", 12, "rows", slice="PERSON"),
    )  # fmt: skip
    view = build_view(replace(mail_audit, results={"privacy": Completed(metrics, no_findings())}))
    (table,) = view.dimensions[0].slices
    assert table.columns == ("Kind", "Share of rows", "Rows found", "95% interval")
    assert [row.values for row in table.rows] == [("40.0%", "12 rows", "30.0% to 50.0%"), ("10.0%", "10 rows", "")]


def test_unknown_codes_and_metrics_still_show(mail_audit: Audit) -> None:
    odd = Completed((Metric("new.thing", 0.25, "share"),), findings("ZZZ999", "warn", [1]))
    page = build_view(replace(mail_audit, results={"novelty": odd}, grades={})).dimensions[0]
    assert (page.name, page.grade.status) == ("novelty", "info")
    assert (page.metrics[0].label, page.metrics[0].value, page.metrics[0].is_known) == ("new.thing", "25.0%", False)
    assert (page.codes[0].code, page.codes[0].title) == ("ZZZ999", "ZZZ999")


def test_metrics_stand_against_the_shipped_bounds(mail_audit: Audit) -> None:
    metric = build_view(mail_audit).dimensions[1].metrics[0]
    assert metric.bounds == ("0.50%", "2.0%", "5.0%", "20.0%")
    assert metric.grade is not None and metric.grade.letter == "C"


def test_without_a_run_there_is_neither_plan_nor_benchmark(mail_audit: Audit) -> None:
    view = build_view(mail_audit)
    assert view.changes is None and view.benchmark is None and view.outcomes == ()


def benchmark(interval: tuple[float, float], **more: object) -> BenchmarkResult:
    middle = sum(interval) / 2
    difference = {"accuracy": change(middle, *interval)}
    return benchmark_of({"accuracy": score(0.8)}, {"accuracy": score(0.8 + middle)}, difference, **more)


@pytest.mark.parametrize(
    ("interval", "outcome", "words"),
    [
        ((0.01, 0.03), "better", "better in Accuracy (80.0% → 82.0%)"),
        ((-0.03, -0.01), "worse", "worse in Accuracy (80.0% → 78.0%)"),
        ((-0.01, 0.03), "same", "no difference shown in Accuracy (80.0% → 81.0%)"),
        ((0.0, 0.02), "same", "no difference shown in Accuracy (80.0% → 81.0%)"),
    ],
)
def test_the_verdict_follows_the_interval(interval: tuple[float, float], outcome: str, words: str) -> None:
    view = benchmark_view(benchmark(interval), EN)
    assert view.outcome == outcome
    assert view.verdict == f"Benchmark: {words}."


def test_no_difference_says_what_would_have_been_seen() -> None:
    view = benchmark_view(benchmark((-0.01, 0.03)), EN)
    assert view.comparisons[0].sentence == "No difference shown; a change of about 2.0 points would have been seen."


def test_the_whole_result_is_shown() -> None:
    none = SideShares(0.0, 0.0)
    result = benchmark(
        (-0.01, 0.03),
        complete=False,
        classes=(
            ClassResult("a", 3, SideCounts(5, 9), none, none, SideShares(0.5, 0.6)),
            ClassResult("b", 3, SideCounts(7, 7), none, none, SideShares(0.9, 0.5)),
        ),
        thresholds={"before": (0.25,), "after": (0.5,)},
        baseline=Comparison({"accuracy": score(0.7)}, {"accuracy": score(0.75)}),
        robustness=Robustness(20, *[Comparison({"accuracy": score(0.6)}, {"accuracy": score(0.65)})] * 2),
        group_gaps={"source": SideGaps(Gap(0.2, "web", "phone"), Gap(0.1, "web", "phone"))},
        quantized=Quantized("dynamic int8 of linear layers", (90.0, 30.0), 0.99),
    )
    wide = replace(result.difference["accuracy"], detectable=0.05)
    view = benchmark_view(replace(result, difference={"accuracy": wide}), EN)
    assert not view.is_complete
    assert [(row.label, row.train_rows, row.before, row.after) for row in view.classes] == [
        ("b", "7 → 7", "90.0%", "50.0%"), ("a", "5 → 9", "50.0%", "60.0%"),
    ]  # fmt: skip
    assert "a change of about 5.0 points" in view.comparisons[0].sentence
    facts = {fact.name: fact.value for fact in view.facts}
    assert facts["Test rows"] == "300" and "0.25 → 0.50" in facts.values()
    others = " ".join(fact.value for fact in view.others)
    assert "70.0% → 75.0%" in others and "60.0% → 65.0%" in others  # of the linear model, and with typing errors
    assert "(web – phone)" in others and "90 MB → 30 MB" in others


def test_metrics_that_disagree_are_called_mixed(mail_run: RunSummary) -> None:
    assert mail_run.benchmark is not None
    difference = {"accuracy": change(0.01, 0.005, 0.02), "macro_f1": change(-0.02, -0.03, -0.01)}
    assert benchmark_view(replace(mail_run.benchmark, difference=difference), EN).outcome == "mixed"


def test_long_bar_figures_show_both_ends_and_keep_all_numbers() -> None:
    labels = tuple(f"class {i}" for i in range(77))
    chart = chart_of(Figure("bar", "figure.rows_per_class", labels, tuple(float(200 - i) for i in range(77))), EN)
    assert chart is not None
    assert [bar.label for bar in chart.bars][:2] == ["class 0", "class 1"]
    assert chart.bars[-1].label == "class 76"
    assert [bar.label for bar in chart.bars if bar.size is None] == ["… 54 more …"]
    assert len(chart.bars) == 24 and len(chart.table.rows) == 77


def test_wide_histograms_join_bins_without_losing_rows() -> None:
    chart = chart_of(Figure("histogram", "h", tuple(map(str, range(300))), tuple([1.0] * 300)), EN)
    assert chart is not None and len(chart.bars) == 60
    assert {bar.text for bar in chart.bars} == {"5"}


def test_line_points_lie_inside_the_picture() -> None:
    chart = chart_of(Figure("line", "l", ("a", "b", "c"), (), {"x": (0.0, 5.0, 10.0), "y": (10.0, 0.0, 3.0)}), EN)
    assert chart is not None
    assert [line.points for line in chart.lines] == ["0.0,100.0 50.0,50.0 100.0,0.0", "0.0,0.0 50.0,100.0 100.0,70.0"]


@pytest.mark.parametrize("kind", ["bar", "histogram", "line", "heatmap", "table"])
def test_empty_and_broken_figures_do_no_harm(kind: str, mail_audit: Audit) -> None:
    figures = (
        Figure(kind, "f"), Figure(kind, "f", ("a",), ()), Figure(kind, "f", ("a",), (float("nan"),)),  # type: ignore[arg-type]
        Figure(kind, "f", ("a", "b"), (0.0, 0.0)), Figure(kind, "f", (), (), {"s": ()}),  # type: ignore[arg-type]
    )  # fmt: skip
    audit = replace(mail_audit, results={"balance": Completed((), no_findings(), figures)})
    assert build_view(audit).dimensions[0].codes == ()


def test_view_survives_the_round_trip_through_its_files(mail_audit: Audit, mail_run: RunSummary) -> None:
    again = Audit.from_json(mail_audit.to_json(), mail_audit.findings())
    assert build_view(again, mail_run, "zh") == build_view(mail_audit, mail_run, "zh")


def test_axes_of_estimates_end_at_round_numbers(mail_audit: Audit) -> None:
    shares = tuple(
        Metric("privacy.entity", value, "share", slice=kind, low=value - 0.02, high=value + 0.02)
        for kind, value in (("PERSON", 0.677), ("LOCATION", 0.1))
    )
    privacy = mail_audit.results["privacy"]
    assert isinstance(privacy, Completed)
    audit = replace(mail_audit, results={**mail_audit.results, "privacy": replace(privacy, metrics=shares)})
    (chart,) = [c for d in build_view(audit).dimensions if d.key == "privacy" for c in d.charts if c.kind == "dots"]
    assert [tick.text for tick in chart.ticks_x] == ["0%", "40.0%", "80.0%"]
    assert [dot.at for dot in chart.dots] == [84.62, 12.5]


def test_token_columns_are_named_as_used(mail_audit: Audit) -> None:
    roles = {"text": "text", "tokens": "words", "tags": "ner_tags"}
    view = build_view(replace(mail_audit, corpus=replace(mail_audit.corpus, roles=roles)))
    assert [(fact.name, fact.value) for fact in view.facts][2:5] == [
        ("text", "text"), ("tokens", "words"), ("tags", "ner_tags"),
    ]  # fmt: skip
    assert [column for _, column, _ in view.method.columns] == ["text", "words", "ner_tags"]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_an_audit_of_an_earlier_version_is_drawn(mail_audit: Audit, lang: str) -> None:
    privacy = mail_audit.results["privacy"]
    assert isinstance(privacy, Completed)
    old = (
        Metric("privacy.rows_rate", 0.1, "share", "fail"),
        Metric("privacy.entity_rows", 12.0, "rows", slice="EMAIL_ADDRESS"),
    )
    results = {**mail_audit.results, "privacy": replace(privacy, metrics=old, coverage=None)}
    view = build_view(replace(mail_audit, results=results), None, lang)
    assert {item.status for law in view.laws for item in law.clauses} <= {"info", "skipped"}, "nothing is asserted"
    render_html(view)


@pytest.mark.parametrize(
    ("interval", "linear", "words"),
    [
        ((-0.02, 0.03), (-0.07, -0.02), ("Linear model: worse", "evens such changes out")),
        ((0.01, 0.03), (-0.01, 0.02), ("no difference shown", "Only the encoder")),
        ((0.01, 0.03), (0.02, 0.06), ("Linear model: better", "Both models say the same")),
        ((0.01, 0.03), (-0.06, -0.02), ("Linear model: worse", "contradict each other")),
    ],
)
def test_the_verdict_names_both_models_and_what_their_disagreement_means(
    interval: tuple[float, float], linear: tuple[float, float], words: tuple[str, str]
) -> None:
    design = SeedDesign("rows", "accuracy", resolution=0.01, test_rows_needed=4_200)
    beside = Comparison({}, {}, {"accuracy": change(sum(linear) / 2, *linear)})
    outcome = change(sum(interval) / 2, *interval).outcome
    rows = Rows(RowCounts(100, 90, 40), folds=3)
    result = benchmark(interval, outcome=outcome, baseline=beside, seed_design=design, rows=rows)
    view = benchmark_view(result, EN)
    assert all(word in view.verdict for word in words)
    assert "4,200" in [fact.value for fact in view.facts]
    assert ("Test folds", "3, each predicted by models that did not see it (cross-fitting)") in [
        (fact.name, fact.value) for fact in view.facts
    ]
    assert "线性模型" in benchmark_view(result, ZH).verdict


def test_points_on_a_level_stretch_of_a_line_are_not_marked() -> None:
    figure = Figure("line", "figure.rows_per_month", tuple("abcdef"), (), {"all": (0.0, 0.0, 0.0, 5.0, 0.0, 0.0)})
    chart = chart_of(figure, Messages("en"))
    assert chart is not None
    assert [hint for _, _, hint in chart.lines[0].dots] == [
        "all, a: 0", "all, c: 0", "all, d: 5", "all, e: 0", "all, f: 0",
    ]  # fmt: skip
    assert len(chart.table.rows) == 6, "the numbers are all in the table"


def test_steps_are_shown_by_the_measure_that_decides() -> None:
    step = Step("before", 100, {"entity_f1": score(0.4)})
    found = StepChange({"entity_f1": change(0.02, 0.01, 0.03)}, "Better.")
    arms = (step, Step("duplicates", 90, {"entity_f1": score(0.42)}, found, found))
    ablation = Ablation("token-classification", "linear model", (), True, "paired bootstrap", {}, arms)
    difference = {"entity_f1": change(0.02, 0.01, 0.03)}
    scores = {"entity_f1": score(0.4)}, {"entity_f1": score(0.42)}
    view = benchmark_view(benchmark_of(*scores, difference, task="token-classification", linear_ablation=ablation), EN)
    assert view.steps_metric == "Entity F1"
    assert [row[1:3] for row in view.steps] == [("100", "40.0%"), ("90", "42.0%")]
