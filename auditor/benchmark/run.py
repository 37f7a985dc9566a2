"""The benchmark from end to end: the same model, seeds, steps and test rows for both arms."""

from __future__ import annotations

from collections.abc import Callable

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.baseline import predict_baseline
from auditor.benchmark.classify import SeedRun, fine_tune
from auditor.benchmark.data import Arm, Contest, TestSet, prepare_contest
from auditor.benchmark.encode import encode
from auditor.benchmark.models import Base, load_named, load_packaged, packaged_folder
from auditor.benchmark.pretrain import pretrain, pretrain_steps
from auditor.benchmark.result import BenchmarkResult
from auditor.benchmark.train import Recipe
from auditor.config import BenchmarkSettings, Settings
from auditor.errors import CheckError

Progress = Callable[[str, float], None]
"""What is being done, and how much of the whole is done, 0 to 1."""

_SMALL_RATE, _LARGE_RATE = 5e-4, 5e-5
_LARGE_WIDTH = 512


class _Ticker:
    """Counts the steps of all trainings and tells how far they are."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total, self.progress = total, progress
        self.done, self.what = 0, ""

    def __call__(self) -> None:
        self.done += 1
        self.progress(self.what, min(1.0, self.done / self.total))


def run_benchmark(
    before: Arm, after: Arm, test: TestSet, settings: Settings, language: str, progress: Progress
) -> BenchmarkResult:
    """Fine-tune on both arms with every seed and compare them on the test rows.

    Args:
        language: ``en``, ``zh`` or ``other``; chooses the model where the setting is ``auto``.

    Returns:
        The result. Where it was stopped after at least one seed had both arms (Ctrl-C, a loss that is not a
        number), its `stopped` holds the reason: save it, then call `raise_if_stopped`.

    Raises:
        InputError, UsageError, SafetyError: rows or model cannot be used.
        CheckError, KeyboardInterrupt: stopped before any seed had both arms.
    """
    options = settings.benchmark
    contest = prepare_contest(before, after, test, options.max_train_rows, options.max_test_rows, settings.seed)
    steps = options.epochs * -(-max(len(arm) for arm in contest.arms) // options.batch_size)
    corpus = _pretraining_texts(contest) if _needs_pretraining(options, language) else []
    pretraining = pretrain_steps(len(corpus), options.pretrain_epochs, options.batch_size)
    tick = _Ticker(pretraining + steps * 2 * options.seeds, progress)
    base = _base(options, corpus, settings.seed, tick)
    recipe = Recipe(steps, options.batch_size, options.learning_rate or _default_rate(base))
    runs, trained, stopped = _run_seeds(base, contest, recipe, settings, tick)
    return BenchmarkResult(
        task="text-classification",
        model=base.name,
        contest=contest,
        budget=_budget(contest, recipe, options.max_length),
        runs=runs,
        baseline=(
            predict_baseline(contest, contest.before, language),
            predict_baseline(contest, contest.after, language),
        ),
        cut_texts={
            name: encode(base.tokenizer, texts, options.max_length).cut
            for name, texts in (
                ("before", contest.before.texts),
                ("after", contest.after.texts),
                ("test", contest.test.texts),
            )
        },
        trained=trained,
        stopped=stopped,
    )


def _run_seeds(
    base: Base, contest: Contest, recipe: Recipe, settings: Settings, tick: _Ticker
) -> tuple[tuple[SeedRun, ...], TrainedModel, BaseException | None]:
    """Both arms, seed by seed, so that whatever is finished can be compared."""
    options = settings.benchmark
    labels = contest.classes[: contest.train_classes]
    runs: list[SeedRun] = []
    models: list[TrainedModel] = []
    for seed in range(settings.seed, settings.seed + options.seeds):
        pair = []
        try:
            for arm in contest.arms:
                tick.what = f"fine-tuning: {arm.name}, seed {seed}"
                run, model = fine_tune(base, contest, arm, recipe, options.max_length, seed, tick)
                pair.append(run)
        except (KeyboardInterrupt, CheckError) as stop:
            if not runs:
                raise
            return tuple(runs), models[0], stop
        runs += pair
        if not models:
            models.append(TrainedModel(base.tokenizer, model, labels, options.max_length))
    return tuple(runs), models[0], None


def _needs_pretraining(options: BenchmarkSettings, language: str) -> bool:
    return options.model == "auto" and (language != "en" or packaged_folder() is None)


def _pretraining_texts(contest: Contest) -> list[str]:
    """The texts of both arms, each once. Sorted: the base must not depend on which arm came first."""
    return sorted({text for arm in contest.arms for text in arm.texts if text.strip()})


def _base(options: BenchmarkSettings, corpus: list[str], seed: int, tick: _Ticker) -> Base:
    if options.model != "auto":
        return load_named(options.model)
    if not corpus:
        return load_packaged()
    tick.what = "pre-training a BERT on the corpus"
    return pretrain(corpus, options.pretrain_epochs, options.batch_size, options.max_length, seed, tick)


def _default_rate(base: Base) -> float:
    """Small encoders bear, and in few steps need, a rate that would wreck a large one."""
    return _SMALL_RATE if base.config.hidden_size < _LARGE_WIDTH else _LARGE_RATE


def _budget(contest: Contest, recipe: Recipe, max_length: int) -> dict[str, float | int]:
    """Equal steps: a smaller arm goes round its rows more often instead of training less."""
    passes = {f"epochs_{arm.name}": round(recipe.steps / -(-len(arm) // recipe.batch_size), 2) for arm in contest.arms}
    return {
        "steps": recipe.steps,
        "batch_size": recipe.batch_size,
        "learning_rate": recipe.learning_rate,
        "max_length": max_length,
        **passes,
    }
