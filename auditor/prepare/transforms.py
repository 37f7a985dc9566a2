"""Text normalisation in separate, named, idempotent steps.

The steps are repeated until a text no longer changes, so that ``clean(clean(x)) == clean(x)`` even if steps interact
(a control character between a letter and its accent, an entity that hides another).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache

from auditor.config.settings import TEXT_STEPS
from auditor.errors import CheckError, UsageError
from auditor.prepare.qian import to_simplified
from auditor.text.repair import CONTROL, TERMINAL, repair_encoding, strip_markup

PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]*(?:_(?:\d+|[b-v]{16}))?>")
"""Placeholders written by masking; no step changes them."""
_ROUNDS = 10
_PLAIN = re.compile(r"[^\x20-\x7e]|  |^ | $")  # the default steps do not change an ASCII text without a match
_PAGE_ENDS = re.compile(r"[\x0b\x0c]")
# letters, digits and signs; full-width Chinese punctuation (！（），：；？) is correct and kept
_WIDTH = {
    code: code - 0xFEE0
    for code in range(0xFF01, 0xFF5F)
    if chr(code) not in "！（），：；？～｛｝［］"
} | {0x3000: 0x20}  # fmt: skip
_LINE_END = re.compile(r"\r\n?|[\x85\u2028]")
_INDENTED = re.compile(r"\n(?:[^\S\n]{2,}|\t)\S")
_TABBED = re.compile(r"^.*\S\t+\S", re.MULTILINE)
_TRAILING = re.compile(r"[^\S\n]+$", re.MULTILINE)
_AROUND_BREAK = re.compile(r"[^\S\n]*\n[^\S\n]*")
_BLANK = re.compile(r"[^\S\n]+")
_MANY_BREAKS = re.compile(r"\n{3,}")


def clean_text(text: str, steps: Sequence[str]) -> list[tuple[str, str]]:
    """Apply the steps; return (step, text after it) for every step that changed the text, in order.

    Args:
        text: any text; placeholders such as ``<EMAIL_ADDRESS>`` are kept.
        steps: names of `TEXT_STEPS`.

    Raises:
        UsageError: a step requires a package that is not installed.
        CheckError: the steps do not converge.
    """
    if not steps or (text.isascii() and not _has_optional_steps(steps) and _PLAIN.search(text) is None):
        return []
    done: list[tuple[str, str]] = []
    for _ in range(_ROUNDS):
        count = len(done)
        for name in steps:
            new = _STEPS[name](text)
            if new != text:
                done.append((name, new))
                text = new
        if len(done) == count:
            return done
    raise CheckError("The text steps do not converge on a row.", where="prepare.steps", fix="Leave a step out.")


def _has_optional_steps(steps: Sequence[str]) -> bool:
    return any(name in ("markup", "lower") for name in steps)


def _control(text: str) -> str:
    """Remove control characters and terminal sequences; vertical tabs and form feeds end lines."""
    return CONTROL.sub("", _PAGE_ENDS.sub("\n", TERMINAL.sub("", text)))


def _unicode(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _width(text: str) -> str:
    return text.translate(_WIDTH)


def _simplified(text: str) -> str:
    return text if text.isascii() else to_simplified(text, _converter("t2s"))


def _traditional(text: str) -> str:
    return text if text.isascii() else str(_converter("s2t")(text))


@lru_cache(maxsize=2)
def _converter(direction: str) -> Callable[[str], str]:
    try:
        from opencc import OpenCC
    except ImportError:
        raise UsageError(
            "Converting between simplified and traditional Chinese needs OpenCC.",
            where="prepare.steps",
            fix="Install it: pip install 'auditor[zh]'",
        ) from None
    convert: Callable[[str], str] = OpenCC(direction).convert
    return convert


def _lower(text: str) -> str:
    """Lower-case the text except for placeholders."""
    pieces = PLACEHOLDER.split(text)
    marks = [*PLACEHOLDER.findall(text), ""]
    return "".join(piece.lower() + mark for piece, mark in zip(pieces, marks, strict=True))


def _whitespace(text: str) -> str:
    """Collapse blanks to one space and line breaks to at most two line feeds; strip the ends.

    If lines are indented or contain tabs, as in code, YAML, nested lists and tables, white space is significant: only
    line breaks are normalised, and trailing blanks and empty lines at both ends of the text are removed.
    """
    text = _LINE_END.sub("\n", text)
    trimmed = _TRAILING.sub("", text).strip("\n")
    if "\n" in trimmed and (_INDENTED.search(trimmed) or len(_TABBED.findall(trimmed)) > 1):
        return trimmed
    text = _AROUND_BREAK.sub("\n", text)
    return _MANY_BREAKS.sub("\n\n", _BLANK.sub(" ", text)).strip()


_STEPS: dict[str, Callable[[str], str]] = {
    "mojibake": repair_encoding,
    "markup": strip_markup,
    "control": _control,
    "unicode": _unicode,
    "width": _width,
    "simplified": _simplified,
    "traditional": _traditional,
    "lower": _lower,
    "whitespace": _whitespace,
}
if set(_STEPS) != set(TEXT_STEPS):
    raise AssertionError("auditor.config.settings.TEXT_STEPS and the steps differ")
