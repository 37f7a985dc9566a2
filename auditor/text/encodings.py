"""The encoding of bytes that are not said to be in any."""

from __future__ import annotations

import codecs

_SAMPLE = 1_000_000
_USUAL = 0.9
"""Share of the characters beyond ASCII that must be usual Chinese ones for bytes to be GB 18030."""
_LEAST = 4
"""Chinese characters below which bytes are not called so."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def found_encoding(data: bytes) -> str | None:
    """The encoding by which `data` can be read without doubt; None where there is none.

    Returns:
        ``utf-8``, ``utf-8-sig`` or ``utf-16`` (with their marks), or ``gb18030`` where nearly all is usual Chinese.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030" if _is_chinese(data) else None
    return "utf-8"


def _is_chinese(data: bytes) -> bool:
    """Whether bytes are GB 18030, and the characters those that three thousand of its most usual codes hold."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(data[:_SAMPLE])
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if not char.isascii()]
    usual = sum(_is_usual(char) for char in wide)
    return usual >= _LEAST and usual >= _USUAL * len(wide)


def _is_usual(char: str) -> bool:
    code = char.encode("gb18030")
    if len(code) != 2:
        return False
    row = code[0]
    return (0xB0 <= row <= 0xD7 or row in (0xA1, 0xA3)) and code[1] >= 0xA1  # level 1, and marks of full width
