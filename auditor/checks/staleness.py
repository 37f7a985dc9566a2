"""Staleness: age of the rows, invalid dates, phrases that reveal the age of a text, and language drift."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared, no_column
from auditor.checks.calendar import Calendar, gaps_and_bursts, judge_dates, other_date_columns, timeline
from auditor.checks.drift_report import Moved, against_reference, between_periods
from auditor.checks.outdated_phrases import Hit, load_stale_rules, scan_stale
from auditor.checks.slices import members
from auditor.core.findings import Severity, detail_of, findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.message import Message, Quantity, message
from auditor.text.dates import OK, UNREADABLE, Dates, parse_dates
from auditor.text.year_mentions import years_mentioned

_TOP_SLICES = 12
_ONE_DAY_ROWS = 20
"""Minimum number of dated rows for saying that all are of one day."""
_ENOUGH = 0.2
"""Minimum share of texts that mention a year for reporting years without a date column."""
_NEWER = 1.0
"""Minimum difference in days between two versions."""


class StalenessCheck(Check[list[Hit]]):
    """Uses the date column, if any, and the texts; the as-of date is a setting and recorded."""

    prefix = "STL"
    dimension = "staleness"
    requires = ("text",)
    roles = ("text",)

    def scan(self, batch: pa.RecordBatch) -> list[Hit]:
        """Matches of the rules for outdated phrases."""
        options = self.settings.staleness
        rules = load_stale_rules(options.rules)
        before = self.settings.today().year - max(1, options.max_age_days() // 365)
        return scan_stale(batch.column("text"), batch.column("row_id").to_pylist(), rules, before)

    def ready(self, corpus: Corpus) -> None:
        """Check that the user's rules are valid; else InputError."""
        load_stale_rules(self.settings.staleness.rules)

    def finish(self, partials: Sequence[list[Hit]], corpus: Corpus, shared: Shared) -> CheckResult:
        """See ``rules/checks/staleness.yaml``, STL001 to STL015 (STL012 is made with the plan)."""
        column = corpus.role("date")
        done = [self._dated_texts([hit for hits in partials for hit in hits], corpus)]
        if column is None:
            mined = self._without_dates(corpus)
            if (mined.metrics[0].value or 0) < _ENOUGH and shared.reference is None and not any(partials):
                offered = any(offer.role == "date" for offer in corpus.offers)
                few = message("reason.few_dated")
                return Skipped(no_column(corpus, "date") if offered else few)
            done.append(mined)
        else:
            calendar = judge_dates(parse_dates(column, self.settings.staleness.date_format), self.settings.today())
            if not (calendar.dates.status == OK).any():
                return Skipped(message("reason.no_dates", corpus.roles.date or ""))
            done.append(self._with_dates(corpus, calendar, shared))
            done.append(_versions(corpus, calendar, shared.clusters))
        if shared.reference is not None:
            done.append(against_reference(corpus, shared.reference, self.language, self.settings))
        ages = next((part.per_row for part in done if part.per_row), {})
        return Completed(
            tuple(metric for part in done for metric in part.metrics),
            merge_findings([table for part in done for table in part.tables]),
            tuple(figure for part in done for figure in part.figures),
            tuple(note for part in done for note in part.notes),
            ages,
        )

    def _with_dates(self, corpus: Corpus, calendar: Calendar, shared: Shared) -> Moved:
        name = str(corpus.roles.date)
        old = calendar.sound & (np.nan_to_num(calendar.age) > self.settings.staleness.max_age_days())
        tables = [_rows("STL001", "info", old, corpus, name, score=calendar.age), *_broken(corpus, name, calendar)]
        tables.append(_rows("STL004", "warn", calendar.missing, corpus, name))
        tables.append(_rows("STL015", "info", calendar.dates.is_other, corpus, name, value=calendar.years()))
        broken = calendar.impossible | calendar.future | calendar.placeholder | calendar.epoch_zero
        metrics = [
            measured("staleness.old_rate", old.sum() / max(int(calendar.sound.sum()), 1)),
            measured("staleness.broken_rate", float(broken.mean())),
            measured("staleness.missing_rate", calendar.missing.mean()),
            measured("staleness.future_rate", calendar.future.mean()),
            measured("staleness.read_rate", float((calendar.dates.status == OK).mean())),
            measured("staleness.other_form_rows", int(calendar.dates.is_other.sum())),
            measured("staleness.median_age", float(np.nanmedian(calendar.age)) if calendar.sound.any() else None),
        ]
        for other, dates in other_date_columns(corpus).items():
            tables += _broken(corpus, other, judge_dates(dates, self.settings.today()))
        metrics += _by_slice(corpus, calendar, old)
        gaps, bursts = gaps_and_bursts(calendar.dates.days, calendar.sound)
        for kind, months in (("gap", gaps), ("burst", bursts)):
            tables.append(
                findings(
                    "STL008",
                    "info",
                    [None] * len(months),
                    column=name,
                    value=[f"{month} {kind}" for month in months],
                    detail=[detail_of(message("value.month", month, message(f"value.{kind}"))) for month in months],
                )
            )
        metrics += [
            measured("staleness.gap_months", len(gaps)),
            measured("staleness.burst_months", len(bursts)),
        ]
        moved = between_periods(corpus, calendar, shared.clusters, self.language, self.settings)
        oldest = Quantity(self.settings.staleness.max_age_days(), "days")
        as_of = message("note.as_of", self.settings.today().isoformat(), oldest)
        ages = pa.array(np.ceil(np.nan_to_num(calendar.age)), pa.int32(), mask=np.isnan(calendar.age))
        figures = (timeline(corpus, calendar.dates.days, calendar.sound), *moved.figures)
        notes = (as_of, *_form_note(name, calendar.dates), *_one_day_note(calendar), *moved.notes)
        return Moved((*metrics, *moved.metrics), (*tables, *moved.tables), figures, notes, {"age_days": ages})

    def _without_dates(self, corpus: Corpus) -> Moved:
        """Years mentioned in the texts, if there is no date column: reported, never graded."""
        years = years_mentioned(corpus.text, self.settings.today().year)
        share = float((years > 0).mean())
        named, counts = np.unique(years[years > 0], return_counts=True)
        figures: tuple[Figure, ...] = ()
        if len(named):
            axis = np.arange(named.min(), named.max() + 1)
            values = np.zeros(len(axis))
            values[named - named.min()] = counts
            figures = (Figure("line", "figure.years_named", tuple(map(str, axis)), series={"all": tuple(values)}),)
        return Moved(
            (measured("staleness.mined_rate", share),),
            (),
            figures,
            (message("note.no_dates", Quantity(share, "share")),),
        )

    def _dated_texts(self, hits: Sequence[Hit], corpus: Corpus) -> Moved:
        rules = {rule.name: rule for rule in load_stale_rules(self.settings.staleness.rules)}
        ids, names = [hit[0] for hit in hits], [hit[3] for hit in hits]
        table = findings(
            "STL010",
            "info",
            ids,
            column=corpus.roles.text,
            start=[hit[1] for hit in hits],
            end=[hit[2] for hit in hits],
            confidence=0.5,
            value=names,
            suggestion=[rules[name].replaced_by for name in names],
        )
        return Moved((measured("staleness.dated_text_rows", len(set(ids))),), (table,))


def _form_note(name: str, dates: Dates) -> list[Message]:
    """The format of the column, the number of unreadable rows, and of rows without the time zone that others have.

    Empty for timestamp columns.
    """
    if not dates.form:
        return []
    unreadable = int((dates.status == UNREADABLE).sum())
    notes = [message("note.date_form", name, dates.form, int(dates.is_other.sum()), unreadable)]
    naive = dates.naive_rows()
    return [*notes, message("note.naive_dates", name, naive)] if naive else notes


def _one_day_note(calendar: Calendar) -> list[Message]:
    """Says that all dates are of one day, probably that of an export; ages then say nothing about the texts."""
    days = np.unique(np.floor(calendar.dates.days[calendar.sound]))
    if len(days) != 1 or int(calendar.sound.sum()) < _ONE_DAY_ROWS:
        return []
    return [message("note.one_day", str(days.astype("datetime64[D]")[0]))]


def _broken(corpus: Corpus, name: str, calendar: Calendar) -> list[pa.Table]:
    """Impossible dates in any date column."""
    years = calendar.years()
    return [
        _rows(code, "fail", hit, corpus, name, value=years)
        for code, hit in (
            ("STL002", calendar.impossible),
            ("STL003", calendar.future),
            ("STL006", calendar.placeholder),
            ("STL007", calendar.epoch_zero),
        )
    ]


def _rows(
    code: str,
    severity: Severity,
    hit: np.ndarray,
    corpus: Corpus,
    column: str,
    score: np.ndarray | None = None,
    value: list[str] | None = None,
) -> pa.Table:
    positions = np.flatnonzero(hit)
    return findings(
        code,
        severity,
        corpus.row_id[positions],
        column=column,
        confidence=1.0,
        score=None if score is None else score[positions],
        value=None if value is None else [value[i] for i in positions],
    )


def _by_slice(corpus: Corpus, calendar: Calendar, old: np.ndarray) -> list[Metric]:
    """Share of old rows and median age per class and per source, of the most frequent ones."""
    metrics = []
    for role in ("label", "source"):
        rows, classes, names = members(corpus, role)
        rows, classes = rows[calendar.sound[rows]], classes[calendar.sound[rows]]
        sizes = np.bincount(classes, minlength=len(names))
        for k in np.argsort(-sizes, kind="stable")[:_TOP_SLICES].tolist():
            here = rows[classes == k]
            if len(here):
                metrics.append(measured(f"staleness.old_rate_by_{role}", old[here].mean(), slice_=names[k]))
                metrics.append(
                    measured(f"staleness.median_age_by_{role}", np.median(calendar.age[here]), slice_=names[k])
                )
    return metrics


def _versions(corpus: Corpus, calendar: Calendar, clusters: Clusters | None) -> Moved:
    """Near duplicates of a newer row, of which they are probably an outdated version."""
    if clusters is None:
        return Moved()
    rows = np.flatnonzero((clusters.kept != np.arange(len(corpus))) & (clusters.similarity < 1))
    kept = clusters.kept[rows]
    both = calendar.sound[rows] & calendar.sound[kept]
    rows, kept = rows[both], kept[both]
    ahead = calendar.dates.days[kept] - calendar.dates.days[rows]
    pairs = {int(r): int(k) for r, k in zip(rows[ahead >= _NEWER], kept[ahead >= _NEWER], strict=True)}
    for r, k in zip(rows[ahead <= -_NEWER].tolist(), kept[ahead <= -_NEWER].tolist(), strict=True):
        if calendar.dates.days[r] > calendar.dates.days[pairs.get(k, k)]:
            pairs[k] = r  # the newest of several newer versions
    old = np.array(sorted(pairs), np.int64)
    new = np.array([pairs[i] for i in old.tolist()], np.int64)
    table = findings(
        "STL011",
        "info",
        corpus.row_id[old],
        column=corpus.roles.text,
        score=calendar.dates.days[new] - calendar.dates.days[old],
        confidence=0.5,
        group=clusters.cluster[old],
        ref_row=corpus.row_id[new],
    )
    return Moved((measured("staleness.older_versions", len(old)),), (table,))
