"""Select the training and test rows of a run; the task defines what it reads of a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.benchmark.folds import Rows, assign_folds, strata
from auditor.benchmark.sides import PreparedRows, RunData, Side, Sides, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import text_digests
from auditor.errors import InputError
from auditor.rules import identity_groups
from auditor.text.terms import TermIndex


def sides_of_run(task: Task[X, Y], data: RunData, options: BenchmarkSettings) -> Sides[X, Y]:
    """The sides of a run. Before: the original train rows. After: the prepared train part. Test: unchanged test rows.

    Train rows in a duplicate cluster with a test row are left out on both sides. Test rows are never cleaned, masked or
    augmented; those whose label is questioned by a finding are marked. Without a test part in the input, train rows are
    tested as well (`auditor.benchmark.folds`).

    Raises:
        InputError: there are no labels, no test rows or no train rows.
    """
    corpus, prepared = data.corpus, data.prepared
    train, folds = _positions(task, data, options)
    test = np.flatnonzero(folds >= 0)
    if len(test) == 0 or len(train) == 0 or prepared is None:
        raise InputError(
            "The benchmark has no training or no test rows.",
            where="split",
            fix="Give a larger corpus or --set prepare.test=0.2.",
        )
    test_rows = replace(task.rows(corpus, test, "test"), clusters=data.clusters[test])
    if task.disputed_by:
        disputed = _disputed(data, corpus.row_id[test], task.disputed_by)
        test_rows = replace(test_rows, disputed=disputed, groups=_groups(corpus, test))
    before = task.rows(corpus, train, "before")
    if task.reads_prepared:
        after, origins = _prepared_side(task, prepared, corpus.row_id[train])
    else:
        kept = np.isin(corpus.row_id[train], prepared.row_ids[prepared.row_ids >= 0])
        after, origins = task.rows(corpus, train[kept], "after"), corpus.row_id[train[kept]]
    if folds.max() == 0:
        return Sides(before, after, test_rows)
    order = np.argsort(corpus.row_id)
    origin_folds = folds[order[np.searchsorted(corpus.row_id, origins, sorter=order)]]
    return Sides(
        replace(before, folds=folds[train]), replace(after, folds=origin_folds), replace(test_rows, folds=folds[test])
    )


def _positions(task: Task[X, Y], data: RunData, options: BenchmarkSettings) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the training rows, and the fold of every row of the input; see `assign_folds`."""
    usable = task.usable(data.corpus) & _has_text(data.corpus)
    folds = _folds(task, data, usable, options)
    return np.flatnonzero(data.is_train & usable & ~np.isin(data.clusters, data.clusters[folds == 0])), folds


def _folds(task: Task[X, Y], data: RunData, usable: np.ndarray, options: BenchmarkSettings) -> np.ndarray:
    corpus, rows = data.corpus, np.arange(len(usable))
    if data.spare is None or not task.has_folds:
        return np.where(data.is_test & usable, 0, -1)
    classes = np.full(len(rows), "", object)
    targets = task.rows(corpus, rows[usable], "all").targets
    classes[usable] = strata([list(task.labels_of(target)) for target in targets])
    lots = text_digests(corpus.texts)[:, 0]
    return assign_folds(
        Rows(usable, data.is_train, data.is_test, data.spare, data.clusters, lots, classes.tolist()), options
    )


def steps_of_run(
    task: Task[X, Y], data: RunData, prepared: PreparedRows, sides: Sides[X, Y], options: BenchmarkSettings
) -> list[Side[X, Y]]:
    """`steps_of` the sides of a run, also for tasks whose sides have no row ids."""
    if sides.before.row_ids is not None:
        return steps_of(sides, prepared.removed)
    train, _ = _positions(task, data, options)
    ids = data.corpus.row_id[train]
    kept = ids[np.isin(ids, prepared.row_ids[prepared.row_ids >= 0])]
    known = replace(sides, before=replace(sides.before, row_ids=ids), after=replace(sides.after, row_ids=kept))
    return [replace(step, row_ids=None) for step in steps_of(known, prepared.removed)]


def _prepared_side(task: Task[X, Y], prepared: PreparedRows, allowed: np.ndarray) -> tuple[Side[X, Y], np.ndarray]:
    """The prepared rows that are, or were derived from, allowed rows; and the ids of their origins, one per row."""
    usable = task.usable(prepared.corpus) & _has_text(prepared.corpus)
    kept = np.flatnonzero(usable & np.isin(prepared.origins, allowed))
    rows = task.rows(prepared.corpus, kept, "after")
    ids = None if rows.row_ids is None else prepared.row_ids[kept]
    return replace(rows, weights=prepared.weights[kept], row_ids=ids), prepared.origins[kept]


def _has_text(corpus: Corpus) -> np.ndarray:
    return np.array([bool(text.strip()) for text in corpus.texts], bool)


def _disputed(data: RunData, row_ids: np.ndarray, codes: Sequence[str]) -> np.ndarray:
    """bool, one per entry of `row_ids`: whether a finding with one of `codes` questions the row."""
    found = data.findings.filter(pc.is_in(data.findings.column("code").cast(pa.string()), pa.array(codes)))
    return np.isin(row_ids, found.column("row_id").drop_null().to_numpy())


def _groups(corpus: Corpus, rows: np.ndarray) -> dict[str, list[str | None]]:
    """Columns by which the result is broken down: the source, and by kind the identity group that the text mentions.

    A text that mentions no group or several groups of a kind belongs to none.
    """
    columns: dict[str, list[str | None]] = {}
    source = corpus.role("source")
    if source is not None:
        values = source.cast(pa.large_string()).to_pylist()
        columns["source"] = [values[i] for i in rows]
    if corpus.language not in ("en", "zh"):
        return columns
    index = TermIndex(corpus.text.take(pa.array(rows)))
    kinds: dict[str, dict[str, np.ndarray]] = {}
    for key, group in identity_groups().items():
        kind, _, name = key.partition(".")
        kinds.setdefault(kind, {})[name] = index.rows_with_any(group.words[corpus.language])
    for kind, hits in kinds.items():
        single = np.sum(list(hits.values()), axis=0) == 1
        column: list[str | None] = [None] * len(rows)
        for name, hit in hits.items():
            for i in np.flatnonzero(hit & single).tolist():
                column[i] = name
        if any(column):
            columns[kind] = column
    return columns


def steps_of(sides: Sides[X, Y], removed: pa.Table) -> list[Side[X, Y]]:
    """`before`, then the data after each step of the preparation that changed something; the last one is `after`.

    The steps: duplicates removed; labels corrected; texts cleaned and masked (and other rows removed); balanced;
    augmented.

    Args:
        removed: see `PreparedRows`.
    """
    before, after = sides.before, sides.after
    if before.row_ids is None or after.row_ids is None:
        raise ValueError("Steps require row ids.")
    ids, after_ids = before.row_ids.tolist(), after.row_ids.tolist()
    codes = dict(zip(removed.column("row_id").to_pylist(), removed.column("code").to_pylist(), strict=True))
    final = {row: i for i, row in enumerate(after_ids) if row >= 0}

    def surviving(prefixes: tuple[str, ...]) -> np.ndarray:
        return np.array([i for i, row in enumerate(ids) if not (codes.get(row) or "").startswith(prefixes)], np.int64)

    kept = surviving(("DUP", "LBL"))
    labels = [after.targets[final[ids[i]]] if ids[i] in final else before.targets[i] for i in kept.tolist()]
    plain = after.take(np.array(sorted(final.values()), np.int64))
    copies = set(plain.inputs)
    balanced = [i for i, row in enumerate(after_ids) if row >= 0 or after.inputs[i] in copies]
    candidates = {
        "duplicates": before.take(surviving(("DUP",))),
        "labels": replace(before.take(kept), targets=labels),
        "texts": replace(plain, weights=None),
        "balance": after.take(np.array(balanced, np.int64)),
        "augmentation": after,
    }
    steps = [before]
    for name, side in candidates.items():
        if not _same_rows(side, steps[-1]):
            steps.append(replace(side, name=name))
    return [*steps[:-1], after] if len(steps) > 1 else [before, after]


def _same_rows(side: Side[X, Y], other: Side[X, Y]) -> bool:
    """Whether two sides are equal in inputs, targets and weights."""
    if side.weights is None or other.weights is None:
        same_weights = side.weights is other.weights
    else:
        same_weights = np.array_equal(side.weights, other.weights)
    return same_weights and (side.inputs, side.targets) == (other.inputs, other.targets)
