"""Early stopping: training ends in time, with the best weights."""

from __future__ import annotations

import numpy as np
import pytest


def test_the_best_weights_come_back() -> None:
    torch = pytest.importorskip("torch")
    from auditor.models.early_stopping import EarlyStopping
    from auditor.models.tokenize import Encoded

    class Fixed(torch.nn.Module):  # type: ignore[misc,name-defined]
        """Answers with one number, whatever the row."""

        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(1, 2)

        def forward(self, input_ids: object, attention_mask: object) -> object:
            return self.head(torch.ones(4, 1)).float()

    model = Fixed()
    stopping = EarlyStopping(model, Encoded(np.ones((4, 1), np.int32), np.ones(4, np.int64), 0), np.zeros(4, int), 1, 2)
    answers = []
    for step, bias in enumerate((1.0, 3.0, 2.0, 0.0), 1):
        torch.nn.init.constant_(model.head.weight, 0.0)
        model.head.bias.data = torch.tensor([bias, 0.0])
        answers.append(stopping(step))
    assert answers == [False, False, False, True]
    stopping.restore()
    assert model.head.bias.tolist() == [3.0, 0.0]
