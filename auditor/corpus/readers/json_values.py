"""Parse JSON values with their line numbers: single values, elements of an array, members of an object, lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain
from typing import Union

from auditor.corpus.readers.base import text_flaw
from auditor.corpus.rejects import Reason

Json = Union[str, int, float, bool, list["Json"], dict[str, "Json"], None]  # noqa: UP007 - refers to itself
MAX_DEPTH = 200
"""Maximum nesting depth of a value; recursive code would run out of stack on deeper ones, depending on its caller."""
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Item:
    """A value of a file, such as an element of an array.

    Attributes:
        line: its first line, from 1.
        value: the parsed value; None if it is malformed.
        reason: why it cannot be used.
    """

    line: int
    value: Json
    reason: Reason | None = None


Members = dict[str, list[Item] | Json]
"""The values of an object by key; arrays are lists of `Item`."""


class JsonParser:
    """Parses JSON strictly (RFC 8259) except for common deviations.

    ``NaN`` is a missing value, ``Infinity`` a number, and a comma after the last element is ignored.

    Attributes:
        missing: number of ``NaN`` values.
        commas: number of superfluous commas.
    """

    def __init__(self) -> None:
        self.missing = 0
        self.commas = 0
        self._is_repeated = False
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant)

    def line(self, text: str, number: int) -> Item:
        """Parse one line of JSON Lines."""
        if reason := text_flaw(text):
            return Item(number, None, reason)
        content = text.strip(" \t\r\n\ufeff")
        try:
            return self._item(content, number)
        except (ValueError, RecursionError):
            pass
        try:
            item = self._item(content.removesuffix(","), number)
        except (ValueError, RecursionError):
            return Item(number, None, "not_json")
        self.commas += 1
        return item

    def values(self, text: str) -> list[Item]:
        """Parse a sequence of values.

        Raises:
            json.JSONDecodeError: a value is malformed.
        """
        found, position, lines = list[Item](), _skip_blank(text, 0), _Lines(text)
        while position < len(text):
            item, position = self._value(text, position, lines.at(position))
            found.append(item)
            position = _skip_blank(text, position)
        return found

    def elements(self, text: str) -> list[Item]:
        """Parse a text that is an array.

        Raises:
            json.JSONDecodeError: an element is malformed, or something follows the array.
        """
        position = _skip_blank(text, 0)
        items, position = self._elements(text, position, _Lines(text))
        self._require_end(text, position)
        return items

    def members(self, text: str) -> Members:
        """Parse a text that is an object.

        Raises:
            json.JSONDecodeError: a member is malformed, or something follows the object.
        """
        lines, found = _Lines(text), dict[str, list[Item] | Json]()
        position = _skip_blank(text, _skip_blank(text, 0) + 1)
        while not text.startswith("}", position):
            key, position = self._decoder.raw_decode(text, position)
            position = _skip_blank(text, position)
            if not isinstance(key, str) or not text.startswith(":", position) or key in found:
                raise json.JSONDecodeError("not a unique key", text, position)
            position = _skip_blank(text, position + 1)
            if text.startswith("[", position):
                found[key], position = self._elements(text, position, lines)
            else:
                item, position = self._value(text, position, lines.at(position))
                found[key] = item.value
            position = self._after_comma(text, position, "}")
        self._require_end(text, position + 1)
        return found

    def _elements(self, text: str, position: int, lines: _Lines) -> tuple[list[Item], int]:
        found = list[Item]()
        position = _skip_blank(text, position + 1)
        while not text.startswith("]", position):
            item, position = self._value(text, position, lines.at(position))
            found.append(item)
            position = self._after_comma(text, position, "]")
        return found, position + 1

    def _after_comma(self, text: str, position: int, end: str) -> int:
        position = _skip_blank(text, position)
        if text.startswith(",", position):
            position = _skip_blank(text, position + 1)
            self.commas += text.startswith(end, position)
        elif not text.startswith(end, position):
            raise json.JSONDecodeError("missing comma", text, position)
        return position

    def _value(self, text: str, position: int, line: int) -> tuple[Item, int]:
        self._is_repeated = False
        try:
            value, end = self._decoder.raw_decode(text, position)
        except RecursionError:
            raise json.JSONDecodeError("too deep", text, position) from None
        if text.count("[", position, end) + text.count("{", position, end) > MAX_DEPTH and _is_deep(value):
            raise json.JSONDecodeError("too deep", text, position)
        return Item(line, value, "duplicate_key" if self._is_repeated else None), end

    def _item(self, text: str, number: int) -> Item:
        missing = self.missing
        item, end = self._value(text, 0, number)
        if end != len(text):
            self.missing = missing
            raise json.JSONDecodeError("more than a value", text, end)
        return item

    @staticmethod
    def _require_end(text: str, position: int) -> None:
        if _skip_blank(text, position) != len(text):
            raise json.JSONDecodeError("extra data", text, position)

    def _object(self, pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        values = dict(pairs)
        self._is_repeated = self._is_repeated or len(values) != len(pairs)
        return values

    def _constant(self, name: str) -> float | None:
        if name == "NaN":
            self.missing += 1
            return None
        return float(name)


def _is_deep(value: Json) -> bool:
    """Whether a value is nested more than `MAX_DEPTH` levels deep."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = (item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list)))
        level = list(chain.from_iterable(inner))
    return bool(level)


class _Lines:
    """Line numbers of ascending positions in a text."""

    def __init__(self, text: str) -> None:
        self._text, self._place, self._line = text, 0, 1

    def at(self, position: int) -> int:
        self._line += self._text.count("\n", self._place, position)
        self._place = position
        return self._line


def _skip_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position
