"""Marks of a scan: the results of its finished steps, taken over by the same scan when it is started again."""

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
HOW = {"workers", "memory", "engine", "ray_address"}
"""Settings that do not change what a scan comes to."""


class Marks:
    """What finished steps came to, by name.

    Args:
        folder: where they are; None: nothing is kept.
    """

    def __init__(self, folder: MarkFolder | None = None) -> None:
        self._folder = folder

    def found(self, name: str) -> object | None:
        """What a step of an earlier run came to; None where it did not end."""
        content = self._folder.read(name) if self._folder is not None else None
        # authenticated with a secret that only whoever has the content of the corpus can compute
        return None if content is None else pickle.loads(content)  # noqa: S301

    def keep(self, name: str, value: object) -> None:
        """Remember what a step came to."""
        if self._folder is not None:
            self._folder.write(name, pickle.dumps(value, pickle.HIGHEST_PROTOCOL))


@contextmanager
def marks_of(corpus: Corpus, settings: Settings, target: Path) -> Iterator[Marks]:
    """The marks of a scan, kept until it is left without an error.

    Only corpora too large for memory have any: others are soon scanned again. A scan that is compared with other data,
    or that runs code of the user, has none: what it depends on is not known here.

    Args:
        corpus: what is scanned.
        settings: of the run.
        target: its output.
    """
    is_known = settings.since is None and not settings.reference and not settings.plugins
    if corpus.stored is None or not is_known:
        yield Marks()
        return
    try:
        folder = MarkFolder(target, _key(corpus, settings), corpus.secret)
    except OSError:  # a run of the same key lives, or the disk refuses
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
    """Names what a scan depends on: content, settings, the files that these name, and the version."""
    asked = settings.model_dump(mode="json", exclude=HOW)
    facts = [corpus.digest, corpus.name, asked, __version__, *(sha256(file) for file in _files(asked))]
    return hashlib.blake2b(json.dumps(facts, sort_keys=True).encode(), digest_size=16).hexdigest()


def _files(value: object) -> Iterator[Path]:
    """The files that settings name."""
    if isinstance(value, str):
        path = Path(value)
        if 0 < len(value) < 4_096 and "\x00" not in value and path.is_file():
            yield path
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _files(part)
