"""Bias: which groups of people the texts speak of, and whether labels go with them. An association is no verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.judge import stated
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Figure, Metric, Skipped, findings, merge_findings
from auditor.rules import identity_groups
from auditor.text.terms import TermIndex

MIN_ROWS = 30
"""Groups in fewer rows are counted and not compared."""
FALSE_DISCOVERY, LEAST_DIFFERENCE = 0.05, 0.1
UNEQUAL, UNEQUAL_ROWS = 5.0, 100
"""Groups of one kind are unequally spoken of from this ratio on, where the larger has at least so many rows."""
_LABELS = 20


@dataclass(frozen=True)
class Association:
    """A label's share among the rows that speak of a group, and among the others."""

    group: str
    label: str
    rows: int
    share: float
    others: float
    low: float
    high: float
    p: float


class BiasCheck(Check):
    """Word lists on every text."""

    prefix = "BIA"
    dimension = "bias"
    roles = ("text", "label")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """BIA001 a label that goes with a group, BIA002 groups of one kind that are unequally spoken of."""
        if self.language not in ("en", "zh"):
            return Skipped("there are no word lists for this language")
        index = TermIndex(corpus.text)
        rows = {key: index.rows_with_any(group.words[self.language]) for key, group in identity_groups().items()}
        metrics = [
            stated("bias.mentions", float(hit.mean()), "share", slice_=key) for key, hit in rows.items() if hit.any()
        ]
        found, figure = associations(rows, corpus.labels)
        striking = [a for a in found if abs(a.share - a.others) >= LEAST_DIFFERENCE]
        spoken = sum(bool(hit.any()) for hit in rows.values())
        whole: tuple[Metric, ...] = (
            stated("bias.rows_rate", float(np.any(list(rows.values()), axis=0).mean()), "share"),
            stated("bias.groups", spoken, "count"),
            stated("bias.associations", len(striking), "count"),
        )
        tables = [_association_findings(striking, corpus.roles.label), _unequal(rows, corpus.roles.text)]
        figures = (figure,) if figure is not None else ()
        return Completed((*whole, *metrics), merge_findings(tables), figures, ("note.bias",))


def associations(
    rows: dict[str, np.ndarray], labels: Sequence[str | None] | None
) -> tuple[list[Association], Figure | None]:
    """Labels whose share among a group's rows differs from their share among the others beyond chance.

    Fisher's exact test for each pair of group and label, false discovery rate held by Benjamini and Hochberg (1995);
    95 % intervals of the difference by Newcombe (1998, method 10).
    """
    counts = Counter(label for label in labels or [] if label is not None)
    if len(counts) < 2 or labels is None:
        return [], None
    names = [name for name, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_LABELS]]
    known = np.array([label is not None for label in labels])
    given = np.array([label or "" for label in labels], dtype=object)
    found, shares = [], {}
    for key, hit in rows.items():
        inside, outside = hit & known, ~hit & known
        if min(inside.sum(), outside.sum()) < MIN_ROWS:
            continue
        own = [_compare(key, name, given == name, inside, outside) for name in names]
        shares[key] = tuple(round(a.share, 4) for a in own)
        found += own
    figure = Figure("heatmap", "figure.labels_by_group", tuple(names), series=shares) if shares else None
    return _beyond_chance(found), figure


def _compare(group: str, label: str, has: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> Association:
    from scipy.stats import fisher_exact

    n, m = int(inside.sum()), int(outside.sum())
    x, y = int((has & inside).sum()), int((has & outside).sum())
    low, high = difference_interval(x, n, y, m)
    p = float(fisher_exact([[x, n - x], [y, m - y]])[1])
    return Association(group, label, n, x / n, y / m, low, high, p)


def difference_interval(x: int, n: int, y: int, m: int, z: float = 1.96) -> tuple[float, float]:
    """Interval of x/n - y/m from two Wilson intervals (Newcombe 1998, method 10)."""
    (low1, high1), (low2, high2) = _wilson(x, n, z), _wilson(y, m, z)
    p, q = x / n, y / m
    low = p - q - float(np.hypot(p - low1, high2 - q))
    return low, p - q + float(np.hypot(high1 - p, q - low2))


def _wilson(x: int, n: int, z: float) -> tuple[float, float]:
    centre = (x + z * z / 2) / (n + z * z)
    reach = z / (n + z * z) * float(np.sqrt(x * (n - x) / n + z * z / 4))
    return centre - reach, centre + reach


def _beyond_chance(found: list[Association]) -> list[Association]:
    from scipy.stats import false_discovery_control

    if not found:
        return []
    adjusted = false_discovery_control([a.p for a in found])
    return [a for a, q in zip(found, adjusted, strict=True) if q <= FALSE_DISCOVERY]


def _association_findings(found: list[Association], column: str | None) -> pa.Table:
    ordered = sorted(found, key=lambda a: (-abs(a.share - a.others), a.group, a.label))
    values = [
        f"{a.group} · {a.label}: {a.share:.0%} / {a.others:.0%} ({a.low:+.0%} … {a.high:+.0%}, n = {a.rows})"
        for a in ordered
    ]
    scores = [a.share - a.others for a in ordered]
    return findings("BIA001", "info", [None] * len(values), column=column, score=scores, value=values)


def _unequal(rows: dict[str, np.ndarray], column: str) -> pa.Table:
    """The most and the least spoken of group of a kind, where they are far apart."""
    values, scores = [], []
    for kind in sorted({key.partition(".")[0] for key in rows}):
        counts = {key: int(hit.sum()) for key, hit in rows.items() if key.startswith(f"{kind}.")}
        most, least = max(counts, key=lambda k: counts[k]), min(counts, key=lambda k: counts[k])
        if counts[most] >= UNEQUAL_ROWS and counts[most] >= UNEQUAL * counts[least]:
            values.append(f"{most}: {counts[most]} / {least}: {counts[least]}")
            scores.append(counts[most] / max(counts[least], 1))
    return findings("BIA002", "info", [None] * len(values), column=column, score=scores, value=values)
