"""Sentence embeddings: mean-pooled hidden states of a BERT (Reimers and Gurevych 2019)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from auditor.errors import InputError, enough_memory
from auditor.models.checkpoint import refuse_unsafe
from auditor.models.hardware import device
from auditor.models.load import Base, load_named, load_packaged
from auditor.models.tokenize import encode

_SETTING = "duplicates.semantic_model"
_BATCH, _MAX_TOKENS = 64, 256


def embed(
    texts: Sequence[str],
    folder: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """float32 (texts, width), rows of unit length; texts are truncated to 256 tokens.

    Args:
        texts: the texts.
        folder: a local model with safetensors weights; None: the packaged all-MiniLM-L6-v2 (English).
        progress: called with (texts done, texts).

    Raises:
        InputError: the model or the libraries are not installed.
        SafetyError: the packaged weights are not the published ones, or the folder has pickled weights or code.
        MemoryRanOutError: the model or the embeddings do not fit into memory.
    """
    try:
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError:
        raise InputError(
            "Comparing meanings needs torch and transformers.",
            where="duplicates.semantic",
            fix="pip install 'auditor[bench]'.",
        ) from None
    with enough_memory(
        "Memory ran out while texts were made into vectors of their meaning.",
        where="duplicates.semantic",
        fix="Free memory, give fewer rows, or leave duplicates.semantic off.",
    ):
        return _embedded(texts, _base(folder), progress)


def _base(folder: Path | None) -> Base:
    if folder is None:
        return load_packaged(_SETTING)
    refuse_unsafe(folder)
    return load_named(str(folder), _SETTING)


def _embedded(texts: Sequence[str], base: Base, progress: Callable[[int, int], None]) -> np.ndarray:
    import torch

    from auditor.models.heads import mean_of_tokens

    encoder, where = base.encoder().to(device()).eval(), device()
    result = np.empty((len(texts), encoder.hidden_size), np.float32)
    order = np.argsort([len(text) for text in texts], kind="stable")  # batches of similar lengths need little padding
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            encoded = encode(base.tokenizer, [texts[i] for i in rows.tolist()], _MAX_TOKENS)
            inputs = encoded.inputs(np.arange(len(rows)), where)
            pooled = mean_of_tokens(encoder(**inputs), inputs["attention_mask"])
            result[rows] = torch.nn.functional.normalize(pooled, dim=1).cpu().numpy()
            progress(min(start + _BATCH, len(order)), len(order))
    return result
