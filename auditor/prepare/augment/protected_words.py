"""Words that an augmenter may not lose or change: negations, on which the label hangs, and marks that are no words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from auditor.text.negation import NEGATION, count_negations

# What starts with a run of characters starts where the run does: a search at each character of a long run is quadratic.
_MARKS = (
    r"(?:https?://|www\.)[^\s\u3000-\u30ff\u4e00-\u9fff]+",  # web addresses
    r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+",  # e-mail addresses
    r"<[A-Za-z][\w -]{0,40}>",  # <EMAIL>, <EMAIL_ADDRESS_token>
    r"\[[A-Za-z][\w -]{0,40}\]",  # [NAME]
    r"\{\{?[A-Za-z][\w .-]{0,40}\}?\}",  # {name}, {{ name }}
    r"⟦[^⟧]{1,40}⟧|【[A-Z_]{1,40}】|\$\{?[A-Za-z_]\w*\}?|%[A-Za-z_]{2,}%?",
    r"[@＠]\w+|[#＃]\w+[#＃]?",  # handles and tags
    r"(?<!\w)\w*\d\w*(?:[.,:/-]\w*\d\w*)*",  # numbers, dates, codes
)
MARK = re.compile("|".join(_MARKS), re.ASCII)
"""Placeholders of any tool, addresses, handles, tags and numbers."""
_FOLLOWED = re.compile(rf"(?:{NEGATION.pattern})\W*(\w+|$)", re.IGNORECASE)
_HANNEGATIONS = frozenset("不没沒别別未无無非莫勿否")


def fixed_words(words: Iterable[str]) -> set[str]:
    """Those of `words` (as an augmenter takes texts apart) that hold a mark or a negation."""
    return {word for word in set(words) if MARK.search(word) or NEGATION.search(word)} | _HANNEGATIONS


def keeps_fixed(old: str, new: str, *, order: bool) -> bool:
    """Whether a copy has the marks and negations of its parent.

    Args:
        old, new: parent and copy.
        order: whether each negation must also be followed by the word that it was followed by: words that are only
            moved or left out must not leave it to another.
    """
    marks = Counter(MARK.findall(old))
    if marks - Counter(MARK.findall(new)):
        return False
    if count_negations(old) != count_negations(new):
        return False
    return not order or _followers(old) == _followers(new)


def _followers(text: str) -> Counter[str]:
    return Counter(match[1].lower() for match in _FOLLOWED.finditer(text))
