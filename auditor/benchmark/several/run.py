"""The benchmark with several labels a row: the same model, seeds, steps and test rows for both arms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.baseline import predict_several_baseline
from auditor.benchmark.memory import training_memory
from auditor.benchmark.resume import FinishedRuns
from auditor.benchmark.seeds import Keeper, digest, seed_by_seed
from auditor.benchmark.several.data import LabelledTexts, SeveralContest, prepare_several
from auditor.benchmark.several.result import SeveralResult
from auditor.benchmark.several.training import SeveralRun, fine_tune, from_table, to_table
from auditor.config.settings import Settings
from auditor.models.base_model import Hide, Progress, choose_base, default_rate, tuning_of
from auditor.models.estimate import Estimate, estimate
from auditor.models.hardware import half_precision, seeded_torch
from auditor.models.load import Base
from auditor.models.losses import binary_loss
from auditor.models.tokenize import encode
from auditor.models.train import Recipe

if TYPE_CHECKING:
    import numpy as np


def run_several_benchmark(
    before: LabelledTexts,
    after: LabelledTexts,
    test: LabelledTexts,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
    hide: Hide = list,
) -> SeveralResult:
    """Fine-tune on both arms with every seed and compare their labels on the test rows.

    Args:
        language: ``en``, ``zh`` or ``other``; chooses the model where the setting is ``auto``.
        finished: trainings kept from an earlier, stopped call; each one finished now is added.
        hide: masks personal data in the texts that a model is trained on from scratch.

    Returns:
        The result; where it was stopped after at least one seed had both arms, its `stopped` holds the reason.

    Raises:
        InputError, UsageError, SafetyError: rows or model cannot be used.
        CheckError (MemoryRanOutError among them), KeyboardInterrupt: stopped before any seed had both arms.
    """
    options = settings.benchmark
    finished = {} if finished is None else finished
    contest = prepare_several((before, after), test, options.max_train_rows, options.max_test_rows, settings.seed)
    arms = {arm.name: arm for arm in contest.arms}
    steps = options.epochs * -(-max(map(len, contest.arms)) // options.batch_size)
    trainings = 2 * options.seeds
    with training_memory(options):
        texts = [*before.texts, *after.texts]
        tick, base = choose_base(options, language, texts, settings.seed, steps * trainings, progress, hide)
        base = replace(base, tuning=tuning_of(options, base))
        rate = options.learning_rate or default_rate(base)
        recipe = Recipe(steps, options.batch_size, rate, parts=options.accumulate, adversarial=options.adversarial,
                        patience=options.patience)  # fmt: skip
        seeds = range(settings.seed, settings.seed + options.seeds)
        name = _naming(base, contest, recipe, options.max_length)
        missing = sum(name(arm, seed) not in finished for arm in arms for seed in seeds)
        if missing:
            tick.remark = f" ({_estimate(base, contest, recipe, options.max_length, missing)} in all)"
    models: list[TrainedModel] = []

    def trained(side: str, seed: int) -> SeveralRun:
        tick.say(f"fine-tuning: {side}, seed {seed}")
        run, model = fine_tune(base, contest, arms[side], recipe, options.max_length, seed, tick)
        tick.skip(steps - len(run.losses))
        if side == "after" and not models:
            labels = contest.names[: contest.train_labels]
            models.append(TrainedModel(base.tokenizer, model, labels, options.max_length, run.threshold))
        return run

    keeper = Keeper(finished, name, to_table, from_table, lambda what: tick.skip(steps, what))
    runs, stopped = seed_by_seed(seeds, tuple(arms), trained, keeper, options, divisible=True)
    return SeveralResult(
        model=base.name,
        contest=contest,
        budget={
            "steps": steps,
            "batch_size": recipe.batch_size,
            "learning_rate": recipe.learning_rate,
            "max_length": options.max_length,
            "frozen_layers": base.tuning.frozen_layers,
        },
        seeds=tuple(seeds)[: len(runs["before"])],
        runs=runs,
        baseline=_baselines(contest, language),
        cut_texts={
            side.name: encode(base.tokenizer, side.texts, options.max_length).cut
            for side in (*contest.arms, replace(contest.test, name="test"))
        },
        trained=models[0] if models else None,
        stopped=stopped,
    )


def _naming(base: Base, contest: SeveralContest, recipe: Recipe, max_length: int) -> Callable[[str, int], str]:
    """Digest of all that the training of an arm with a seed depends on."""
    arms = {arm.name: arm for arm in contest.arms}
    shared = digest(base.digest, base.tuning, recipe, max_length, contest.names, contest.test.texts, half_precision())

    def name(side: str, seed: int) -> str:
        arm = arms[side]
        ids = () if arm.row_ids is None else arm.row_ids  # which rows are held out
        weights = () if arm.weights is None else arm.weights
        return digest("several", shared, side, seed, arm.texts, arm.labels, ids, weights)

    return name


def _baselines(contest: SeveralContest, language: str) -> tuple[np.ndarray, np.ndarray]:
    first, second = (predict_several_baseline(contest, arm, language) for arm in contest.arms)
    return first, second


def _estimate(base: Base, contest: SeveralContest, recipe: Recipe, max_length: int, trainings: int) -> Estimate:
    arm = contest.arms[1]
    with seeded_torch(0):
        rows = base.prepared(encode(base.tokenizer, arm.texts, max_length))
        model = base.classifier(contest.train_labels)
        loss_of = binary_loss(model, rows, contest.has(arm)[:, : contest.train_labels], None)
        return estimate(model, rows.lengths, loss_of, recipe, trainings)
