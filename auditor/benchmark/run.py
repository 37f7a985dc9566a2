"""Run a benchmark: the same model, seeds, steps and test rows for both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from auditor.benchmark.ablation import ablation_of
from auditor.benchmark.growth import expected_gains
from auditor.benchmark.quantized import quantize
from auditor.benchmark.result import Benchmark, result_of
from auditor.benchmark.resume import FinishedRuns
from auditor.benchmark.sides import Side, Sides, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.benchmark.training import Training, train_sides
from auditor.config.settings import Settings
from auditor.core.benchmark_result import Ablation
from auditor.models.base_model import Hide, Progress

_QUANTIZED_ROWS = 500


def run_benchmark(
    task: Task[X, Y],
    sides: Sides[X, Y],
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> Benchmark[X, Y]:
    """Train on both sides with every seed and compare them on the test rows.

    Args:
        task: the task.
        sides: both sides and the test rows.
        settings: all settings.
        language: ``en``, ``zh`` or ``other``; selects the model if the setting is ``auto``.
        progress: receives the progress.
        finished: trainings of an earlier, interrupted call; trainings finished now are added.
        hide: masks personal data in texts on which a model is trained from scratch.

    Returns:
        The result. If it was interrupted after at least one complete seed, save it and then call `raise_if_stopped`.

    Raises:
        InputError, UsageError, SafetyError, CheckError, KeyboardInterrupt: see `train_sides`.
    """
    training = train_sides(task, (sides.before, sides.after), sides.test, settings, language, progress, finished, hide)
    result, trained = result_of(training), training.trained
    if task.has_gains and training.linear is not None:
        price, whole = settings.benchmark.price_per_label, training.linear[-1]
        gains = expected_gains(task, training.experiment, whole, language, price, settings.seed)
        reviewed = task.review_gains(training.experiment, language, price, settings.seed)
        result = replace(result, gains=(*gains, *reviewed))
    if not settings.benchmark.quantize or trained is None:
        return Benchmark(training, result)
    quantized, speeds = quantize(trained, [task.identity(row) for row in sides.test.inputs[:_QUANTIZED_ROWS]])
    return Benchmark(training, replace(result, quantized=quantized), speeds)


def run_ablation(
    task: Task[X, Y],
    steps: Sequence[Side[X, Y]],
    test: Side[X, Y],
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> tuple[Ablation, Training[X, Y]]:
    """Train on each of `steps`: the original data, then the data after each step of the preparation.

    If `finished` is shared with `run_benchmark`, sides that occur in both are trained only once, provided that the
    encoder is the same. Save the result, then check `Training.stopped`. Raises the errors of `train_sides`.
    """
    training = train_sides(task, steps, test, settings, language, progress, finished, hide)
    return ablation_of(training), training
