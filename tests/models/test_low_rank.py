"""Low-rank changes begin at zero, are all that is trained, and merge into plain linear maps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
from auditor.models.load import load_named  # noqa: E402
from auditor.models.low_rank import LowRank, merge_low_rank  # noqa: E402
from auditor.models.tuning import Tuning  # noqa: E402

IDS = torch.randint(5, 15, (4, 6), generator=torch.Generator().manual_seed(0))
MASK = torch.ones_like(IDS)


@pytest.mark.parametrize("bias", [True, False])
def test_a_merged_map_is_the_sum_of_both(bias: bool) -> None:
    torch.manual_seed(0)
    split = LowRank(torch.nn.Linear(24, 8, bias), 4, 2.0)
    torch.nn.init.normal_(split.up)
    x = torch.randn(5, 24)
    before = split(x).detach()
    assert not torch.allclose(before, split.base(x), atol=1e-3)
    assert torch.allclose(split.merged()(x), before, atol=1e-5)


def test_an_encoder_begins_as_it_was_and_merges_into_what_it_became(tiny_model: Path) -> None:
    base = load_named(str(tiny_model))
    plain = base.encoder().eval()
    encoder = replace(base, tuning=Tuning(lora_rank=4)).encoder().eval()
    assert torch.equal(encoder(MASK, IDS), plain(MASK, IDS))
    trained = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert trained and all(name.endswith((".down", ".up")) for name in trained)
    for name, parameter in encoder.named_parameters():
        if name.endswith(".up"):
            torch.nn.init.normal_(parameter)
    changed = encoder(MASK, IDS).detach()
    assert not torch.allclose(changed, plain(MASK, IDS), atol=1e-2)
    merge_low_rank(encoder)
    assert encoder.state_dict().keys() == plain.state_dict().keys()
    assert torch.allclose(encoder(MASK, IDS), changed, atol=1e-4)


def test_frozen_layers_are_not_changed(tiny_model: Path) -> None:
    encoder = replace(load_named(str(tiny_model)), tuning=Tuning(frozen_layers=1, lora_rank=4)).encoder()
    trained = {name for name, p in encoder.named_parameters() if p.requires_grad}
    assert trained and all(name.startswith("encoder.layer.1.") for name in trained)
