"""Files that stand beside a file of texts: its labels line by line, and its annotations by brat."""

from __future__ import annotations

import re
from pathlib import Path

_TEXTS = re.compile(r"(?:(?<=[_.-])|^)(texts?|sentences?|inputs?|documents?)(?=[_.-]|$)", re.IGNORECASE)
_LABELS = ("labels", "label", "targets", "classes")


def label_file_of(path: Path) -> Path | None:
    """The file with a label for each line of `path`: ``train_labels.txt`` for ``train_text.txt``; None without one."""
    if path.suffix.lower() not in (".txt", ".text"):
        return None
    found = _TEXTS.search(path.stem)
    names = [path.stem[: found.start()] + word + path.stem[found.end() :] for word in _LABELS] if found else []
    candidates = [path.with_name(name + path.suffix) for name in names]
    candidates += [path.with_suffix(f".{word}") for word in _LABELS]
    return next((one for one in candidates if one != path and one.is_file()), None)


def annotation_file_of(path: Path) -> Path | None:
    """The annotations of brat of the document `path`; None without them."""
    beside = path.with_suffix(".ann")
    return beside if path.suffix.lower() == ".txt" and beside.is_file() else None


def files_beside(path: Path) -> list[Path]:
    """The files that are read with `path`."""
    return [one for one in (label_file_of(path), annotation_file_of(path)) if one is not None]
