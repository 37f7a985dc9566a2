"""One file of the input as bytes or text: compression, size limits and strict decoding, for every reader alike."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.errors import InputError
from auditor.message import Text
from auditor.text.encodings import detect_encoding, wide_encoding

_CHUNK = 1 << 20


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


COMPRESSIONS: dict[str, Callable[[IO[bytes]], _Stream]] = {
    ".gz": lambda stream: gzip.GzipFile(fileobj=stream),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": lambda stream: pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"),
}
"""What a compressed stream is read through, by ending."""
_BINARY = {
    b"PAR1": "Parquet",
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"ARROW1": "Arrow",
    b"SQLite format 3": "SQLite",
    b"%PDF-": "PDF",
    b"\xd0\xcf\x11\xe0": "a document of Office before 2007",
}
UTF8 = ("utf-8", "utf-8-sig")
_DAMAGED = (EOFError, zlib.error, lzma.LZMAError, OSError, ValueError)


@dataclass(frozen=True)
class InputFile:
    """A file to read.

    Attributes:
        path: where it is.
        settings: how to read it.
        is_alone: whether it is the only file of the input.
        notes: of the file's rows; see `FileRows.notes`.
        content: what it holds, where it is no file on a disk.
        kind_name: the name that its kind is told by, in lower case and without the ending of a compression.
    """

    path: Path
    settings: CorpusSettings
    is_alone: bool = True
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    content: bytes | None = None

    @property
    def kind_name(self) -> str:
        """See the class."""
        return uncompressed_name(self.path)

    def read_bytes(self) -> bytes:
        """The file's bytes, decompressed where its name ends as one of `COMPRESSIONS`.

        Raises:
            InputError: unreadable, empty, damaged, or more than `max_decoded_bytes`.
        """
        limit, ending = self.settings.max_decoded_bytes, self._ending
        try:
            data = self.path.read_bytes() if self.content is None else self.content
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if ending is not None:
            data = _decompressed(data, ending, self.path, limit)
        if not data.strip():
            raise _empty(self.path)
        if len(data) > limit:
            raise too_large(self.path, limit)
        return data

    def pieces(self, size: int = _CHUNK) -> Iterator[bytes]:
        """The file's bytes a piece at a time, decompressed as by `read_bytes`.

        A compressed file may hold `max_decoded_bytes`; one that is not fills no memory that its disk does not have.

        Args:
            size: bytes of a piece at most.

        Raises:
            InputError: unreadable, damaged, or too large.
        """
        limit, ending, total = self.settings.max_decoded_bytes, self._ending, 0
        try:
            with self.path.open("rb") if self.content is None else io.BytesIO(self.content) as raw:
                stream: _Stream = raw if ending is None else _opened(raw, ending, self.path)
                while piece := stream.read(size) if ending is None else _piece(stream, size, ending, self.path):
                    total += len(piece)
                    if ending is not None and total > limit:
                        raise too_large(self.path, limit)
                    yield piece
        except OSError as error:
            raise _unreadable(self.path, error) from None

    @property
    def _ending(self) -> str | None:
        """The ending of the compression."""
        name = self.path.name.lower()
        return next((ending for ending in COMPRESSIONS if name.endswith(ending)), None)

    @property
    def is_plain(self) -> bool:
        """Whether it is a file on a disk that is not compressed."""
        return self.content is None and self.kind_name == self.path.name.lower()

    def stream(self) -> pa.NativeFile:
        """The content for formats that are read in place; the disk is read as far as needed.

        Raises:
            OSError: it cannot be opened.
            InputError: see `read_bytes`.
        """
        return pa.OSFile(str(self.path)) if self.is_plain else pa.BufferReader(self.read_bytes())

    def read_text(self) -> str:
        """The file's text in the encoding of the settings, or in the one that is found.

        With ``on_bad_row = reject``, bytes that are not in this encoding come out as lone surrogates (U+DC80 to
        U+DCFF), and `FileRows.add` rejects their rows.

        Raises:
            InputError: see `read_bytes`; or binary content, an unknown encoding, or bytes that are not in it.
        """
        data = self.read_bytes()
        self.require_text(data)
        text = self._decoded(data)
        if not text.strip():
            raise _empty(self.path)
        return text

    def require_text(self, data: bytes) -> None:
        """See that the first bytes of the file are not those of a format that is no text.

        Raises:
            InputError: they are.
        """
        for magic, name in _BINARY.items():
            if data.startswith(magic):
                raise InputError(
                    f"The content is {name}, not text.", where=str(self.path), fix="Rename the file by its kind."
                )
        wide = wide_encoding(data) if self.settings.encoding.lower() in ("auto", *UTF8) else None
        if wide is not None and detect_encoding(data[:4]) in (None, "utf-8"):
            raise InputError(
                Text("The file looks like {0} without its mark.", wide),
                where=str(self.path),
                fix=Text("Give --encoding {0}, or save the file as UTF-8.", wide),
            )

    def not_encoded(self, encoding: str, line: int, byte: int) -> InputError:
        """The error for bytes that are not in the file's encoding.

        Args:
            encoding: name of it.
            line: from 1.
            byte: offset of the first one, from 0.
        """
        return InputError(
            f"The file is not {encoding.removesuffix('-sig')}.",
            where=f"{self.path}:{line}, byte {byte}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...), or --on-bad-row reject to set such rows aside.",
        )

    def _decoded(self, data: bytes) -> str:
        encoding = self.settings.encoding
        if encoding.lower() == "auto":
            encoding = detect_encoding(data) or "utf-8"
            if encoding not in UTF8:
                self.notes["encoding", encoding] += 1
        elif encoding.lower().replace("-", "").replace("_", "") == "utf8":
            if data.startswith((b"\xff\xfe", b"\xfe\xff")):
                raise InputError(
                    "The file is UTF-16.",
                    where=str(self.path),
                    fix="Give --encoding utf-16, or save the file as UTF-8.",
                )
            encoding = "utf-8-sig"
        keep_bad = self.settings.on_bad_row == "reject"
        try:
            return data.decode(encoding, "surrogateescape" if keep_bad else "strict")
        except LookupError:
            raise InputError(
                "The encoding is not known.", where=encoding, fix="For example utf-8, gb18030 or latin-1."
            ) from None
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise self.not_encoded(encoding, line, error.start) from None


def uncompressed_name(path: Path) -> str:
    """The file's name in lower case, without the ending of its compression."""
    name = path.name.lower()
    return next((name.removesuffix(ending) for ending in COMPRESSIONS if name.endswith(ending)), name)


def _empty(path: Path) -> InputError:
    return InputError("The file is empty.", where=str(path), fix="Give a file with at least a header and one row.")


def too_large(path: Path, limit: int) -> InputError:
    """The error for a file that decodes to more than `limit` bytes."""
    return InputError(
        f"The file decodes to more than {limit:,} bytes.",
        where=str(path),
        fix="Split it, or raise the limit with --set corpus.max_decoded_bytes=N.",
    )


def _unreadable(path: Path, error: OSError) -> InputError:
    return InputError(
        f"The file cannot be read ({error.strerror or 'input error'}).",
        where=str(path),
        fix="Check path and rights.",
    )


def _opened(raw: IO[bytes], ending: str, path: Path) -> _Stream:
    try:
        return COMPRESSIONS[ending](raw)
    except _DAMAGED:
        raise _damaged(ending, path) from None


def _piece(stream: _Stream, size: int, ending: str, path: Path) -> bytes:
    try:
        return stream.read(size)
    except _DAMAGED:
        raise _damaged(ending, path) from None


def _damaged(ending: str, path: Path) -> InputError:
    return InputError(f"The {ending} file is damaged.", where=str(path), fix="Fetch or compress it again.")


def _decompressed(data: bytes, ending: str, path: Path, limit: int) -> bytes:
    parts, size = [], 0
    stream = _opened(io.BytesIO(data), ending, path)
    while chunk := _piece(stream, _CHUNK, ending, path):
        size += len(chunk)
        if size > limit:
            raise too_large(path, limit)
        parts.append(chunk)
    return b"".join(parts)
