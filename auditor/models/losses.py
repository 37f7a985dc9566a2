"""Losses of text classification and regression, and predictions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.hardware import device, half_precision
from auditor.models.tokenize import Rows, sorted_batches

if TYPE_CHECKING:
    import torch

    from auditor.models.heads import TextClassifier

_PREDICT_BATCH = 64


def weighted_loss(
    model: TextClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Cross-entropy of a batch; row weights are scaled to mean 1, so that they do not change the learning rate."""
    import torch
    from torch.nn.functional import cross_entropy

    where = device()
    target = torch.from_numpy(targets).to(where)
    scaled = None if weights is None else torch.from_numpy(weights / weights.mean()).float().to(where)

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        losses = cross_entropy(model(**rows.inputs(batch, where)), target[batch], reduction="none")
        return losses.mean() if scaled is None else (losses * scaled[batch]).mean()

    return loss_of


def binary_loss(
    model: TextClassifier, rows: Rows, has: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Binary cross-entropy summed over labels: the negative log-likelihood of independent labels.

    Args:
        model: the classifier.
        rows: the texts.
        has: bool (rows, labels), whether a row has a label.
        weights: row weights, as for `weighted_loss`.
    """
    import torch
    from torch.nn.functional import binary_cross_entropy_with_logits

    where = device()
    target = torch.from_numpy(has.astype(np.float32)).to(where)
    scaled = None if weights is None else torch.from_numpy(weights / weights.mean()).float().to(where)

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        logits = model(**rows.inputs(batch, where))
        losses = binary_cross_entropy_with_logits(logits, target[batch], reduction="none").sum(1)
        return losses.mean() if scaled is None else (losses * scaled[batch]).mean()

    return loss_of


def squared_loss(
    model: TextClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Squared error of a single output.

    Args:
        model: a classifier with one output.
        rows: the texts.
        targets: float32 (rows,).
        weights: row weights, as for `weighted_loss`.
    """
    import torch

    where = device()
    target = torch.from_numpy(targets).to(where)
    scaled = None if weights is None else torch.from_numpy(weights / weights.mean()).float().to(where)

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        losses = (model(**rows.inputs(batch, where))[:, 0] - target[batch]) ** 2
        return losses.mean() if scaled is None else (losses * scaled[batch]).mean()

    return loss_of


def start_at_mean(model: TextClassifier, targets: np.ndarray) -> None:
    """Initialize the bias of the head with the mean of the targets."""
    import torch

    with torch.no_grad():
        model.head.bias.fill_(float(targets.mean()))


def start_at_base_rates(model: TextClassifier, has: np.ndarray) -> None:
    """Initialize the bias of the head with the base rates of the labels (Lin et al. 2017, section 3.3).

    Starting from a probability of one half, the first steps would only lower those of rare labels.
    """
    import torch

    share = (has.sum(axis=0) + 0.5) / (len(has) + 1)
    with torch.no_grad():
        model.head.bias.copy_(torch.from_numpy(np.log(share / (1 - share))))


def predict(model: TextClassifier, rows: Rows, half: bool = True, multi_label: bool = False) -> np.ndarray:
    """Probabilities (rows, labels), float32.

    Args:
        model: the classifier.
        rows: the texts.
        half: whether to compute in bfloat16 if the device supports it.
        multi_label: whether labels are independent (sigmoid) rather than exclusive (softmax).
    """
    return _outputs(model, rows, half, lambda logits: logits.sigmoid() if multi_label else logits.softmax(-1))


def predict_scores(model: TextClassifier, rows: Rows) -> np.ndarray:
    """The single output for each row, float64 (rows,), computed in float32."""
    return _outputs(model, rows, False, lambda logits: logits)[:, 0].astype(np.float64)


def _outputs(
    model: TextClassifier, rows: Rows, half: bool, activation: Callable[[torch.Tensor], torch.Tensor]
) -> np.ndarray:
    """`activation` of the logits, float32 (rows, outputs)."""
    import torch

    where = device()
    outputs = np.zeros((len(rows), model.head.out_features), np.float32)
    model.eval()
    with torch.inference_mode(), torch.autocast(where.type, torch.bfloat16, enabled=half and half_precision()):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            outputs[batch] = activation(model(**rows.inputs(batch, where))).cpu().numpy()
    return outputs
