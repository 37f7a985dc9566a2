"""Words that augmenters must keep: negations, which can decide the label, and marks such as placeholders."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from auditor.text.negation import NEGATION, count_negations

# Patterns that start with a repetition are anchored to its start: searching from every character would be quadratic.
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
"""Placeholders of common tools, addresses, handles, tags and numbers."""
_FOLLOWED = re.compile(rf"(?:{NEGATION.pattern})\W*(\w+|$)", re.IGNORECASE)
_CHINESE_NEGATIONS = frozenset("不没沒别別未无無非莫勿否")


def fixed_words(words: Iterable[str]) -> set[str]:
    """The `words` (see `words_of`) that contain a mark or a negation."""
    return {word for word in set(words) if MARK.search(word) or NEGATION.search(word)} | _CHINESE_NEGATIONS


def keeps_fixed(old: str, new: str, *, order: bool) -> bool:
    """Whether a copy has the marks and negations of its parent.

    Args:
        old, new: parent and copy.
        order: whether each negation must also be followed by the same word as before, for augmenters that move or
            delete words.
    """
    marks = Counter(MARK.findall(old))
    if marks - Counter(MARK.findall(new)):
        return False
    if count_negations(old) != count_negations(new):
        return False
    return not order or _followers(old) == _followers(new)


def _followers(text: str) -> Counter[str]:
    return Counter(match[1].lower() for match in _FOLLOWED.finditer(text))
