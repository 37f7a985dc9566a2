"""The benchmark from end to end: the same model, seeds, steps and test rows for both arms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.baseline import predict_baseline
from auditor.benchmark.classify import SeedRun, fine_tune
from auditor.benchmark.data import Arm, Contest, TestSet, few_shot, prepare_contest, with_noise
from auditor.benchmark.memory import training_memory
from auditor.benchmark.quantized import quantize
from auditor.benchmark.result import BenchmarkResult
from auditor.benchmark.resume import FinishedRuns, from_table, run_name, to_table
from auditor.config.settings import BenchmarkSettings, Settings
from auditor.errors import CheckError
from auditor.models.base_model import Hide, Progress, Ticker, choose_base, default_rate, tuning_of
from auditor.models.estimate import Estimate, estimate
from auditor.models.hardware import seeded_torch
from auditor.models.load import Base
from auditor.models.losses import weighted_loss
from auditor.models.tokenize import encode
from auditor.models.train import Recipe

_QUANTIZED_ROWS = 500


def run_benchmark(
    before: Arm,
    after: Arm,
    test: TestSet,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> BenchmarkResult:
    """Fine-tune on both arms with every seed and compare them on the test rows.

    Args:
        language: ``en``, ``zh`` or ``other``; chooses the model where the setting is ``auto``.
        finished: trainings kept from an earlier, stopped call; each one finished now is added.
        hide: masks personal data in the texts that a model is trained on from scratch.

    Returns:
        The result. Where it was stopped after at least one seed had both arms (Ctrl-C, a loss that is not a
        number, memory that ran out), its `stopped` holds the reason: save it, then call `raise_if_stopped`.

    Raises:
        InputError, UsageError, SafetyError: rows or model cannot be used.
        CheckError (MemoryRanOutError among them), KeyboardInterrupt: stopped before any seed had both arms.
    """
    training = train_arms((before, after), test, settings, language, progress, finished, hide)
    contest = training.contest
    return BenchmarkResult(
        task="text-classification",
        model=training.base.name,
        contest=contest,
        budget=training.budget(),
        runs=training.runs,
        baseline=(
            predict_baseline(contest, contest.arms[0], language),
            predict_baseline(contest, contest.arms[1], language),
        ),
        cut_texts=training.cut_texts(),
        trained=training.trained,
        stopped=training.stopped,
        quantized=(
            quantize(training.trained, contest.test.texts[:_QUANTIZED_ROWS])
            if settings.benchmark.quantize and training.trained is not None
            else None
        ),
    )


@dataclass(frozen=True)
class Training:
    """All trainings of a contest.

    Attributes:
        runs: finished ones; every seed in it has all arms.
        trained: the last arm's model of the first seed trained in this call; None where all were kept ones.
        stopped: why the remaining seeds were not run.
    """

    base: Base
    contest: Contest
    recipe: Recipe
    max_length: int
    runs: tuple[SeedRun, ...]
    trained: TrainedModel | None
    stopped: BaseException | None

    def budget(self) -> dict[str, float | int]:
        """Equal steps: a smaller arm goes round its rows more often instead of training less."""
        passes = {
            f"epochs_{arm.name}": round(self.recipe.steps / -(-len(arm) // self.recipe.batch_size), 2)
            for arm in self.contest.arms
        }
        return {
            "steps": self.recipe.steps,
            "batch_size": self.recipe.batch_size,
            "learning_rate": self.recipe.learning_rate,
            "max_length": self.max_length,
            "frozen_layers": self.base.tuning.frozen_layers,
            **passes,
        }

    def cut_texts(self) -> dict[str, int]:
        """Texts longer than the model was given, by arm name and ``test``."""
        texts = {**{arm.name: arm.texts for arm in self.contest.arms}, "test": self.contest.test.texts}
        return {name: encode(self.base.tokenizer, one, self.max_length).cut for name, one in texts.items()}


def train_arms(
    arms: Sequence[Arm],
    test: TestSet,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> Training:
    """Fine-tune on every arm with every seed. Raises what `run_benchmark` raises."""
    with training_memory(settings.benchmark):
        return _train_arms(arms, test, settings, language, progress, finished, hide)


def _train_arms(
    arms: Sequence[Arm],
    test: TestSet,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None,
    hide: Hide,
) -> Training:
    options = settings.benchmark
    contest = prepare_contest(arms, test, options.max_train_rows, options.max_test_rows, settings.seed)
    if options.few_shot:
        contest = few_shot(contest, options.few_shot, settings.seed)
    contest = with_noise(contest, options.noisy_rows, language, settings.seed)
    steps = options.epochs * -(-max(len(arm) for arm in contest.arms) // options.batch_size)
    texts = [text for arm in arms for text in arm.texts]  # all of them: the caps are for fine-tuning
    trainings = steps * len(contest.arms) * options.seeds
    tick, base = choose_base(options, language, texts, settings.seed, trainings, progress, hide)
    base = replace(base, tuning=tuning_of(options, base))
    recipe = Recipe(
        steps,
        options.batch_size,
        options.learning_rate or default_rate(base),
        parts=options.accumulate,
        adversarial=options.adversarial,
        patience=options.patience,
    )
    seeds = range(settings.seed, settings.seed + options.seeds)
    runs, trained, stopped = _run_seeds(base, contest, recipe, options, seeds, tick, finished)
    return Training(base, contest, recipe, options.max_length, runs, trained, stopped)


def _run_seeds(
    base: Base,
    contest: Contest,
    recipe: Recipe,
    options: BenchmarkSettings,
    seeds: range,
    tick: Ticker,
    finished: FinishedRuns | None,
) -> tuple[tuple[SeedRun, ...], TrainedModel | None, BaseException | None]:
    """All arms, seed by seed, so that whatever is finished can be compared."""
    finished = {} if finished is None else finished
    max_length = options.max_length
    labels = contest.classes[: contest.train_classes]
    names = {
        (arm.name, seed): run_name(base, contest, arm, recipe, max_length, seed)
        for arm in contest.arms
        for seed in seeds
    }
    missing = sum(name not in finished for name in names.values())
    tick.remark = f" ({_estimate(base, contest, recipe, max_length, missing)} in all)" if missing else ""
    runs: list[SeedRun] = []
    trained: TrainedModel | None = None
    for seed in seeds:
        of_seed = []
        try:
            for arm in contest.arms:
                tick.say(f"fine-tuning: {arm.name}, seed {seed}")
                name = names[arm.name, seed]
                if name in finished:
                    of_seed.append(from_table(finished[name]))
                    tick.skip(recipe.steps)
                    continue
                with training_memory(options):
                    run, model = fine_tune(base, contest, arm, recipe, max_length, seed, tick)
                tick.skip(recipe.steps - len(run.losses))
                finished[name] = to_table(run)
                of_seed.append(run)
                if trained is None and arm is contest.arms[-1]:
                    trained = TrainedModel(base.tokenizer, model, labels, max_length)
        except (KeyboardInterrupt, CheckError) as stop:
            if not runs:
                raise
            return tuple(runs), trained, stop
        runs += of_seed
    return tuple(runs), trained, None


def _estimate(base: Base, contest: Contest, recipe: Recipe, max_length: int, trainings: int) -> Estimate:
    arm = contest.arms[-1]
    with seeded_torch(0):
        rows = base.prepared(encode(base.tokenizer, arm.texts, max_length))
        model = base.classifier(contest.train_classes)
        loss_of = weighted_loss(model, rows, contest.codes(arm.labels), None)
        return estimate(model, rows.lengths, loss_of, recipe, trainings)
