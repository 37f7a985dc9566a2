"""Run the frozen layers of an encoder once per text and cache their outputs, instead of running them in every epoch.

Fine-tuning the lower layers of a BERT brings little (Lee, Tang and Lin 2019, https://arxiv.org/abs/1911.03090). Without
dropout their outputs for a text are the same in every epoch. Imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from auditor.models.bert import Bert
from auditor.models.hardware import device, half_precision
from auditor.models.tokenize import Encoded, sorted_batches

MAX_STATE_BYTES = 1 << 29
"""Maximum size of the hidden states of one set of texts; larger sets are not cached."""
CACHE_BYTES = 2 * MAX_STATE_BYTES
"""Maximum size of all cached sets: both sides of a comparison and its test rows, fold by fold."""
_BATCH = 64


@dataclass(frozen=True)
class States:
    """Outputs of the frozen layers for the tokens of many texts; takes the place of `Encoded` in training.

    Attributes:
        hidden: (tokens of all rows, size), bfloat16 if the device computes in it, otherwise float32.
        starts: int64, index of the first token of each row.
        lengths: int64, number of tokens of each row.
        cut: number of truncated texts.
    """

    hidden: torch.Tensor
    starts: np.ndarray
    lengths: np.ndarray
    cut: int

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.lengths)

    @property
    def size(self) -> int:
        """Size in bytes."""
        return int(self.hidden.numel() * self.hidden.element_size())

    def take(self, positions: np.ndarray) -> States:
        """The rows at `positions`, in that order; their `cut` is 0."""
        return States(self.hidden, self.starts[positions], self.lengths[positions], 0)

    def inputs(self, rows: np.ndarray, device: torch.device) -> dict[str, torch.Tensor]:
        """``states`` (rows, longest row, size) and ``attention_mask``."""
        lengths = self.lengths[rows]
        within = np.arange(int(lengths.max()))
        mask = within < lengths[:, None]
        index = torch.from_numpy(self.starts[rows][:, None] + np.where(mask, within, 0))
        return {
            "states": self.hidden[index].to(device),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)).to(device),
        }


def frozen_states(bert: Bert, rows: Encoded) -> States | None:
    """The outputs of the frozen layers for `rows`; None if they exceed `MAX_STATE_BYTES`."""
    kind = torch.bfloat16 if half_precision() else torch.float32
    total = int(rows.lengths.sum())
    if total * bert.hidden_size * kind.itemsize > MAX_STATE_BYTES:
        return None
    hidden = torch.zeros(total, bert.hidden_size, dtype=kind)
    starts = np.concatenate([[0], np.cumsum(rows.lengths)[:-1]]).astype(np.int64)
    where = device()
    bert = bert.to(where).eval()
    with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=half_precision()):
        for batch in sorted_batches(rows.lengths, _BATCH):
            outputs = bert.lower(**rows.inputs(batch, where)).to(kind).cpu()
            for row, output in zip(batch.tolist(), outputs, strict=True):
                hidden[starts[row] : starts[row] + rows.lengths[row]] = output[: rows.lengths[row]]
    return States(hidden, starts, rows.lengths, rows.cut)
