"""Checkpoints of a scan: the results of its finished steps, reused when the same scan is started again."""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.store import MarkFolder, sha256
from auditor.version import __version__

KEPT = "what was computed is kept for a week: the same command goes on from there"
EXECUTION_SETTINGS = {"workers", "memory", "engine", "ray_address"}
"""Settings that do not affect the result of a scan."""


class Marks:
    """Results of finished steps, by name.

    Args:
        folder: where they are stored; None: nothing is stored.
    """

    def __init__(self, folder: MarkFolder | None = None) -> None:
        self._folder = folder

    def found(self, name: str) -> object | None:
        """The result of a step in an earlier run; None if it did not finish."""
        content = self._folder.read(name) if self._folder is not None else None
        # authenticated with a secret that can only be computed from the content of the corpus
        return None if content is None else pickle.loads(content)  # noqa: S301

    def keep(self, name: str, value: object) -> None:
        """Store the result of a step."""
        if self._folder is not None:
            self._folder.write(name, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


@contextmanager
def marks_of(corpus: Corpus, settings: Settings, target: Path) -> Iterator[Marks]:
    """Context with the checkpoints of a scan, which are deleted when it exits without an error.

    Checkpoints are only stored for corpora too large for memory; others are quickly scanned again. They are not stored
    for scans that compare with other data or run plug-ins, because not everything these depend on is known here.

    Args:
        corpus: the corpus to scan.
        settings: settings of the run.
        target: output folder of the run.
    """
    is_known = settings.since is None and not settings.reference and not settings.plugins
    if corpus.stored is None or not is_known:
        yield Marks()
        return
    try:
        folder = MarkFolder(target, _key(corpus, settings), corpus.secret)
    except OSError:  # a run with the same key is active, or the folder cannot be written
        yield Marks()
        return
    try:
        yield Marks(folder)
    except BaseException as error:
        if folder.close(is_over=False):
            error.add_note(KEPT)
        raise
    folder.close(is_over=True)


def _key(corpus: Corpus, settings: Settings) -> str:
    """A hash of everything that a scan depends on: content, settings, files named in the settings, and the version."""
    values = settings.model_dump(mode="json", exclude=EXECUTION_SETTINGS)
    dependencies = [corpus.digest, corpus.name, values, __version__, *(sha256(file) for file in _files(values))]
    return hashlib.blake2b(json.dumps(dependencies, sort_keys=True).encode(), digest_size=16).hexdigest()


def _files(value: object) -> Iterator[Path]:
    """The files named in settings."""
    if isinstance(value, str):
        path = Path(value)
        if 0 < len(value) < 4_096 and "\x00" not in value and path.is_file():
            yield path
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _files(part)
