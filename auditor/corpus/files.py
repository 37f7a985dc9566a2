"""Input paths to files: globs, folders, and which files have a reader."""

from __future__ import annotations

import glob
import json
from collections.abc import Sequence
from pathlib import Path

from auditor.corpus.readers.input_file import uncompressed_name
from auditor.corpus.readers.registry import known_formats, reader_of, unknown_format
from auditor.errors import InputError, nearest

_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar", ".xz", ".bz2")


def expand(inputs: Sequence[str]) -> list[Path]:
    """Files named by paths, globs and folders, each once, in the order given (sorted within a glob or folder).

    Raises:
        InputError: nothing there, not accessible, an archive, or an unknown kind of file.
    """
    found: dict[Path, None] = {}
    for item in inputs:
        try:
            files = _files_of(item)
        except OSError as error:
            raise InputError(
                f"The input cannot be looked up ({error.strerror or 'input error'}).",
                where=item,
                fix="Check the path and the rights of its folders.",
            ) from None
        for file in files:
            _refuse_unknown(file)
            found[file.resolve()] = None
    return list(found)


def _files_of(item: str) -> list[Path]:
    path = Path(item)
    if path.is_dir():
        files = sorted(p for p in path.rglob("*") if p.is_file() and reader_of(p) and not p.name.startswith("."))
        runs = _runs_below(path)
        files = [file for file in files if not runs.intersection(file.parents)]
        if not files:
            raise InputError(
                "The folder holds no file that can be read.",
                where=item,
                fix=known_formats(),
            )
        return files
    if path.exists():
        return [path]
    matches = glob.glob(item, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(Path(match) for match in matches if Path(match).is_file())
    if not files:
        raise _missing(path)
    return files


def _runs_below(folder: Path) -> set[Path]:
    """Run folders inside a folder, finished or not: what a run wrote is no input of the next."""
    found = set()
    for manifest in folder.rglob("manifest.json"):
        try:
            tool = json.loads(manifest.read_bytes()).get("tool")
        except (OSError, ValueError, AttributeError):
            continue
        if tool == "auditor" and manifest.parent != folder:
            found.add(manifest.parent)
    return found | {path for path in folder.rglob(".*.partial-*") if path.is_dir()}


def _missing(path: Path) -> InputError:
    folder = path.parent if path.parent.is_dir() else Path()
    names = [p.name for p in folder.iterdir() if reader_of(p)] if folder.is_dir() else []
    return InputError("The input does not exist.", where=str(path), fix=nearest(path.name, names[:50]))


def _refuse_unknown(file: Path) -> None:
    if uncompressed_name(file).endswith(_ARCHIVES):
        raise InputError("Archives are not read.", where=str(file), fix="Unpack it first and give the files.")
    if reader_of(file) is None:
        raise unknown_format(file)
