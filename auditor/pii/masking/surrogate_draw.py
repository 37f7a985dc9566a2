"""Deterministic draws for surrogates from a digest, so that a value always has the same surrogate."""

from __future__ import annotations

import hashlib
import string
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules import read_yaml

T = TypeVar("T")
BYTES = 512


class Draw:
    """Numbers and words drawn from 32 bytes (SHAKE-256)."""

    def __init__(self, digest: bytes) -> None:
        self._left = int.from_bytes(hashlib.shake_256(digest).digest(BYTES))

    @property
    def is_left(self) -> bool:
        """Whether draws are possible; otherwise every draw is the first option."""
        return self._left > 0

    def number(self, low: int, high: int) -> int:
        """A number from `low` to `high`, both included."""
        self._left, drawn = divmod(self._left, high - low + 1)
        return low + drawn

    def digits(self, count: int) -> str:
        """That many decimal digits."""
        return f"{self.number(0, 10**count - 1):0{count}}"

    def choice(self, items: Sequence[T]) -> T:
        """One of the items."""
        return items[self.number(0, len(items) - 1)]

    def word(self, kind: str) -> str:
        """One of the words of that kind in ``rules/surrogates.yaml``."""
        return self.choice(_words()[kind])

    def like(self, value: str, leading: str = "") -> str:
        """Digits for digits, letters for letters of the same case, all else unchanged; `leading` digits first."""
        first = iter(leading)
        return "".join(self._like(character, first) for character in value)

    def _like(self, character: str, leading: Iterator[str]) -> str:
        if character.isdigit():
            return next(leading, None) or self.digits(1)
        if "\u4e00" <= character <= "\u9fff":
            return self.word("given_zh")
        if character.isalpha():
            return self.choice(string.ascii_uppercase if character.isupper() else string.ascii_lowercase)
        return character


def fill(value: str, symbols: str) -> str:
    """`symbols` with the punctuation of `value` where both have as many letters and digits, else alone."""
    if sum(map(str.isalnum, value)) != len(symbols):
        return symbols
    rest = iter(symbols)
    return "".join(next(rest) if character.isalnum() else character for character in value)


@lru_cache(maxsize=1)
def _words() -> Mapping[str, list[str]]:
    return parse(dict[str, list[str]], read_yaml(resource_dir("rules") / "surrogates.yaml"))
