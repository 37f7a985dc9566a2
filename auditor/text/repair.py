"""Detect and repair damage from earlier processing: wrongly decoded text and leftover markup.

Both the audit and the cleaning use these functions, so the audit counts what cleaning would repair.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache

_C1 = re.compile("[\x80-\x9f]")
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯")
"""Replacement characters, and how they and uninitialized memory look when read as GBK; the text is lost."""
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# so that `<b and c>` is not taken for a tag
_ATTRIBUTES = (
    r"""(?:\s+(?:[a-z][-:\w]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+)|disabled|checked|selected|nowrap))*\s*"""
)
_BREAK = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|table|tbody|thead|h[1-6]|hr|blockquote|pre|section|article)" + _ATTRIBUTES + r"/?>",
    re.I,
)
_TAG = re.compile(
    r"</?(?:a|abbr|b|big|body|center|cite|code|dd|del|dl|dt|em|font|form|head|html|i|iframe|img|input|ins|label|link|"
    r"mark|meta|nobr|option|q|s|script|select|small|span|strike|strong|style|sub|sup|td|th|title|tt|u|var|video)"
    + _ATTRIBUTES
    + r"/?>",
    re.I,
)
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_BBCODE = re.compile(r"\[(b|i|u|s|quote|code|url|img|color|size)(?:=[^\]\n]{0,200})?\].{0,2000}?\[/\1\]", re.I | re.S)
_WIKI = re.compile(r"\[\[[^\[\]\n]{1,200}\]\]|\{\{[^{}\n]{1,200}\}\}|'''[^'\n]{1,200}'''")
MARKUP_MIN = 3
"""Number of tags, entities or wiki links from which a text counts as markup; one block-level tag or BBCode suffices."""


def repair_encoding(text: str) -> str:
    """Repair UTF-8 that was decoded in another encoding, as far as ftfy's heuristic is certain (Speer 2019)."""
    return text if text.isascii() else str(_fix_encoding()(text))


def broken_encoding_span(text: str) -> tuple[int, int] | None:
    """Code points (half-open) of the first wrongly decoded place in `text`; None if there is none."""
    if text.isascii():
        return None
    lost = _LOST.search(text)
    if lost is not None:
        return lost.span()
    suspicious = "\n".join(line for line in text.split("\n") if not line.isascii())
    if not (_is_bad()(suspicious) or _C1.search(suspicious)):
        return None
    repaired = repair_encoding(text)
    if repaired == text:
        return None
    start = next((i for i, (a, b) in enumerate(zip(text, repaired, strict=False)) if a != b), len(repaired))
    return start, min(start + 2, len(text))


def strip_markup(text: str) -> str:
    """Remove HTML tags and decode entities. Block tags become line breaks; angle brackets that are not HTML stay."""
    if "<" not in text and "&" not in text:
        return text
    text = _BREAK.sub("\n", _COMMENT.sub(" ", text))
    return _ENTITY.sub(lambda match: html.unescape(match[0]), _TAG.sub("", text))


def markup_span(text: str) -> tuple[int, int] | None:
    """Code points (half-open) of the first markup in `text`; None if there is none."""
    if "<" in text or "&" in text:
        broken = _BREAK.search(text)
        places = [match.span() for pattern in (_COMMENT, _BREAK, _TAG, _ENTITY) for match in pattern.finditer(text)]
        if broken is not None or len(places) >= MARKUP_MIN:
            return min(places)
    if "[" in text or "{" in text or "'''" in text:
        found = _BBCODE.search(text)
        if found is not None:
            return found.span()
        links = [match.span() for match in _WIKI.finditer(text)]
        if len(links) >= MARKUP_MIN:
            return links[0]
    return None


@lru_cache(maxsize=1)
def _fix_encoding() -> Callable[[str], str]:
    from ftfy import fix_encoding

    repair: Callable[[str], str] = fix_encoding
    return repair


@lru_cache(maxsize=1)
def _is_bad() -> Callable[[str], bool]:
    from ftfy.badness import is_bad

    judge: Callable[[str], bool] = is_bad
    return judge
