"""A linear chain over the tags of a sentence (conditional random field), as the head of a tagger. Imports torch.

Lafferty, McCallum and Pereira 2001; on an encoder: Lample et al. 2016, https://arxiv.org/abs/1603.01360. A tag's score
depends on its word and on the tag before it; pairs of tags that no training sentence holds are never given, so what
comes out is well-formed in the scheme of the data, whichever that is.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

_NEVER = -1e4
"""Score of what training never showed: low enough to lose, high enough for float32 sums."""


class ChainHead(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Scores of each tag for each token, and of each pair of tags that follow each other.

    Attributes:
        pairs: float32 (tags, tags), of the second after the first.
        begins: float32 (tags,), of the first tag of a sentence.
        possible, possible_begins: 0 where training showed it, else `_NEVER`; not trained.
    """

    def __init__(self, size: int, tags: int) -> None:
        super().__init__()
        self.linear = nn.Linear(size, tags)
        self.pairs, self.begins = nn.Parameter(torch.zeros(tags, tags)), nn.Parameter(torch.zeros(tags))
        self.register_buffer("possible", torch.zeros(tags, tags))
        self.register_buffer("possible_begins", torch.zeros(tags))

    @property
    def out_features(self) -> int:
        """Tags."""
        return int(self.linear.out_features)

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        """Scores (..., tags) of each token by itself."""
        scores: torch.Tensor = self.linear(hidden)
        return scores

    def allow(self, rows: list[np.ndarray]) -> None:
        """Allow the pairs and the beginnings of these tag codes, one array for each sentence, and no others."""
        pairs, begins = torch.full_like(self.possible, _NEVER), torch.full_like(self.possible_begins, _NEVER)
        for tags in rows:
            if len(tags):
                begins[int(tags[0])] = 0.0
                pairs[tags[:-1], tags[1:]] = 0.0
        self.possible.copy_(pairs)
        self.possible_begins.copy_(begins)

    def loss(self, scores: torch.Tensor, tags: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """Minus the log-likelihood of the tags, summed over the sentences.

        Args:
            scores: float32 (rows, words, tags), from `forward`.
            tags: int64 (rows, words), 0 where there is no word.
            is_word: bool (rows, words); words come first.
        """
        pairs, begins = self.pairs + self.possible, self.begins + self.possible_begins
        total = scores[:, 0] + begins
        given = total.gather(1, tags[:, :1])[:, 0]
        for place in range(1, scores.shape[1]):
            here, word = scores[:, place], is_word[:, place]
            after = torch.logsumexp(total[:, :, None] + pairs[None], 1) + here
            total = torch.where(word[:, None], after, total)
            step = here.gather(1, tags[:, place : place + 1])[:, 0] + pairs[tags[:, place - 1], tags[:, place]]
            given = given + step * word
        return ((torch.logsumexp(total, 1) - given) * is_word[:, 0]).sum()

    def best(self, scores: torch.Tensor, is_word: torch.Tensor) -> torch.Tensor:
        """int64 (rows, words), the likeliest tags together (Viterbi 1967); 0 where there is no word."""
        pairs, total = self.pairs + self.possible, scores[:, 0] + self.begins + self.possible_begins
        own = torch.arange(scores.shape[2], device=scores.device).expand(len(scores), -1)
        came = []
        for place in range(1, scores.shape[1]):
            best, before = (total[:, :, None] + pairs[None]).max(1)
            word = is_word[:, place, None]
            total = torch.where(word, best + scores[:, place], total)
            came.append(torch.where(word, before, own))
        tag = total.argmax(1, keepdim=True)
        path = [tag]
        for before in reversed(came):
            tag = before.gather(1, tag)
            path.append(tag)
        return torch.cat(path[::-1], 1) * is_word


def of_words(values: torch.Tensor, is_first: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """`values` (rows, tokens, ...) at the tokens where `is_first`, moved to the front, and which places hold a word.

    Args:
        is_first: bool (rows, tokens).
    """
    words = is_first.sum(1)
    order = torch.argsort((~is_first).long(), dim=1, stable=True)[:, : max(1, int(words.max()))]
    is_word = torch.arange(order.shape[1], device=order.device) < words[:, None]
    at = order.view(*order.shape, *([1] * (values.dim() - 2))).expand(*order.shape, *values.shape[2:])
    return values.gather(1, at), is_word
