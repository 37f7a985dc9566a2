"""Texts as the patterns see them, and the way back.

Digits and letters in full width or mathematical form become ASCII, and invisible characters inside a number
go, so that neither a Chinese keyboard nor a hidden character hides one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\u2061-\u2064\ufeff]")
_FOLDABLE = re.compile("[\uff01-\uff5e\u3000\u00a0\u2000-\u200a\u202f\U0001d400-\U0001d7ff]")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    """Code points whose compatibility form is one printable ASCII character, superscripts left out."""
    points = [*range(0xFF01, 0xFF5F), 0x3000, 0xA0, *range(0x2000, 0x200B), 0x202F, *range(0x1D400, 0x1D800)]
    forms = {point: unicodedata.normalize("NFKC", chr(point)) for point in points}
    return {point: form for point, form in forms.items() if len(form) == 1 and form.isascii()}


def fold(text: str) -> tuple[str, np.ndarray | None]:
    """The folded text, and the place in `text` of each of its code points and of its end.

    None in the second place: the places are the same.
    """
    if text.isascii():
        return text, None
    places = None
    if INVISIBLE.search(text):
        seen = [place for place, character in enumerate(text) if not INVISIBLE.match(character)]
        places = np.array([*seen, len(text)], np.int64)
        text = "".join(text[place] for place in seen)
    return (text.translate(_table()) if _FOLDABLE.search(text) else text), places
