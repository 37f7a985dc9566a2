"""Label distributions across slices (split, source, script of the text), and text lengths by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.findings import findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.corpus.corpus import Corpus

UNEVEN = 0.3
"""Minimum Cramér's V or correlation ratio for reporting a slice; 0.3 is commonly called a medium association."""
UNDER, EXPECTED = 0.2, 10.0
"""A subgroup is under-represented below this fraction of its expected rows under independence, if at least so many."""
_PARTS, _LARGEST, _SMALLEST, _LENGTHS = 12, 14, 10, 200
_SLICE = 8_192
"""Texts per batch of script detection."""
_HAN, _KANA, _LATIN = r"\p{Han}", r"[\p{Hiragana}\p{Katakana}]", r"\p{Latin}"


@dataclass(frozen=True)
class Slice:
    """Rows per part and label: int64 (parts, labels), with all occurring parts and labels."""

    name: str
    parts: tuple[str, ...]
    labels: tuple[str, ...]
    table: np.ndarray


def slices(corpus: Corpus, labels: Sequence[str | None]) -> Iterator[Slice]:
    """Split, source and script, each if the corpus has at least two parts."""
    columns = {role: corpus.role(role) for role in ("split", "source")}
    named = {role: column.cast(pa.string()) for role, column in columns.items() if column is not None}
    given = pa.array(labels, pa.string())
    for name, values in {**named, "script": scripts(corpus.text)}.items():
        counted = pa.table({"part": values, "label": given}).group_by(["part", "label"]).aggregate([([], "count_all")])
        rows = zip(*(counted.column(key).to_pylist() for key in ("part", "label", "count_all")), strict=True)
        pairs = Counter({(part, label): count for part, label, count in rows if part is not None and label})
        parts = _most_frequent((part, count) for (part, _), count in pairs.items())
        if len(parts) >= 2:
            frequent = _most_frequent((label, count) for (_, label), count in pairs.items())
            table = np.array([[pairs[part, label] for label in frequent] for part in parts], np.int64)
            yield Slice(name, parts, frequent, table)


def _most_frequent(counts: Iterable[tuple[str, int]]) -> tuple[str, ...]:
    total: Counter[str] = Counter()
    for name, count in counts:
        total[name] += count
    return tuple(name for name, _ in sorted(total.items(), key=lambda item: (-item[1], item[0])))


def scripts(text: pa.ChunkedArray) -> pa.ChunkedArray:
    """The script of each text, null without letters: kana before Han before Latin, else ``other``."""
    kinds = [_scripts(text.slice(start, _SLICE)) for start in range(0, len(text), _SLICE)]
    return pa.chunked_array([chunk for kind in kinds for chunk in kind.chunks], pa.string())


def _scripts(text: pa.ChunkedArray) -> pa.ChunkedArray:
    text = pc.fill_null(text, "")
    return pc.case_when(
        pc.make_struct(*(pc.match_substring_regex(text, p) for p in (_KANA, _HAN, _LATIN, r"\p{L}"))),
        *(pa.scalar(name) for name in ("kana", "han", "latin", "other")),
    )


def heat_map(one: Slice) -> Figure:
    """Share of each label in each part; with many labels, of the most frequent and the rarest."""
    share = one.table / np.maximum(one.table.sum(axis=1, keepdims=True), 1)
    shown = np.arange(len(one.labels))
    if len(shown) > _LARGEST + _SMALLEST:
        shown = np.concatenate([shown[:_LARGEST], shown[-_SMALLEST:]])
    rows = zip(one.parts[:_PARTS], share[:_PARTS, shown], strict=True)
    series = {part: tuple(np.round(row, 4).tolist()) for part, row in rows}
    labels = tuple(one.labels[k] for k in shown.tolist())
    return Figure(
        "heatmap", f"figure.label_by_{one.name}", labels, series=series, omitted=len(one.labels) - len(labels)
    )


def under_represented(part: Slice) -> pa.Table:
    """BAL007: subgroups of part and label with far fewer rows than expected from their margins."""
    total = max(int(part.table.sum()), 1)
    expected = part.table.sum(axis=1, keepdims=True) * part.table.sum(axis=0, keepdims=True) / total
    few = np.argwhere((expected >= EXPECTED) & (part.table < UNDER * expected))
    names = [f"{part.parts[i]} · {part.labels[j]}: {part.table[i, j]} / {expected[i, j]:.0f}" for i, j in few.tolist()]
    ratios = [float(part.table[i, j] / expected[i, j]) for i, j in few.tolist()]
    return findings("BAL007", "warn", [None] * len(names), column=part.name, score=ratios, confidence=1.0, value=names)


def lengths(corpus: Corpus, labels: Sequence[str | None]) -> tuple[Metric, Figure | None]:
    """The share of variance of (log) text length between classes, and the median length of the largest."""
    known = np.array([label is not None for label in labels], bool)
    size = np.asarray(pc.utf8_length(pc.fill_null(corpus.text, "")).to_numpy(), np.float64)[known]
    names, given = np.unique([label for label in labels if label is not None], return_inverse=True)
    metric = measured("balance.length_association", correlation_ratio(np.log1p(size), given))
    top = np.argsort(-np.bincount(given), kind="stable")[:_LENGTHS]
    medians = tuple(float(np.median(size[given == k])) for k in top.tolist())
    figure = Figure("bar", "figure.length_per_class", tuple(str(names[k]) for k in top.tolist()), medians)
    return metric, figure if len(size) else None


def correlation_ratio(values: np.ndarray, groups: np.ndarray) -> float:
    """Eta: root of the share of variance between groups, corrected for their number (epsilon squared; Kelley 1935)."""
    n, k = len(values), int(groups.max(initial=-1)) + 1
    spread = float(((values - values.mean()) ** 2).sum()) if n else 0.0
    if n <= k or spread <= 0:
        return 0.0
    counts = np.maximum(np.bincount(groups, minlength=k), 1)
    means = np.bincount(groups, weights=values, minlength=k) / counts
    within = float(((values - means[groups]) ** 2).sum())
    return float(np.sqrt(max(0.0, 1 - (within / (n - k)) / (spread / (n - 1)))))


def cramers_v(table: np.ndarray) -> float:
    """Bias-corrected Cramér's V of a contingency table, 0 (independent) to 1 (Bergsma 2013)."""
    table = table[table.sum(axis=1) > 0][:, table.sum(axis=0) > 0]
    n, (r, k) = table.sum(), table.shape
    if n < 2 or min(r, k) < 2:
        return 0.0
    expected = table.sum(axis=1, keepdims=True) * table.sum(axis=0, keepdims=True) / n
    phi2 = float(((table - expected) ** 2 / expected).sum() / n)
    phi2 = max(0.0, phi2 - (k - 1) * (r - 1) / (n - 1))
    r2, k2 = r - (r - 1) ** 2 / (n - 1), k - (k - 1) ** 2 / (n - 1)
    return float(np.sqrt(phi2 / max(min(r2, k2) - 1, 1e-9))) if min(r2, k2) > 1 else 0.0


def gini(counts: np.ndarray) -> float:
    """Gini coefficient of class sizes: 0 if all are equal, towards 1 if one class has all rows."""
    ordered, k = np.sort(counts), len(counts)
    place = np.arange(1, k + 1)
    return float((2 * place - k - 1) @ ordered / (k * ordered.sum()))


def members(corpus: Corpus, role: str) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Rows, the index of the value of each, and the values; a row with several labels is repeated for each."""
    column = corpus.role(role)
    if column is None:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), []
    if role == "label" and corpus.label_sets is not None:
        pairs = [(row, name) for row, labels in enumerate(corpus.label_sets) for name in labels or ()]
        rows, coded = np.array([row for row, _ in pairs], np.int64), pa.array([name for _, name in pairs], pa.string())
    else:
        coded = column.cast(pa.large_string()).combine_chunks()
        rows = np.flatnonzero(coded.is_valid().to_numpy(zero_copy_only=False))
        coded = coded.drop_null()
    coded = coded.dictionary_encode()
    return rows, coded.indices.to_numpy(), coded.dictionary.to_pylist()
