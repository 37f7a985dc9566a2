"""Text of a legacy encoding that was decoded as another one, which ftfy leaves alone or repairs in part.

ftfy (Speer 2019) knows UTF-8 behind single-byte encodings. Here are the converse, GBK, EUC-KR and Windows-1251 decoded
as Latin-1, and UTF-8 decoded as GBK. A repair is lossless, covers all such characters of the text, and its result must
consist of frequent characters of the language, so that rows of accented letters stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

_HIGH = re.compile("[\x80-\xff]+")
_HAN = re.compile("[\u4e00-\u9fff]")
_RUN = re.compile("[\u0080-\uffff]+")
_MIN_CHARACTERS = 4
"""Characters of a repaired text, punctuation included, below which frequencies mean nothing."""
_MIN_FREQUENT = 0.2
"""Share of the letters of a repaired text that are frequent ones."""
_FREQUENT_HAN = frozenset(
    "的一是了我不在人有他这中大来上个国们为和说地也子时道出要于就下得可你年生自会那后能对着事其里所去行过家十用发天如然"
    "作方成者多日都三小军二无同么经法当起与好看学进种将还分此心前面又定见只主没公从今很世界本想给请问谢再吧呢吗啊文电话"
)
_FREQUENT_HANGUL = frozenset("이다는에가하고의을를은지도로기사한나어서리자시대아해요습니안인것수게그들있정보일")
_CYRILLIC_VOWELS = frozenset("аеёиоуыэюя")
_FREQUENT_CYRILLIC = frozenset("оеаинтсрвл")
"""Nearly two thirds of the letters of Russian."""


def repair_legacy(text: str) -> str:
    """The text as it was before it was decoded in the wrong encoding; unchanged if that is not certain."""
    if text.isascii():
        return text
    if max(text) > "\xff":
        return _utf8_as_gbk(text) if _HAN.search(text) else text
    for decode, is_right in _ORIGINS:
        new = _of_runs(text, decode)
        if new is not None and is_right(new):
            return new
    return text


def _of_runs(text: str, decode: Callable[[bytes], str]) -> str | None:
    """`text` with each run of non-ASCII Latin-1 characters decoded again; None: some run is not of the encoding."""
    try:
        return _HIGH.sub(lambda run: decode(run[0].encode("latin-1")), text)
    except UnicodeError:
        return None


def _gb2312(data: bytes) -> str:
    """Punctuation and the hanzi of level 1 of GB 2312 (rows 16 to 55), the 3,755 frequent ones."""
    if any(not (0xA1 <= lead <= 0xA3 or 0xB0 <= lead <= 0xD7) for lead in data[::2]):
        raise UnicodeError
    return data.decode("gb2312")


def _is_chinese(text: str) -> bool:
    hanzi = _HAN.findall(text)
    signs = [character for character in text if not character.isascii()]
    frequent = sum(character in _FREQUENT_HAN for character in hanzi)
    return len(signs) >= _MIN_CHARACTERS and len(hanzi) > len(signs) / 2 and frequent >= _MIN_FREQUENT * len(hanzi)


def _is_korean(text: str) -> bool:
    letters = [character for character in text if not character.isascii()]
    frequent = sum(character in _FREQUENT_HANGUL for character in letters)
    is_hangul = all("\uac00" <= character <= "\ud7a3" for character in letters)
    return is_hangul and len(letters) >= _MIN_CHARACTERS and frequent >= _MIN_FREQUENT * len(letters)


def _is_cyrillic(text: str) -> bool:
    """Words of various Cyrillic letters, of which a third to two thirds are vowels; ASCII words may stand between.

    Hebrew in Windows-1255 has the same bytes: its words begin with hard signs and its letters are rare ones.
    """
    words = re.findall(r"[^\W\d_]+", text)
    cyrillic = [word for word in words if not word.isascii()]
    letters = "".join(cyrillic).lower()
    if len(cyrillic) < 3 or len(letters) < 3 * len(cyrillic) or len(set(letters)) < 2 * _MIN_CHARACTERS:
        return False
    if any(not "а" <= c <= "ё" for c in letters) or any(word[0] in "ъьЪЬ" for word in cyrillic):
        return False
    if sum(c in _FREQUENT_CYRILLIC for c in letters) < 0.45 * len(letters):
        return False
    return 1 / 3 <= sum(c in _CYRILLIC_VOWELS for c in letters) / len(letters) <= 2 / 3


def _utf8_as_gbk(text: str) -> str:
    """UTF-8 decoded as GBK (浣犲ソ for 你好): hanzi whose bytes are valid UTF-8 of hanzi by a chance of about zero."""
    try:
        new = _RUN.sub(lambda run: run[0].encode("gbk").decode("utf-8"), text)
    except UnicodeError:
        return text
    return new if _is_chinese(new) else text


_ORIGINS: tuple[tuple[Callable[[bytes], str], Callable[[str], bool]], ...] = (
    (_gb2312, _is_chinese),
    (partial(str, encoding="euc_kr"), _is_korean),
    (partial(str, encoding="cp1251"), _is_cyrillic),
)
"""How the bytes are decoded, and whether the result is text of that language."""
