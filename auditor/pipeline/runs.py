"""A finished run read back, and the input it was made from."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.errors import InputError, SafetyError
from auditor.store import read_run, sha256


@dataclass(frozen=True)
class FinishedRun:
    """A run folder that was read back.

    Attributes:
        folder: where it is.
        manifest: its ``manifest.json``.
        audit: its audit.
        settings: what it was made with.
    """

    folder: Path
    manifest: Mapping[str, Any]
    audit: Audit
    settings: Settings

    @property
    def parts(self) -> list[str]:
        """Names of the data set's files."""
        return [n for n in self.manifest["outputs"] if n.startswith("dataset/") and n.endswith(".parquet")]


def open_run(folder: Path) -> FinishedRun:
    """Read a run.

    Raises:
        InputError: not a finished run of this version.
    """
    manifest, data, found = read_run(folder)
    try:
        audit = Audit.from_json(data, found)
        return FinishedRun(folder, manifest, audit, Settings.model_validate(manifest["config"]))
    except (KeyError, TypeError, ValueError, ValidationError):
        raise InputError(
            "The run was written by another version.", where=str(folder), fix="Run the audit again with this version."
        ) from None


def input_of(run: FinishedRun, inputs: Sequence[str]) -> Corpus:
    """The corpus a run was made from, read again.

    Raises:
        InputError: it cannot be read.
        SafetyError: it is not what the run was made from.
    """
    profile = run.audit.corpus
    roles = {role: profile.roles.get(role) for role in ("text", "label", "id", "date", "split", "source")}
    corpus = load_corpus(inputs, run.settings.corpus.model_copy(update={**roles, "language": profile.language}))
    known = set(run.manifest["inputs"].values())
    if corpus.digest != run.manifest["corpus_digest"] or not {sha256(Path(f)) for f in corpus.files} <= known:
        raise SafetyError(
            "The input is not what the run was made from: its hash differs.",
            where=", ".join(Path(f).name for f in corpus.files[:5]),
            fix="Give the files as they were when the run was made.",
        )
    return corpus


def resume_command(words: Sequence[str], run: str) -> str:
    """The command that resumes the interrupted run in folder `run`, which `words` started."""
    return shlex.join([*without_options(words, "--resume", "-o", "--out"), "--resume", run])


def without_options(words: Sequence[str], *names: str) -> list[str]:
    """The words of a command without these options and their values."""
    kept, skip = [], False
    for word in words:
        name, equals, _ = word.partition("=")
        if skip or name in names:
            skip = not skip and not equals
        else:
            kept.append(word)
    return kept
