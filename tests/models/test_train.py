from __future__ import annotations

import os
import subprocess
import sys
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest

from auditor.models.load import load_named
from auditor.models.pretrain import IGNORED, learn_tokenizer, mask_tokens
from auditor.models.tokenize import encode, shuffled_batches, sorted_batches
from auditor.models.train import Recipe, warmup_then_decay


def test_every_pass_holds_every_row_once() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, size=103)
    stream = shuffled_batches(lengths, 10, np.random.default_rng(1))
    for _ in range(2):
        rows = np.concatenate(list(islice(stream, 11)))
        assert sorted(rows.tolist()) == list(range(103))


def test_batches_hold_rows_of_like_length() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, size=1_000)
    batches = list(islice(shuffled_batches(lengths, 20, np.random.default_rng(1)), 50))
    padded = sum(len(b) * lengths[b].max() for b in batches)
    assert padded < 1.05 * lengths.sum()
    widths = [int(lengths[b].max()) for b in batches]
    assert widths != sorted(widths)


def test_sorted_batches_cover_all_rows() -> None:
    rows = np.concatenate(list(sorted_batches(np.array([5, 2, 9, 2, 7]), 2)))
    assert rows.tolist() == [1, 3, 0, 4, 2]


def test_learning_rate_rises_then_falls_to_nothing() -> None:
    recipe = Recipe(steps=100, batch_size=1, learning_rate=1.0)
    factors = [warmup_then_decay(step, recipe) for step in range(101)]
    assert factors[0] == pytest.approx(0.1) and max(factors) == 1.0 and factors[9] == 1.0
    assert factors[100] == 0.0 and all(a > b for a, b in pairwise(factors[10:]))


def test_long_texts_are_cut_and_counted(tiny_model: Path) -> None:
    rows = encode(load_named(str(tiny_model)).tokenizer, ["plane hotel", "", "plane " * 50], 16)
    assert rows.lengths.tolist() == [4, 2, 16]
    assert rows.cut == 1 and rows.ids.shape == (3, 16)
    assert rows.ids[2, 15] == rows.ids[0, 3]


def test_chinese_characters_are_tokens() -> None:
    tokenizer = learn_tokenizer([f"酒店很好 ok {i}" for i in range(5)], 32)
    assert tokenizer.tokenize("酒店好") == ["酒", "店", "好"]


def test_the_vocabulary_is_the_same_in_every_process() -> None:
    code = (
        "from auditor.models.pretrain import learn_tokenizer\n"
        "words = ['turn', 'return', 'urn', 'burn', 'learn', 'earn', 'corn', 'born', 'horn', 'torn', 'worn']\n"
        "texts = [f'{a} {b} {c}' for a in words for b in words for c in words[:3]]\n"
        "print(sorted(learn_tokenizer(texts, 32).get_vocab().items()))"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in range(3)
    }
    assert len(seen) == 1


def test_masking_leaves_special_tokens_and_hides_fifteen_percent() -> None:
    import torch

    torch.manual_seed(0)
    ids = torch.full((200, 50), 9)
    ids[:, 0], ids[:, -1] = 2, 3
    inputs, targets = mask_tokens(ids, 5, 20)
    chosen = targets != IGNORED
    assert (inputs[:, 0] == 2).all() and (inputs[:, -1] == 3).all() and not chosen[:, [0, -1]].any()
    assert chosen.float().mean().item() == pytest.approx(0.15 * 48 / 50, abs=0.01)
    assert (inputs[chosen] == 4).float().mean().item() == pytest.approx(0.8, abs=0.03)
    assert (inputs[~chosen] == ids[~chosen]).all() and (targets[chosen] == 9).all()


def test_masking_always_leaves_something_to_predict() -> None:
    import torch

    _, targets = mask_tokens(torch.tensor([[2, 3]]), 5, 20)
    assert (targets != IGNORED).any()
