"""Folding of texts for the patterns, with a mapping back to the original.

Digits and letters in full width, in mathematical form or of another script become ASCII, dashes become hyphens,
character references and percent-encoded characters are decoded, and invisible characters are removed, including marks
and control characters next to digits, so that none of them hides a number or an address.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

INVISIBLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff9-\ufffb\U0001bca0-\U0001bca3\U000e0000-\U000e0fff"
)
"""Characters without a glyph: format characters, fillers, variation selectors and tags."""
CONTROL = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f"
DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63"
REFERENCE = (
    r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|nbsp|commat|hyphen|minus|ndash|mdash|period|plus|lowbar|sol|colon);?"
)
PERCENT = r"%(?:40|2[BbDdEe]|3[0-9Aa])|%20"
MARKS = r"\u0300-\u036f\u20d0-\u20ff"
PIECES = re.compile(
    rf"(?P<mark>(?<=[0-9])[{INVISIBLE}{CONTROL}{MARKS}]+)|(?P<gone>[{INVISIBLE}{CONTROL}]+)|(?P<sign>{REFERENCE}|{PERCENT})"
)
DIGIT_GAP = re.compile(r"(?<=[0-9])[ \t]*\r?\n[ \t>]*(?=[0-9(+-])|(?<=[0-9][-. ()])[ \t]*\r?\n[ \t>]*(?=[0-9(])")
"""A line end between two digits, or after the hyphen that follows a digit."""
ANY_GAP = r"[0-9][-. ()]?[ \t]*\r?\n[ \t>]*[0-9(+-]"
"""RE2: occurs in every text in which `DIGIT_GAP` does."""
GAP_WINDOW = 140
"""Characters of context on either side of such a line end: a value and its context words."""


@dataclass(frozen=True)
class Folded:
    """A folded text.

    Attributes:
        text: the text for the patterns.
        starts: int64, start in the original of each code point of `text`; None: the offsets are the same.
        ends: int64, end in the original of each code point; as long as `starts`.

    """

    text: str
    starts: np.ndarray | None = None
    ends: np.ndarray | None = None

    def placed(self, start: int, end: int) -> tuple[int, int]:
        """``text[start:end]`` as a range of the original."""
        if self.starts is None or self.ends is None:
            return start, end
        return int(self.starts[start]), int(self.ends[end - 1])


@lru_cache(maxsize=1)
def _trigger() -> str:
    """RE2: occurs in every text that folding changes."""
    one_for_one = re.sub("[\\x00-\\x7f]", "", "".join(map(chr, _table())))
    names = REFERENCE.partition("nbsp")[2].partition(")")[0]
    return (
        rf"[{one_for_one}{INVISIBLE}{CONTROL}]|[\p{{Nd}}][\x{{300}}-\x{{36f}}\x{{20d0}}-\x{{20ff}}]"
        rf"|&(?:#[0-9xX]|nbsp{names})|{PERCENT}"
    ).replace("\x00", r"\x{0}")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Code points equivalent to one printable ASCII character: compatibility forms, decimal digits and dashes."""
    points = [
        *range(0xFF01, 0xFF5F),
        0x3000,
        0xA0,
        0x1680,
        *range(0x2000, 0x200B),
        0x202F,
        0x205F,
        *range(0x1D400, 0x1D800),
    ]
    forms = {point: unicodedata.normalize("NFKC", chr(point)) for point in points}
    table = {point: form for point, form in forms.items() if len(form) == 1 and form.isascii()}
    digits = {
        p: str(unicodedata.decimal(chr(p)))
        for p in range(0x80, 0x20000)  # no digit is in the planes of ideographs, tags and private use
        if unicodedata.category(chr(p)) == "Nd"
    }
    return {**table, **digits, **dict.fromkeys(map(ord, DASHES), "-"), 0x1680: " ", 0x205F: " "}


def fold_all(texts: Sequence[str]) -> list[Folded]:
    """Each text folded; see `fold`."""
    changed = pc.match_substring_regex(pa.array(texts, pa.large_string()), _trigger()).to_pylist() if texts else []
    return [fold(text) if may_change else Folded(text) for text, may_change in zip(texts, changed, strict=True)]


def fold(text: str) -> Folded:
    """One text folded, with the mapping back."""
    translated = text if text.isascii() else text.translate(_table())
    return _without(translated, list(_changes(translated)))


def _changes(text: str) -> Iterator[tuple[int, int, str]]:
    """(start, end, replacement) of each piece that does not map one character to one."""
    for piece in PIECES.finditer(text):
        start, end = piece.span()
        if piece["sign"] is None:
            yield start, end, ""
        elif piece["sign"] == "%20":
            if re.match(r"[0-9()+-]", text[end : end + 1]) and re.match(r"[0-9()+-]", text[start - 1 : start]):
                yield start, end, " "
        else:
            sign = _meaning(piece["sign"])
            if sign is not None:
                yield start, end, sign


@lru_cache(maxsize=4096)
def _meaning(sign: str) -> str | None:
    """The printable ASCII character of a reference or percent-encoding; empty: invisible; None: neither."""
    if sign[0] == "%":
        return chr(int(sign[1:], 16))
    one = html.unescape(sign if sign.endswith(";") else f"{sign};")
    if re.fullmatch(f"[{INVISIBLE}{CONTROL}]", one):
        return ""
    folded = one.translate(_table())
    return folded if len(folded) == 1 and " " <= folded <= "~" else None


def _without(text: str, changes: Sequence[tuple[int, int, str]]) -> Folded:
    """`text` with its pieces replaced by one character or none."""
    if not changes:
        return Folded(text)
    pieces: list[str] = []
    starts: list[np.ndarray] = []
    ends: list[np.ndarray] = []
    at = 0
    for start, end, new in [*changes, (len(text), len(text), "")]:
        pieces += [text[at:start], new]
        plain = np.arange(at, start, dtype=np.int64)
        starts += [plain, np.full(len(new), start, np.int64)]
        ends += [plain + 1, np.full(len(new), end, np.int64)]
        at = end
    return Folded("".join(pieces), np.concatenate(starts), np.concatenate(ends))


def unwrapped(texts: Sequence[str]) -> list[tuple[int, Folded]]:
    """(text, piece): contexts of line ends between digits, with the line end replaced by a space and removed.

    A piece's offsets refer to the text.
    """
    if not texts:
        return []
    candidates = np.flatnonzero(np.asarray(pc.match_substring_regex(pa.array(texts, pa.large_string()), ANY_GAP)))
    return [
        (number, _piece(texts[number], gaps, new))
        for number in candidates.tolist()
        for gaps in _neighbours([match.span() for match in DIGIT_GAP.finditer(texts[number])])
        for new in (" ", "")
    ]


def _neighbours(gaps: Sequence[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Groups of gaps with overlapping windows."""
    group: list[tuple[int, int]] = []
    for gap in gaps:
        if group and gap[0] - group[-1][1] > GAP_WINDOW:
            yield group
            group = []
        group.append(gap)
    if group:
        yield group


def _piece(text: str, gaps: Sequence[tuple[int, int]], new: str) -> Folded:
    begin, end = max(0, gaps[0][0] - GAP_WINDOW), gaps[-1][1] + GAP_WINDOW
    piece = _without(text[begin:end], [(low - begin, high - begin, new) for low, high in gaps])
    assert piece.starts is not None and piece.ends is not None
    return Folded(piece.text, piece.starts + begin, piece.ends + begin)
