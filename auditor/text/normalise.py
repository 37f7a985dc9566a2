"""Normalization of text for comparison: texts that look the same to a reader get the same form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

SEPARATOR, LETTER, IDEOGRAPH, INVISIBLE = 0, 1, 2, 3
_PLANE_3 = 0x30000
"""First code point of plane 3; planes from here on contain only ideographs, tags and private use."""
_ROW_END = "\uffff"  # a noncharacter, which NFKC and case folding do not change
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)

_LOOKALIKES = str.maketrans("аеорсхуіѕјвкмнтαεζηικνορτυχ", "aeopcxyisjbkmhtaezhikvoptyx")
"""Latin letter by the case-folded Cyrillic or Greek letter that looks the same, in lower or upper case. The mapping is
injective within a script, so different words of one script stay different. Letters with another meaning beside digits,
such as the micro sign, are left out (Unicode Technical Standard 39, confusable characters)."""


def normalize_for_matching(text: str) -> str:
    """`text` in NFKC, case-folded, without invisible characters, with white space collapsed.

    Two rows are exact duplicates if this form is equal.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.casefold().split())


def text_sort_key(text: str) -> tuple[str, int, str]:
    """A sort key that makes results independent of row order: lower case before capitals, less white space first."""
    return " ".join(text.split()).swapcase(), len(text), text


@lru_cache(maxsize=1)
def character_classes() -> np.ndarray:
    """uint8, one per code point: separator, letter (letters, marks, numbers, ``_``), ideograph or invisible.

    Ideographs are characters that are tokens by themselves: Han, Hiragana and Katakana, and the letters of Thai, Lao,
    Khmer and Burmese, which are written without spaces.
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
    """The first letter of the Unicode general category of each code point below plane 3."""
    names = "".join(map(unicodedata.category, map(chr, range(_PLANE_3))))
    return np.frombuffer(names.encode("ascii"), "S1")[::2]


@lru_cache(maxsize=1)
def fold_table() -> np.ndarray:
    """uint32, one per code point up to the last ideograph: the folding used by the compiled kernel.

    0: separator; 1: invisible; 2: complex (a row containing it must be folded by `spaced_utf8`); otherwise the folded
    code point, with the top bit set for ideographs.
    """
    classes = character_classes()
    table = np.zeros(0x323B0, np.uint32)
    higher = np.arange(_PLANE_3, len(table))
    table[_PLANE_3:] = np.where(classes[_PLANE_3 : len(table)] == IDEOGRAPH, higher | 1 << 31, 0)
    points = np.arange(0x80, _PLANE_3, dtype=np.uint32)
    table[0x80:_PLANE_3] = np.select(
        [classes[0x80:_PLANE_3] == kind for kind in (LETTER, IDEOGRAPH, INVISIBLE)],
        [points, points | np.uint32(1 << 31), np.uint32(1)],
        np.uint32(0),
    )
    joins = _major_categories() == b"M"  # may combine with the preceding character, as Hangul letters do
    for first, last in ((0x1100, 0x11FF), (0xA960, 0xA97F), (0xD7B0, 0xD7FF)):
        joins[first : last + 1] = True
    for code, folded in _folds().items():
        if joins[code] or folded != chr(code):
            table[code] = _folded(folded, bool(joins[code]), joins, classes)
    table[0xD800:0xE000] = 0
    return table


def _folds() -> dict[int, str]:
    """The result of normalization, case folding and `_LOOKALIKES` for each code point from 0x80 to below plane 3.

    Without the unified ideographs and Hangul syllables, which fold to themselves, and `_ROW_END`.
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
    """Fold texts to UTF-8 in which tokens are separated by spaces; each ideograph is a token.

    Args:
        texts: any texts.

    Returns:
        The concatenated bytes of all rows (uint8), and the row offsets (int64, number of rows + 1).
    """
    joined = _ROW_END.join(text.replace(_ROW_END, " ") for text in texts) + _ROW_END
    folded = unicodedata.normalize("NFKC", joined).casefold().translate(_LOOKALIKES)
    points = np.frombuffer(folded.encode("utf-32-le", "replace"), np.uint32)
    classes = character_classes()[points]
    ends = points == 0xFFFF
    points = np.where((classes == SEPARATOR) & ~ends, 32, points)
    visible = classes != INVISIBLE
    points, classes = points[visible], classes[visible]
    # put a space after each ideograph, and after a letter before an ideograph
    after = np.empty(len(classes), bool)
    after[:-1] = (classes[:-1] == IDEOGRAPH) | ((classes[1:] == IDEOGRAPH) & (classes[:-1] == LETTER))
    after[-1] = False
    if after.any():
        points = np.insert(points, np.flatnonzero(after) + 1, 32)
    data = np.frombuffer(points.astype("<u4").tobytes().decode("utf-32-le").encode("utf-8"), np.uint8)
    # U+FFFF is EF BF BF in UTF-8; remove it from the end of each row
    marks = np.flatnonzero((data[:-2] == 0xEF) & (data[1:-1] == 0xBF) & (data[2:] == 0xBF))
    offsets = np.concatenate([[0], marks - 3 * np.arange(len(marks))]).astype(np.int64)
    keep = np.ones(len(data), bool)
    for shift in range(3):
        keep[marks + shift] = False
    return data[keep], offsets
