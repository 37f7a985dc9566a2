"""Lists of words and of their tags that a table of texts contains as text, as data frames write them."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from auditor.corpus.readers.base import FileRows

_WORDS = ("tokens", "words", "token", "word")
_TAGS = ("ner_tags", "tags", "ner", "labels", "bio_tags", "iob_tags", "pos_tags", "tag", "label", "pos")
_ARRAY = re.compile(r"\[(?:\s*(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d++))+\s*\]")
"""An array as NumPy prints it, without commas; digits are taken whole, so that the time is linear."""
_ITEM = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|-?\d+")
_MIN_EQUAL = 0.95
"""Smallest share of rows with as many tags as words."""
Values = list[str] | list[int]


def with_word_lists(rows: FileRows) -> FileRows:
    """The rows with lists in the columns of words and tags, if all their texts are lists; otherwise unchanged."""
    names = _named(rows.columns)
    if names is None or not rows.places:
        return rows
    lists = {name: _lists(rows.columns[name]) for name in names}
    words, tags = (lists[name] for name in names)
    if words is None or tags is None or not all(isinstance(word, str) for one in words for word in one or ()):
        return rows
    equal = sum(len(one or ()) == len(two or ()) for one, two in zip(words, tags, strict=True))
    if equal < _MIN_EQUAL * len(words):
        return rows
    rows.columns.update({name: found for name, found in lists.items() if found is not None})
    rows.add_notice("word_lists", len(words))
    return rows


def may_hold_lists(columns: Iterable[str]) -> bool:
    """Whether a table with these columns may have lists of words and tags."""
    return _named(dict.fromkeys(columns)) is not None


def _named(columns: Mapping[str, object]) -> tuple[str, str] | None:
    by_name = {name.strip().lower(): name for name in columns}
    words = next((by_name[name] for name in _WORDS if name in by_name), None)
    tags = next((by_name[name] for name in _TAGS if name in by_name), None)
    return None if words is None or tags is None else (words, tags)


def _lists(texts: Sequence[object]) -> list[Values | None] | None:
    """The lists; None if a text is not one, or if some contain texts and others numbers."""
    found: list[Values | None] = []
    for text in texts:
        if text is None or text == "":
            found.append(None)
            continue
        one = _list(text) if isinstance(text, str) else None
        if one is None:
            return None
        found.append(one)
    kinds = {type(item) for one in found for item in one or ()}
    return found if kinds in ({str}, {int}) else None


def _list(text: str) -> Values | None:
    content = text.strip()
    if not content.startswith("["):
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        try:
            printed = _ITEM.findall(content) if _ARRAY.fullmatch(content) else None
            value = ast.literal_eval(content if printed is None else f"[{','.join(printed)}]")
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return None
    is_plain = isinstance(value, list) and {type(item) for item in value} <= {str, int}
    return value if is_plain else None
