"""Bias: groups of people mentioned in the texts and their association with labels, which alone proves no bias."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.message import message
from auditor.rules import identity_groups
from auditor.stats import difference
from auditor.text.language import KNOWN
from auditor.text.terms import TermIndex

MIN_ROWS = 30
"""Groups in fewer rows are counted but not compared."""
FALSE_DISCOVERY, LEAST_DIFFERENCE, CHANCE = 0.05, 0.1, 0.05
SPOKEN_ROWS, SPOKEN_SHARE, NAMED_ROWS = 100, 0.01, 10
"""Minimum rows and share of all rows that mention a kind of group, and minimum rows of one group, for a judgement."""
UNEQUAL = 5.0
"""A group is rarely mentioned below this fraction of the average of the other groups of its kind."""
_LABELS = 20


@dataclass(frozen=True)
class Association:
    """A label's share among the rows that mention a group, and among the others."""

    group: str
    label: str
    rows: int
    share: float
    others: float
    low: float
    high: float
    p: float


Mentions = dict[tuple[str, str], np.ndarray]
"""By group and language, a bool per text: whether it contains one of the group's words in that language."""


class BiasCheck(Check[Mentions]):
    """Matches word lists in every text."""

    prefix = "BIA"
    dimension = "bias"
    roles = ("text",)

    def scan(self, batch: pa.RecordBatch) -> Mentions:
        """The texts that contain words of each group, for every language that has lists."""
        lists = {
            (key, language): group.words[language] for key, group in identity_groups().items() for language in KNOWN
        }
        return TermIndex(batch.column("text")).rows_with_each(lists)

    def finish(self, partials: Sequence[Mentions], corpus: Corpus, shared: Shared) -> CheckResult:
        """BIA001 a label associated with a group, BIA002 a group mentioned rarely compared with the others."""
        known = {language: corpus.row_language.rows(language) for language in KNOWN}
        positions = np.flatnonzero(np.any(list(known.values()), axis=0))
        if not len(positions):
            return Skipped(message("reason.no_lists"))
        rows = {key: hit[positions] for key, hit in _mentions(partials, known).items()}
        labels = None if corpus.labels is None else [corpus.labels[i] for i in positions.tolist()]
        metrics = [measured("bias.mentions", float(hit.mean()), slice_=key) for key, hit in rows.items() if hit.any()]
        found, figure = associations(rows, labels)
        striking = [a for a in found if abs(a.share - a.others) >= LEAST_DIFFERENCE]
        spoken = sum(bool(hit.any()) for hit in rows.values())
        whole: tuple[Metric, ...] = (
            measured("bias.rows_rate", float(np.any(list(rows.values()), axis=0).mean())),
            measured("bias.groups", spoken),
            measured("bias.associations", len(striking)),
        )
        tables = [_association_findings(striking, corpus.roles.label), _unequal(rows, corpus.roles.text)]
        figures = (figure,) if figure is not None else ()
        notes = [message("note.bias")]
        if len(positions) < len(corpus):
            notes.append(message("note.bias_language", len(positions), len(corpus)))
        return Completed((*whole, *metrics), merge_findings(tables), figures, tuple(notes))


def _mentions(partials: Sequence[Mentions], known: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """bool, one per row, by group: whether the row mentions it with a word of the row's language."""

    def rows(key: str, language: str) -> np.ndarray:
        return np.concatenate([partial[key, language] for partial in partials])

    return {
        key: np.any([rows(key, language) & spoken for language, spoken in known.items()], axis=0)
        for key in identity_groups()
    }


def associations(
    rows: dict[str, np.ndarray], labels: Sequence[str | None] | None
) -> tuple[list[Association], Figure | None]:
    """Labels whose share among a group's rows differs significantly from their share among the others.

    Fisher's exact test for each pair of group and label, false discovery rate controlled by Benjamini and Hochberg
    (1995); 95% intervals of the difference by Newcombe (1998, method 10).
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
        compared = [_compare(key, name, given == name, inside, outside) for name in names]
        shares[key] = tuple(round(association.share, 4) for association in compared)
        found += compared
    figure = Figure("heatmap", "figure.labels_by_group", tuple(names), series=shares) if shares else None
    return _beyond_chance(found), figure


def _compare(group: str, label: str, has: np.ndarray, inside: np.ndarray, outside: np.ndarray) -> Association:
    from scipy.stats import fisher_exact

    n, m = int(inside.sum()), int(outside.sum())
    x, y = int((has & inside).sum()), int((has & outside).sum())
    _, low, high = difference((y, m), (x, n))
    p = float(fisher_exact([[x, n - x], [y, m - y]])[1])
    return Association(group, label, n, x / n, y / m, low, high, p)


def _beyond_chance(found: list[Association]) -> list[Association]:
    if not found:
        return []
    from scipy.stats import false_discovery_control  # here, because it takes half a second

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
    """Groups mentioned rarely compared with the others of their kind, each with the most frequent one."""
    values, scores = [], []
    for kind in sorted({key.partition(".")[0] for key in rows}):
        of_kind = {key: hit for key, hit in rows.items() if key.startswith(f"{kind}.")}
        spoken = int(np.any(list(of_kind.values()), axis=0).sum())
        counts = {key: int(hit.sum()) for key, hit in of_kind.items() if hit.sum() >= NAMED_ROWS}
        if spoken < max(SPOKEN_ROWS, SPOKEN_SHARE * len(next(iter(of_kind.values())))) or len(counts) < 2:
            continue
        from scipy.stats import poisson  # here, because it takes half a second

        most = max(counts, key=lambda key: counts[key])
        for key, count in counts.items():
            others = (sum(counts.values()) - count) / (len(counts) - 1)
            if poisson.cdf(count, others / UNEQUAL) < CHANCE:
                values.append(f"{key}: {count} / {most}: {counts[most]}")
                scores.append(others / count)
    return findings("BIA002", "info", [None] * len(values), column=column, score=scores, value=values)
