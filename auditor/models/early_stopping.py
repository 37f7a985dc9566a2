"""Early stopping: training ends when the loss on held-out rows no longer falls; the best weights are restored."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.losses import predict
from auditor.models.tokenize import Rows

if TYPE_CHECKING:
    import torch

    from auditor.models.heads import TextClassifier

_TINY = 1e-9


class EarlyStopping:
    """The `should_stop` argument of `train`: called after every step, it evaluates once per epoch.

    Args:
        model: the model being trained.
        rows: held-out rows.
        targets: their targets: int64 class codes, or bool (rows, labels) for multi-label data.
        epoch: number of steps between evaluations.
        patience: number of consecutive evaluations without a lower cross-entropy after which training stops.
    """

    def __init__(self, model: TextClassifier, rows: Rows, targets: np.ndarray, epoch: int, patience: int) -> None:
        self.model, self.rows, self.targets = model, rows, targets
        self.epoch, self.patience = epoch, patience
        self.lowest, self.waited = np.inf, 0
        self.best: dict[str, torch.Tensor] = {}

    def __call__(self, step: int) -> bool:
        """Whether training should stop after this step."""
        if step % self.epoch:
            return False
        loss = self._loss()
        self.model.train()
        if loss < self.lowest:
            self.lowest, self.waited = loss, 0
            self.best = copy.deepcopy(self.model.state_dict())
        else:
            self.waited += 1
        return self.waited >= self.patience

    def _loss(self) -> float:
        if self.targets.ndim == 1:
            right = predict(self.model, self.rows)[np.arange(len(self.targets)), self.targets]
            return float(-np.log(np.maximum(right, _TINY)).mean())
        found = predict(self.model, self.rows, multi_label=True)
        right = np.where(self.targets, found, 1 - found)
        return float(-np.log(np.maximum(right, _TINY)).sum(axis=1).mean())

    def restore(self) -> None:
        """Restore the best weights."""
        if self.best:
            self.model.load_state_dict(self.best)
