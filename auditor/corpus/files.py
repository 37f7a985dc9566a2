"""Resolve inputs (paths, globs, folders, addresses, standard input) to files."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path

from auditor.corpus.folders import data_files
from auditor.corpus.readers.beside import files_beside
from auditor.corpus.readers.input_file import uncompressed_name
from auditor.corpus.readers.registry import known_formats, reader_of, unknown_format
from auditor.corpus.source import Source, is_address, of_address, of_standard_input
from auditor.errors import InputError, nearest

_ARCHIVES = (".zip", ".tar", ".tgz", ".7z", ".rar")


def expand(inputs: Sequence[str]) -> list[Source]:
    """The files named by paths, globs, folders and addresses, each once, in the given order (globs and folders sorted).

    A file that belongs to another one beside it, such as a file of labels, is left to the reader of that file.

    Raises:
        InputError: an input does not exist, is not accessible, is an archive, or is of an unknown format.
    """
    found: dict[str, Source] = {}
    for item in inputs:
        if item == "-":
            found["-"] = of_standard_input()
            continue
        if is_address(item):
            found.update((source.address, source) for source in of_address(item))
            continue
        try:
            files = _files_of(item)
        except OSError as error:
            raise InputError(
                f"The input cannot be looked up ({error.strerror or 'input error'}).",
                where=item,
                fix="Check the path and the permissions of its folders.",
            ) from None
        for file in files:
            found.setdefault(
                str(file.resolve()), Source(file.absolute())
            )  # keep the name of a link, since its suffix gives the format
    beside = {file for source in found.values() if source.fetch is None for file in files_beside(source.path)}
    sources = [source for source in found.values() if source.path not in beside]
    for source in sources:
        if source.fetch is None:
            _refuse_unknown(source.path)
    return sources


def _files_of(item: str) -> list[Path]:
    path = Path(item)
    if path.is_dir():
        files = data_files(path)
        if not files:
            raise InputError(
                "The folder contains no file that can be read.",
                where=item,
                fix=known_formats(),
            )
        return files
    if path.exists():
        return [path]
    matches = glob.glob(item, recursive=True)  # noqa: PTH207 - Path.glob does not accept absolute patterns
    files = sorted(Path(match) for match in matches if Path(match).is_file())
    if not files:
        raise _missing(path)
    return files


def _missing(path: Path) -> InputError:
    folder = path.parent if path.parent.is_dir() else Path()
    names = [p.name for p in folder.iterdir() if reader_of(p)] if folder.is_dir() else []
    return InputError("The input does not exist.", where=str(path), fix=nearest(path.name, names[:50]))


def _refuse_unknown(file: Path) -> None:
    if uncompressed_name(file).endswith(_ARCHIVES):
        raise InputError("Archives are not read.", where=str(file), fix="Unpack it first and give the files.")
    if reader_of(file) is None:
        if not file.is_file():
            raise InputError(
                "The input is a device or a pipe, or empty.",
                where=str(file),
                fix="Give a file, or pipe the data into the standard input: auditor scan -",
            )
        raise unknown_format(file)
