"""JSON as Python values with the lines they start in: one value, elements of an array, members of an object, lines."""

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
"""Levels of lists and objects in one another above which a value is refused: code that walks through values would run
out of stack, sooner or later by what called it."""
_BLANK = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class Item:
    """A value of a file, such as an element of an array.

    Attributes:
        line: where it starts, from 1.
        value: as parsed; None where it is broken.
        reason: why it cannot be used.
    """

    line: int
    value: Json
    reason: Reason | None = None


Members = dict[str, list[Item] | Json]
"""An object's values by key; arrays are lists of `Item`."""


class JsonParser:
    """Parses JSON as strictly as RFC 8259, except for what people's programs write beside it.

    ``NaN`` is a missing value, ``Infinity`` a number, and a comma after the last element is read over.

    Attributes:
        missing: how often there was a ``NaN``.
        commas: how often there was a comma too many.
    """

    def __init__(self) -> None:
        self.missing = 0
        self.commas = 0
        self._is_repeated = False
        self._decoder = json.JSONDecoder(object_pairs_hook=self._object, parse_constant=self._constant)

    def line(self, text: str, number: int) -> Item:
        """The value of one line of JSON Lines."""
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
        """The values of a text one after the other.

        Raises:
            json.JSONDecodeError: a value is broken.
        """
        found, place, lines = list[Item](), _after_blank(text, 0), _Lines(text)
        while place < len(text):
            item, place = self._value(text, place, lines.at(place))
            found.append(item)
            place = _after_blank(text, place)
        return found

    def elements(self, text: str) -> list[Item]:
        """The elements of the array that a text is.

        Raises:
            json.JSONDecodeError: an element is broken, or something stands behind the array.
        """
        place = _after_blank(text, 0)
        items, place = self._elements(text, place, _Lines(text))
        self._require_end(text, place)
        return items

    def members(self, text: str) -> Members:
        """The members of the object that a text is.

        Raises:
            json.JSONDecodeError: a member is broken, or something stands behind the object.
        """
        lines, found = _Lines(text), dict[str, list[Item] | Json]()
        place = _after_blank(text, _after_blank(text, 0) + 1)
        while not text.startswith("}", place):
            key, place = self._decoder.raw_decode(text, place)
            place = _after_blank(text, place)
            if not isinstance(key, str) or not text.startswith(":", place) or key in found:
                raise json.JSONDecodeError("no key of its own", text, place)
            place = _after_blank(text, place + 1)
            if text.startswith("[", place):
                found[key], place = self._elements(text, place, lines)
            else:
                item, place = self._value(text, place, lines.at(place))
                found[key] = item.value
            place = self._after_comma(text, place, "}")
        self._require_end(text, place + 1)
        return found

    def _elements(self, text: str, place: int, lines: _Lines) -> tuple[list[Item], int]:
        found = list[Item]()
        place = _after_blank(text, place + 1)
        while not text.startswith("]", place):
            item, place = self._value(text, place, lines.at(place))
            found.append(item)
            place = self._after_comma(text, place, "]")
        return found, place + 1

    def _after_comma(self, text: str, place: int, end: str) -> int:
        place = _after_blank(text, place)
        if text.startswith(",", place):
            place = _after_blank(text, place + 1)
            self.commas += text.startswith(end, place)
        elif not text.startswith(end, place):
            raise json.JSONDecodeError("no comma", text, place)
        return place

    def _value(self, text: str, place: int, line: int) -> tuple[Item, int]:
        self._is_repeated = False
        try:
            value, end = self._decoder.raw_decode(text, place)
        except RecursionError:
            raise json.JSONDecodeError("too deep", text, place) from None
        if text.count("[", place, end) + text.count("{", place, end) > MAX_DEPTH and _is_deep(value):
            raise json.JSONDecodeError("too deep", text, place)
        return Item(line, value, "duplicate_key" if self._is_repeated else None), end

    def _item(self, text: str, number: int) -> Item:
        missing = self.missing
        item, end = self._value(text, 0, number)
        if end != len(text):
            self.missing = missing
            raise json.JSONDecodeError("more than a value", text, end)
        return item

    @staticmethod
    def _require_end(text: str, place: int) -> None:
        if _after_blank(text, place) != len(text):
            raise json.JSONDecodeError("something behind the end", text, place)

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
    """Whether a value has more than `MAX_DEPTH` levels."""
    level: list[Json] = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = (one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list)))
        level = list(chain.from_iterable(inner))
    return bool(level)


class _Lines:
    """Line numbers of rising places in a text."""

    def __init__(self, text: str) -> None:
        self._text, self._place, self._line = text, 0, 1

    def at(self, place: int) -> int:
        self._line += self._text.count("\n", self._place, place)
        self._place = place
        return self._line


def _after_blank(text: str, place: int) -> int:
    match = _BLANK.match(text, place)
    return match.end() if match else place
