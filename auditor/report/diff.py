"""Metrics and findings that are better, worse, new or gone between two audits.

A metric has changed if the difference is larger than expected by chance: for a share, if the interval of the difference
of the two shares (Newcombe 1998) excludes 0; for an estimate, if the two intervals do not overlap; for other numbers,
if the letter differs or the value changed by more than a tenth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.core.audit import Audit
from auditor.core.grades import metric_letter
from auditor.core.metrics import Metric
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view.context import NO_LETTER, Context
from auditor.stats import difference

_MOVED = 0.1
KINDS = ("worse", "new", "better", "gone")
"""In order of importance."""


@dataclass(frozen=True)
class DiffLine:
    """One metric or finding code in both audits."""

    name: str
    """Metric name or finding code."""
    label: str
    before: str
    after: str
    is_real: bool = True
    """Whether it counts against the later audit: new findings fail, or are in more rows than expected by chance."""


@dataclass(frozen=True)
class DiffView:
    """The comparison of two audits, without unchanged lines."""

    lang: str
    before: str
    after: str
    grade_before: str
    grade_after: str
    lines: Mapping[str, tuple[DiffLine, ...]]
    """The lines of each of `KINDS`."""

    @property
    def is_worse(self) -> bool:
        """Whether anything got worse, or there are more new findings than expected by chance."""
        return any(line.is_real for kind in ("worse", "new") for line in self.lines[kind])


def build_diff(before: Audit, after: Audit, lang: str = "en") -> DiffView:
    """Compare graded metrics by value, checks by whether they ran, and finding codes by presence."""
    old, new = (Context(audit, Messages(lang)) for audit in (before, after))
    lines: dict[str, list[DiffLine]] = {kind: [] for kind in KINDS}
    both = [key for key in before.results if key in after.results]  # only batches have the dimension for earlier data
    for key in both:
        _compare_metrics(old, new, key, lines)
    for code in sorted({*old.tallies, *new.tallies}):
        if (doc := new.doc(code)) and doc.dimension not in both:
            continue
        rows = (_rows(old, code), _rows(new, code))
        if code not in old.tallies:
            lines["new"].append(DiffLine(code, new.title(code), *rows, is_real=_is_news(old, new, code)))
        elif code not in new.tallies:
            lines["gone"].append(DiffLine(code, old.title(code), *rows))
    return DiffView(
        lang=lang,
        before=visible(before.corpus.name),
        after=visible(after.corpus.name),
        grade_before=_overall(before),
        grade_after=_overall(after),
        lines={kind: tuple(items) for kind, items in lines.items()},
    )


def _readable(context: Context) -> int:
    return context.audit.corpus.rows_read - context.audit.corpus.rows_rejected


def _is_news(old: Context, new: Context, code: str) -> bool:
    """Whether a new finding code fails, or is in more rows than expected by chance."""
    tally = new.tallies[code]
    if tally.severity == "fail" or not tally.rows:
        return tally.severity != "info"
    return difference((0, _readable(old)), (tally.rows, _readable(new)))[1] > 0


def _has_changed(before: Metric, after: Metric, rows_before: int, rows_after: int) -> bool:
    """Whether two values of a metric differ by more than chance; see the module docstring."""
    x, y = before.value or 0.0, after.value or 0.0
    if None not in (before.low, before.high, after.low, after.high):
        return bool(before.low > after.high or after.low > before.high)  # type: ignore[operator]
    if after.unit == "share" and rows_before and rows_after:
        _, low, high = difference((x * rows_before, rows_before), (y * rows_after, rows_after))
        return low > 0 or high < 0
    return metric_letter(before) != metric_letter(after) or abs(y - x) > _MOVED * max(abs(x), abs(y))


def _rows(context: Context, code: str) -> str:
    tally = context.tallies.get(code)
    if tally is None:
        return NO_LETTER
    return context.messages.rows(tally.rows) if tally.rows else context.messages.text("whole_corpus")


def _overall(audit: Audit) -> str:
    grade = audit.grades.get("overall")
    return (grade.letter if grade else None) or NO_LETTER


def _compare_metrics(old: Context, new: Context, key: str, lines: dict[str, list[DiffLine]]) -> None:
    """Compare graded metrics, for all of which smaller is better; a check that no longer runs is worse."""
    ran = [bool(context.metrics(key)) for context in (old, new)]
    if ran[0] != ran[1]:
        words = (old.grade(key).word, new.grade(key).word)
        lines["worse" if ran[0] else "better"].append(DiffLine(key, old.dimension_name(key), *words))
        return
    for metric in new.metrics(key):
        earlier = old.metric(metric.name)
        if metric_letter(metric) is None or earlier is None or earlier.value is None or metric.value is None:
            continue
        if _has_changed(earlier, metric, _readable(old), _readable(new)):
            kind = "worse" if metric.value > earlier.value else "better"
            shown = (_shown(old, earlier), _shown(new, metric))
            lines[kind].append(DiffLine(metric.name, new.metric_label(metric.name), *shown))


def _shown(context: Context, metric: Metric) -> str:
    return f"{context.messages.value(metric.value, metric.unit)} ({metric_letter(metric)})"


def render_diff(view: DiffView) -> str:
    """The comparison as plain text for a terminal."""
    t = Messages(view.lang).text
    title = t("diff.title", before=view.before, after=view.after)
    lines = [f"{title}: {view.grade_before} → {view.grade_after}"]
    for kind in KINDS:
        if view.lines[kind]:
            lines += ["", t(f"diff.{kind}")]
            lines += [f"  {line.label} ({line.name}): {line.before} → {line.after}" for line in view.lines[kind]]
    if not any(view.lines.values()):
        lines += ["", t("diff.same")]
    return "\n".join([*lines, ""])
