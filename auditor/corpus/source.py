"""The sources of input files: local disk, remote addresses (fsspec), and the standard input."""

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
"""Modification time in nanoseconds, size and inode of a file."""


def stamp_of(path: Path) -> Stamp | None:
    """The stamp of a file; None if it does not exist."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@dataclass(frozen=True)
class Source:
    """An input file.

    Attributes:
        path: its path; only its name if it is not on a local disk.
        fetch: returns the content if it is not on a local disk.
    """

    path: Path
    fetch: Callable[[], bytes] | None = None
    address: str = ""
    """Address of a file that is not on a local disk, without user names and passwords."""

    @property
    def name(self) -> str:
        """File name without folders."""
        return self.path.name

    def __str__(self) -> str:
        """The name used in `Corpus.files`."""
        return self.address or str(self.path)

    def stamp(self) -> Stamp | None:
        """The stamp by which changes of a local file are detected; None if it does not exist or is not local."""
        return None if self.fetch is not None else stamp_of(self.path)

    def content(self) -> bytes | None:
        """The content if the file is not on a local disk, otherwise None.

        Raises:
            InputError: it cannot be fetched.
        """
        return None if self.fetch is None else self.fetch()


def is_address(item: str) -> bool:
    """Whether an input is an address such as ``s3://bucket/file.csv``."""
    return _ADDRESS.match(item) is not None


def of_standard_input() -> Source:
    """The standard input, its format detected from its content.

    Raises:
        InputError: it is empty.
    """
    data = sys.stdin.buffer.read()
    if not data.strip():
        raise InputError("The standard input is empty.", where="-", fix="Pipe a file into it, or give its path.")
    return Source(Path(f"stdin{_suffix(data)}"), lambda: data, "-")


def _suffix(data: bytes) -> str:
    """The file name suffix for this content."""
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
        return b""  # damaged: reported when it is read


def of_address(address: str) -> list[Source]:
    """The files at an address; several for a glob or a folder.

    Raises:
        InputError: fsspec or its backend for this kind of address is not installed, or no readable file is found.
        SafetyError: the address contains a secret.
    """
    shown = _without_secrets(address)
    if credentials(address):
        raise SafetyError(
            "The address contains a password or key, and commands are stored in run folders.",
            where=shown,
            fix="Configure the client of the storage with it, or fetch the file and pipe it into auditor (`-`).",
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
    except Exception:  # noqa: BLE001 - backends raise various errors, which may quote the address
        raise _unreachable(shown) from None
    if not found:
        raise InputError("No readable file was found at the address.", where=shown, fix=known_formats())
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
    """Whether a file or one of its parent folders below `folder` is hidden."""
    return any(name.startswith(".") for name in path.removeprefix(folder).split("/"))


def _name(path: str) -> str:
    return PurePosixPath(urlsplit(path).path).name


def _bare(path: str) -> str:
    """An address without scheme, user name, password and query string (which may contain a signature)."""
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
    return InputError("The address cannot be read.", where=shown, fix="Check the address, permissions and network.")
