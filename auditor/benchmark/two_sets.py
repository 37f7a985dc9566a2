"""Benchmark two given data sets instead of a run: select their training and test rows, and compare them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.benchmark.resume import read_trainings, write_trainings
from auditor.benchmark.run import run_benchmark
from auditor.benchmark.sides import Side, Sides, X, Y, with_class_names
from auditor.benchmark.stage import StageProgress, write_benchmark
from auditor.benchmark.tasks.base import Task
from auditor.benchmark.tasks.registry import task_for
from auditor.config.settings import Settings
from auditor.core.actions import PARTS
from auditor.core.benchmark_result import BenchmarkResult
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.load import load_corpus
from auditor.credentials import without_credentials
from auditor.dedup.find import find_clusters
from auditor.errors import CheckError, InputError
from auditor.models.base_model import Hide
from auditor.pii.redaction import without_personal_data
from auditor.store import RunFolder


@dataclass(frozen=True)
class Request:
    """A benchmark request, with functions from other packages.

    Attributes:
        before, after: files or folders.
        test: file or folder with the test rows; None: the test part of `before`.
        settings: all settings.
        command: the command line, for the manifest.
        progress: receives the progress.
        resume: an earlier folder of this kind, whose finished trainings are reused if nothing changed.
        split: returns the part (int8) of each row of a data set, given its duplicate clusters (int64, one per row).
        class_names: replacements of class names that must not be shown, since results contain all class names.
        hide: for a language, returns a function that masks personal data in texts for training from scratch.
    """

    before: str
    after: str
    test: str | None
    settings: Settings
    command: str
    progress: StageProgress
    resume: Path | None
    split: Callable[[Corpus, np.ndarray], np.ndarray]
    class_names: Callable[[Corpus], Mapping[str, str]]
    hide: Callable[[str], Hide]


def benchmark_two_sets(request: Request, out: Path) -> BenchmarkResult:
    """Train on both data sets and write ``benchmark/`` into the run folder `out`.

    The test rows are those of the test file, otherwise the test part of the first data set, otherwise a tenth of it
    split off by duplicate cluster. Train rows of either side that are duplicates of a test row are left out.

    Raises:
        InputError, UsageError, SafetyError, CheckError, KeyboardInterrupt: see `run_benchmark`.
    """
    settings, paths = request.settings, [path for path in (request.before, request.after, request.test) if path]
    sets = [_labelled(load_corpus([path], settings.corpus), path) for path in paths]
    rows = join_sets(sets, request.class_names)
    language, clusters = rows.corpus.language, find_clusters(rows.corpus, settings.duplicates).groups()
    task = task_for(rows.corpus, settings.benchmark.task)
    parts = None if request.test else request.split(sets[0], clusters[: len(sets[0])])
    sides, finished = sides_of_sets(task, rows, clusters, parts), read_trainings(request.resume)
    with RunFolder(out, [file for data_set in sets for file in data_set.on_disk]) as folder:

        def publish(speeds: Mapping[str, object]) -> None:
            write_trainings(folder, finished)
            typed = {"command": without_credentials(request.command), "config": settings.written()}
            facts = {"schema": 1, "outputs": folder.hashes(), "benchmark": dict(speeds)}
            folder.publish({**facts, **without_personal_data(typed, settings)})

        def tick(stage: str, share: float) -> None:
            request.progress(stage, round(1_000 * share), 1_000)

        try:
            done = run_benchmark(task, sides, settings, language, tick, finished, request.hide(language))
        except (CheckError, KeyboardInterrupt):
            if finished and not folder.target.exists():  # nothing to compare yet; an earlier run is not replaced
                publish({})
            raise
        publish(write_benchmark(folder, done).speeds)
    done.raise_if_stopped()
    return done.result


@dataclass(frozen=True)
class TwoSets:
    """The rows of both data sets, and of given test rows, in one corpus.

    Attributes:
        corpus: all rows; the roles are ``text`` and ``label``.
        source: int64, one per row: 0 before, 1 after, 2 test rows.
        is_train: bool, one per row: False for validation and test rows of its data set.
        weights: float64, sample weights; NaN in data sets without weights.
    """

    corpus: Corpus
    source: np.ndarray
    is_train: np.ndarray
    weights: np.ndarray


def _labelled(corpus: Corpus, path: str) -> Corpus:
    if corpus.roles.label is None:
        raise InputError("A benchmark needs labels.", where=path, fix="Name the label column with --label.")
    return corpus


def join_sets(sets: Sequence[Corpus], class_names: Callable[[Corpus], Mapping[str, str]]) -> TwoSets:
    """Combine the rows of `sets`: before, after, and test rows if given.

    Args:
        sets: the data sets.
        class_names: see `Request`.

    Raises:
        InputError: one data set has one label per row, the other has several.
    """
    is_multi = [data_set.label_sets is not None for data_set in sets]
    if len(set(is_multi)) > 1:
        raise InputError(
            "One side has one label per row, the other has several.",
            where=" and ".join(file for data_set in sets for file in data_set.files),
            fix="Give the same kind of label column on both sides, with --label.",
        )
    kind = pa.list_(pa.string()) if is_multi[0] else pa.large_string()
    labels = [pa.array(data_set.label_sets if is_multi[0] else _single_labels(data_set), kind) for data_set in sets]
    table = pa.concat_tables(
        pa.table({"text": pa.array(data_set.inputs, pa.large_string()), "label": column})
        for data_set, column in zip(sets, labels, strict=True)
    )
    # no split role, which would only make the duplicate search prefer some rows
    corpus = Corpus("both", (), table, np.arange(len(table)), Roles("text", "label"), (), sets[0].language)
    return TwoSets(
        corpus=with_class_names(corpus, class_names(corpus)),
        source=np.repeat(np.arange(len(sets)), [len(data_set) for data_set in sets]),
        is_train=np.concatenate([_is_train(data_set) for data_set in sets]),
        weights=np.concatenate([_weights(data_set) for data_set in sets]),
    )


def _single_labels(corpus: Corpus) -> list[str | None] | None:
    """Labels as texts, including numeric ones."""
    if corpus.scores is None:
        return corpus.labels
    return [str(value) if np.isfinite(value) else None for value in corpus.scores.tolist()]


def _is_train(corpus: Corpus) -> np.ndarray:
    return np.ones(len(corpus), bool) if corpus.part is None else corpus.part == PARTS.index("train")


def _weights(corpus: Corpus) -> np.ndarray:
    """float64, the column ``sample_weight``."""
    if "sample_weight" not in corpus.table.column_names:
        return np.full(len(corpus), np.nan)
    weights: np.ndarray = corpus.table.column("sample_weight").to_numpy().astype(np.float64)
    return weights


def sides_of_sets(task: Task[X, Y], rows: TwoSets, clusters: np.ndarray, parts: np.ndarray | None) -> Sides[X, Y]:
    """The train rows of both data sets without duplicates of test rows, and the test rows.

    Args:
        clusters: int64, duplicate cluster of each row.
        parts: int8, part of each row of the first data set; None if test rows are given.
    """
    corpus, source = rows.corpus, rows.source
    is_test = source == 2
    if parts is not None:
        is_test[: len(parts)] = parts == PARTS.index("test")
    usable = task.usable(corpus) & np.array([bool(text.strip()) for text in corpus.texts], bool)
    usable &= is_test | rows.is_train
    leaking = np.isin(clusters, clusters[is_test]) & ~is_test
    test = np.flatnonzero(is_test & usable)

    def side(name: str, number: int) -> Side[X, Y]:
        positions = np.flatnonzero((source == number) & usable & ~is_test & ~leaking)
        weights = rows.weights[positions]
        return replace(
            task.rows(corpus, positions, name),
            weights=None if np.isnan(weights).any() else weights,
            row_ids=None,  # row ids of the two data sets are unrelated
        )

    test_rows = task.rows(corpus, test, "test")
    test_rows = replace(test_rows, disputed=np.zeros(len(test), bool), clusters=clusters[test])
    return Sides(side("before", 0), side("after", 1), test_rows)
