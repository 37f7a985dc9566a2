"""Text made comparable: one form for what a reader sees as the same text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

SEPARATOR, LETTER, IDEOGRAPH, INVISIBLE = 0, 1, 2, 3
_PLANE_3 = 0x30000
"""Planes from here on hold ideographs, tags and private use only."""
_ROW_END = "\uffff"  # a noncharacter: NFKC and case folding leave it alone
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)

_LOOKALIKES = str.maketrans("аеорсхуіѕјвкмнтαεζηικνορτυχ", "aeopcxyisjbkmhtaezhikvoptyx")
"""Folded Cyrillic and Greek letters by the Latin ones that they, or their capitals, cannot be told from by eye. Within
a script no two become one, so words of one script stay apart. Ones that mean something else beside figures, such as
the micro sign, are left out (Unicode Technical Standard 39, confusable characters)."""


def same_text(text: str) -> str:
    """`text` in NFKC, case folded, without invisible characters, white space folded.

    Two rows are exact duplicates when this form is equal.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.casefold().split())


def text_order(text: str) -> tuple[str, int, str]:
    """A key to sort texts by, where the order of rows must not matter: lower case before capitals, less white space
    before more.
    """  # noqa: D205
    return " ".join(text.split()).swapcase(), len(text), text


@lru_cache(maxsize=1)
def character_classes() -> np.ndarray:
    """uint8, one per code point: separator, letter (letters, marks, numbers, ``_``), ideograph or invisible.

    Ideographs are the characters that are a token each: Han, Hiragana, Katakana (in scripts written without
    spaces; Thai, Lao, Khmer and Burmese letters too).
    """
    classes = np.zeros(0x110000, np.uint8)
    classes[:_PLANE_3][np.isin(_major_categories(), [b"L", b"M", b"N"])] = LETTER
    classes[ord("_")] = LETTER
    for first, last in (
        (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
        (0x0E01, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    ):  # fmt: skip
        block = classes[first : last + 1]
        block[(block == LETTER) | (first >= 0x20000)] = IDEOGRAPH
    for found in _INVISIBLE.finditer("".join(map(chr, range(0xFFFF)))):
        classes[ord(found.group())] = INVISIBLE
    return classes


def _major_categories() -> np.ndarray:
    """The first letter of the general category, one per code point below plane 3."""
    names = "".join(map(unicodedata.category, map(chr, range(_PLANE_3))))
    return np.frombuffer(names.encode("ascii"), "S1")[::2]


@lru_cache(maxsize=1)
def fold_table() -> np.ndarray:
    """uint32, one per code point up to the last ideograph: how the compiled kernel folds it.

    0 separator, 1 invisible, 2 complex (its row must be folded by `spaced_utf8`), else the folded code point, with
    the top bit set for ideographs.
    """
    classes = character_classes()
    table = np.zeros(0x323B0, np.uint32)
    beyond = np.arange(_PLANE_3, len(table))
    table[_PLANE_3:] = np.where(classes[_PLANE_3 : len(table)] == IDEOGRAPH, beyond | 1 << 31, 0)
    points = np.arange(0x80, _PLANE_3, dtype=np.uint32)
    table[0x80:_PLANE_3] = np.select(
        [classes[0x80:_PLANE_3] == kind for kind in (LETTER, IDEOGRAPH, INVISIBLE)],
        [points, points | np.uint32(1 << 31), np.uint32(1)],
        np.uint32(0),
    )
    joins = _major_categories() == b"M"  # may join the character before them, as letters of Hangul do
    for first, last in ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF)):
        joins[first : last + 1] = True
    for code, folded in _folds().items():
        if joins[code] or folded != chr(code):
            table[code] = _folded(folded, bool(joins[code]), joins, classes)
    table[0xD800:0xE000] = 0
    return table


def _folds() -> dict[int, str]:
    """What normalisation, case folding and `_LOOKALIKES` make of each character from 0x80 on below plane 3.

    Left out are the unified ideographs and the syllables of Hangul, which fold to themselves, and `_ROW_END`.
    """
    spans = ((0x80, 0x3400), (0x9FFF, 0xAC00), (0xD7A4, 0xFFFF), (0x10000, 0x20000), (0x2F800, _PLANE_3))
    codes = [code for first, end in spans for code in range(first, end)]
    folds = unicodedata.normalize("NFKC", _ROW_END.join(map(chr, codes))).casefold().split(_ROW_END)
    return {code: fold.translate(_LOOKALIKES) for code, fold in zip(codes, folds, strict=True)}


def _folded(folded: str, may_join: bool, joins: np.ndarray, classes: np.ndarray) -> int:
    kinds = {int(classes[ord(c)]) for c in folded}
    if kinds <= {SEPARATOR}:
        return 0
    if kinds == {INVISIBLE}:
        return 1
    if len(folded) > 1 or may_join or joins[ord(folded)]:
        return 2
    return ord(folded) | (1 << 31 if kinds == {IDEOGRAPH} else 0)


def spaced_utf8(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """UTF-8 in which tokens are runs of letters between spaces: folded, ideographs set apart.

    Args:
        texts: any texts.

    Returns:
        The bytes (uint8) of all rows on end and the row offsets (int64, one more than rows).
    """
    joined = _ROW_END.join(text.replace(_ROW_END, " ") for text in texts) + _ROW_END
    folded = unicodedata.normalize("NFKC", joined).casefold().translate(_LOOKALIKES)
    points = np.frombuffer(folded.encode("utf-32-le", "replace"), np.uint32)
    classes = character_classes()[points]
    ends = points == 0xFFFF
    points = np.where((classes == SEPARATOR) & ~ends, 32, points)
    visible = classes != INVISIBLE
    points, classes = points[visible], classes[visible]
    # an ideograph is followed by a space; a letter before an ideograph too
    after = np.empty(len(classes), bool)
    after[:-1] = (classes[:-1] == IDEOGRAPH) | ((classes[1:] == IDEOGRAPH) & (classes[:-1] == LETTER))
    after[-1] = False
    if after.any():
        points = np.insert(points, np.flatnonzero(after) + 1, 32)
    data = np.frombuffer(points.astype("<u4").tobytes().decode("utf-32-le").encode("utf-8"), np.uint8)
    # U+FFFF is EF BF BF in UTF-8; cut it out of every row's end
    marks = np.flatnonzero((data[:-2] == 0xEF) & (data[1:-1] == 0xBF) & (data[2:] == 0xBF))
    offsets = np.concatenate([[0], marks - 3 * np.arange(len(marks))]).astype(np.int64)
    keep = np.ones(len(data), bool)
    for shift in range(3):
        keep[marks + shift] = False
    return data[keep], offsets
