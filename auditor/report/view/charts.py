"""Charts as plain data: positions are percentages of the drawing area, texts are display-ready."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.core.metrics import Figure
from auditor.report.excerpts import visible
from auditor.report.messages import Messages, decimal, share, signed

BARS_SHOWN = 24
BINS_SHOWN = 60
SHARES = ("figure.pii_tagged_sample",)
"""Bar figures whose values are shares of the rows."""
SERIES_SHOWN = 6
CELLS_SHOWN = 24


@dataclass(frozen=True)
class Table:
    """The numbers of a chart."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Bar:
    """One bar; `size` in percent of the longest. Without a size, it is a gap with the text `label`."""

    label: str
    text: str
    note: str
    size: float | None
    is_negative: bool = False
    start: float = 0.0
    """Start position, in percent of the drawing area."""


@dataclass(frozen=True)
class Segment:
    """One part of a stacked bar, in percent of the total."""

    label: str
    text: str
    start: float
    size: float
    style: str


@dataclass(frozen=True)
class Line:
    """One series; `points` are ``x,y`` pairs in percent, y from the top."""

    name: str
    points: str
    dots: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class Cell:
    """One cell of a heat map; `strength` 0 to 1."""

    text: str
    hint: str
    strength: float


@dataclass(frozen=True)
class Tick:
    """A mark on an axis."""

    at: float
    text: str


@dataclass(frozen=True)
class Dot:
    """An estimate with its interval on a common axis, in percent."""

    label: str
    text: str
    at: float
    low: float
    high: float
    style: str
    note: str = ""
    others: tuple[float, ...] = ()
    """The single measurements behind the estimate."""


@dataclass(frozen=True)
class Chart:
    """One chart. `kind` is the name of its template macro; the fields of other kinds are empty."""

    kind: str
    """``bars``, ``columns``, ``lines``, ``heatmap``, ``table``, ``dots``, ``stack`` or ``slope``."""
    title: str
    summary: str
    """Text alternative for screen readers."""
    table: Table
    bars: tuple[Bar, ...] = ()
    segments: tuple[Segment, ...] = ()
    lines: tuple[Line, ...] = ()
    cells: tuple[tuple[Cell, ...], ...] = ()
    dots: tuple[Dot, ...] = ()
    ticks_x: tuple[Tick, ...] = ()
    ticks_y: tuple[Tick, ...] = ()
    note: str = ""
    """Note about omitted parts."""
    zero: float | None = None
    """Position of zero on the axis of a `dots` chart; None: outside."""


def chart_of(figure: Figure, messages: Messages, bars_shown: int = BARS_SHOWN) -> Chart | None:
    """The chart of a figure of a check; None if it is empty. At most `bars_shown` bars are shown."""
    title = messages.either(figure.title, visible(figure.title))
    labels = [visible(label) for label in figure.labels]
    if figure.series:
        series = {visible(name): [_finite(value) for value in values] for name, values in figure.series.items()}
        if figure.kind in {"line", "bar"}:
            return _lines(title, labels, series, messages)
        if figure.kind == "heatmap":
            return replace(_heatmap(title, labels, series, messages), note=_omitted(figure, messages))
        return _table(title, labels, series, messages)
    values = [_finite(value) for value in figure.values]
    if not labels or len(labels) != len(values):
        return None
    if figure.kind == "line":
        return _lines(title, labels, {title: values}, messages)
    if figure.kind == "histogram":
        return _columns(title, labels, values, messages)
    return _bars(title, labels, values, figure, bars_shown, messages)


def _finite(value: float) -> float:
    return value if math.isfinite(value) else 0.0


def _percent(part: float, whole: float) -> float:
    return round(100 * part / whole, 2) if whole else 0.0


def _value_table(title: str, labels: Sequence[str], values: Sequence[float], messages: Messages) -> Table:
    rows = tuple((label, decimal(value)) for label, value in zip(labels, values, strict=True))
    return Table((title, messages.text("chart.value")), rows)


def _bars(
    title: str, labels: list[str], values: list[float], figure: Figure, bars_shown: int, messages: Messages
) -> Chart:
    """Horizontal bars with their shares of the figure's total, if any; of many bars, the first and the last.

    If there are negative values, zero is in the middle and their bars point left.
    """
    longest, is_signed, total = max(map(abs, values)), min(values) < 0, figure.total
    show = share if all(value <= 1 for value in values) and figure.title in SHARES else signed if is_signed else decimal
    bars = [
        _bar(label, show(value), share(value / total) if total else "", _percent(value, longest), is_signed)
        for label, value in zip(labels, values, strict=True)
    ]
    if len(bars) > bars_shown or figure.omitted:
        last_shown = bars_shown // 5
        left_out = max(len(bars) - bars_shown + 1, 0) + figure.omitted
        gap = Bar(messages.text("chart.more", n=f"{left_out:,}"), "", "", None)
        bars = [*bars[: bars_shown - 1 - last_shown], gap, *bars[-last_shown:]]
    first, last = (f"{labels[i]} {show(values[i])}" for i in (0, -1))
    summary = messages.text("chart.bars", title=title, n=len(labels), first=first, last=last)
    return Chart("bars", title, summary, _value_table(title, labels, values, messages), bars=tuple(bars))


def _bar(label: str, text: str, note: str, size: float, is_signed: bool) -> Bar:
    if not is_signed:
        return Bar(label, text, note, size)
    half = round(abs(size) / 2, 2)
    return Bar(label, text, note, half, size < 0, round(50 - half, 2) if size < 0 else 50.0)


def _omitted(figure: Figure, messages: Messages) -> str:
    """Note about the omitted rows and columns of a heat map."""
    if not figure.omitted:
        return ""
    shown = len(figure.labels)
    key = f"omitted.{figure.title}"
    if not messages.has(key):
        return messages.text("chart.more", n=f"{figure.omitted:,}")
    return messages.text(key, shown=shown, all=shown + figure.omitted, n=figure.omitted)


def _columns(title: str, labels: list[str], values: list[float], messages: Messages) -> Chart:
    """A histogram; adjacent bins are merged if there are more than `BINS_SHOWN`."""
    step = math.ceil(len(values) / BINS_SHOWN)
    names = [
        labels[i] if step == 1 else f"{labels[i]} … {labels[min(i + step, len(labels)) - 1]}"
        for i in range(0, len(labels), step)
    ]
    sums = [sum(values[i : i + step]) for i in range(0, len(values), step)]
    top = nice_top(max(sums))
    bars = tuple(Bar(name, decimal(value), "", _percent(value, top)) for name, value in zip(names, sums, strict=True))
    peak = names[sums.index(max(sums))]
    summary = messages.text("chart.columns", title=title, first=labels[0], last=labels[-1], peak=peak)
    return Chart(
        "columns",
        title,
        summary,
        _value_table(title, names, sums, messages),
        bars=bars,
        ticks_x=_ends(names),
        ticks_y=_scale(top),
    )


def _lines(title: str, labels: list[str], series: dict[str, list[float]], messages: Messages) -> Chart | None:
    if not labels:
        return None
    names = sorted(series, key=lambda name: -sum(series[name]))[:SERIES_SHOWN]
    shown = {name: values for name, values in series.items() if name in names and len(values) == len(labels)}
    if not shown:
        return None
    top = nice_top(max(max(values) for values in shown.values()))
    last = max(len(labels) - 1, 1)
    lines = []
    for name, values in shown.items():
        points = [(_percent(i, last), round(100 - _percent(value, top), 2)) for i, value in enumerate(values)]
        hints = [f"{name}, {label}: {decimal(value)}" for label, value in zip(labels, values, strict=True)]
        marked = _turns(values) if len(labels) <= BINS_SHOWN else []
        dots = tuple((*points[i], hints[i]) for i in marked)
        lines.append(Line(name, " ".join(f"{x},{y}" for x, y in points), dots))
    table = Table(
        (title, *shown),
        tuple((label, *(decimal(values[i]) for values in shown.values())) for i, label in enumerate(labels)),
    )
    summary = messages.text("chart.lines", title=title, first=labels[0], last=labels[-1], names=", ".join(shown))
    return Chart("lines", title, summary, table, lines=tuple(lines), ticks_x=_ends(labels), ticks_y=_scale(top))


def _turns(values: Sequence[float]) -> list[int]:
    """Indices of the marked points of a line: all except those within a horizontal stretch."""
    inner = range(1, len(values) - 1)
    level = {i for i in inner if values[i - 1] == values[i] == values[i + 1]}
    return [i for i in range(len(values)) if i not in level]


def _heatmap(title: str, labels: list[str], series: dict[str, list[float]], messages: Messages) -> Chart:
    names, columns = list(series)[:CELLS_SHOWN], labels[:CELLS_SHOWN]
    is_share = all(0 <= value <= 1 for name in names for value in series[name])
    strongest = max((abs(value) for name in names for value in series[name]), default=0.0)
    cells = tuple(
        tuple(
            Cell(
                _cell_text(value, is_share),
                f"{name} × {column}: {_cell_text(value, is_share)}",
                round(abs(value) / strongest, 3) if strongest else 0,
            )
            for column, value in zip(columns, series[name], strict=False)
        )
        for name in names
    )
    table = Table(
        (title, *columns), tuple((name, *(cell.text for cell in row)) for name, row in zip(names, cells, strict=True))
    )
    summary = messages.text("chart.heatmap", title=title, rows=len(series), columns=len(labels))
    return Chart("heatmap", title, summary, table, cells=cells)


def _cell_text(value: float, is_share: bool) -> str:
    if not is_share or value == 0:
        return decimal(value)
    text = f"{value:.0%}"
    return "<1%" if text == "0%" else text


def _table(title: str, labels: list[str], series: dict[str, list[float]], messages: Messages) -> Chart:
    """A table; column headings can be message keys (``column. ...``)."""
    show = [share if label.endswith("share") else decimal for label in labels]
    rows = tuple((name, *(f(v) for f, v in zip(show, values, strict=True))) for name, values in series.items())
    return Chart("table", title, title, Table(("", *(messages.either(label, label) for label in labels)), rows))


def _ends(labels: Sequence[str]) -> tuple[Tick, ...]:
    """Labels at both ends of an axis, and in the middle if there are at least five."""
    if len(labels) == 1:
        return (Tick(50, labels[0]),)
    middle = (Tick(50, labels[len(labels) // 2]),) if len(labels) >= 5 else ()
    return (Tick(0, labels[0]), *middle, Tick(100, labels[-1]))


def _scale(top: float) -> tuple[Tick, ...]:
    return tuple(Tick(round(100 - 100 * part, 2), decimal(top * part)) for part in (0, 0.5, 1))


def nice_top(value: float) -> float:
    """The smallest of 1, 2, 3, 4, 5, 6, 8, 10 times a power of ten that is at least `value`."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9))
