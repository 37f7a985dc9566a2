"""The layers of an encoder that are not trained, run once for each text instead of once in each epoch.

The lower layers of a BERT gain little by fine-tuning (Lee, Tang and Lin 2019, https://arxiv.org/abs/1911.03090).
Without dropout in them, what they make of a text is the same in every epoch. Imports torch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from auditor.models.bert import Bert
from auditor.models.hardware import device, half_precision
from auditor.models.tokenize import Encoded, sorted_batches

MOST_BYTES = 1 << 29
"""Of the hidden states of one set of texts; where there would be more, they are computed in each epoch."""
KEPT_BYTES = 2 * MOST_BYTES
"""Of all sets of texts whose states are kept: both sides of a comparison and its test rows, fold by fold."""
_BATCH = 64


@dataclass(frozen=True)
class States:
    """Hidden states under the trained layers, of the tokens of many texts; what `Encoded` is to a whole encoder.

    Attributes:
        hidden: (tokens of all rows, size), bfloat16 where that is what is computed in, else float32.
        starts: int64, the first token of each row.
        lengths: int64, tokens of each row.
        cut: texts that were longer than allowed.
    """

    hidden: torch.Tensor
    starts: np.ndarray
    lengths: np.ndarray
    cut: int

    def __len__(self) -> int:
        """Rows."""
        return len(self.lengths)

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.hidden.numel() * self.hidden.element_size())

    def take(self, positions: np.ndarray) -> States:
        """The rows at `positions`, in that order; `cut` is not told for them."""
        return States(self.hidden, self.starts[positions], self.lengths[positions], 0)

    def inputs(self, rows: np.ndarray, device: torch.device) -> dict[str, torch.Tensor]:
        """``states``, (rows, longest of them, size), and ``attention_mask``."""
        lengths = self.lengths[rows]
        within = np.arange(int(lengths.max()))
        mask = within < lengths[:, None]
        at = torch.from_numpy(self.starts[rows][:, None] + np.where(mask, within, 0))
        return {
            "states": self.hidden[at].to(device),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)).to(device),
        }


def states_of(bert: Bert, rows: Encoded) -> States | None:
    """What the frozen layers make of `rows`; None where that is more than `MOST_BYTES`."""
    kind = torch.bfloat16 if half_precision() else torch.float32
    total = int(rows.lengths.sum())
    if total * bert.hidden_size * kind.itemsize > MOST_BYTES:
        return None
    hidden = torch.zeros(total, bert.hidden_size, dtype=kind)
    starts = np.concatenate([[0], np.cumsum(rows.lengths)[:-1]]).astype(np.int64)
    where = device()
    bert = bert.to(where).eval()
    with torch.no_grad(), torch.autocast(where.type, torch.bfloat16, enabled=half_precision()):
        for batch in sorted_batches(rows.lengths, _BATCH):
            found = bert.lower(**rows.inputs(batch, where)).to(kind).cpu()
            for row, one in zip(batch.tolist(), found, strict=True):
                hidden[starts[row] : starts[row] + rows.lengths[row]] = one[: rows.lengths[row]]
    return States(hidden, starts, rows.lengths, rows.cut)
