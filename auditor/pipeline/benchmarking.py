"""The benchmark stage of a run: the task the corpus is fit for, its sides, and what is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from auditor.config.settings import Settings
from auditor.core.progress import Progress
from auditor.corpus.corpus import Corpus
from auditor.errors import AuditorError, InputError, ModelError
from auditor.pii.run_masking import hiding
from auditor.pipeline.trainings import write_trainings
from auditor.prepare.apply import Prepared
from auditor.runs.scan import Scan
from auditor.store import RunFolder

if TYPE_CHECKING:
    from auditor.benchmark import BenchmarkResult, ScoredResult, SeveralResult


@dataclass
class Benchmarked:
    """What the stage came to.

    Attributes:
        results: ``benchmark/results.json``; None where nothing was compared.
        speeds: for the manifest.
        skipped: why there was nothing to compare.
        error: what ended it early.
        interrupted: whether Ctrl-C did.
    """

    results: dict[str, Any] | None = None
    speeds: dict[str, Any] = field(default_factory=dict)
    skipped: str | None = None
    error: AuditorError | None = None
    interrupted: bool = False


@dataclass(frozen=True)
class Entry:
    """What every task is given.

    Attributes:
        folder: takes the results.
        scan: corpus, duplicate clusters and audit.
        parts: int8, part of each row; a `Part`.
        prepared: the data set that is *after*.
        told: what is being done, and how much of the whole is done, 0 to 1.
        finished: trainings of an earlier run by name; those finished now are added.
    """

    folder: RunFolder
    scan: Scan
    parts: np.ndarray
    prepared: Prepared
    settings: Settings
    told: Callable[[str, float], None]
    finished: dict[str, pa.Table]


def task_of(corpus: Corpus, settings: Settings) -> str:
    """The task asked for, else the one the roles of the columns make: see ``benchmark.task``.

    Classification is ``several`` where the label column holds several labels a row.
    """
    task: str = settings.benchmark.task
    if task == "auto" and corpus.roles.tokens is not None and corpus.roles.tags is not None:
        return "tagging"
    if task == "auto":
        task = "classification" if corpus.roles.label is not None else "language"
    return "several" if task == "classification" and corpus.label_sets is not None else task


def require_benchmark_model(settings: Settings) -> None:
    """See that the model that the settings name can be had, before anything is read.

    Raises:
        UsageError, InputError, SafetyError: it cannot.
    """
    from auditor.models.available import require_model

    if settings.benchmark.model != "auto":
        require_model(settings.benchmark.model, "benchmark.model")


def benchmark_stage(
    folder: RunFolder,
    scan: Scan,
    parts: np.ndarray,
    prepared: Prepared,
    settings: Settings,
    progress: Progress,
    finished: dict[str, pa.Table],
) -> Benchmarked:
    """Compare before and after, and write the results into `folder`.

    Args:
        finished: trainings of an earlier run, taken where nothing they depend on has changed; see `kept_trainings`.
    """
    from auditor.benchmark.memory import training_memory

    tasks = {"classification": _classification, "several": _several, "tagging": _tagging, "language": _language}
    run = tasks[task_of(scan.corpus, settings)]

    def told(stage: str, share: float) -> None:
        progress(f"benchmark: {stage}", round(1000 * share), 1000)

    try:
        with training_memory(settings.benchmark):
            return run(Entry(folder, scan, parts, prepared, settings, told, finished))
    except ModelError as error:
        return Benchmarked(error=error)
    except InputError as error:  # too few rows, no labels, one class: nothing to compare
        return Benchmarked(skipped=f"{error.what} {error.fix}")
    except AuditorError as error:
        return Benchmarked(error=error)
    except KeyboardInterrupt:  # before any seed was finished; the audit and the data set are still published
        return Benchmarked(interrupted=True)
    finally:
        write_trainings(folder, finished)


def _classification(entry: Entry) -> Benchmarked:
    from auditor.benchmark import run_ablation, run_benchmark
    from auditor.pipeline.arms import make_arms, make_steps

    scan, settings = entry.scan, entry.settings
    before, after, test = make_arms(scan.corpus, scan.clusters, entry.parts, entry.prepared, scan.audit)
    hide = hiding(settings, scan.corpus.language)
    result = run_benchmark(before, after, test, settings, scan.corpus.language, entry.told, entry.finished, hide)
    done = write_result(entry.folder, result)
    if settings.benchmark.ablation and result.stopped is None:
        steps = make_steps(scan.corpus, before, after, entry.prepared)
        ablation = run_ablation(steps, test, settings, scan.corpus.language, entry.told, entry.finished, hide)
        assert done.results is not None
        done.results["ablation"] = ablation.to_json()
        entry.folder.write_json("benchmark/results.json", done.results)
        _note_stop(done, ablation.training.stopped)
    if result.trained is not None:
        result.trained.save(entry.folder.path / "benchmark" / "model", test.texts[:8])
    if settings.benchmark.track != "none":
        from auditor.benchmark.track import track

        track(result, settings.benchmark.track, entry.folder.path / "benchmark")
    return done


def _several(entry: Entry) -> Benchmarked:
    from auditor.benchmark import run_several_benchmark
    from auditor.pipeline.arms import make_several

    scan = entry.scan
    arms = make_several(scan.corpus, scan.clusters, entry.parts, entry.prepared, scan.audit)
    hide = hiding(entry.settings, scan.corpus.language)
    result = run_several_benchmark(*arms, entry.settings, scan.corpus.language, entry.told, entry.finished, hide)
    done = write_result(entry.folder, result)
    if result.trained is not None:
        result.trained.save(entry.folder.path / "benchmark" / "model", result.contest.test.texts[:8])
    return done


def _tagging(entry: Entry) -> Benchmarked:
    from auditor.benchmark import run_tagging_benchmark
    from auditor.pipeline.arms import make_tagged

    corpus = entry.scan.corpus
    before, after, test = make_tagged(corpus, entry.scan.clusters, entry.parts, entry.prepared)
    result = run_tagging_benchmark(before, after, test, entry.settings, corpus.language, entry.told, entry.finished)
    return write_result(entry.folder, result)


def _language(entry: Entry) -> Benchmarked:
    from auditor.benchmark import run_language_benchmark
    from auditor.pipeline.arms import make_texts

    before, after, held_out = make_texts(entry.scan.corpus, entry.scan.clusters, entry.parts, entry.prepared)
    result = run_language_benchmark(before, after, held_out, entry.settings, entry.told, entry.finished)
    return write_result(entry.folder, result)


def write_result(folder: RunFolder, result: BenchmarkResult | ScoredResult | SeveralResult) -> Benchmarked:
    """Write ``results.json`` and, where rows were predicted, ``predictions.parquet``."""
    done = Benchmarked(result.to_json(), {"examples_per_second": dict(result.speeds)})
    folder.write_json("benchmark/results.json", done.results)
    predictions = result.predictions()
    if predictions is not None:
        folder.write_table("benchmark/predictions.parquet", predictions)
    quantized = getattr(result, "quantized", None)
    if quantized is not None:
        done.speeds["labelled_per_second_float_int8"] = list(quantized.examples_per_second)
    _note_stop(done, result.stopped)
    return done


def _note_stop(done: Benchmarked, stopped: BaseException | None) -> None:
    done.interrupted |= isinstance(stopped, KeyboardInterrupt)
    if isinstance(stopped, AuditorError):
        done.error = stopped
