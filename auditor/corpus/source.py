"""Where a file of the input comes from: a disk, an address that fsspec knows, or the standard input."""

from __future__ import annotations

import io
import lzma
import re
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from auditor.corpus.folders import without_about
from auditor.corpus.readers.input_file import COMPRESSIONS
from auditor.corpus.readers.registry import known_formats, reader_of
from auditor.credentials import credentials
from auditor.errors import InputError, SafetyError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_HEAD = 100_000
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_MAGIC = {b"PAR1": ".parquet", b"ARROW1": ".arrow", b"PK\x03\x04": ".xlsx", b"SQLite format 3": ".sqlite",
          b"\xd0\xcf\x11\xe0": ".xls", b"FEA1": ".feather"}  # fmt: skip
_COMPRESSED = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}


Stamp = tuple[int, int, int]
"""Of a file: its time of change in nanoseconds, its size and its number on the disk."""


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True)
class Source:
    """A file of the input.

    Attributes:
        path: where it is; of one that is on no disk, its name.
        fetch: gives the content of one that is on no disk.
    """

    path: Path
    fetch: Callable[[], bytes] | None = None
    address: str = ""
    """Where one that is on no disk is, without names and passwords."""

    @property
    def name(self) -> str:
        """Its name without folders."""
        return self.path.name

    def __str__(self) -> str:
        """What the corpus calls it."""
        return self.address or str(self.path)

    def stamp(self) -> Stamp | None:
        """By which a change of one on a disk shows: see `Stamp`; None where there is no such file."""
        return None if self.fetch is not None else stamp_of(self.path)

    def content(self) -> bytes | None:
        """The content of one that is on no disk, else None.

        Raises:
            InputError: it cannot be had.
        """
        return None if self.fetch is None else self.fetch()


def is_address(item: str) -> bool:
    """Whether an input is an address such as ``s3://bucket/file.csv``."""
    return _ADDRESS.match(item) is not None


def of_standard_input() -> Source:
    """The standard input, its kind told by what it holds.

    Raises:
        InputError: there is nothing on it.
    """
    data = sys.stdin.buffer.read()
    if not data.strip():
        raise InputError("The standard input is empty.", where="-", fix="Pipe a file into it, or give its path.")
    return Source(Path(f"stdin{_suffix(data)}"), lambda: data, "-")


def _suffix(data: bytes) -> str:
    """The ending that a file with this content would have."""
    for magic, ending in _COMPRESSED.items():
        if data.startswith(magic):
            return _suffix(_head(data, ending)) + ending
    for magic, suffix in _MAGIC.items():
        if data.startswith(magic):
            return suffix
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return ".jsonl"
    first = data.lstrip().partition(b"\n")[0]
    return ".csv" if any(mark in first for mark in b",;\t|") else ".txt"


def _head(data: bytes, ending: str) -> bytes:
    try:
        return COMPRESSIONS[ending](io.BytesIO(data)).read(_HEAD)
    except (EOFError, zlib.error, lzma.LZMAError, OSError, ValueError):
        return b""  # damaged: reading it says so


def of_address(address: str) -> list[Source]:
    """The files at an address; a glob or a folder has several.

    Raises:
        InputError: fsspec or its part for this kind of address is missing, nothing is there, or no file can be read.
        SafetyError: the address holds a secret.
    """
    shown = _without_secrets(address)
    if credentials(address):
        raise SafetyError(
            "The address holds a password or key, and commands are kept in run folders.",
            where=shown,
            fix="Configure the store's own client with it, or fetch the file and pipe it into auditor (`-`).",
        )
    try:
        import fsspec
    except ImportError:
        raise _needs(shown, "fsspec") from None
    try:
        system, path = fsspec.core.url_to_fs(address)
        found = _found(system, path)
    except ImportError as error:
        raise _needs(shown, error.name or "a part of fsspec") from None
    except Exception:  # noqa: BLE001 - each system raises errors of its own, which may quote the address
        raise _unreachable(shown) from None
    if not found:
        raise InputError("The address holds no file that can be read.", where=shown, fix=known_formats())
    scheme = address.partition("://")[0]
    return [Source(Path(_name(one)), _Fetch(system, one, shown), f"{scheme}://{_bare(one)}") for one in found]


@dataclass(frozen=True)
class _Fetch:
    system: AbstractFileSystem
    path: str
    shown: str

    def __call__(self) -> bytes:
        try:
            return bytes(self.system.cat_file(self.path))
        except Exception:  # noqa: BLE001 - see `of_address`
            raise _unreachable(self.shown) from None


def _found(system: AbstractFileSystem, path: str) -> list[str]:
    if any(mark in path for mark in "*?[") and not path.startswith("http"):
        paths = system.glob(path)
    elif not reader_of(Path(_name(path))) and system.isdir(path):
        paths = [one for one in system.find(path) if not _is_hidden(one, path)]
        kept = {str(one) for one in without_about([Path(one) for one in paths if reader_of(Path(_name(one)))])}
        return sorted(one for one in paths if str(Path(one)) in kept)
    else:
        return [path]
    return sorted(one for one in paths if reader_of(Path(_name(one))) and not _name(one).startswith("."))


def _is_hidden(path: str, folder: str) -> bool:
    """Whether a file, or a folder that it lies in below `folder`, is hidden."""
    return any(name.startswith(".") for name in path.removeprefix(folder).split("/"))


def _name(path: str) -> str:
    return PurePosixPath(urlsplit(path).path).name


def _bare(path: str) -> str:
    """A path without scheme, names, passwords and what a signed address has behind its question mark."""
    parts = urlsplit(path)
    return (parts.hostname or "") + parts.path


def _without_secrets(address: str) -> str:
    return f"{address.partition('://')[0]}://{_bare(address)}"


def _needs(shown: str, package: str) -> InputError:
    return InputError(
        f"Addresses of this kind are read with {package}, which is not installed.",
        where=shown,
        fix="pip install 'auditor[remote]' and the package of the store, such as s3fs, or fetch the file first.",
    )


def _unreachable(shown: str) -> InputError:
    return InputError("The address cannot be read.", where=shown, fix="Check the address, the rights and the network.")
