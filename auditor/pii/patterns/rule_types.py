"""Validation of the types of a recognizer's keys before the recognizer is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _texts(value: object) -> bool:
    return isinstance(value, list) and all(map(_text, value))


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _languages(value: object) -> bool:
    """Codes, or a language with its context words, as Presidio writes them."""
    return isinstance(value, list) and all(
        _text(item) or (isinstance(item, dict) and _texts(item.get("context", []))) for item in value
    )


Test = Callable[[object], bool]
TEXT, NUMBER, TEXTS, FLAG = (
    ("a text", _text),
    ("a number from 0 to 1", _number),
    ("a list of texts", _texts),
    ("true or false", _flag),
)
_FORMS = (
    (TEXT, "name supported_entity supported_language type country_code validate trigger no_chinese"),
    (TEXTS, "deny_list context context_after veto veto_after cuts supported_regions"),
    (FLAG, "heading_only enabled needs_context proof across_lines validated"),
    (NUMBER, "deny_list_score score"),
)
_OF_RECOGNIZER: Mapping[str, tuple[str, Test]] = {
    **{key: form for form, keys in _FORMS for key in keys.split()},
    "distinctive": ("true, false or zh", lambda value: value in (True, False, "zh")),
    "supported_languages": ("a list of languages", _languages),
    "patterns": ("a list of patterns", lambda value: isinstance(value, list)),
}
_OF_PATTERN: Mapping[str, tuple[str, Test]] = {"name": TEXT, "regex": TEXT, "score": NUMBER, "trigger": TEXT}
_NEEDED = ("name", "regex", "score")


def type_fault(item: Mapping[str, object]) -> tuple[str, str] | None:
    """The first key of a recognizer with a value of the wrong type, and the expected type; None: all are valid.

    Args:
        item: a recognizer as read; its keys are known ones.
    """
    for key, value in item.items():
        name, test = _OF_RECOGNIZER[key]
        if not test(value):
            return key, name
    patterns = item.get("patterns", ())
    for place, pattern in enumerate(patterns if isinstance(patterns, list) else (), 1):
        if not isinstance(pattern, dict):
            return f"patterns entry {place}", "a mapping with name, regex and score"
        for key in (*_NEEDED, "trigger"):
            name, test = _OF_PATTERN[key]
            if not test(pattern[key]) if key in pattern else key in _NEEDED:
                return f"{key} of patterns entry {place}", name
    return None
