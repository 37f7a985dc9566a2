"""Text made comparable: one form for what a reader sees as the same text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

SEPARATOR, LETTER, IDEOGRAPH, INVISIBLE = 0, 1, 2, 3
_ROW_END = "\uffff"  # a noncharacter: NFKC and case folding leave it alone
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


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
    """uint8, one a code point: separator, letter (letters, marks, numbers, ``_``), ideograph or invisible.

    Ideographs are the characters that are a token each: Han, Hiragana, Katakana (in scripts written without
    spaces; Thai, Lao, Khmer and Burmese letters too).
    """
    classes = np.zeros(0x110000, np.uint8)
    for code in range(0x30000):  # planes 3 and up hold ideographs, tags and private use only
        if unicodedata.category(chr(code))[0] in "LMN":
            classes[code] = LETTER
    classes[ord("_")] = LETTER
    for first, last in (
        (0x3041, 0x30FF), (0x31F0, 0x31FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF),
        (0x0E01, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF),
    ):  # fmt: skip
        block = classes[first : last + 1]
        block[(block == LETTER) | (first >= 0x20000)] = IDEOGRAPH
    for code in range(0xFFFF):
        if _INVISIBLE.match(chr(code)):
            classes[code] = INVISIBLE
    return classes


@lru_cache(maxsize=1)
def fold_table() -> np.ndarray:
    """uint32, one a code point up to the last ideograph: how the compiled kernel folds it.

    0 separator, 1 invisible, 2 complex (its row must be folded by `spaced_utf8`), else the folded code point, with
    the top bit set for ideographs.
    """
    classes = character_classes()
    table = np.zeros(0x323B0, np.uint32)
    table[0x30000:] = np.where(classes[0x30000 : len(table)] == IDEOGRAPH, np.arange(0x30000, len(table)) | 1 << 31, 0)
    points = np.arange(0x80, 0x30000, dtype=np.uint32)
    by_class = np.select(
        [classes[0x80:0x30000] == kind for kind in (LETTER, IDEOGRAPH, INVISIBLE)],
        [points, points | np.uint32(1 << 31), np.uint32(1)],
        np.uint32(0),
    )
    table[0x80:0x30000] = by_class
    for code in range(0x80, 0x30000):  # those that folding changes, and those that may join the character before them
        character = chr(code)
        changes = unicodedata.normalize("NFKC", character).casefold() != character
        unified = classes[code] == IDEOGRAPH and 0x3400 <= code < 0xF900  # fold to themselves
        if (changes and not unified) or _joins(code, character):
            table[code] = _folded(code, classes)
    table[0xD800:0xE000] = 0
    return table


def _joins(code: int, folded: str) -> bool:
    """Whether it is a mark or a Hangul letter, which may join the character before it."""
    hangul = 0x1100 <= code < 0x1200 or 0xA960 <= code < 0xA980 or 0xD7B0 <= code < 0xD800
    return hangul or any(unicodedata.category(c)[0] == "M" for c in folded)


def _folded(code: int, classes: np.ndarray) -> int:
    character = chr(code)
    folded = unicodedata.normalize("NFKC", character).casefold()
    kinds = {int(classes[ord(c)]) for c in folded}
    if kinds <= {SEPARATOR}:
        return 0
    if kinds == {INVISIBLE}:
        return 1
    if len(folded) > 1 or _joins(code, character + folded):
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
    folded = unicodedata.normalize("NFKC", joined).casefold()
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
