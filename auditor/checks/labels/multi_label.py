"""Several labels a row: which given label is unlikely, and which one is likely and not given."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.checks.labels.eligible_rows import MAX_CELLS, MAX_CLASSES, MIN_GROUPS, MIN_ROWS
from auditor.checks.labels.label_issues import SUREST
from auditor.checks.labels.multi_label_model import SeveralOpinion, one_against_rest
from auditor.checks.labels.rows import missing_labels, small_classes
from auditor.config.settings import LabelSettings
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import LabelSets
from auditor.imports import unrun
from auditor.message import Message, message
from auditor.stats import Z95_ONE_SIDED, wilson

SKILL = 0.25
"""Least share of the way from chance to certainty, in average precision, that a label's model must reach."""
_LABELS = 20


@dataclass(frozen=True)
class LabelTable:
    """Rows with a text and a list of labels, and the labels that can be judged.

    Attributes:
        at: int64, positions of the rows in the corpus.
        names: the labels, sorted.
        has: bool (rows, labels): the given ones.
        groups: int64, duplicate groups of the rows.
        small: rows a label that is on too few different texts to be judged.
        beyond: labels left out because there are too many.
        constant: labels of every row, of which nothing can be learned.
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
        score: float32, one per row: the least probability of what was said of a label, 0 (likely wrong) to 1.
    """

    unlikely: np.ndarray
    absent: np.ndarray
    score: np.ndarray


def several_labels(
    corpus: Corpus, sets: LabelSets, groups: np.ndarray, language: str, options: LabelSettings, seed: int
) -> CheckResult:
    """LBL009 a label of the row unlikely, LBL010 a likely label not given; LBL003 and LBL004 as for single labels."""
    table = label_table(sets, [bool(text.strip()) for text in corpus.texts], groups, options.min_class_rows)
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
    texts = [corpus.texts[i] for i in table.at]
    view = one_against_rest(texts, table.has, table.groups, language=language, folds=options.folds, seed=seed)
    known = view.skill >= SKILL
    metrics.append(measured("labels.skill", float(view.skill.mean())))
    if not known.any():
        metrics.append(measured("labels.noise_rate", None))
        return Completed(tuple(metrics), merge_findings(tables), (), (message("note.label_sets_gate"), *notes))
    found = find_doubts(table.has[:, known], view.probabilities[:, known])
    names = [name for name, judge in zip(table.names, known.tolist(), strict=True) if judge]
    probabilities = view.probabilities[:, known]
    for code, cells, sure in (("LBL009", found.unlikely, 1 - probabilities), ("LBL010", found.absent, probabilities)):
        row, label = np.nonzero(cells)
        questioned = [names[k] for k in label.tolist()]
        tables.append(
            findings(code, "warn", corpus.row_id[table.at[row]], column=column, score=1 - sure[row, label],
                     confidence=sure[row, label], value=questioned, label=questioned)
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
        _figures(names, table.has[:, known], found),
        (_model_note(view, int(known.sum())), *notes),
        _per_row(len(corpus), table.at, names, found),
    )


def label_table(sets: LabelSets, has_text: list[bool], groups: np.ndarray, min_rows: int) -> LabelTable:
    """Sort rows and labels out; copies of one text count once towards a label's size."""
    rows = Counter(name for labels in sets for name in labels or ())
    texts: dict[str, set[int]] = defaultdict(set)
    for labels, group in zip(sets, groups.tolist(), strict=True):
        for name in labels or ():
            texts[name].add(group)
    at = np.array([i for i, labels in enumerate(sets) if labels is not None and has_text[i]], np.int64)
    small = {name: count for name, count in sorted(rows.items()) if len(texts[name]) < min_rows}
    labelled = sum(labels is not None for labels in sets)
    constant = tuple(sorted(name for name, count in rows.items() if count == labelled and name not in small))
    large = sorted(rows.keys() - small.keys() - set(constant), key=lambda name: (-rows[name], name))
    names = sorted(large[: min(MAX_CLASSES, MAX_CELLS // max(len(at), 1))])
    number = {name: k for k, name in enumerate(names)}
    has = np.zeros((len(at), len(names)), bool)
    for place, i in enumerate(at.tolist()):
        has[place, [number[name] for name in sets[i] or () if name in number]] = True
    return LabelTable(at, names, has, groups[at], small, len(large) - len(names), constant)


def find_doubts(has: np.ndarray, probabilities: np.ndarray) -> Doubts:
    """Cells that confident learning calls wrong label by label (cleanlab's multi-label filter), within a bound.

    Of the labels given and of those not given, the least probable are flagged, at most as many as the surest third of
    the models' opposite predictions are contradicted (see `suspects.most_wrong`).
    """
    unrun("cleanlab")
    from cleanlab.multilabel_classification.filter import find_multilabel_issues_per_class

    given = [np.flatnonzero(row).tolist() for row in has]
    pruned = np.asarray(
        find_multilabel_issues_per_class(given, probabilities, filter_by="prune_by_noise_rate", n_jobs=1), bool
    ).reshape(has.shape)
    own = np.where(has, probabilities, 1 - probabilities)
    applies = probabilities > 0.5
    return Doubts(
        unlikely=_least_likely(pruned & has & ~applies, own, _most_contradicted(~applies, has, probabilities)),
        absent=_least_likely(pruned & ~has & applies, own, _most_contradicted(applies, ~has, probabilities)),
        score=own.min(axis=1).astype(np.float32),
    )


def _most_contradicted(predicted: np.ndarray, otherwise: np.ndarray, probabilities: np.ndarray) -> int:
    """Cells of `predicted` that can be contradicted (`otherwise`) at most, by the surest third of each label's."""
    sure = np.abs(probabilities - 0.5)
    sure[~predicted] = -1
    order = np.argsort(-sure, axis=0, kind="stable")
    counts = predicted.sum(axis=0)
    taken = np.arange(len(sure))[:, None] < -(-counts // SUREST)
    contradicted = np.take_along_axis(otherwise, order, axis=0)[taken]
    if not len(contradicted):
        return 0
    return round(wilson(int(contradicted.sum()), len(contradicted), Z95_ONE_SIDED)[1] * int(counts.sum()))


def _least_likely(cells: np.ndarray, own: np.ndarray, most: int) -> np.ndarray:
    at = np.flatnonzero(cells)
    chosen = at[np.argsort(own.ravel()[at], kind="stable")][:most]
    found = np.zeros(cells.size, bool)
    found[chosen] = True
    return found.reshape(cells.shape)


def _per_row(rows: int, at: np.ndarray, names: list[str], found: Doubts) -> dict[str, pa.Array]:
    """Columns of ``rows.parquet``; doubts as ``-unlikely`` and ``+absent`` names with commas."""
    score = np.full(rows, np.nan, np.float32)
    score[at] = found.score
    doubts: list[list[str]] = [[] for _ in range(rows)]
    for sign, cells in (("-", found.unlikely), ("+", found.absent)):
        for row, label in zip(*(axis.tolist() for axis in np.nonzero(cells)), strict=True):
            doubts[int(at[row])].append(f"{sign}{names[label]}")
    return {
        "label_score": pa.array(score, pa.float32(), from_pandas=True),
        "label_doubts": pa.array([", ".join(own) or None for own in doubts], pa.string()),
    }


def _kind_note(sets: LabelSets) -> Message:
    sizes = [len(labels) for labels in sets if labels is not None]
    per_row = round(float(np.mean(sizes)), 2) if sizes else 0
    return message("note.label_sets", per_row, sum(size == 0 for size in sizes))


def _model_note(view: SeveralOpinion, judged_labels: int) -> Message:
    return message("note.label_sets_model", view.model, view.folds, judged_labels, len(view.skill))


def _figures(names: list[str], has: np.ndarray, found: Doubts) -> tuple[Figure, ...]:
    """Doubted labels by name, the most doubted first."""
    unlikely, absent = found.unlikely.sum(axis=0), found.absent.sum(axis=0)
    top = [k for k in np.argsort(-(unlikely + absent), kind="stable")[:_LABELS].tolist() if unlikely[k] + absent[k]]
    if not top:
        return ()
    series = {names[k]: (float(has[:, k].sum()), float(unlikely[k]), float(absent[k])) for k in top}
    columns = ("column.rows_with_label", "column.given_unlikely", "column.likely_absent")
    return (Figure("table", "figure.doubted_labels", columns, series=series),)
