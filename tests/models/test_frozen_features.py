"""Layers that are not trained: run once, and what is learnt over them is what the whole encoder would learn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.models.base_model import tuning_of
from auditor.models.frozen_features import States
from auditor.models.load import Base, load_named
from auditor.models.losses import predict, weighted_loss
from auditor.models.tokenize import Encoded
from auditor.models.train import Recipe, train
from auditor.models.tuning import Tuning

LENGTHS = np.array([7, 3, 5, 2, 6, 4])


def rows() -> Encoded:
    ids = np.random.default_rng(0).integers(5, 15, (6, 7)).astype(np.int32)
    return Encoded(np.where(np.arange(7) < LENGTHS[:, None], ids, 0).astype(np.int32), LENGTHS, cut=2)


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("gradients", "frozen_features", "losses"):
        monkeypatch.setattr(f"auditor.models.{module}.half_precision", lambda: False)


def tuned(folder: Path, tuning: Tuning) -> Base:
    return replace(load_named(str(folder)), tuning=tuning)


@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("layers", [1, 2])
def test_states_lead_to_the_same_answers_as_tokens(tiny_model: Path, layers: int) -> None:
    base = tuned(tiny_model, Tuning(frozen_layers=layers))
    states, model = base.training_inputs(rows()), base.classifier(3)
    assert isinstance(states, States) and (len(states), states.cut) == (6, 2)
    np.testing.assert_allclose(predict(model, states), predict(model, rows()), atol=1e-6)
    some = np.array([4, 1, 1])
    np.testing.assert_allclose(predict(model, states.take(some)), predict(model, rows())[some], atol=1e-6)


@pytest.mark.usefixtures("exact")
def test_training_on_states_is_training_the_whole_with_its_lower_layers_fixed(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    learnt = []
    for most in (1 << 20, 0):  # the second time there is no room for states
        monkeypatch.setattr("auditor.models.frozen_features.MAX_STATE_BYTES", most)
        base = tuned(tiny_model, Tuning(frozen_layers=1))
        quiet = replace(base.config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
        base = replace(base, config=quiet)
        prepared = base.training_inputs(rows())
        assert isinstance(prepared, States) == bool(most)
        torch.manual_seed(0)
        model = base.classifier(3)
        model.dropout.p = 0.0
        before = {name: weight.clone() for name, weight in model.encoder.state_dict().items()}
        train(
            model,
            prepared.lengths,
            weighted_loss(model, prepared, np.arange(6) % 3, None),
            Recipe(6, 3, 1e-3),
            seed=0,
            tick=lambda: None,
            head=model.head,
        )
        after = model.encoder.state_dict()
        changed = {name for name in before if not torch.equal(before[name], after[name])}
        assert changed and all(name.startswith("encoder.layer.1.") for name in changed)
        learnt.append(predict(model, rows()))
    np.testing.assert_allclose(learnt[0], learnt[1], atol=1e-4)
    assert np.ptp(learnt[0]) > 0.01


def test_fixed_layers_drop_nothing_and_trained_ones_do(tiny_model: Path) -> None:
    import torch

    encoder = tuned(tiny_model, Tuning(frozen_layers=1)).encoder().train()
    rates = {name: module.p for name, module in encoder.named_modules() if hasattr(module, "p")}
    fixed = {rate for name, rate in rates.items() if name.startswith(("embeddings", "encoder.layer.0."))}
    assert fixed == {0.0} and {rate for name, rate in rates.items() if ".layer.1." in name} == {0.1}
    assert not any(isinstance(module, torch.nn.Dropout) for module in encoder.modules())
    ids = torch.from_numpy(rows().ids.astype(np.int64))
    mask = torch.ones_like(ids)
    whole = tuned(tiny_model, Tuning(frozen_layers=2)).encoder().train()
    assert torch.equal(whole(mask, ids), whole(mask, ids))
    assert torch.equal(encoder.lower(mask, ids), encoder.lower(mask, ids))
    assert not torch.equal(encoder(mask, ids), encoder(mask, ids))


def test_states_are_kept_for_the_next_training_on_the_same_texts(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = tuned(tiny_model, Tuning(frozen_layers=1))
    first, again = base.training_inputs(rows()), base.training_inputs(rows())
    assert first is again
    other = replace(base, tuning=Tuning(frozen_layers=2)).training_inputs(rows())
    assert not np.allclose(other.hidden.float(), first.hidden.float())
    base.training_inputs(rows().take(np.arange(3)))
    assert len(base._states) == 3
    monkeypatch.setattr("auditor.models.frozen_features.CACHE_BYTES", sum(kept.size for kept in base._states.values()))
    base.training_inputs(rows().take(np.arange(2)))
    assert base.training_inputs(rows()) is not first, "the oldest made room"


@pytest.mark.parametrize("tuning", [Tuning(), Tuning(frozen_layers=1, word_vectors=True)])
def test_tokens_stay_tokens_where_what_lies_under_the_layers_learns(tiny_model: Path, tuning: Tuning) -> None:
    assert isinstance(tuned(tiny_model, tuning).training_inputs(rows()), Encoded)


def test_options_say_what_is_trained(tiny_model: Path) -> None:
    base = tuned(tiny_model, Tuning(frozen_layers=1))
    assert tuning_of(BenchmarkSettings(), base) == Tuning(frozen_layers=1)
    assert tuning_of(BenchmarkSettings(freeze_layers=0), base) == Tuning()
    assert tuning_of(BenchmarkSettings(adversarial=1.0), base) == Tuning(word_vectors=True)
    assert tuning_of(BenchmarkSettings(lora_rank=4), base) == Tuning(lora_rank=4)
    assert tuning_of(BenchmarkSettings(lora_rank=4, freeze_layers=2), base) == Tuning(False, 2, 4)
