"""Balance: class imbalance, rare classes, and class distributions by slice."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared, no_column
from auditor.checks.slices import UNEVEN, cramers_v, gini, heat_map, lengths, slices, under_represented
from auditor.core.findings import Severity, findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import LabelSets
from auditor.message import Message, message
from auditor.stats import entropy
from auditor.text.bio import spans

_JOINT = re.compile(r"(?<=\w)(?:[-_]|\s+)(?=\w)")
_BESIDE_A_LETTER = re.compile(r"(?<=[^\W\d]) (?=\w)|(?<=\w) (?=[^\W\d])")
"""A hyphen between words; one at either end is a sign (``-1``, ``A-``)."""
MIN_ROWS, RARE_SHARE = 10, 0.2
"""A class is rare below this number of rows or below this fraction of an equal share."""
_ENDS = 200
"""Classes at either end whose sizes a figure holds where there are more than twice as many."""


class BalanceCheck(Check[None]):
    """Uses label counts only."""

    prefix = "BAL"
    dimension = "balance"
    roles = ("text", "label", "split", "source")

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """BAL001 a corpus finding, BAL002 one per rare class, BAL003 one per group of names, BAL004 one per slice.

        BAL005 mixed types, BAL006 length predicts the class, BAL007 one per under-represented subgroup.
        """
        if corpus.label_sets is not None:
            return _several(corpus, corpus.label_sets)
        if corpus.labels is None:
            return _of_tags(corpus)
        counts = Counter(label for label in corpus.labels or [] if label is not None)
        if len(counts) < 2:
            return Skipped(message("reason.one_class" if counts else "reason.no_label"))
        metrics, tables = _sizes(counts, corpus.roles.label)
        tables.append(_mixed(corpus))
        found = list(slices(corpus, corpus.labels or []))
        associations = [measured("balance.association", cramers_v(s.table), slice_=s.name) for s in found]
        uneven = [m for m in associations if m.value is not None and m.value >= UNEVEN]
        tables += [_of_corpus("BAL004", "warn", m.slice, m.value, m.slice) for m in uneven]
        tables += [under_represented(one) for one in found]
        by_length, length_bars = lengths(corpus, corpus.labels or [])
        if (by_length.value or 0.0) >= UNEVEN:
            tables.append(_of_corpus("BAL006", "warn", corpus.roles.text, by_length.value, f"{by_length.value:.2f}"))
        bars, notes = _bars(counts, "figure.rows_per_class", counts.total())
        figures = (bars, *(heat_map(one) for one in found), *([length_bars] if length_bars else []))
        return Completed((*metrics, by_length, *associations), merge_findings(tables), figures, notes)


def _of_tags(corpus: Corpus) -> CheckResult:
    """Entities by type, if words are tagged: sizes are mentions."""
    if corpus.tag_rows is None:
        return Skipped(no_column(corpus, "label"))
    counts = Counter(span.kind for row in corpus.tag_rows for span in spans(row))
    if len(counts) < 2:
        return Skipped(message("reason.one_class" if counts else "reason.no_label"))
    metrics, tables = _sizes(counts, corpus.roles.tags)
    bars, notes = _bars(counts, "figure.entities_by_type", counts.total())
    return Completed(tuple(metrics), merge_findings(tables), (bars,), (message("note.balance_tags"), *notes))


def _several(corpus: Corpus, sets: LabelSets) -> CheckResult:
    """Rows with several labels each: sizes are rows per label."""
    counts = Counter(name for labels in sets for name in labels or ())
    if len(counts) < 2:
        return Skipped(message("reason.one_class" if counts else "reason.no_label"))
    metrics, tables = _sizes(counts, corpus.roles.label)
    per_row = counts.total() / sum(labels is not None for labels in sets)
    metrics.append(measured("balance.labels_per_row", per_row))
    bars, notes = _bars(counts, "figure.rows_per_label", len(corpus))
    note = message("note.balance_sets", round(per_row, 2))
    return Completed(tuple(metrics), merge_findings(tables), (bars,), (note, *notes))


def _sizes(counts: Counter[str], column: str | None) -> tuple[list[Metric], list[pa.Table]]:
    """Imbalance (BAL001), rare classes (BAL002), and nearly equal names (BAL003)."""
    n = np.array([count for _, count in counts.most_common()], np.float64)
    share = n / n.sum()
    ratio = float(n[0] / n[-1])
    nats = entropy(share)
    rare = sorted(name for name, count in counts.items() if count < max(MIN_ROWS, RARE_SHARE * n.sum() / len(n)))
    metrics = [
        measured("balance.ratio", ratio),
        measured("balance.rare_class_share", len(rare) / len(n)),
        measured("balance.classes", len(n)),
        measured("balance.entropy", nats / np.log(len(n))),
        measured("balance.effective_classes", float(np.exp(nats))),
        measured("balance.gini", gini(n)),
    ]
    sizes = [float(counts[name]) for name in rare]
    nothing = [None] * len(rare)
    tables = [findings("BAL002", "warn", nothing, column=column, confidence=1.0, value=rare, score=sizes)]
    tables.append(_near_equal(counts, column))
    if metrics[0].status != "pass":
        severity: Severity = "warn" if metrics[0].status == "warn" else "fail"
        tables.append(_of_corpus("BAL001", severity, column, ratio, f"{ratio:.1f}"))
    return metrics, tables


def _bars(counts: Counter[str], title: str, total: int | None = None) -> tuple[Figure, tuple[Message, ...]]:
    """Class sizes as bars: all, or the largest and the smallest, and a note where some are left out.

    Args:
        total: the denominator of the shares.
    """
    sizes = counts.most_common()
    omitted = max(0, len(sizes) - 2 * _ENDS)
    shown = [*sizes[:_ENDS], *sizes[len(sizes) - _ENDS :]] if omitted else sizes
    labels, values = tuple(name for name, _ in shown), tuple(float(size) for _, size in shown)
    bars = Figure("bar", title, labels, values, total=total, omitted=omitted)
    return bars, (message("note.top_classes", _ENDS, len(sizes)),) if omitted else ()


def _of_corpus(code: str, severity: Severity, column: str | None, score: float | None, value: str | None) -> pa.Table:
    return findings(code, severity, [None], column=column, score=score, confidence=1.0, value=value)


def _near_equal(counts: Counter[str], column: str | None) -> pa.Table:
    """Names that differ only in case, width, joints or number form; each refers to its most frequent variant."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in counts:
        groups[_plain(name)].append(name)
    names, sisters = [], []
    for group in groups.values():
        first, *others = sorted(group, key=lambda name: (-counts[name], name))
        names += others
        sisters += [first] * len(others)
    return findings(
        "BAL003", "fail", [None] * len(names), column=column, confidence=0.9, value=names, suggestion=sisters
    )


def _mixed(corpus: Corpus) -> pa.Table:
    """The data types of the labels, and the labels that are equal only as text, each listed once."""
    kinds = corpus.label_kinds
    values = [" + ".join(kinds.rows)] if len(kinds.rows) > 1 else []
    severity: Severity = "fail" if kinds.alike else "warn"
    values += kinds.alike
    return findings("BAL005", severity, [None] * len(values), column=corpus.roles.label, confidence=1.0, value=values)


def _plain(name: str) -> str:
    folded = _JOINT.sub(" ", unicodedata.normalize("NFKC", name).casefold())
    folded = _BESIDE_A_LETTER.sub("", folded.strip())
    try:
        return repr(float(folded))
    except ValueError:
        return folded
