"""One file of the input as bytes or text: compression, size limits and strict decoding, for every reader alike."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path

from auditor.config.corpus_settings import CorpusSettings
from auditor.errors import InputError

_CHUNK = 1 << 20
_COMPRESSED = ".gz"
_BINARY = {b"PAR1": "Parquet", b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip"}


@dataclass(frozen=True)
class InputFile:
    """A file to read.

    Attributes:
        path: where it is.
        settings: how to read it; `txt` is ``file`` or ``line``, never ``auto``.
    """

    path: Path
    settings: CorpusSettings

    def read_bytes(self) -> bytes:
        """The file's bytes, decompressed where its name ends in ``.gz``.

        Raises:
            InputError: unreadable, empty, broken ``.gz``, or more than `max_decoded_bytes`.
        """
        limit = self.settings.max_decoded_bytes
        try:
            data = _gunzip(self.path, limit) if _is_compressed(self.path) else self.path.read_bytes()
        except (EOFError, zlib.error, gzip.BadGzipFile):
            raise InputError(
                "The .gz file is damaged.", where=str(self.path), fix="Fetch or compress it again."
            ) from None
        except OSError as error:
            raise InputError(
                f"The file cannot be read ({error.strerror or 'input error'}).",
                where=str(self.path),
                fix="Check path and rights.",
            ) from None
        if not data.strip():
            raise InputError(
                "The file is empty.", where=str(self.path), fix="Give a file with at least a header and one row."
            )
        if len(data) > limit:
            raise too_large(self.path, limit)
        return data

    def read_text(self) -> str:
        """The file's text in the encoding of the settings.

        With ``on_bad_row = reject``, bytes that are not in this encoding come out as lone surrogates (U+DC80 to
        U+DCFF), and `FileRows.add` rejects their rows.

        Raises:
            InputError: see `read_bytes`; or binary content, an unknown encoding, or bytes that are not in it.
        """
        data = self.read_bytes()
        for magic, name in _BINARY.items():
            if data.startswith(magic):
                raise InputError(
                    f"The content is {name}, not text.", where=str(self.path), fix="Rename the file by its kind."
                )
        return _decode(data, self.path, self.settings.encoding, self.settings.on_bad_row == "reject")


def uncompressed_name(path: Path) -> str:
    """The file's name in lower case, without the ending of its compression."""
    return path.name.lower().removesuffix(_COMPRESSED)


def too_large(path: Path, limit: int) -> InputError:
    """The error for a file that decodes to more than `limit` bytes."""
    return InputError(
        f"The file decodes to more than {limit:,} bytes.",
        where=str(path),
        fix="Split it, or raise the limit with --set corpus.max_decoded_bytes=N.",
    )


def _is_compressed(path: Path) -> bool:
    return path.name.lower().endswith(_COMPRESSED)


def _gunzip(path: Path, limit: int) -> bytes:
    parts, size = [], 0
    with gzip.open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise too_large(path, limit)
            parts.append(chunk)
    return b"".join(parts)


def _decode(data: bytes, path: Path, encoding: str, keep_bad: bool) -> str:
    if encoding.lower().replace("-", "").replace("_", "") == "utf8":
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise InputError(
                "The file is UTF-16.", where=str(path), fix="Give --encoding utf-16, or save the file as UTF-8."
            )
        data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode(encoding, "surrogateescape" if keep_bad else "strict")
    except LookupError:
        raise InputError(
            "The encoding is not known.", where=encoding, fix="For example utf-8, gb18030 or latin-1."
        ) from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"The file is not {encoding}.",
            where=f"{path}:{line}, byte {error.start}",
            fix="Give its encoding (--encoding gb18030, latin-1 ...), or --on-bad-row reject to set such rows aside.",
        ) from None
