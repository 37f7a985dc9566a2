"""Load transformers models for augmentation: local folders or hub ids, safetensors weights only, no custom code."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from auditor.errors import InputError, UsageError, ran_out_of_memory
from auditor.models.checkpoint import HUB_ID, quiet_transformers, refuse_unsafe
from auditor.prepare.augment.base import Requirement

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

Loaded: TypeAlias = "tuple[PreTrainedModel, PreTrainedTokenizerBase, set[str]]"
"""Model, tokenizer, and the names of weights that the checkpoint lacks."""
WHERE = "prepare.augment_models"
TRANSFORMERS = (
    Requirement("torch", "models that augment", "translation"),
    Requirement("transformers", "models that augment", "translation"),
)


def require_models(models: Sequence[str], count: int, method: str, example: str) -> list[str]:
    """Check that `models` are `count` folders or hub ids, and return them.

    Raises:
        UsageError: they are not.
    """
    if len(models) != count or not all(Path(model).is_dir() or HUB_ID.fullmatch(model) for model in models):
        what = "a masked language model" if count == 1 else "two translation models, there and back"
        raise UsageError(
            f"Augmentation by {method} needs {what}, and nothing is downloaded unasked.",
            where=f"{WHERE} = {','.join(models) or 'nothing'}",
            fix=f"Give {'a folder' if count == 1 else 'folders'} with config.json and model.safetensors, or hub ids: "
            f"--set {WHERE}={example}",
        )
    return list(models)


def load(auto: str, source: str) -> Loaded:
    """Load model and tokenizer.

    They are cached until `release_models`: a run loads models before the scan, to fail early, and uses them after it.

    Args:
        auto: name of the transformers auto class for the task.
        source: a folder, or a hub id, the only case in which the network is used.

    Raises:
        InputError: the source is not a model for the task, or not reachable.
        SafetyError: the weights are only available as pickles, or the model needs custom code.
        UsageError: the tokenizer needs a package that is not installed.
    """
    files = []
    if Path(source).is_dir():
        refuse_unsafe(Path(source))
        files = sorted(Path(source).iterdir())
    stamps = tuple((file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files)
    return _loaded(auto, source, stamps)


def release_models() -> None:
    """Clear the cache of loaded models."""
    _loaded.cache_clear()


@lru_cache(maxsize=2)
def _loaded(auto: str, source: str, stamps: tuple[tuple[str, int, int], ...]) -> Loaded:
    import torch
    import transformers
    from safetensors import SafetensorError

    quiet_transformers()
    is_local = Path(source).is_dir()
    safe = {"trust_remote_code": False, "local_files_only": is_local}
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(source, **safe)  # a local folder  # nosec B615
        model, loading = getattr(transformers, auto).from_pretrained(
            source, use_safetensors=True, dtype=torch.float32, output_loading_info=True, **safe
        )
    except ImportError:
        raise UsageError(
            "The model's tokenizer needs SentencePiece.",
            where=f"{WHERE} = {source}",
            fix="Install it: pip install 'auditor[translation]'",
        ) from None
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if ran_out_of_memory(error):
            raise
        raise InputError(
            "The model cannot be loaded." if is_local else "The model is neither a folder nor reachable on the hub.",
            where=f"{WHERE} = {source}",
            fix="Give a folder that save_pretrained wrote for this task, or check the id and the network.",
        ) from None
    return model.eval(), tokenizer, set(loading["missing_keys"])
