"""Read the text of a file as UTF-8 bytes, piece by piece."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import chain

from auditor.corpus.readers.blocks import NeedsWholeFileError
from auditor.corpus.readers.input_file import UTF8, InputFile
from auditor.text.encodings import detect_encoding

_HEAD = 1_000_000
"""Number of bytes used to detect the encoding."""


class TextBytes:
    """A buffer of the bytes of a text that are not parsed yet; they are consumed from the front.

    The bytes are UTF-8, converted from the encoding of the file. With ``on_bad_row = reject``, invalid bytes of a UTF-8
    file are kept.

    Attributes:
        data: bytes that were read and not consumed yet.
        is_last: whether nothing follows `data`.
        line: number of line feeds before `data`.

    Raises:
        NeedsWholeFileError: the file is empty, or its encoding cannot be detected from its start.
        InputError: the content is not text; see also `InputFile.pieces`.
    """

    def __init__(self, file: InputFile) -> None:
        self._file = file
        self._start = 0
        self.line = 0
        pieces = file.pieces()
        head = _first(pieces)
        file.require_text(head)
        self._encoding = _encoding(head, file)
        self._pieces: Iterator[bytes] = chain([head.removeprefix(codecs.BOM_UTF8)], pieces)
        self._sample = head[:_HEAD]
        if self._encoding not in UTF8:
            self._pieces = _recoded(chain([head], pieces), self._encoding)
        self.data, self.is_last = b"", False

    def fill(self, size: int) -> None:
        """Read until `data` has at least `size` bytes or the file ends."""
        parts, count = [self.data], len(self.data)
        while count < size and not self.is_last:
            piece = next(self._pieces, None)
            self.is_last = piece is None
            parts.append(piece or b"")
            count += len(parts[-1])
        if len(parts) > 1:
            self.data = b"".join(parts)

    def head(self, characters: int) -> str:
        """The first characters of `data`, reading more if necessary; invalid bytes become lone surrogates."""
        for size in (characters, 4 * characters):
            self.fill(size)
            text = self.data.decode("utf-8", "surrogateescape")
            if len(text) >= characters + 4 or self.is_last:
                break
        return text[:characters]

    def line_end(self, size: int, start: int = 0) -> int:
        """The offset after the last line that ends within `size` bytes after `start`, otherwise after the first line.

        Returns:
            `start` if nothing follows.
        """
        self.fill(start + size)
        while True:
            end = self.data.rfind(b"\n", start, start + size) + 1 or self.data.find(b"\n", start + size) + 1
            if self.is_last and (not end or len(self.data) <= start + size):
                return len(self.data)
            if end:
                return end
            self.fill(2 * len(self.data))

    def take(self, size: int) -> int:
        """Consume `size` bytes, which end with a line; returns the number of line feeds in them."""
        lines = self.data.count(b"\n", 0, size)
        self.data = self.data[size:]
        self._start += size
        self.line += lines
        return lines

    def text(self, start: int, end: int) -> str:
        """Decode bytes of `data`; see `InputFile.read_text`.

        Args:
            start, end: half-open range, at line boundaries.

        Raises:
            NeedsWholeFileError, InputError: the bytes are not in the encoding of the file.
        """
        data = self.data[start:end]
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError as error:
            if self._file.settings.encoding.lower() == "auto" and detect_encoding(self._sample + b"\xff") is not None:
                raise NeedsWholeFileError from None  # the encoding of the start is ambiguous
            if self._file.settings.on_bad_row == "reject":
                return data.decode("utf-8", "surrogateescape")
            line = self.line + self.data.count(b"\n", 0, start + error.start) + 1
            raise self._file.not_encoded("utf-8", line, self._start + start + error.start) from None


def _first(pieces: Iterator[bytes]) -> bytes:
    head = b""
    while len(head) < _HEAD + 4 and (piece := next(pieces, None)) is not None:
        head += piece
    if not head.strip():
        raise NeedsWholeFileError
    return head


def _encoding(head: bytes, file: InputFile) -> str:
    """The encoding of the settings, or the one detected from the start of the file; see `InputFile.read_text`."""
    requested = file.settings.encoding.lower()
    if requested.replace("-", "").replace("_", "") == "utf8":
        if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise NeedsWholeFileError
        return "utf-8"
    if requested == "auto":
        found = detect_encoding(_whole_characters(head)) or "utf-8"
        if found in UTF8:
            return "utf-8"
        file.notes["encoding", found] += 1
    else:
        found = requested
    if file.settings.on_bad_row == "reject":
        raise NeedsWholeFileError  # undecodable bytes are detected only while decoding
    return found


def _whole_characters(head: bytes) -> bytes:
    """The bytes without an incomplete UTF-8 character at their end."""
    for back in range(1, min(4, len(head)) + 1):
        byte = head[-back]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return head[:-back] if back < length else head
        if byte < 0x80:
            break
    return head


def _recoded(pieces: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    try:
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        for piece in pieces:
            yield decoder.decode(piece).encode("utf-8")
        yield decoder.decode(b"", final=True).encode("utf-8")
    except (LookupError, UnicodeError):
        raise NeedsWholeFileError from None  # reading the whole file reports the place
