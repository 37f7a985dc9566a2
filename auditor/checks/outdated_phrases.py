"""Phrases that reveal the age of a text: rules of ``rules/staleness.yaml`` and of the user's files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import re2

from auditor.errors import InputError
from auditor.message import Text
from auditor.resources import resource_dir
from auditor.rules import read_yaml
from auditor.text.language import text_language


@dataclass(frozen=True)
class StaleRule:
    """A rule.

    Attributes:
        pattern: an RE2 pattern, which has linear run time.
        year: whether the first group is a year that must be past.
        languages: the languages it applies to; empty: all.
    """

    name: str
    pattern: str
    replaced_by: str
    year: bool = False
    languages: tuple[str, ...] = ()


Hit = tuple[int, int, int, str]
"""row_id, start, end (exclusive), name of the rule."""


@lru_cache(maxsize=8)
def load_stale_rules(files: tuple[str, ...] = ()) -> tuple[StaleRule, ...]:
    """The built-in rules and those of `files`; later rules replace earlier ones of the same name.

    Raises:
        InputError: a file cannot be read or a rule is malformed.
    """
    rules: dict[str, StaleRule] = {}
    for path in (resource_dir("rules") / "staleness.yaml", *map(Path, files)):
        data = read_yaml(path)
        items = data.get("rules") if isinstance(data, Mapping) else None
        if not isinstance(items, list):
            raise InputError(
                "The rules file is not in its form.", where=str(path), fix="Write it as rules/staleness.yaml is."
            )
        for item in items:
            rule = _rule(item, path)
            rules[rule.name] = rule
    return tuple(rules.values())


def _rule(item: Any, path: Path) -> StaleRule:
    try:
        rule = StaleRule(**{**item, "languages": tuple(item.get("languages", ()))})
        compiled = re2.compile(rule.pattern)
    except (TypeError, AttributeError, re2.error):
        name = item.get("name", "?") if isinstance(item, Mapping) else "?"
        raise InputError(
            Text("The rule {0} is not in its form, or its pattern is not RE2.", name),
            where=str(path),
            fix="Give name, pattern and replaced_by; RE2 has no look-around and no back references.",
        ) from None
    if compiled.match("") is not None or (rule.year and compiled.groups < 1):
        raise InputError(
            Text("The pattern of rule {0} matches the empty text, or lacks the group that holds the year.", rule.name),
            where=str(path),
            fix="Write a pattern that needs at least one character; put the year into brackets.",
        )
    return rule


def scan_stale(texts: pa.Array, row_id: Sequence[int], rules: Sequence[StaleRule], before: int) -> list[Hit]:
    """All matches of the rules in a batch of texts.

    Args:
        texts: ``large_string``.
        row_id: one per text.
        rules: a rule with languages is applied only to texts in them.
        before: years below this one are old.
    """
    hits: list[Hit] = []
    for rule in rules:
        pattern = re2.compile(rule.pattern)
        there = pc.fill_null(pc.match_substring_regex(texts, rule.pattern), False)
        for row in pc.indices_nonzero(there).to_pylist():
            if rule.languages and text_language(texts[row].as_py()) not in rule.languages:
                continue
            matches = pattern.finditer(texts[row].as_py())
            old = [match for match in matches if not rule.year or int(match.group(1)) < before]
            hits += [(int(row_id[row]), match.start(), match.end(), rule.name) for match in old]
    return hits
