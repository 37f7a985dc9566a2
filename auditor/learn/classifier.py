"""The task of text classification: its loss, and probabilities of rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from auditor.learn.encode import Encoded, sorted_batches
from auditor.learn.hardware import device, half_precision

if TYPE_CHECKING:
    import torch

    from auditor.learn.heads import TextClassifier

_PREDICT_BATCH = 64


def weighted_loss(
    model: TextClassifier, rows: Encoded, targets: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Cross-entropy of a batch; weights are scaled to a mean of 1 over the arm, to leave the learning rate alone."""
    import torch
    from torch.nn.functional import cross_entropy

    where = device()
    target = torch.from_numpy(targets).to(where)
    scaled = None if weights is None else torch.from_numpy(weights / weights.mean()).float().to(where)

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        losses = cross_entropy(model(**rows.inputs(batch, where)), target[batch], reduction="none")
        return losses.mean() if scaled is None else (losses * scaled[batch]).mean()

    return loss_of


def predict(model: TextClassifier, rows: Encoded, half: bool = True) -> np.ndarray:
    """Probabilities (rows, labels), float32.

    Args:
        half: whether to compute in bfloat16 where the device gains by it.
    """
    import torch

    where = device()
    probabilities = np.zeros((len(rows), model.head.out_features), np.float32)
    model.eval()
    with torch.inference_mode(), torch.autocast(where.type, torch.bfloat16, enabled=half and half_precision()):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            probabilities[batch] = model(**rows.inputs(batch, where)).softmax(-1).cpu().numpy()
    return probabilities
