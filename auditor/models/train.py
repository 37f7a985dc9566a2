"""The training loop, for every task: what differs between tasks is the loss of a batch."""

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


METHOD = 4
"""Raised with every change of what equal settings, rows and seeds give, so that trainings kept before are made anew."""


@dataclass(frozen=True)
class Recipe:
    """How a model is trained. Equal for both arms."""

    steps: int
    batch_size: int
    learning_rate: float
    warmup: float = 0.1
    """Share of the steps in which the learning rate rises from 0."""
    weight_decay: float = 0.01
    clip: float = 1.0
    """Largest norm of the gradient."""
    head_rate: float = 10.0
    """Factor on the learning rate of a head, which starts from nothing where the encoder does not."""
    parts: int = 1
    """Pieces a batch is computed in (gradient accumulation)."""
    adversarial: float = 0.0
    """Size of the attack on the word vectors; 0: none."""
    patience: int = 0
    """Epochs without a lower loss on rows held out after which training ends; 0: it goes on to the last step."""


def train(
    model: torch.nn.Module,
    lengths: np.ndarray,
    loss_of: BatchLoss,
    recipe: Recipe,
    seed: int,
    tick: Callable[[], None],
    head: torch.nn.Module | None = None,
    enough: Callable[[int], bool] = lambda step: False,
) -> np.ndarray:
    """Train `model` in place for `recipe.steps` steps, going round the rows as often as that takes.

    Args:
        lengths: tokens of each row, for batches of like length.
        loss_of: the task.
        seed: order of the rows. Dropout follows torch's own random state.
        tick: called after each step.
        head: the part of `model` that starts from nothing.
        enough: called with the number of steps done; training ends early where it says so.

    Returns:
        float32, the loss of each step done.

    Raises:
        CheckError: the loss is no longer a number.
    """
    import torch

    optimizer = torch.optim.AdamW(_parameter_groups(model, head, recipe), lr=recipe.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: rise_and_fall(step, recipe))
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
        if enough(len(losses)):
            break
    return np.array(losses, np.float32)


def rise_and_fall(step: int, recipe: Recipe) -> float:
    """Factor on the learning rate: linear warm-up from 0 to 1, then linear decay to 0 after the last step."""
    warmup = max(1, round(recipe.warmup * recipe.steps))
    return min((step + 1) / warmup, (recipe.steps - step) / max(1, recipe.steps - warmup + 1))


def _parameter_groups(model: torch.nn.Module, head: torch.nn.Module | None, recipe: Recipe) -> list[dict[str, object]]:
    """A fresh head learns faster; biases and normalisation weights (one-dimensional) are not decayed."""
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
