"""The chain of tags: likelihood and best tags as by listing all of them, and nothing that training never showed."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
import torch

from auditor.models.chain import ChainHead, gather_words

TAGS, LENGTHS = 3, (4, 2, 1)


@pytest.fixture
def head() -> ChainHead:
    torch.manual_seed(0)
    chain = ChainHead(5, TAGS)
    torch.nn.init.normal_(chain.pairs)
    torch.nn.init.normal_(chain.begins)
    return chain


def drawn() -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of three sentences, and which places hold a word."""
    scores = torch.randn(len(LENGTHS), max(LENGTHS), TAGS, generator=torch.Generator().manual_seed(1))
    return scores, torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]


def value(head: ChainHead, scores: torch.Tensor, tags: tuple[int, ...]) -> float:
    """Score of one sequence of tags."""
    total = head.begins[tags[0]] + head.possible_begins[tags[0]] + sum(scores[i, tag] for i, tag in enumerate(tags))
    pairs = head.pairs + head.possible
    return float((total + sum(pairs[a, b] for a, b in pairwise(tags))).detach())


def test_loss_and_best_tags_are_those_of_all_sequences(head: ChainHead) -> None:
    scores, is_word = drawn()
    given = torch.zeros(is_word.shape, dtype=torch.int64)
    expected, best = 0.0, []
    for row, length in enumerate(LENGTHS):
        every = {tags: value(head, scores[row], tags) for tags in product(range(TAGS), repeat=length)}
        chosen = list(every)[-2]
        given[row, :length] = torch.tensor(chosen)
        expected += float(np.logaddexp.reduce(list(every.values()))) - every[chosen]
        best.append(max(every, key=lambda tags: every[tags]))
    assert head.loss(scores, given, is_word).item() == pytest.approx(expected, rel=1e-4)
    found = head.best(scores, is_word)
    assert [tuple(row[:length].tolist()) for row, length in zip(found, LENGTHS, strict=True)] == best


def test_what_training_never_showed_is_never_given(head: ChainHead) -> None:
    head.allow([np.array([0, 1, 2]), np.array([0, 0]), np.zeros(0, np.int64)])
    scores, is_word = drawn()
    scores[..., 2] += 50  # tag 2 would win everywhere by itself
    found = head.best(scores, is_word)
    assert set(found[:, 0].tolist()) == {0}
    pairs = {(int(row[i]), int(row[i + 1])) for row, n in zip(found, LENGTHS, strict=True) for i in range(n - 1)}
    assert pairs <= {(0, 1), (1, 2), (0, 0)}


def test_words_are_moved_to_the_front() -> None:
    is_first = torch.tensor([[False, True, False, True], [False, True, False, False]])
    values, is_word = gather_words(torch.arange(8).view(2, 4), is_first)
    assert values[is_word].tolist() == [1, 3, 5] and is_word.tolist() == [[True, True], [True, False]]
