"""The training loop of all tasks, which differ in the loss of a batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import CheckError
from auditor.models.gradients import BatchLoss, backward
from auditor.models.tokenize import shuffled_batches

if TYPE_CHECKING:
    import torch


TRAINING_VERSION = 4
"""Incremented with every change that affects the results of training, so that cached trainings become invalid."""


@dataclass(frozen=True)
class Recipe:
    """Training parameters, equal for both sides of a comparison."""

    steps: int
    batch_size: int
    learning_rate: float
    warmup: float = 0.1
    """Share of the steps in which the learning rate increases from 0."""
    weight_decay: float = 0.01
    clip: float = 1.0
    """Largest norm of the gradient."""
    head_rate: float = 10.0
    """Factor of the learning rate of the head, which is trained from scratch, unlike the encoder."""
    parts: int = 1
    """Number of parts in which a batch is computed (gradient accumulation)."""
    adversarial: float = 0.0
    """Size of the adversarial perturbation of word vectors; 0: none."""
    patience: int = 0
    """Epochs without a lower loss on held-out rows after which training stops; 0: no early stopping."""


def train(
    model: torch.nn.Module,
    lengths: np.ndarray,
    loss_of: BatchLoss,
    recipe: Recipe,
    seed: int,
    tick: Callable[[], None],
    head: torch.nn.Module | None = None,
    should_stop: Callable[[int], bool] = lambda step: False,
) -> np.ndarray:
    """Train `model` in place for `recipe.steps` steps, over as many epochs as needed.

    Args:
        model: the model.
        lengths: number of tokens of each row, for batches of similar length.
        loss_of: the loss of a batch.
        recipe: the training parameters.
        seed: seed of the order of the rows; dropout uses torch's global random state.
        tick: called after each step.
        head: the part of `model` that is trained from scratch.
        should_stop: called with the number of steps done; training ends if it returns True.

    Returns:
        float32, the loss of each step.

    Raises:
        CheckError: the loss becomes NaN or infinite.
    """
    import torch

    optimizer = torch.optim.AdamW(_parameter_groups(model, head, recipe), lr=recipe.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: warmup_then_decay(step, recipe))
    batches = shuffled_batches(lengths, recipe.batch_size, np.random.default_rng(seed))
    model.train()
    losses: list[float] = []
    for rows in islice(batches, recipe.steps):
        loss = backward(model, loss_of, rows, recipe.parts, recipe.adversarial)
        if not math.isfinite(loss):
            raise _diverged(recipe)
        torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss)
        tick()
        if should_stop(len(losses)):
            break
    return np.array(losses, np.float32)


def warmup_then_decay(step: int, recipe: Recipe) -> float:
    """Factor of the learning rate: linear warm-up from 0 to 1, then linear decay to 0 after the last step."""
    warmup = max(1, round(recipe.warmup * recipe.steps))
    return min((step + 1) / warmup, (recipe.steps - step) / max(1, recipe.steps - warmup + 1))


def _parameter_groups(model: torch.nn.Module, head: torch.nn.Module | None, recipe: Recipe) -> list[dict[str, object]]:
    """A new head gets a higher rate; biases and normalization weights (one-dimensional) have no weight decay."""
    fresh = [] if head is None else list(head.parameters())
    known = {id(p) for p in fresh}
    body = [p for p in model.parameters() if p.requires_grad and id(p) not in known]
    return [
        {"params": [p for p in body if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in body if p.ndim <= 1], "weight_decay": 0.0},
        {"params": fresh, "weight_decay": 0.0, "lr": recipe.learning_rate * recipe.head_rate},
    ]


def _diverged(recipe: Recipe) -> CheckError:
    return CheckError(
        "Training failed: the loss is not a number.",
        where=f"benchmark.learning_rate = {recipe.learning_rate}",
        fix="Set a smaller benchmark.learning_rate, such as 1e-4.",
    )
