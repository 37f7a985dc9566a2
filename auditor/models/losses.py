"""The task of text classification: its loss, and probabilities of rows."""

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


def binary_loss(
    model: TextClassifier, rows: Rows, has: np.ndarray, weights: np.ndarray | None
) -> Callable[[np.ndarray], torch.Tensor]:
    """Binary cross-entropy summed over the labels: minus the log-likelihood of a row's labels, each by itself.

    Args:
        has: bool (rows, labels).
        weights: of the rows, as for `weighted_loss`.
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
    """Squared error of the only output.

    Args:
        targets: float32 (rows,).
        weights: of the rows, as for `weighted_loss`.
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
    """Let the untrained head say the mean of the targets."""
    import torch

    with torch.no_grad():
        model.head.bias.fill_(float(targets.mean()))


def start_at_base_rates(model: TextClassifier, has: np.ndarray) -> None:
    """Let the untrained head give each label its share of the rows (Lin et al. 2017, section 3.3).

    From one half for every label, the first steps would only unlearn the rare ones.
    """
    import torch

    share = (has.sum(axis=0) + 0.5) / (len(has) + 1)
    with torch.no_grad():
        model.head.bias.copy_(torch.from_numpy(np.log(share / (1 - share))))


def predict(model: TextClassifier, rows: Rows, half: bool = True, several: bool = False) -> np.ndarray:
    """Probabilities (rows, labels), float32.

    Args:
        half: whether to compute in bfloat16 where the device gains by it.
        several: whether each label applies or not by itself; else exactly one applies.
    """
    return _outputs(model, rows, half, lambda logits: logits.sigmoid() if several else logits.softmax(-1))


def predict_scores(model: TextClassifier, rows: Rows) -> np.ndarray:
    """The only output for each row, float64 (rows,), computed in float32."""
    return _outputs(model, rows, False, lambda logits: logits)[:, 0].astype(np.float64)


def _outputs(model: TextClassifier, rows: Rows, half: bool, of: Callable[[torch.Tensor], torch.Tensor]) -> np.ndarray:
    """What `of` makes of the logits of each row, float32 (rows, outputs)."""
    import torch

    where = device()
    found = np.zeros((len(rows), model.head.out_features), np.float32)
    model.eval()
    with torch.inference_mode(), torch.autocast(where.type, torch.bfloat16, enabled=half and half_precision()):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            found[batch] = of(model(**rows.inputs(batch, where))).cpu().numpy()
    return found
