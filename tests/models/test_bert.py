"""The one BERT equals that of transformers bit for bit, is read from every form of checkpoint, and saved as one."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from safetensors.torch import load_file, save_file  # noqa: E402

from auditor.errors import ModelError, UsageError  # noqa: E402
from auditor.models.bert import Bert, read_bert  # noqa: E402
from auditor.models.load import Base, load_named  # noqa: E402
from auditor.models.other_encoder import OtherEncoder  # noqa: E402
from auditor.models.tuning import Tuning  # noqa: E402

IDS = torch.randint(5, 15, (4, 6), generator=torch.Generator().manual_seed(0))
MASK = torch.tensor([[1] * 6, [1] * 6, [1] * 3 + [0] * 3, [1] * 6])


def theirs(folder: Path, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.no_grad():
        return model(input_ids=ids, attention_mask=mask).last_hidden_state


def ours(folder: Path, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    encoder = load_named(str(folder)).encoder().eval()
    with torch.no_grad():
        return encoder(mask, ids)


@pytest.mark.parametrize("mask", [MASK, torch.ones_like(MASK)], ids=["padded", "full"])
def test_hidden_states_equal_those_of_transformers(tiny_model: Path, mask: torch.Tensor) -> None:
    assert isinstance(load_named(str(tiny_model)).encoder(), Bert)
    assert torch.equal(ours(tiny_model, IDS, mask), theirs(tiny_model, IDS, mask))


def test_gradients_equal_those_of_transformers(tiny_model: Path) -> None:
    plain = replace(load_named(str(tiny_model)), tuning=Tuning(word_vectors=True))
    quiet = replace(plain.config, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    encoder = replace(plain, config=quiet).encoder().train()
    model = transformers.BertModel.from_pretrained(tiny_model).eval()
    encoder(MASK, IDS).square().sum().backward()
    model(input_ids=IDS, attention_mask=MASK).last_hidden_state.square().sum().backward()
    expected = dict(model.named_parameters())
    for name, parameter in encoder.named_parameters():
        assert torch.allclose(parameter.grad, expected[name].grad, atol=1e-5), name


def test_what_is_saved_is_what_transformers_reads(tiny_model: Path, tmp_path: Path) -> None:
    encoder = load_named(str(tiny_model)).encoder()
    with torch.no_grad():
        encoder.encoder["layer"][1].output.dense.weight.mul_(1.5)
    encoder.save(tmp_path)
    expected = encoder.eval()(MASK, IDS)
    assert torch.equal(theirs(tmp_path, IDS, MASK), expected)
    assert torch.equal(read_bert(tmp_path).eval()(MASK, IDS), expected)
    assert not torch.equal(theirs(tiny_model, IDS, MASK), expected)


def test_a_copy_is_trained_and_not_the_base(tiny_model: Path) -> None:
    base = load_named(str(tiny_model))
    with torch.no_grad():
        for parameter in base.encoder().parameters():
            parameter.zero_()
    assert torch.equal(base.encoder().eval()(MASK, IDS), theirs(tiny_model, IDS, MASK))


@pytest.fixture
def copied(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_checkpoints_with_heads_in_old_spelling_and_half_precision_are_read(tiny_model: Path, copied: Path) -> None:
    old = {}
    for name, weight in load_file(copied / "model.safetensors").items():
        name = name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
        old[f"bert.{name}"] = weight.clone()
    old["cls.predictions.bias"] = torch.zeros(3)
    save_file(old, copied / "model.safetensors", metadata={"format": "pt"})
    assert torch.equal(ours(copied, IDS, MASK), theirs(tiny_model, IDS, MASK))
    save_file({name: weight.half() for name, weight in old.items()}, copied / "model.safetensors")
    assert torch.allclose(ours(copied, IDS, MASK), theirs(tiny_model, IDS, MASK), atol=1e-2)
    assert ours(copied, IDS, MASK).dtype == torch.float32


def test_checkpoints_in_several_files_are_read(tiny_model: Path, copied: Path) -> None:
    (copied / "model.safetensors").unlink()
    transformers.BertModel.from_pretrained(tiny_model).save_pretrained(copied, max_shard_size="20KB")
    assert len(list(copied.glob("*.safetensors"))) > 1
    assert torch.equal(ours(copied, IDS, MASK), theirs(tiny_model, IDS, MASK))


@pytest.mark.parametrize("change", ["missing", "shape"])
def test_weights_that_do_not_fit_are_refused(copied: Path, change: str) -> None:
    weights = {name: weight.clone() for name, weight in load_file(copied / "model.safetensors").items()}
    name = "encoder.layer.0.output.dense.weight"
    weights[name] = weights[name].T.contiguous()
    if change == "missing":
        del weights[name]
    save_file(weights, copied / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelError, match="cannot be loaded"):
        load_named(str(copied))


def test_a_hub_id_in_the_cache_is_read(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    home = tmp_path / "models--somebody--tiny"
    shutil.copytree(tiny_model, home / "snapshots" / "abc")
    (home / "refs").mkdir()
    (home / "refs" / "main").write_text("abc")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    base = load_named("somebody/tiny")
    assert base.name == "somebody/tiny"
    assert torch.equal(base.encoder().eval()(MASK, IDS), theirs(tiny_model, IDS, MASK))


@pytest.fixture
def distilled(tiny_model: Path, tmp_path: Path) -> Base:
    config = transformers.DistilBertConfig(vocab_size=200, dim=32, n_layers=2, n_heads=2, hidden_dim=64)
    folder = Path(shutil.copytree(tiny_model, tmp_path / "distilled"))
    transformers.DistilBertModel(config).save_pretrained(folder)
    return load_named(str(folder))


def test_other_architectures_are_as_transformers_makes_them(distilled: Base, tmp_path: Path) -> None:
    encoder = distilled.encoder()
    assert isinstance(encoder, OtherEncoder) and encoder.hidden_size == 32
    assert torch.equal(encoder.eval()(MASK, IDS), theirs(tmp_path / "distilled", IDS, MASK))
    rates = [part.p for part in encoder.modules() if isinstance(part, torch.nn.Dropout)]
    assert rates and set(rates) == {0.1}
    assert not encoder.word_vectors.weight.requires_grad
    encoder.save(tmp_path / "again")
    assert torch.equal(theirs(tmp_path / "again", IDS, MASK), encoder(MASK, IDS))


def test_layers_of_other_architectures_are_frozen_too(distilled: Base) -> None:
    frozen = replace(distilled, tuning=Tuning(frozen_layers=1)).encoder()
    trained = {name for name, p in frozen.named_parameters() if p.requires_grad}
    assert trained and all(".layer.1." in name for name in trained)
    with pytest.raises(UsageError, match="than the model has"):
        replace(distilled, tuning=Tuning(frozen_layers=3)).encoder()


def test_a_bert_with_a_part_that_ours_lacks_is_another_architecture(copied: Path) -> None:
    config = json.loads((copied / "config.json").read_text())
    (copied / "config.json").write_text(json.dumps({**config, "hidden_act": "relu"}))
    assert isinstance(load_named(str(copied)).encoder(), OtherEncoder)
    assert torch.equal(ours(copied, IDS, MASK), theirs(copied, IDS, MASK))
