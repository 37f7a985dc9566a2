"""Benchmark two given data sets against each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.benchmark.data import Arm, TestSet
from auditor.benchmark.result import BenchmarkResult
from auditor.benchmark.run import run_benchmark
from auditor.benchmark.several.data import LabelledTexts
from auditor.benchmark.several.result import SeveralResult
from auditor.benchmark.several.run import run_several_benchmark
from auditor.config.settings import Settings
from auditor.core.actions import PARTS, Part
from auditor.core.progress import Progress
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.load import load_corpus
from auditor.dedup.find import find_clusters
from auditor.errors import CheckError, InputError
from auditor.pii.redaction import class_names
from auditor.pii.run_masking import hiding
from auditor.pipeline.benchmarking import require_benchmark_model, write_result
from auditor.pipeline.trainings import kept_trainings, write_trainings
from auditor.prepare.split import assign_parts
from auditor.store import RunFolder


def compare_sets(
    before: str,
    after: str,
    test: str | None,
    settings: Settings,
    out: Path,
    command: str,
    progress: Progress,
    resume: Path | None = None,
) -> BenchmarkResult | SeveralResult:
    """Fine-tune on both and write ``benchmark/`` into the run folder `out`.

    The test rows come from `test`, else from BEFORE's test part, else from a tenth of BEFORE cut off by duplicate
    cluster. Train rows of either side that are duplicates of a test row are left out.

    Args:
        resume: an earlier folder of this kind, whose finished trainings are taken where nothing has changed.

    Raises:
        InputError, UsageError, SafetyError, CheckError: see `run_benchmark`.
    """
    require_benchmark_model(settings)
    sets = [_labelled(load_corpus([path], settings.corpus), path) for path in (before, after, test) if path]
    whole = _without_personal_classes(_joined(sets), settings)
    groups = find_clusters(whole, settings.duplicates).groups()
    side = np.repeat(np.arange(len(sets)), [len(one) for one in sets])
    if test is None:
        parts = assign_parts(sets[0], groups[side == 0], settings.prepare, settings.seed)
        is_test = np.concatenate([parts == Part.TEST, np.zeros(len(sets[1]), bool)])
    else:
        is_test = side == 2
    labels = whole.label_sets if whole.labels is None else whole.labels
    usable = [label is not None and bool(text.strip()) for text, label in zip(whole.texts, labels or (), strict=True)]
    usable = np.array(usable, bool) & (is_test | _is_train(whole))
    leaking = np.isin(groups, groups[is_test]) & ~is_test
    train = [np.flatnonzero((side == number) & usable & ~is_test & ~leaking) for number in range(2)]
    weights = [_weights(sets[number], at, side, number) for number, at in enumerate(train)]
    test_rows = np.flatnonzero(is_test & usable)
    compare: Callable[..., BenchmarkResult | SeveralResult] = (
        partial(run_several_benchmark, *_several(whole, train, weights, test_rows))
        if whole.labels is None
        else partial(run_benchmark, *_single(whole, train, weights, test_rows))
    )
    finished = kept_trainings(resume)
    with RunFolder(out, [file for one in sets for file in one.files]) as folder:

        def publish(speeds: Mapping[str, Any]) -> None:
            write_trainings(folder, finished)
            facts = {"schema": 1, "command": command, "outputs": folder.hashes()}
            folder.publish({**facts, "config": settings.model_dump(mode="json"), "benchmark": dict(speeds)})

        try:
            result = compare(
                settings,
                whole.language,
                lambda stage, share: progress(stage, round(1000 * share), 1000),
                finished,
                hiding(settings, whole.language),
            )
        except (CheckError, KeyboardInterrupt):
            if finished and not folder.target.exists():  # nothing to compare yet, and an earlier run is worth more
                publish({})
            raise
        publish(write_result(folder, result).speeds)
    result.raise_if_stopped()
    return result


def _single(
    whole: Corpus, train: list[np.ndarray], weights: list[np.ndarray | None], test: np.ndarray
) -> tuple[Arm, Arm, TestSet]:
    texts, labels = whole.texts, whole.labels or []
    before, after = (
        Arm(name, [texts[i] for i in at], [str(labels[i]) for i in at], own)
        for name, at, own in zip(("before", "after"), train, weights, strict=True)
    )
    none_disputed = np.zeros(len(test), bool)
    return before, after, TestSet(test, [texts[i] for i in test], [str(labels[i]) for i in test], none_disputed)


def _several(
    whole: Corpus, train: list[np.ndarray], weights: list[np.ndarray | None], test: np.ndarray
) -> tuple[LabelledTexts, LabelledTexts, LabelledTexts]:
    texts, labels = whole.texts, whole.label_sets or []

    def rows(name: str, at: np.ndarray, own: np.ndarray | None, ids: np.ndarray | None = None) -> LabelledTexts:
        return LabelledTexts(name, [texts[i] for i in at], [labels[i] or () for i in at], own, ids)

    return (
        rows("before", train[0], weights[0]),
        rows("after", train[1], weights[1]),
        rows("test", test, None, test),
    )


def _labelled(corpus: Corpus, path: str) -> Corpus:
    if corpus.roles.label is None:
        raise InputError("A benchmark needs labels.", where=path, fix="Name the label column with --label.")
    return corpus


def _joined(sets: list[Corpus]) -> Corpus:
    several = [one.label_sets is not None for one in sets]
    if len(set(several)) > 1:
        raise InputError(
            "One side has one label a row, the other has several.",
            where=" and ".join(file for one in sets for file in one.files),
            fix="Give the same kind of label column on both sides, with --label.",
        )
    kind = pa.list_(pa.string()) if several[0] else pa.large_string()
    tables = [
        pa.table(
            {
                "text": one.text,
                "label": pa.array(one.label_sets if several[0] else one.labels, kind),
                "split": _splits(one),
            }
        )
        for one in sets
    ]
    table = pa.concat_tables(tables)
    # no split role: it would make the duplicate search prefer some rows, which is of no use here
    roles = Roles("text", "label")
    return Corpus("both", (), table, np.arange(len(table)), roles, (), sets[0].language)


def _without_personal_classes(whole: Corpus, settings: Settings) -> Corpus:
    """The rows with other names for classes whose names hold personal data: results name every class."""
    try:
        names = class_names(whole, settings)
    except CheckError:  # a library of the privacy check is missing
        return whole
    if not names:
        return whole
    rows = whole.table.column("label").to_pylist()
    new = [[names.get(n, n) for n in own] if isinstance(own, list) else names.get(own, own) for own in rows]
    column = pa.array(new, whole.table.column("label").type)
    return whole.with_column("label", column)


def _splits(one: Corpus) -> pa.ChunkedArray | pa.Array:
    if one.part is None:
        return pa.nulls(len(one), pa.large_string())
    return pa.array(np.array(PARTS)[one.part].tolist(), pa.large_string())


def _is_train(whole: Corpus) -> np.ndarray:
    """Rows that are no validation or test rows of their own set."""
    return np.array([value in (None, "train") for value in whole.table.column("split").to_pylist()], bool)


def _weights(one: Corpus, at: np.ndarray, side: np.ndarray, number: int) -> np.ndarray | None:
    """The set's ``sample_weight`` column where it has one."""
    if "sample_weight" not in one.table.column_names:
        return None
    weights: np.ndarray = one.table.column("sample_weight").to_numpy()[at - int(np.flatnonzero(side == number)[0])]
    return weights
