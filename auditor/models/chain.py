"""A linear-chain conditional random field over the tags of a sentence, as the head of a tagger. Imports torch.

Lafferty, McCallum and Pereira 2001; on an encoder: Lample et al. 2016, https://arxiv.org/abs/1603.01360. The score of a
tag depends on its word and on the preceding tag. Pairs of tags that do not occur in training are never predicted, so
the output is well-formed in the tag scheme of the data, whichever that is.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

_NEVER = -1e4
"""Score of transitions not seen in training: low enough never to win, high enough for float32 sums."""


class ChainHead(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Scores of tags for each token, and of transitions between consecutive tags.

    Attributes:
        pairs: float32 (tags, tags), scores of transitions from the first to the second tag.
        begins: float32 (tags,), scores of the first tag of a sentence.
        possible, possible_begins: not trained; 0 for what occurs in training, otherwise `_NEVER`.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, tags)
        self.pairs, self.begins = nn.Parameter(torch.zeros(tags, tags)), nn.Parameter(torch.zeros(tags))
        self.register_buffer("possible", torch.zeros(tags, tags))
        self.register_buffer("possible_begins", torch.zeros(tags))

    @property
    def out_features(self) -> int:
        """Number of tags."""
        return int(self.linear.out_features)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores (..., tags) of each token, without transitions."""
        scores: torch.Tensor = self.linear(hidden)
        return scores

    def allow(self, rows: list[np.ndarray]) -> None:
        """Allow only the transitions and first tags that occur in these tag codes, one array per sentence."""
        pairs, begins = torch.full_like(self.possible, _NEVER), torch.full_like(self.possible_begins, _NEVER)
        for tags in rows:
            if len(tags):
                begins[int(tags[0])] = 0.0
                pairs[tags[:-1], tags[1:]] = 0.0
        self.possible.copy_(pairs)
        self.possible_begins.copy_(begins)

    def loss(self, scores: torch.Tensor, tags: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """The negative log-likelihood of the tags, summed over the sentences.

        Args:
            scores: float32 (rows, words, tags), from `forward`.
            tags: int64 (rows, words), 0 for padding.
            is_word: bool (rows, words); padding is at the end.
        """
        pairs, begins = self.pairs + self.possible, self.begins + self.possible_begins
        total = scores[:, 0] + begins
        gold = total.gather(1, tags[:, :1])[:, 0]
        for place in range(1, scores.shape[1]):
            here, word = scores[:, place], is_word[:, place]
            after = torch.logsumexp(total[:, :, None] + pairs[None], 1) + here
            total = torch.where(word[:, None], after, total)
            step = here.gather(1, tags[:, place : place + 1])[:, 0] + pairs[tags[:, place - 1], tags[:, place]]
            gold = gold + step * word
        return ((torch.logsumexp(total, 1) - gold) * is_word[:, 0]).sum()

    def best(self, scores: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """int64 (rows, words), the most likely sequence of tags (Viterbi 1967); 0 for padding."""
        pairs, total = self.pairs + self.possible, scores[:, 0] + self.begins + self.possible_begins
        unchanged = torch.arange(scores.shape[2], device=scores.device).expand(len(scores), -1)
        backpointers = []
        for place in range(1, scores.shape[1]):
            best, before = (total[:, :, None] + pairs[None]).max(1)
            word = is_word[:, place, None]
            total = torch.where(word, best + scores[:, place], total)
            backpointers.append(torch.where(word, before, unchanged))
        tag = total.argmax(1, keepdim=True)
        path = [tag]
        for before in reversed(backpointers):
            tag = before.gather(1, tag)
            path.append(tag)
        return torch.cat(path[::-1], 1) * is_word


def gather_words(values: torch.Tensor, is_first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Gather the values of the first token of each word at the front of each row.

    Args:
        values: (rows, tokens, ...).
        is_first: bool (rows, tokens), whether a token is the first of a word.

    Returns:
        The values (rows, words, ...), and bool (rows, words): False for padding.
    """
    words = is_first.sum(1)
    order = torch.argsort((~is_first).long(), dim=1, stable=True)[:, : max(1, int(words.max()))]
    is_word = torch.arange(order.shape[1], device=order.device) < words[:, None]
    index = order.view(*order.shape, *([1] * (values.dim() - 2))).expand(*order.shape, *values.shape[2:])
    return values.gather(1, index), is_word
