"""The encoding of bytes that are not said to be in any."""

from __future__ import annotations

import codecs

_SAMPLE = 1_000_000
_USUAL = 0.9
"""Share of the characters beyond ASCII that must be usual Chinese ones for bytes to be GB 18030."""
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日很等们店房服务吃味酒电这点"
)
_OFTEN = 0.1
"""Share of the Chinese characters that must be frequent ones: bytes of Korean read as GB 18030 have nearly none."""
_LEAST = 4
"""Chinese characters below which bytes are not called so."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Byte order marks; that of UTF-16 begins one of UTF-32."""
_NULS = 0.4
"""Share of every second byte that is NUL in UTF-16 of mostly Latin letters."""
_HEAD = 4_096


def wide_encoding(data: bytes) -> str | None:
    """The encoding of bytes that are UTF-16 or UTF-32 of mostly Latin letters without a mark, by their NULs.

    They are UTF-8 too, with a NUL beside every letter; no text is meant so.
    """
    head = data[:_HEAD]
    if head.count(0) < len(head) * _NULS / 2 or len(head) < 8:
        return None
    shares = [head[k::4].count(0) / len(head[k::4]) for k in range(4)]
    nuls = "".join("0" if share >= _NULS else "x" for share in shares)
    return {"x000": "utf-32-le", "000x": "utf-32-be", "x0x0": "utf-16-le", "0x0x": "utf-16-be"}.get(nuls)


def found_encoding(data: bytes) -> str | None:
    """The encoding by which `data` can be read without doubt; None where there is none.

    Returns:
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``utf-32`` (with their marks), or ``gb18030`` where nearly all is usual
        Chinese.
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
    """Whether bytes are GB 18030: nearly all characters are of its first level, and the most frequent ones occur."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(data[:_SAMPLE])
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if not char.isascii()]
    usual = sum(_is_usual(char) for char in wide)
    frequent = sum(char in _FREQUENT for char in wide)
    return usual >= max(_LEAST, _USUAL * len(wide)) and frequent >= _OFTEN * len(wide)


def _is_usual(char: str) -> bool:
    code = char.encode("gb18030")
    if len(code) != 2:
        return False
    row = code[0]
    return (0xB0 <= row <= 0xD7 or row in (0xA1, 0xA3)) and code[1] >= 0xA1  # level 1, and marks of full width
