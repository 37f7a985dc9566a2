"""Detect and repair damage from earlier processing: wrongly decoded text and leftover markup.

Both the audit and the cleaning use these functions, so the audit counts what cleaning would repair.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from html.entities import html5

from auditor.text.legacy_encodings import repair_legacy

_C1 = re.compile("[\x80-\x9f]")
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫|屯屯屯|锛.{0,60}锛|銆.{0,60}銆|锛.{0,60}銆", re.DOTALL)
"""Replacement characters, and how they, uninitialized memory, and the signs of UTF-8 look when read as GBK; the text is
lost."""
TERMINAL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)|\x1b[()][0-9AB]")
"""Sequences that control a terminal (ECMA-48): colours, titles, cursor."""
CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
"""Control characters, except tabs and what ends lines or pages, and the byte order mark inside a text."""
_COMMENT = re.compile(
    r"<!--(?:(?!<!--).)*?-->|<!DOCTYPE\b[^<>]*>|<\?xml\b[^<>]*\?>|<(script|style|noscript)\b[^<>]*>(?:(?!<\1\b).)*?</\1\s*>",
    re.DOTALL | re.I,
)
"""What a page does not show: comments, declarations, scripts and style sheets. None spans the beginning of another, so
that the time is linear."""
_CDATA = re.compile(r"<!\[CDATA\[((?:(?!<!\[CDATA).)*?)\]\]>", re.DOTALL)
# so that `<b and c>` is not taken for a tag
_ATTRIBUTE = r"""\s+(?:[a-z][-:\w]*\s*=\s*(?:"[^"<>]*"|'[^'<>]*'|[^\s<>"']+)|disabled|checked|selected|nowrap)"""
_ATTRIBUTES = rf"(?:{_ATTRIBUTE})*\s*"
_BREAK = re.compile(
    r"</?(?:br|p|div|li|ul|ol|tr|table|tbody|thead|h[1-6]|hr|blockquote|pre|section|article|footer|nav|aside|figure|"
    r"figcaption)" + _ATTRIBUTES + r"/?>",
    re.I,
)
_INLINE = (
    "a|abbr|b|big|body|center|cite|code|dd|del|dl|dt|em|font|form|head|html|i|iframe|img|input|ins|label|link|mark|meta|"
    "nobr|option|q|s|script|select|small|span|strike|strong|style|sub|sup|td|th|title|tt|u|var|video"
)
_TAG = re.compile(rf"</?(?:{_INLINE}){_ATTRIBUTES}/?>", re.I)
_ELEMENT = re.compile(
    rf"<({_INLINE}){_ATTRIBUTES}>(?:(?!<\1\b).){{0,2000}}?</\1\s*>|<(?:{_INLINE})(?:{_ATTRIBUTE})+\s*/?>", re.I | re.S
)
"""A tag with its end, or with an attribute: `<b>` alone may be spoken of, or be a comparison or a type."""
_ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]{1,30}|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});")
_SURE_ENTITY = re.compile(r"&(?:amp|quot|apos|nbsp|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});", re.I)
"""Entities that hardly anyone writes to speak of them."""
# not the subscripts of a program: `a[i] = b[/i]`, `x[[1]]`
_BBCODE = re.compile(
    r"(?<![0-9A-Za-z_)])\[(b|i|u|s|quote|code|url|img|color|size)(?:=[^\]\n]{0,200})?\]((?:(?!\[\1\b).){0,2000}?)\[/\1\]",
    re.I | re.S,
)
_WIKI_LINK = re.compile(
    r"(?<![0-9A-Za-z_\])])\[\[(?![\s:\d'\"]|nodiscard|maybe_unused|noreturn|likely|fallthrough)"
    r"(?:[^\[\]\n|]{1,200}\|)*([^\[\]\n|]{1,200})\]\]"
)
_WIKI_TEMPLATE = re.compile(r"\{\{[^\W\d_](?:[^{}\n]{0,200}[| ][^{}\n]{0,200}|[^{}\n ]{0,40})(?<! )\}\}")
_WIKI_BOLD = re.compile(r"'''([^'\n]{1,200})'''")
_WIKI_FILE = re.compile(r"\[\[(?:file|image|category|文件|图像|分类):[^\[\]\n]{1,300}\]\]", re.I)
_WIKI_REF = re.compile(r"<ref\b[^<>]*/>|<ref\b[^<>]*>(?:(?!<ref\b).)*?</ref>", re.I | re.S)
_WIKI_HEADING = re.compile(r"^(={2,6})[ \t]*([^=\n]{1,200}?)[ \t]*\1[ \t]*$", re.M)
MARKUP_MIN = 3
"""Number of tags, entities or wiki links from which a text counts as markup; one block-level tag, element, BBCode or
entity such as ``&amp;`` suffices."""


def repair_encoding(text: str) -> str:
    """Repair text that was decoded in another encoding: `repair_legacy`, otherwise ftfy as far as it is certain."""
    if text.isascii():
        return text
    legacy = repair_legacy(text)
    return legacy if legacy != text else str(_fix_encoding()(text))


def broken_encoding_span(text: str) -> tuple[int, int] | None:
    """Code points (half-open) of the first damage in `text`: wrongly decoded, or a control character.

    None if there is none.
    """
    for pattern in (_LOST, TERMINAL, CONTROL):
        found = pattern.search(text)
        if found is not None and not (pattern is CONTROL and _C1.match(found[0])):
            return found.span()
    if text.isascii():
        return None
    suspicious = "\n".join(line for line in text.split("\n") if not line.isascii())
    if not (_is_bad()(suspicious) or _C1.search(suspicious) or repair_legacy(text) != text):
        return None
    repaired = repair_encoding(text)
    if repaired == text:
        return None
    start = next((i for i, (a, b) in enumerate(zip(text, repaired, strict=False)) if a != b), len(repaired))
    return start, min(start + 2, len(text))


def strip_markup(text: str) -> str:
    """Remove markup and decode entities.

    Block tags become line breaks. Inline tags, BBCode and wiki markup are removed where `markup_span` finds markup;
    angle brackets that are not HTML stay.
    """
    if not _has_signs(text):
        return text
    is_markup, is_wiki = markup_span(text) is not None, bool(_wiki_places(text))
    text = _BREAK.sub("\n", _COMMENT.sub(" ", _CDATA.sub(r"\1", text)))
    if is_wiki:
        text = _WIKI_TEMPLATE.sub("", _WIKI_REF.sub("", _WIKI_FILE.sub("", text)))
        text = _WIKI_HEADING.sub(r"\2", _WIKI_BOLD.sub(r"\1", _WIKI_LINK.sub(r"\1", text)))
    if is_markup:
        text = _BBCODE.sub(lambda match: "" if match[1].lower() == "img" else match[2], _TAG.sub("", text))
    return _ENTITY.sub(_decoded, text)


def _decoded(entity: re.Match[str]) -> str:
    """The character of an entity; unchanged if there is none of that name."""
    return html.unescape(entity[0]) if entity[0][1] == "#" or entity[0][1:] in html5 else entity[0]


def _has_signs(text: str) -> bool:
    return any(sign in text for sign in ("<", "&", "[", "{", "'''"))


def markup_span(text: str) -> tuple[int, int] | None:
    """Code points (half-open) of the first markup in `text`; None if there is none."""
    if not _has_signs(text):
        return None
    if "<" in text or "&" in text:
        sure = any(pattern.search(text) for pattern in (_BREAK, _COMMENT, _CDATA, _SURE_ENTITY, _ELEMENT))
        places = [match.span() for pattern in _HTML for match in pattern.finditer(text)]
        if places and (sure or len(places) >= MARKUP_MIN):
            return min(places)
    found = _BBCODE.search(text)
    if found is not None:
        return found.span()
    return next(iter(_wiki_places(text)), None)


def _wiki_places(text: str) -> list[tuple[int, int]]:
    """Places of wiki markup in order of position; none if they are fewer than `MARKUP_MIN` or all are like templates.

    ``{{name}}`` stands in templates of other kinds too.
    """
    links = [match.span() for pattern in (_WIKI_LINK, _WIKI_BOLD) for match in pattern.finditer(text)]
    templates = [match.span() for match in _WIKI_TEMPLATE.finditer(text)]
    sure = bool(links) or any("|" in text[start:end] for start, end in templates)
    places = sorted([*links, *templates])
    return places if sure and len(places) >= MARKUP_MIN else []


_HTML = (_COMMENT, _CDATA, _BREAK, _TAG, _ENTITY)


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
