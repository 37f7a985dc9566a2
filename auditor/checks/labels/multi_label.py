"""Multi-label rows: given labels that are unlikely, and likely labels that are not given."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.labels.eligible_rows import MAX_CELLS, MAX_CLASSES, MIN_GROUPS, MIN_ROWS, rows_with_text
from auditor.checks.labels.label_issues import SUREST
from auditor.checks.labels.multi_label_model import SeveralOpinion, one_against_rest, sampled_against_rest
from auditor.checks.labels.rows import missing_labels, small_classes
from auditor.config.settings import LabelSettings
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import LabelSets
from auditor.imports import lazy_package
from auditor.message import Message, message
from auditor.stats import Z95_ONE_SIDED, wilson

SKILL = 0.25
"""Minimum skill of a label's model by average precision (0: chance, 1: perfect)."""
_LABELS = 20


@dataclass(frozen=True)
class LabelTable:
    """Rows with a text and a list of labels, and the labels that can be judged.

    Attributes:
        at: int64, positions of the rows in the corpus.
        names: the labels, sorted.
        has: bool (rows, labels): the given ones.
        groups: int64, duplicate groups of the rows.
        small: rows by label, for labels with too few distinct texts to be judged.
        beyond: labels excluded because there are too many.
        constant: labels of every row, which cannot be learned.
    """

    at: np.ndarray
    names: list[str]
    has: np.ndarray
    groups: np.ndarray
    small: dict[str, int]
    beyond: int
    constant: tuple[str, ...] = ()


@dataclass(frozen=True)
class Doubts:
    """Doubted labels.

    Attributes:
        unlikely: bool (rows, labels): given, and likely does not apply.
        absent: bool (rows, labels): not given, and likely applies.
        score: float32, one per row: the minimum probability of its given label assignments, 0 (likely wrong) to 1.
    """

    unlikely: np.ndarray
    absent: np.ndarray
    score: np.ndarray


def several_labels(
    corpus: Corpus, sets: LabelSets, groups: np.ndarray, language: str, options: LabelSettings, seed: int
) -> CheckResult:
    """LBL009 a label of the row unlikely, LBL010 a likely label not given; LBL003 and LBL004 as for single labels."""
    table = label_table(sets, rows_with_text(corpus.texts), groups, options.min_class_rows)
    missing = np.array([i for i, labels in enumerate(sets) if labels is None], np.int64)
    column, notes = corpus.roles.label, [_kind_note(sets)]
    tables = [missing_labels(corpus, missing), small_classes(corpus, table.small)]
    metrics = [
        measured("labels.missing_rate", len(missing) / len(corpus)),
        measured("labels.empty_rate", sum(labels == () for labels in sets) / len(corpus)),
    ]
    if table.constant:
        notes.append(message("note.label_sets_constant", ", ".join(table.constant)))
    if options.model != "linear":
        notes.append(message("note.label_linear_only"))
    if table.small or table.beyond:
        notes.append(message("note.label_sets_left_out", len(table.small), table.beyond))
    if len(table.at) < MIN_ROWS or len(np.unique(table.groups)) < MIN_GROUPS or not table.names:
        reason = message("reason.few_rows", len(table.at), len(table.names))
        if not len(missing):
            return Skipped(reason)
        metrics.append(measured("labels.noise_rate", None))
        return Completed(
            tuple(metrics), merge_findings(tables), (), (message("note.labels_not_judged", reason), *notes)
        )
    view = _opinion(corpus, table, language, options, seed)
    if view.fitted < len(table.at):
        notes.append(message("note.label_sample", view.fitted, len(table.at)))
    known = view.skill >= SKILL
    metrics.append(measured("labels.skill", float(view.skill.mean())))
    if not known.any():
        metrics.append(measured("labels.noise_rate", None))
        return Completed(tuple(metrics), merge_findings(tables), (), (message("note.label_sets_gate"), *notes))
    has = table.has if known.all() else table.has[:, known]
    probabilities = view.probabilities if known.all() else view.probabilities[:, known]
    found = find_doubts(has, probabilities)
    names = [name for name, judge in zip(table.names, known.tolist(), strict=True) if judge]
    for code, cells in (("LBL009", found.unlikely), ("LBL010", found.absent)):
        row, label = np.nonzero(cells)
        sure = probabilities[row, label] if cells is found.absent else 1 - probabilities[row, label]
        questioned = [names[k] for k in label.tolist()]
        tables.append(
            findings(code, "warn", corpus.row_id[table.at[row]], column=column, score=1 - sure,
                     confidence=sure, value=questioned, label=questioned)
        )  # fmt: skip
    doubted = (found.unlikely | found.absent).any(axis=1)
    metrics += [
        measured("labels.noise_rate", doubted.sum() / len(table.at)),
        measured("labels.suspects", int(doubted.sum())),
        measured("labels.unlikely", int(found.unlikely.sum())),
        measured("labels.absent", int(found.absent.sum())),
    ]
    return Completed(
        tuple(metrics),
        merge_findings(tables),
        _figures(names, has, found),
        (_model_note(view, int(known.sum())), *notes),
        _per_row(len(corpus), table.at, names, found),
    )


def _opinion(corpus: Corpus, table: LabelTable, language: str, options: LabelSettings, seed: int) -> SeveralOpinion:
    if len(table.at) > options.sample_rows:
        return sampled_against_rest(
            corpus.texts, table.at, table.has, table.groups, options.sample_rows, language=language, seed=seed
        )
    texts = [corpus.texts[i] for i in table.at]
    return one_against_rest(texts, table.has, table.groups, language=language, folds=options.folds, seed=seed)


def label_table(
    sets: LabelSets, has_text: Sequence[bool] | np.ndarray, groups: np.ndarray, min_rows: int
) -> LabelTable:
    """Select rows and labels; copies of one text count once in a label's size."""
    rows = Counter(name for labels in sets for name in labels or ())
    texts = _texts_of(sets, groups, sorted(rows))
    at = np.array([i for i, labels in enumerate(sets) if labels is not None and has_text[i]], np.int64)
    small = {name: count for name, count in sorted(rows.items()) if texts[name] < min_rows}
    labelled = sum(labels is not None for labels in sets)
    constant = tuple(sorted(name for name, count in rows.items() if count == labelled and name not in small))
    large = sorted(rows.keys() - small.keys() - set(constant), key=lambda name: (-rows[name], name))
    names = sorted(large[: min(MAX_CLASSES, MAX_CELLS // max(len(at), 1))])
    number = {name: k for k, name in enumerate(names)}
    has = np.zeros((len(at), len(names)), bool)
    for place, i in enumerate(at.tolist()):
        has[place, [number[name] for name in sets[i] or () if name in number]] = True
    return LabelTable(at, names, has, groups[at], small, len(large) - len(names), constant)


def _texts_of(sets: LabelSets, groups: np.ndarray, names: list[str]) -> dict[str, int]:
    """The number of duplicate groups of each label."""
    number = {name: k for k, name in enumerate(names)}
    label, of = array("q"), array("q")
    for labels, group in zip(sets, groups.tolist(), strict=True):
        for name in labels or ():
            label.append(number[name])
            of.append(group)
    _, group_number = np.unique(np.array(of, np.int64), return_inverse=True)
    pairs = np.unique(group_number * max(len(names), 1) + np.array(label, np.int64))
    counts = np.bincount(pairs % max(len(names), 1), minlength=len(names))
    return dict(zip(names, counts.tolist(), strict=True))


def find_doubts(has: np.ndarray, probabilities: np.ndarray) -> Doubts:
    """Cells that confident learning calls wrong label by label (cleanlab's multi-label filter), within a bound.

    Of the given labels and of those not given, the least probable are flagged, at most as many as estimated from the
    contradictions of the most confident third of the opposite predictions (see `label_issues.most_wrong`).
    """
    score = np.ones(len(has), np.float32)
    unlikely, absent = _Cells.empty(), _Cells.empty()
    for k in range(has.shape[1]):
        given, likely = has[:, k], probabilities[:, k]
        pruned, applies = _pruned(given, likely), likely > 0.5
        likelihood = np.where(given, likely, 1 - likely)
        np.minimum(score, likelihood, out=score)
        unlikely.add(k, pruned & given & ~applies, likelihood, _contradicted(~applies, given, likely))
        absent.add(k, pruned & ~given & applies, likelihood, _contradicted(applies, ~given, likely))
    return Doubts(unlikely.least_likely(has.shape), absent.least_likely(has.shape), score)


def _pruned(given: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """bool, one per row: the result of cleanlab's multi-label filter for one label, which it judges independently."""
    lazy_package("cleanlab")
    from cleanlab.filter import find_label_issues

    table = np.stack([1 - likely, likely], axis=1)
    return np.asarray(find_label_issues(given.astype(np.int64), table, filter_by="prune_by_noise_rate", n_jobs=1), bool)


@dataclass(frozen=True)
class _Contradicted:
    """Counts of one label's predictions: all, the most confident third, and the contradicted ones of that third."""

    predicted: int
    surest: int
    contradicted: int


def _contradicted(predicted: np.ndarray, otherwise: np.ndarray, likely: np.ndarray) -> _Contradicted:
    positions = np.flatnonzero(predicted)
    sure = np.argsort(-np.abs(likely[positions] - 0.5), kind="stable")[: -(-len(positions) // SUREST)]
    return _Contradicted(len(positions), len(sure), int(otherwise[positions[sure]].sum()))


@dataclass(frozen=True)
class _Cells:
    """Cells of the table that could be doubted, label by label, and the counts that bound their number."""

    rows: list[np.ndarray]
    labels: list[np.ndarray]
    likelihood: list[np.ndarray]
    bounds: list[_Contradicted]

    @classmethod
    def empty(cls) -> _Cells:
        return cls([], [], [], [])

    def add(self, label: int, cells: np.ndarray, likelihood: np.ndarray, bound: _Contradicted) -> None:
        positions = np.flatnonzero(cells)
        self.rows.append(positions)
        self.labels.append(np.full(len(positions), label))
        self.likelihood.append(likelihood[positions])
        self.bounds.append(bound)

    def least_likely(self, shape: tuple[int, ...]) -> np.ndarray:
        """bool, of `shape` (rows, labels): the least probable cells, up to the maximum number of wrong ones."""
        rows, labels = np.concatenate(self.rows), np.concatenate(self.labels)
        order = np.lexsort((labels, rows, np.concatenate(self.likelihood)))[: self._most()]
        found = np.zeros(shape, bool)
        found[rows[order], labels[order]] = True
        return found

    def _most(self) -> int:
        """Estimated on the most confident third of each label's predictions; the upper end of a one-sided interval."""
        surest = sum(bound.surest for bound in self.bounds)
        if not surest:
            return 0
        high = wilson(sum(bound.contradicted for bound in self.bounds), surest, Z95_ONE_SIDED)[1]
        return round(high * sum(bound.predicted for bound in self.bounds))


def _per_row(rows: int, at: np.ndarray, names: list[str], found: Doubts) -> dict[str, pa.Array]:
    """Columns of ``rows.parquet``; doubts as ``-unlikely`` and ``+absent`` names with commas."""
    score = np.full(rows, np.nan, np.float32)
    score[at] = found.score
    doubts: dict[int, list[str]] = defaultdict(list)
    for sign, cells in (("-", found.unlikely), ("+", found.absent)):
        for row, label in zip(*(axis.tolist() for axis in np.nonzero(cells)), strict=True):
            doubts[int(at[row])].append(f"{sign}{names[label]}")
    said = np.full(rows, len(doubts), np.int64)  # the last is null
    said[list(doubts)] = np.arange(len(doubts))
    texts = pa.array([*(", ".join(likelihood) for likelihood in doubts.values()), None], pa.string())
    return {
        "label_score": pa.array(score, pa.float32(), from_pandas=True),
        "label_doubts": texts.take(pa.array(said)),
    }


def _kind_note(sets: LabelSets) -> Message:
    sizes = [len(labels) for labels in sets if labels is not None]
    per_row = round(float(np.mean(sizes)), 2) if sizes else 0
    return message("note.label_sets", per_row, sum(size == 0 for size in sizes))


def _model_note(view: SeveralOpinion, judged_labels: int) -> Message:
    return message("note.label_sets_model", view.model, view.folds, judged_labels, len(view.skill))


def _figures(names: list[str], has: np.ndarray, found: Doubts) -> tuple[Figure, ...]:
    """Counts of doubted labels by name, the most frequent first."""
    unlikely, absent = found.unlikely.sum(axis=0), found.absent.sum(axis=0)
    top = [k for k in np.argsort(-(unlikely + absent), kind="stable")[:_LABELS].tolist() if unlikely[k] + absent[k]]
    if not top:
        return ()
    series = {names[k]: (float(has[:, k].sum()), float(unlikely[k]), float(absent[k])) for k in top}
    columns = ("column.rows_with_label", "column.given_unlikely", "column.likely_absent")
    return (Figure("table", "figure.doubted_labels", columns, series=series),)
