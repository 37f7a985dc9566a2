"""Features of tokens for linear models: word, shape and neighbours."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

HASHED_TOKENS = 2**20
_WINDOW = 2
_REPEAT = re.compile(r"(.)\1+")


def word_shape(word: str) -> str:
    """The shape of a word, ``Xxx`` for ``London``: character classes, with runs shortened to two."""
    kinds = "".join(
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else "a" if c.isalpha() else c for c in word
    )
    return _REPEAT.sub(r"\1\1", kinds)


def token_features(row: Sequence[str]) -> Iterator[list[str]]:
    """One list of features per token: the word, its shape and affixes, and the surrounding words."""
    folded, shapes = [word.lower() for word in row], [word_shape(word) for word in row]
    for place, word in enumerate(row):
        features = ["b", f"w={folded[place]}", f"W={word}", f"s={shapes[place]}"]
        features += [f"p={folded[place][:3]}", f"x={folded[place][-3:]}", f"y={folded[place][-2:]}"]
        for offset in (*range(-_WINDOW, 0), *range(1, _WINDOW + 1)):
            other = place + offset
            inside = 0 <= other < len(row)
            features.append(f"{offset}:{folded[other]}" if inside else f"{offset}:/")
            if inside:
                features.append(f"{offset}s:{shapes[other]}")
        if place:
            features.append(f"l={folded[place - 1]} {folded[place]}")
        if place + 1 < len(row):
            features.append(f"r={folded[place]} {folded[place + 1]}")
        yield features


def character_features(row: Sequence[str]) -> Iterator[list[str]]:
    """One list of features per token of a text whose tokens are characters: the surrounding n-grams of 1 to 4."""
    edge = ["/"] * _WINDOW
    padded = [*edge, *row, *edge]
    for place in range(len(row)):
        around = padded[place : place + 2 * _WINDOW + 1]
        features = ["b"]
        for n in range(1, 4):
            features += [f"{n}{first}=" + "".join(around[first : first + n]) for first in range(len(around) - n + 1)]
        if place >= 3:
            features.append("4l=" + "".join(row[place - 3 : place + 1]))
        if place + 4 <= len(row):
            features.append("4r=" + "".join(row[place : place + 4]))
        yield features


def hashed_tokens(rows: Sequence[Sequence[str]]) -> csr_matrix:
    """CSR float32 (tokens of all rows, `HASHED_TOKENS`): hashed `token_features`."""
    from sklearn.feature_extraction import FeatureHasher

    hasher = FeatureHasher(HASHED_TOKENS, input_type="string", dtype=np.float32, alternate_sign=False)
    return hasher.transform(token for row in rows for token in token_features(row))
