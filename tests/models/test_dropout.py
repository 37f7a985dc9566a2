"""Dropout from random bits: the right share, an exact mean, the same mask for the gradient, the same seed the same."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from auditor.models.bert import attention  # noqa: E402 - imports torch
from auditor.models.dropout import Dropout, drop  # noqa: E402
from auditor.models.load import load_named  # noqa: E402


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
def test_the_share_and_the_mean_are_right(p: float) -> None:
    torch.manual_seed(0)
    ones = torch.ones(1000, 1001)
    found = drop(ones, p)
    zero = (found == 0).double()
    tolerance = 5 * (p * (1 - p) / ones.numel()) ** 0.5
    assert abs(zero.mean().item() - p) < tolerance + 1 / 65536
    assert found.unique().tolist() == pytest.approx([0.0, 1 / (1 - p)], rel=2e-4)
    assert abs(found.double().mean().item() - 1) < 5 * (p / (1 - p) / ones.numel()) ** 0.5


def test_neighbours_are_independent() -> None:
    torch.manual_seed(1)
    zero = (drop(torch.ones(1_000_000), 0.3) == 0).double() - 0.3
    for shift in (1, 2, 3, 4, 8):  # four elements come of one number
        assert abs((zero[:-shift] * zero[shift:]).mean().item()) < 5 * 0.21 / 1000
    for place in range(4):
        assert abs(zero[place::4].mean().item()) < 5 * 0.46 / 500


def test_the_gradient_is_dropped_where_the_value_was() -> None:
    hidden = torch.rand(7, 13, requires_grad=True)  # no multiple of four
    torch.manual_seed(2)
    found = drop(hidden, 0.4)
    found.sum().backward()
    assert torch.allclose(hidden.grad * hidden, found)
    torch.manual_seed(2)
    assert torch.equal(drop(hidden, 0.4), found)
    assert drop(hidden.bfloat16(), 0.4).dtype == torch.bfloat16 and drop(hidden, 0.0) is hidden


def test_only_training_drops() -> None:
    layer, hidden = Dropout(0.5), torch.ones(100)
    assert (layer(hidden) == 0).any()
    assert layer.eval()(hidden) is hidden


def test_attention_is_torchs_where_nothing_is_dropped_and_on_average() -> None:
    torch.manual_seed(3)
    query, key, value = torch.randn(3, 4, 2, 6, 8)
    mask = torch.ones(4, 1, 6, 6, dtype=torch.bool)
    mask[1, :, :, 4:] = False
    torchs = torch.nn.functional.scaled_dot_product_attention(query, key, value, mask)
    assert torch.equal(attention(query, key, value, mask, 0.0), torchs)
    assert torch.allclose(attention(query, key, value, mask, 1e-4), torchs, atol=1e-3)
    mean = torch.stack([attention(query, key, value, mask, 0.1) for _ in range(4_000)]).mean(0)
    assert torch.allclose(mean, torchs, atol=0.05)


def test_a_bert_has_it_everywhere(tiny_model: Path) -> None:
    model = load_named(str(tiny_model)).classifier(3)
    rates = [module.p for module in model.encoder.modules() if isinstance(module, Dropout)]
    assert rates == [0.1] * (1 + 2 * 2)  # embeddings; two a layer, and attention
    ids, mask = torch.randint(5, 15, (4, 6)), torch.ones(4, 6, dtype=torch.long)
    mask[2, 3:] = 0
    model.eval()
    assert torch.equal(model(mask, input_ids=ids), model(mask, input_ids=ids))
    model.train()
    assert not torch.equal(model(mask, input_ids=ids), model(mask, input_ids=ids))
