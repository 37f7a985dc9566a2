"""What is refused before a folder of a transformers model is loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from auditor.errors import InputError, SafetyError

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
_FOREIGN_CODE_FILES = ("config.json", "tokenizer_config.json")


def refuse_unsafe(folder: Path) -> None:
    """Pass a folder whose weights are safetensors and whose model code is transformers' own.

    Raises:
        InputError: no readable ``config.json``.
        SafetyError: weights only as pickles or other formats, or custom code.
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


def _read_config(file: Path) -> dict[str, Any]:
    try:
        config = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        config = None
    if not isinstance(config, dict):
        raise InputError(
            "The folder holds no readable transformers model.",
            where=str(file),
            fix="Give a folder that save_pretrained wrote, with config.json and model.safetensors.",
        )
    return config
