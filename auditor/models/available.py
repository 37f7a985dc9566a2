"""Whether a model that the settings name can be had, asked before anything else is done."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import ModelError, UsageError
from auditor.message import Text
from auditor.models.model_folder import HUB_ID, refuse_unsafe

_SECONDS = 10


def require_model(model: str, setting: str) -> None:
    """See that `model` is a usable folder, or a hub id that is cached or can be reached, without retries.

    Args:
        model: folder or hub id.
        setting: the setting that names it, for errors.

    Raises:
        UsageError: neither a folder nor a possible hub id.
        InputError, SafetyError: a folder without a usable model.
        ModelError: neither in the cache nor reachable.
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
        raise unreachable(model, setting)


def unreachable(model: str, setting: str) -> ModelError:
    """The error of a hub id that cannot be had."""
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
    except Exception:  # noqa: BLE001 - of several HTTP libraries, by version; whatever it is, the model is not there
        return False
    return True
