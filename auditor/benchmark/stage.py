"""The benchmark as a stage of a run: runs the comparison and writes its files."""

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
"""Called with the current activity, the amount done and the total amount."""

_PARTS = 1_000
_CHECKED_TEXTS = 8
"""Number of texts that a saved model must label like the trained one."""


@dataclass
class StageOutcome:
    """The outcome of the stage.

    Attributes:
        result: the result; None if nothing was compared.
        speeds: measured speeds, for the manifest.
        skipped: why there was nothing to compare.
        error: the error that ended it early.
        interrupted: whether it was interrupted with Ctrl-C or SIGTERM.
        is_terminated: whether it was interrupted with SIGTERM.
    """

    result: BenchmarkResult | None = None
    speeds: dict[str, object] = field(default_factory=dict)
    skipped: Message | None = None
    error: AuditorError | None = None
    interrupted: bool = False
    is_terminated: bool = False

    def note_stop(self, stopped: BaseException | None) -> None:
        """Record what ended the trainings early, if anything."""
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
) -> StageOutcome:
    """Compare the data before and after, and write the results into `folder`.

    Args:
        folder: the run folder.
        data: the data of the run.
        settings: all settings.
        progress: receives the progress.
        finished: trainings of an earlier run, reused if nothing that they depend on changed; trainings finished now are
            added.
        hide: masks personal data in texts on which a model is trained from scratch.
    """
    task = task_for(data.corpus, settings.benchmark.task)
    try:
        with training_memory(settings.benchmark, task.divisible):
            return _run(task, folder, data, settings, progress, finished, hide)
    except ModelError as error:
        return StageOutcome(error=error)
    except InputError as error:  # too few rows, no labels, one class: nothing to compare
        return StageOutcome(skipped=message_of(error.what, error.fix))
    except AuditorError as error:
        return StageOutcome(error=error)
    except KeyboardInterrupt as stopped:  # before the first seed was complete; audit and data set are published anyway
        return StageOutcome(interrupted=True, is_terminated=isinstance(stopped, TerminatedError))
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
) -> StageOutcome:
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
    """The result with the linear ablation, which takes seconds where the encoder would take minutes."""
    return replace(done.result, linear_ablation=linear_ablation(task, steps, test, settings, language))


def write_benchmark(folder: RunFolder, done: Benchmark[X, Y]) -> StageOutcome:
    """Write ``results.json`` and, for tasks with one prediction per row, ``predictions.parquet``."""
    folder.write_json("benchmark/results.json", done.result.to_json())
    predictions = done.predictions()
    if predictions is not None:
        folder.write_table("benchmark/predictions.parquet", predictions)
    outcome = StageOutcome(done.result, dict(done.speeds))
    outcome.note_stop(done.training.stopped)
    return outcome
