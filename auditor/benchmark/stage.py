"""The benchmark as a stage of a run: what is compared, and what is written of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pyarrow as pa

from auditor.benchmark.linear import linear_ablation
from auditor.benchmark.memory import training_memory
from auditor.benchmark.result import Benchmark
from auditor.benchmark.resume import write_trainings
from auditor.benchmark.run import run_ablation, run_benchmark
from auditor.benchmark.selection import sides_of_run, steps_of_run
from auditor.benchmark.sides import RunData, Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.benchmark.tasks.registry import task_for
from auditor.config.settings import Settings
from auditor.core.benchmark_result import BenchmarkResult
from auditor.errors import AuditorError, InputError, ModelError, TerminatedError
from auditor.message import Message, message_of
from auditor.models.base_model import Hide
from auditor.store import RunFolder

StageProgress = Callable[[str, int, int], None]
"""What is being done, and how much of how much is done."""

_PARTS = 1_000
_CHECKED_TEXTS = 8
"""Texts that a saved model must label as the trained one did."""


@dataclass
class Benchmarked:
    """The outcome of the stage.

    Attributes:
        result: None where nothing was compared.
        speeds: for the manifest.
        skipped: why there was nothing to compare.
        error: what ended it early.
        interrupted: whether Ctrl-C or SIGTERM did.
        is_terminated: whether SIGTERM did.
    """

    result: BenchmarkResult | None = None
    speeds: dict[str, object] = field(default_factory=dict)
    skipped: Message | None = None
    error: AuditorError | None = None
    interrupted: bool = False
    is_terminated: bool = False

    def note_stop(self, stopped: BaseException | None) -> None:
        """Keep what ended trainings early, if anything did."""
        self.interrupted |= isinstance(stopped, KeyboardInterrupt)
        self.is_terminated |= isinstance(stopped, TerminatedError)
        if isinstance(stopped, AuditorError):
            self.error = stopped


def benchmark_stage(
    folder: RunFolder,
    data: RunData,
    settings: Settings,
    progress: StageProgress,
    finished: dict[str, pa.Table],
    hide: Hide,
) -> Benchmarked:
    """Compare before and after, and write the results into `folder`.

    Args:
        finished: trainings of an earlier run, taken where nothing they depend on has changed; those finished now are
            added.
        hide: masks personal data in the texts that a model is trained on from scratch.
    """
    task = task_for(data.corpus, settings.benchmark.task)
    try:
        with training_memory(settings.benchmark, task.divisible):
            return _run(task, folder, data, settings, progress, finished, hide)
    except ModelError as error:
        return Benchmarked(error=error)
    except InputError as error:  # too few rows, no labels, one class: nothing to compare
        return Benchmarked(skipped=message_of(error.what, error.fix))
    except AuditorError as error:
        return Benchmarked(error=error)
    except KeyboardInterrupt as stopped:  # before any seed was finished; audit and data set are still published
        return Benchmarked(interrupted=True, is_terminated=isinstance(stopped, TerminatedError))
    finally:
        write_trainings(folder, finished)


def _run(
    task: Task[X, Y],
    folder: RunFolder,
    data: RunData,
    settings: Settings,
    progress: StageProgress,
    finished: dict[str, pa.Table],
    hide: Hide,
) -> Benchmarked:
    options, language = settings.benchmark, data.corpus.language
    sides = sides_of_run(task, data, options)

    def tick(stage: str, share: float) -> None:
        progress(f"benchmark: {stage}", round(_PARTS * share), _PARTS)

    done = run_benchmark(task, sides, settings, language, tick, finished, hide)
    outcome = write_benchmark(folder, done)
    if task.has_steps and data.prepared is not None:
        steps = steps_of_run(task, data, data.prepared, sides, options)
        outcome.result = result = _with_steps(task, steps, sides.test, done, settings, language)
        if options.ablation and done.training.stopped is None:
            seeds = len(done.training.seeds)
            fixed = settings.model_copy(update={"benchmark": options.model_copy(update={"seeds": seeds})})
            ablation, training = run_ablation(task, steps, sides.test, fixed, language, tick, finished, hide)
            outcome.result = replace(result, ablation=ablation)
            outcome.note_stop(training.stopped)
        folder.write_json("benchmark/results.json", outcome.result.to_json())
    if (trained := done.training.trained) is not None:
        texts = [task.identity(row) for row in sides.test.inputs[:_CHECKED_TEXTS]]
        trained.save(folder.path / "benchmark" / "model", texts)
    if options.track != "none":
        from auditor.benchmark.track import track

        track(done.training, options.track, folder.path / "benchmark")
    return outcome


def _with_steps(
    task: Task[X, Y],
    steps: list[Side[X, Y]],
    test: Side[X, Y],
    done: Benchmark[X, Y],
    settings: Settings,
    language: str,
) -> BenchmarkResult:
    """The result with the linear model after each step of the preparation: seconds where the encoder takes minutes."""
    return replace(done.result, linear_ablation=linear_ablation(task, steps, test, settings, language))


def write_benchmark(folder: RunFolder, done: Benchmark[X, Y]) -> Benchmarked:
    """Write ``results.json`` and, where rows have an answer each, ``predictions.parquet``."""
    folder.write_json("benchmark/results.json", done.result.to_json())
    predictions = done.predictions()
    if predictions is not None:
        folder.write_table("benchmark/predictions.parquet", predictions)
    outcome = Benchmarked(done.result, dict(done.speeds))
    outcome.note_stop(done.training.stopped)
    return outcome
