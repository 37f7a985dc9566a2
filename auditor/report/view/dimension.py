"""The page of a dimension: metrics with their bounds, finding codes, charts and examples."""

from __future__ import annotations

import re
from dataclasses import replace

import pyarrow.compute as pc

from auditor.core.grades import grade_rule_of, metric_letter
from auditor.core.metrics import Figure, Metric
from auditor.core.results import Completed
from auditor.report.excerpts import visible
from auditor.report.pages import code_page
from auditor.report.view import model
from auditor.report.view.charts import BARS_SHOWN, Chart, Dot, Table, Tick, chart_of, nice_top
from auditor.report.view.context import Context, Tally
from auditor.report.view.rows import examples, pairs
from auditor.report.view.values import finding_value, group_title
from auditor.rules import thresholds

NAMED_SHOWN = 40
_NUMBER = re.compile(r"(AUC )?[\d.,]+%?")
FIRST_SCREEN_BARS = 10
OF_ENTITIES = ("privacy.entity", "batch.entity_change")
"""Metrics whose slices are entity types."""
EXAMPLE_LANGUAGE = "en"
"""The only language of `how` and `example` of codes."""


def dimension_view(context: Context, key: str) -> model.Dimension:
    """The page of a dimension; for a check that did not run, only the reason."""
    result = context.audit.results[key]
    name, question = context.dimension_name(key), context.messages.either(f"question.{key}", "")
    if not isinstance(result, Completed):
        reason = visible(context.messages.message(result.reason))
        return model.Dimension(key, name, question, context.grade(key), reason)
    order = list(thresholds())
    corpus_metrics = [metric for metric in result.metrics if metric.slice is None]
    corpus_metrics.sort(key=lambda metric: order.index(metric.name) if metric.name in order else len(order))
    codes = sorted(set(result.findings.column("code").to_pylist()))
    slices = [metric for metric in result.metrics if metric.slice is not None]
    return model.Dimension(
        key=key,
        name=name,
        question=question,
        grade=context.grade(key),
        reason="",
        metrics=tuple(_metric(context, metric) for metric in corpus_metrics),
        slices=_slice_tables(context, slices),
        codes=tuple(_code(context, context.tallies[code]) for code in codes),
        charts=(*_figures(context, result.figures), *_interval_charts(context, slices)),
        examples=examples(context, codes),
        pairs=pairs(context, codes),
        notes=tuple(visible(context.messages.message(note)) for note in result.notes),
    )


def _figures(context: Context, figures: tuple[Figure, ...], bars_shown: int = BARS_SHOWN) -> tuple[Chart, ...]:
    charts = [chart_of(_named(context, figure), context.messages, bars_shown) for figure in figures]
    return tuple(chart for chart in charts if chart)


def _named(context: Context, figure: Figure) -> Figure:
    """A figure with titles of entity types, groups of people and scripts as labels."""
    if figure.title == "figure.labels_by_group":
        return replace(figure, series={group_title(context, key): row for key, row in figure.series.items()})
    if not figure.title.startswith("figure.pii_"):
        return replace(figure, series={context.series(figure.title, key): row for key, row in figure.series.items()})
    return replace(figure, labels=tuple(context.entity(label) for label in figure.labels))


def first_screen_charts(context: Context) -> tuple[Chart, ...]:
    """The chart of class sizes, and the first chart of the dimension with the worst grade."""
    figures = {key: r.figures for key, r in context.audit.results.items() if isinstance(r, Completed)}
    worst_first = sorted(figures, key=lambda key: -"ABCDF".find(context.grade(key).letter))
    ordered = [*figures.get("balance", ())[:1], *(figure for key in worst_first for figure in figures[key])]
    chosen: list[Chart] = []
    for chart in _figures(context, tuple(ordered), FIRST_SCREEN_BARS):
        if chart.kind != "table" and chart.title not in {other.title for other in chosen}:
            chosen.append(chart)
    return tuple(chosen[:2])


def _metric(context: Context, metric: Metric) -> model.Metric:
    threshold = grade_rule_of(metric)
    letter = metric_letter(metric)
    bounds = threshold.bounds if threshold and letter else ()
    return model.Metric(
        name=metric.name,
        label=context.metric_label(metric.name),
        is_known=context.messages.has(f"metric.{metric.name}"),
        value=context.messages.value(metric.value, metric.unit),
        interval=_interval(context, metric),
        grade=context.letter(letter) if letter else None,
        bounds=tuple(context.messages.value(bound, metric.unit) for bound in bounds),
    )


def _interval(context: Context, metric: Metric) -> str:
    if metric.high is None:
        return ""
    if metric.low is None:
        return context.messages.text("interval.at_most", high=context.messages.value(metric.high, metric.unit))
    low, high = (context.messages.value(bound, metric.unit) for bound in (metric.low, metric.high))
    return context.messages.text("interval", low=low, high=high)


def _slice_tables(context: Context, metrics: list[Metric]) -> tuple[model.SliceTable, ...]:
    """One table for all metrics with the same slices, ordered by the values of the first metric."""
    by_name: dict[str, dict[str, Metric]] = {}
    for metric in metrics:
        by_name.setdefault(metric.name, {})[metric.slice or ""] = metric
    tables: dict[frozenset[str], list[dict[str, Metric]]] = {}
    for slices in by_name.values():
        tables.setdefault(frozenset(slices), []).append(slices)
    return tuple(_slice_table(context, columns) for columns in tables.values())


def _slice_table(context: Context, columns: list[dict[str, Metric]]) -> model.SliceTable:
    text, first = context.messages.text, columns[0]
    has_intervals = any(_interval(context, metric) for metric in first.values())
    rows = []
    for name in sorted(first, key=lambda name: (-(first[name].value or 0.0), name)):
        values = [context.messages.value(column[name].value, column[name].unit) for column in columns]
        intervals = [_interval(context, first[name])] if has_intervals else []
        rows.append(model.SliceRow(_slice_name(context, first[name]), (*values, *intervals)))
    titles = [context.metric_label(next(iter(column.values())).name) for column in columns]
    name = next(iter(first.values())).name
    headings = (
        context.messages.either(f"slice.{name}", text("slice")),
        *titles,
        *([text("interval.title")] if has_intervals else []),
    )
    return model.SliceTable(context.messages.either(f"slices.{name}", titles[0]), headings, tuple(rows))


def _slice_name(context: Context, metric: Metric) -> str:
    """The name of a class or period, or the title of an entity type or group."""
    name = metric.slice or ""
    if metric.name == "bias.mentions":
        return group_title(context, name)
    if metric.name == "balance.association":
        return context.messages.either(f"role.{name}", visible(name))
    return context.entity(name) if metric.name in OF_ENTITIES else visible(name)


def _interval_charts(context: Context, metrics: list[Metric]) -> tuple[Chart, ...]:
    """Chart of estimated shares with their 95% intervals."""
    sampled = [m for m in metrics if m.unit == "share" and m.value is not None and m.low is not None and m.value > 0]
    if not sampled:
        return ()
    title = context.messages.text("figure.sampled")
    sampled.sort(key=lambda metric: -(metric.value or 0.0))
    top = min(1.0, nice_top(max(metric.high or 0.0 for metric in sampled)))
    dots = tuple(
        Dot(
            label=_slice_name(context, metric),
            text=context.messages.value(metric.value, "share"),
            note=_interval(context, metric),
            at=round(100 * (metric.value or 0) / top, 2),
            low=round(100 * (metric.low or 0) / top, 2),
            high=round(100 * (metric.high or 0) / top, 2),
            style="s0",
        )
        for metric in sampled
    )
    ticks = tuple(Tick(at, context.messages.value(top * at / 100, "share")) for at in (0, 50, 100))
    table = Table((title, context.messages.text("chart.value")), tuple((dot.label, dot.text) for dot in dots))
    return (Chart("dots", title, context.messages.text("chart.dots", title=title), table, dots=dots, ticks_x=ticks),)


def _code(context: Context, tally: Tally) -> model.Code:
    doc, lang = context.doc(tally.code), context.messages.lang
    is_english = lang == EXAMPLE_LANGUAGE
    rows = context.messages.rows(tally.rows) if tally.rows else context.messages.text("whole_corpus")
    file, line = _first_place(context, tally.code)
    return model.Code(
        code=tally.code,
        title=context.title(tally.code),
        status=tally.severity,
        word=context.messages.text(f"severity.{tally.severity}"),
        rows=rows,
        findings=context.messages.count("finding", tally.findings),
        why=doc.why.get(lang, "") if doc else "",
        how=doc.how if doc and is_english else "",
        fix=doc.fix.get(lang, "") if doc else "",
        example=doc.example if doc and is_english else "",
        named=_named_values(context, tally),
        page=code_page(context.audit, tally.code),
        file=file,
        line=line,
    )


def _first_place(context: Context, code: str) -> tuple[str, int]:
    """File and line of the first finding of a code, new ones first; empty and 0 if unknown."""
    findings = context.findings.filter(pc.equal(context.findings.column("code"), code))
    findings = findings.filter(pc.is_valid(findings.column("file")))
    new = findings.filter(pc.fill_null(findings.column("is_new"), False))
    first = (new if len(new) else findings).slice(0, 1).to_pylist()
    paths = context.audit.corpus.paths
    if not first or first[0]["file"] >= len(paths):
        return "", 0
    return visible(paths[first[0]["file"]]), first[0]["line"] or 0


def _named_values(context: Context, tally: Tally) -> model.Fact | None:
    """The values of findings about the whole corpus, such as the rare classes."""
    if tally.rows:
        return None
    table = context.findings.filter(pc.equal(context.findings.column("code"), tally.code))
    names = [
        finding_value(context, tally.code, row["value"], row["column"], row["detail"])
        + (f" → {row['suggestion']}" if row["suggestion"] else "")
        for row in table.select(["value", "column", "suggestion", "detail"]).to_pylist()
        if row["value"]
    ]
    more = [context.messages.text("chart.more", n=f"{len(names) - NAMED_SHOWN:,}")] if len(names) > NAMED_SHOWN else []
    if not names:
        return None
    key = "dimension.value" if len(names) == 1 and _NUMBER.fullmatch(names[0]) else "dimension.named"
    shown = visible(context.messages.text("list.comma").join([*names[:NAMED_SHOWN], *more]))
    return model.Fact(context.messages.text(key), shown, is_name=True)
