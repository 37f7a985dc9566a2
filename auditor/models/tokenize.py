"""Encode texts as token ids, and form batches of texts of similar length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from auditor.corpus.shape import BETWEEN_SIDES

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

POOL_BATCHES = 50
"""Rows are sorted by length within pools of this many batches: saves padding, but stays random."""


class Rows(Protocol):
    """Texts encoded as input of a model."""

    @property
    def lengths(self) -> np.ndarray:
        """int64, tokens of each row."""
        ...

    @property
    def cut(self) -> int:
        """Number of truncated texts."""
        ...

    def __len__(self) -> int:
        """Rows."""
        ...

    def inputs(self, rows: np.ndarray, device: torch.device) -> dict[str, torch.Tensor]:
        """The arguments of the model for these rows."""
        ...

    def take(self, positions: np.ndarray) -> Rows:
        """The rows at `positions`, in that order."""
        ...


@dataclass(frozen=True)
class Encoded:
    """Token ids of many texts.

    Attributes:
        ids: int32 (rows, longest row), padded at the end.
        lengths: int64, number of tokens of each row, at least 1.
        cut: number of truncated texts.
    """

    ids: np.ndarray
    lengths: np.ndarray
    cut: int

    def __len__(self) -> int:
        """Rows."""
        return len(self.lengths)

    def take(self, positions: np.ndarray) -> Encoded:
        """The rows at `positions`, in that order; their `cut` is 0."""
        lengths = self.lengths[positions]
        return Encoded(self.ids[positions, : int(lengths.max(initial=1))], lengths, 0)

    def inputs(self, rows: np.ndarray, device: torch.device) -> dict[str, torch.Tensor]:
        """``input_ids`` and ``attention_mask``, (rows, longest row), int64."""
        import torch

        lengths = self.lengths[rows]
        width = int(lengths.max())
        mask = np.arange(width) < lengths[:, None]
        return {
            "input_ids": torch.from_numpy(self.ids[rows, :width].astype(np.int64)).to(device),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)).to(device),
        }


def encode(
    tokenizer: PreTrainedTokenizerBase, texts: Sequence[str], max_length: int, pair_mark: str = BETWEEN_SIDES
) -> Encoded:
    """Token ids of `texts` with special tokens, truncated to `max_length`.

    Texts with two sides separated by `pair_mark` are encoded as pairs, with the separator of the tokenizer; of a pair
    that is too long, the longer side is truncated.
    """
    sides: tuple[list[str], ...] = (list(texts),)
    if any(pair_mark in text for text in texts):
        parts = [text.partition(pair_mark) for text in texts]
        sides = ([first for first, _, _ in parts], [second for _, _, second in parts])
    rows = tokenizer(*sides, add_special_tokens=True, verbose=False)["input_ids"] if texts else []
    longest = max((len(row) for row in rows), default=1)
    is_long = longest > max_length
    short = tokenizer(*sides, truncation=True, max_length=max_length)["input_ids"] if is_long else rows
    lengths = np.array([max(len(row), 1) for row in short], np.int64)
    ids = np.full((len(short), int(lengths.max(initial=1))), tokenizer.pad_token_id or 0, np.int32)
    for i, row in enumerate(short):
        ids[i, : len(row)] = row
    return Encoded(ids, lengths, sum(len(row) > max_length for row in rows))


def shuffled_batches(lengths: np.ndarray, size: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Endless passes over the rows in random batches of rows of similar length."""
    while True:
        order = rng.permutation(len(lengths))
        pools = [order[i : i + size * POOL_BATCHES] for i in range(0, len(order), size * POOL_BATCHES)]
        order = np.concatenate([pool[np.argsort(lengths[pool], kind="stable")] for pool in pools])
        batches = [order[i : i + size] for i in range(0, len(order), size)]
        for i in rng.permutation(len(batches)):
            yield batches[i]


def sorted_batches(lengths: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """Every row once, shortest first."""
    order = np.argsort(lengths, kind="stable")
    for start in range(0, len(order), size):
        yield order[start : start + size]
