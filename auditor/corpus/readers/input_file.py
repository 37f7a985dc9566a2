"""An input file as bytes or text: decompression, size limits and strict decoding, common to all readers."""

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
from auditor.text.encodings import detect_encoding, escape_encoding, wide_encoding

_CHUNK = 1 << 20
_DECODED_BYTES, _EXPANSION = 8_000_000_000, 10
"""Default limit of a file's decoded size: bytes, or multiple of its own size if it is read block by block."""


class _Stream(Protocol):
    def read(self, size: int, /) -> bytes: ...


COMPRESSIONS: dict[str, Callable[[IO[bytes]], _Stream]] = {
    ".gz": lambda stream: gzip.GzipFile(fileobj=stream),
    ".bz2": bz2.BZ2File,
    ".xz": lzma.LZMAFile,
    ".zst": lambda stream: pa.CompressedInputStream(pa.PythonFile(stream, mode="r"), "zstd"),
}
"""Decompressing streams by file name suffix."""
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
        path: its path.
        settings: how to read it.
        is_alone: whether it is the only input file.
        notes: notices about the file; see `FileRows.notes`.
        content: its content, if it is not on a local disk.
    """

    path: Path
    settings: CorpusSettings
    is_alone: bool = True
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    content: bytes | None = None

    @property
    def kind_name(self) -> str:
        """Lower-case file name without the suffix of a compression, which determines the format."""
        return uncompressed_name(self.path)

    @property
    def memory_limit(self) -> int:
        """Maximum number of decoded bytes when the file is read into memory."""
        return self.settings.max_decoded_bytes or _DECODED_BYTES

    @property
    def stream_limit(self) -> int:
        """Maximum number of decoded bytes when the file is read block by block.

        Raises:
            InputError: the file is unreadable.
        """
        try:
            size = self.path.stat().st_size if self.content is None else len(self.content)
        except OSError as error:
            raise _unreadable(self.path, error) from None
        return self.settings.max_decoded_bytes or max(_DECODED_BYTES, _EXPANSION * size)

    def read_bytes(self) -> bytes:
        """The file's bytes, decompressed if its name ends with one of `COMPRESSIONS`.

        Raises:
            InputError: the file is unreadable, empty, damaged, or larger than `memory_limit`.
        """
        limit, suffix = self.memory_limit, self._suffix
        try:
            data = self.path.read_bytes() if self.content is None else self.content
        except OSError as error:
            raise _unreadable(self.path, error) from None
        if suffix is not None:
            data = _decompressed(data, suffix, self.path, limit)
        if not data.strip():
            raise _empty(self.path)
        if len(data) > limit:
            raise too_large(self.path, limit)
        return data

    def pieces(self, size: int = _CHUNK) -> Iterator[bytes]:
        """Yield the file's bytes in pieces, decompressed as by `read_bytes`.

        The limit `stream_limit` applies only to compressed files.

        Args:
            size: maximum number of bytes per piece.

        Raises:
            InputError: the file is unreadable, damaged, or too large.
        """
        limit, suffix, total = self.stream_limit, self._suffix, 0
        try:
            with self.path.open("rb") if self.content is None else io.BytesIO(self.content) as raw:
                stream: _Stream = raw if suffix is None else _open(raw, suffix, self.path)
                while piece := stream.read(size) if suffix is None else _read_piece(stream, size, suffix, self.path):
                    total += len(piece)
                    if suffix is not None and total > limit:
                        raise too_large(self.path, limit)
                    yield piece
        except OSError as error:
            raise _unreadable(self.path, error) from None

    @property
    def _suffix(self) -> str | None:
        """The suffix of the compression, if any."""
        name = self.path.name.lower()
        return next((suffix for suffix in COMPRESSIONS if name.endswith(suffix)), None)

    @property
    def is_plain(self) -> bool:
        """Whether it is an uncompressed local file."""
        return self.content is None and self.kind_name == self.path.name.lower()

    def stream(self) -> pa.NativeFile:
        """The content as a seekable stream; a plain file is read from disk only as far as needed.

        Raises:
            OSError: the file cannot be opened.
            InputError: see `read_bytes`.
        """
        return pa.OSFile(str(self.path)) if self.is_plain else pa.BufferReader(self.read_bytes())

    def read_text(self) -> str:
        """The file's text in the encoding of the settings, or in the detected one.

        With ``on_bad_row = reject``, undecodable bytes become lone surrogates (U+DC80 to U+DCFF), and `FileRows.add`
        rejects their rows.

        Raises:
            InputError: see `read_bytes`; or the content is binary, the encoding unknown, or bytes are undecodable.
        """
        data = self.read_bytes()
        self.require_text(data)
        text = self._decoded(data)
        if not text.strip():
            raise _empty(self.path)
        return text

    def require_text(self, data: bytes) -> None:
        """Refuse binary formats, recognized by their first bytes.

        Raises:
            InputError: the content is binary, UTF-16 or UTF-32 without a byte order mark, or in an encoding of 7-bit
                bytes.
        """
        for magic, name in _BINARY.items():
            if data.startswith(magic):
                raise InputError(
                    f"The content is {name}, not text.",
                    where=str(self.path),
                    fix="Rename the file to match its format.",
                )
        if self.settings.encoding.lower() not in ("auto", *UTF8):
            return
        wide, switching = wide_encoding(data), escape_encoding(data)
        if switching is not None:
            raise InputError(
                Text("The file looks like {0}.", switching),
                where=str(self.path),
                fix=Text("Give --encoding {0}, or save the file as UTF-8.", switching),
            )
        if wide is not None and detect_encoding(data[:4]) in (None, "utf-8"):
            raise InputError(
                Text("The file looks like {0} without a byte order mark.", wide),
                where=str(self.path),
                fix=Text("Give --encoding {0}, or save the file as UTF-8.", wide),
            )

    def not_encoded(self, encoding: str, line: int, byte: int) -> InputError:
        """The error for undecodable bytes.

        Args:
            encoding: name of the encoding.
            line: line number, from 1.
            byte: offset of the first undecodable byte, from 0.
        """
        return InputError(
            f"The file is not {encoding.removesuffix('-sig')}.",
            where=f"{self.path}:{line}, byte {byte}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...), or --on-bad-row reject to skip such rows.",
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
    """The file name in lower case, without the suffix of its compression."""
    name = path.name.lower()
    return next((name.removesuffix(suffix) for suffix in COMPRESSIONS if name.endswith(suffix)), name)


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
        fix="Check the path and its permissions.",
    )


def _open(raw: IO[bytes], suffix: str, path: Path) -> _Stream:
    try:
        return COMPRESSIONS[suffix](raw)
    except _DAMAGED:
        raise _damaged(suffix, path) from None


def _read_piece(stream: _Stream, size: int, suffix: str, path: Path) -> bytes:
    try:
        return stream.read(size)
    except _DAMAGED:
        raise _damaged(suffix, path) from None


def _damaged(suffix: str, path: Path) -> InputError:
    return InputError(f"The {suffix} file is damaged.", where=str(path), fix="Fetch or compress it again.")


def _decompressed(data: bytes, suffix: str, path: Path, limit: int) -> bytes:
    parts, size = [], 0
    stream = _open(io.BytesIO(data), suffix, path)
    while chunk := _read_piece(stream, _CHUNK, suffix, path):
        size += len(chunk)
        if size > limit:
            raise too_large(path, limit)
        parts.append(chunk)
    return b"".join(parts)
