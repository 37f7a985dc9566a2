"""Augmenter that replaces characters by homophones: the typical typing errors of Chinese, which is typed by sound.

Readings come from pypinyin (MIT), which considers words, so that 行 in 银行 is read háng. Only the 3,755 characters of
the first level of GB 2312, which are in common use, are replaced or inserted.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from auditor.prepare.augment.base import SHARE, Augmenter, AugmentOptions, LoadedAugmenter, Requirement, Transform

_MAX_CHANGES = 10


class Homophones(Augmenter):
    """Augmenter that replaces common characters by others with the same reading."""

    name, languages = "homophone", ("zh",)
    requires = (Requirement("pypinyin", "Chinese homophones", "zh"),)

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            draw = np.random.default_rng(options.seed)
            return lambda batch: [_replaced(text, protected, draw) for text in batch]

        return LoadedAugmenter("pinyin-homophone", transform)


def _replaced(text: str, protected: Collection[str], draw: np.random.Generator) -> str:
    table = characters_by_reading()
    choices = {
        position: [other for other in table.get(reading, ()) if other != text[position]]
        for position, reading in enumerate(readings(text))
        if text[position] in common_characters() and text[position] not in protected
    }
    replaceable = [position for position, others in choices.items() if others]
    count = min(len(replaceable), _MAX_CHANGES, max(1, math.ceil(SHARE * len(text))))
    characters = list(text)
    for position in draw.choice(replaceable, count, replace=False).tolist() if count else []:
        characters[position] = choices[position][int(draw.integers(len(choices[position])))]
    return "".join(characters)


def readings(text: str) -> list[str]:
    """The reading of every character in its word, with the tone as a digit; other characters are returned unchanged."""
    from pypinyin import Style, lazy_pinyin

    result: list[str] = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=_split_characters)
    return result


def _split_characters(run: str) -> Any:
    """Handler for characters without a reading: one item per character, so that positions stay aligned."""
    return list(run)


@lru_cache(maxsize=1)
def common_characters() -> frozenset[str]:
    """The characters of the first level of GB 2312 (rows 16 to 55)."""
    cells = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset("".join(cell.decode("gb2312", "ignore") for cell in cells))


@lru_cache(maxsize=1)
def characters_by_reading() -> dict[str, tuple[str, ...]]:
    """Common characters by their most frequent reading."""
    table: dict[str, list[str]] = defaultdict(list)
    for character in sorted(common_characters()):
        table[readings(character)[0]].append(character)
    return {reading: tuple(alike) for reading, alike in table.items()}
