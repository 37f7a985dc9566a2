"""The gradient of a batch, optionally with accumulation, adversarial training and data parallelism."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.hardware import device, half_precision

if TYPE_CHECKING:
    import torch

BatchLoss = Callable[[np.ndarray], "torch.Tensor"]
"""Mean loss of the rows at these positions."""


def backward(
    model: torch.nn.Module, loss_of: BatchLoss, rows: np.ndarray, parts: int = 1, adversarial: float = 0.0
) -> float:
    """Compute the gradient of the mean loss of `rows`, leave it in `model` and return the loss.

    Args:
        model: the model.
        loss_of: the loss of a batch.
        rows: positions of the rows of the batch.
        parts: number of parts in which the batch is computed to save memory; the gradient is the same.
        adversarial: size of the perturbation of the word vectors (FGM, Miyato et al. 2017); 0: none.
    """
    share = _share_of_this_process(rows)
    loss = _add_gradient(loss_of, share, parts)
    if adversarial:
        with _perturbed(model, adversarial):
            _add_gradient(loss_of, share, parts)
    _average_over_processes(model)
    return loss


def _add_gradient(loss_of: BatchLoss, rows: np.ndarray, parts: int) -> float:
    import torch

    total = 0.0
    for part in np.array_split(rows, min(parts, len(rows))):
        with torch.autocast(device().type, torch.bfloat16, enabled=half_precision()):
            loss = loss_of(part) * (len(part) / len(rows))
        loss.backward()
        total += loss.item()
    return total


@contextmanager
def _perturbed(model: torch.nn.Module, size: float) -> Iterator[None]:
    """Perturb the word vectors along their gradient by a vector of norm `size` within the block."""
    import torch

    vectors = model.encoder.word_vectors.weight
    original = vectors.detach().clone()
    with torch.no_grad():
        vectors += size * vectors.grad / vectors.grad.norm().clamp(min=1e-12)
    yield
    with torch.no_grad():
        vectors.copy_(original)


def _share_of_this_process(rows: np.ndarray) -> np.ndarray:
    """Every n-th row if n processes train together; all rows of a batch smaller than n."""
    import torch.distributed as processes

    if not processes.is_initialized() or len(rows) < processes.get_world_size():
        return rows
    return rows[processes.get_rank() :: processes.get_world_size()]


def _average_over_processes(model: torch.nn.Module) -> None:
    """Average the gradients over the processes in one message, since many small ones are slow."""
    import torch
    import torch.distributed as processes

    if not processes.is_initialized():
        return
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    combined = torch.cat([gradient.flatten() for gradient in gradients]) / processes.get_world_size()
    processes.all_reduce(combined)
    for gradient, mean in zip(gradients, combined.split([g.numel() for g in gradients]), strict=True):
        gradient.copy_(mean.view_as(gradient))
