"""Characters replaced by others that are read alike: the typing errors of Chinese, which is typed by sound.

Readings come from pypinyin (MIT), which knows those of words, so that 银行 is read háng. Only the 3,755 characters of
the first level of GB 2312 are replaced or put in: those are the ones in common use.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from auditor.prepare.augment.base import SHARE, Augmenter, AugmentOptions, LoadedAugmenter, Requirement, Transform

_MOST = 10


class Homophones(Augmenter):
    """Common characters replaced by common ones of the same reading."""

    name, languages = "homophone", ("zh",)
    requires = (Requirement("pypinyin", "Chinese homophones", "zh"),)

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            draw = np.random.default_rng(options.seed)
            return lambda some: [_replaced(text, protected, draw) for text in some]

        return LoadedAugmenter("pinyin-homophone", transform)


def _replaced(text: str, protected: Collection[str], draw: np.random.Generator) -> str:
    table = characters_by_reading()
    choices = {
        at: [other for other in table.get(reading, ()) if other != text[at]]
        for at, reading in enumerate(readings(text))
        if text[at] in common_characters() and text[at] not in protected
    }
    free = [at for at, others in choices.items() if others]
    count = min(len(free), _MOST, max(1, math.ceil(SHARE * len(text))))
    new = list(text)
    for at in draw.choice(free, count, replace=False).tolist() if count else []:
        new[at] = choices[at][int(draw.integers(len(choices[at])))]
    return "".join(new)


def readings(text: str) -> list[str]:
    """The reading of every character in its word, with the tone as a digit; other characters as they are."""
    from pypinyin import Style, lazy_pinyin

    found: list[str] = lazy_pinyin(text, style=Style.TONE3, neutral_tone_with_five=True, errors=_each)
    return found


def _each(run: str) -> Any:
    """What pypinyin does with a run of characters that have no reading: one item each, so that places stay true."""
    return list(run)


@lru_cache(maxsize=1)
def common_characters() -> frozenset[str]:
    """The characters of the first level of GB 2312: rows 16 to 55."""
    cells = (bytes([high, low]) for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF))
    return frozenset("".join(cell.decode("gb2312", "ignore") for cell in cells))


@lru_cache(maxsize=1)
def characters_by_reading() -> dict[str, tuple[str, ...]]:
    """Common characters by their usual reading."""
    table: dict[str, list[str]] = defaultdict(list)
    for character in sorted(common_characters()):
        table[readings(character)[0]].append(character)
    return {reading: tuple(alike) for reading, alike in table.items()}
