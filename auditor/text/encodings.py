"""Detect the encoding of bytes."""

from __future__ import annotations

import codecs
import re

_SAMPLE = 1_000_000
_MIN_COMMON_SHARE = 0.9
"""For GB 18030: smallest share of common Chinese characters among the non-ASCII characters."""
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种"
    "事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日很等们店房服务吃味酒电这点"
)
_MIN_FREQUENT_SHARE = 0.1
"""For GB 18030: smallest share of very frequent characters; Korean bytes read as GB 18030 have almost none."""
_MIN_CHINESE = 4
"""For GB 18030: smallest number of Chinese characters."""
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
"""Byte order marks. UTF-32 comes first: its little-endian mark starts with that of UTF-16."""
_MIN_NUL_SHARE = 0.4
"""Smallest share of NUL among the high bytes of UTF-16 text in mostly Latin letters."""
_HEAD = 4_096
_ESCAPES = {
    "iso2022_jp": re.compile(rb"\x1b\$[@B](?:[!-~]{2})+\x1b\([BJ]"),
    "iso2022_kr": re.compile(rb"\x1b\$\)C[^\x0f]*\x0e(?:[!-~]{2})+\x0f"),
    "hz": re.compile(rb"~\{(?:[!-w][!-~]){2,}~\}"),
}
"""Encodings of 7-bit bytes (RFC 1468, 1557 and 1843), by a switch to two-byte characters and back."""


def wide_encoding(data: bytes) -> str | None:
    """Detect UTF-16 or UTF-32 without a byte order mark by the NUL bytes of mostly Latin text; None for other bytes.

    Such bytes are also valid UTF-8, but with a NUL beside every letter, which is never intended.
    """
    head = data[:_HEAD]
    if head.count(0) < len(head) * _MIN_NUL_SHARE / 2 or len(head) < 8:
        return None
    shares = [head[k::4].count(0) / len(head[k::4]) for k in range(4)]
    nuls = "".join("0" if share >= _MIN_NUL_SHARE else "x" for share in shares)
    return {"x000": "utf-32-le", "000x": "utf-32-be", "x0x0": "utf-16-le", "0x0x": "utf-16-be"}.get(nuls)


def escape_encoding(data: bytes) -> str | None:
    """Detect an encoding that switches to two-byte characters and back; None for other bytes.

    Such bytes are also valid UTF-8, but read as meaningless letters and punctuation.
    """
    sample = data[:_SAMPLE]
    return next((name for name, switch in _ESCAPES.items() if switch.search(sample)), None)


def detect_encoding(data: bytes) -> str | None:
    """Detect the encoding of `data`; None if it is uncertain.

    Returns:
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``utf-32`` (with byte order marks), or ``gb18030`` if nearly all is
        common Chinese.
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
    """Whether bytes are GB 18030: nearly all non-ASCII characters are of level 1, and the most frequent ones occur."""
    try:
        text = codecs.getincrementaldecoder("gb18030")().decode(data[:_SAMPLE])
    except UnicodeDecodeError:
        return False
    wide = [char for char in text if not char.isascii()]
    common = sum(_is_common(char) for char in wide)
    frequent = sum(char in _FREQUENT for char in wide)
    return common >= max(_MIN_CHINESE, _MIN_COMMON_SHARE * len(wide)) and frequent >= _MIN_FREQUENT_SHARE * len(wide)


def _is_common(char: str) -> bool:
    code = char.encode("gb18030")
    if len(code) != 2:
        return False
    row = code[0]
    return (0xB0 <= row <= 0xD7 or row in (0xA1, 0xA3)) and code[1] >= 0xA1  # level 1, and full-width punctuation
