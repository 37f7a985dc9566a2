"""Accuracy under noise: test rows as hastier or louder people would have typed them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from auditor.errors import UsageError

T = TypeVar("T")
_WORD = re.compile(r"[^\W\d_]+")
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_TYPO_SHARE, _SYNONYM_SHARE = 0.15, 0.3
_LEAST_LETTERS = 4
"""Shorter words are left as they are: a swap would make another word of them."""


@dataclass(frozen=True)
class NoisyRows:
    """Some test rows, perturbed in several ways.

    Attributes:
        rows: positions in the test set.
        texts: by kind of noise, the texts of `rows`.
    """

    rows: np.ndarray
    texts: dict[str, list[str]]

    def among(self, positions: np.ndarray) -> NoisyRows:
        """Those among the test rows at `positions`, ascending, as positions in these."""
        kept = np.flatnonzero(np.isin(self.rows, positions))
        texts = {kind: [noisy[i] for i in kept.tolist()] for kind, noisy in self.texts.items()}
        return NoisyRows(np.searchsorted(positions, self.rows[kept]), texts)


def make_noise(texts: Sequence[str], rows: np.ndarray, language: str, seed: int) -> NoisyRows:
    """Perturb the texts at `rows` in each way the language has and whose data is here.

    ``typos``: neighbouring letters swapped in about one word of seven, one at least (characters in Chinese);
    ``case``: all in capitals; ``synonyms``: English words of one sense replaced by WordNet's synonyms, where its files
    are installed. A kind that changes no row is left out.
    """
    ways: dict[str, Callable[[str, np.random.Generator], str]] = {"typos": _typos, "case": lambda text, _: text.upper()}
    if language == "en" and (synonyms := _synonyms()) is not None:
        ways["synonyms"] = synonyms
    chosen = [texts[i] for i in rows.tolist()]
    perturbed = {
        kind: [way(text, np.random.default_rng([seed, row])) for row, text in zip(rows.tolist(), chosen, strict=True)]
        for kind, way in ways.items()
    }
    return NoisyRows(rows, {kind: noisy for kind, noisy in perturbed.items() if noisy != chosen})


def _typos(text: str, rng: np.random.Generator) -> str:
    """Two neighbours swapped within some words of at least four letters, never the first letter; or within Han runs."""
    words = [m for m in _WORD.finditer(text) if len(m.group()) >= _LEAST_LETTERS and not _HAN.search(m.group())]
    places = [m.start() + 1 + int(rng.integers(len(m.group()) - 2)) for m in _some(words, _TYPO_SHARE, rng)]
    runs = [i for m in _HAN.finditer(text) for i in range(m.start(), m.end() - 1, 2)]
    places += _some(runs, _TYPO_SHARE / 2, rng)
    letters = list(text)
    for i in places:
        letters[i], letters[i + 1] = letters[i + 1], letters[i]
    return "".join(letters)


def _synonyms() -> Callable[[str, np.random.Generator], str] | None:
    from auditor.text.wordnet import WordNet, find_wordnet

    try:
        wordnet = WordNet(find_wordnet(None))
    except UsageError:
        return None

    def replaced(text: str, rng: np.random.Generator) -> str:
        known = [m for m in _WORD.finditer(text) if wordnet.predict(m.group())]
        for m in sorted(_some(known, _SYNONYM_SHARE, rng), key=lambda m: m.start(), reverse=True):
            others = wordnet.predict(m.group())
            text = text[: m.start()] + others[int(rng.integers(len(others)))] + text[m.end() :]
        return text

    return replaced


def _some(items: Sequence[T], share: float, rng: np.random.Generator) -> list[T]:
    """About `share` of `items`, one at least where there is one."""
    if not items:
        return []
    count = max(1, round(share * len(items)))
    return [items[i] for i in rng.choice(len(items), count, replace=False).tolist()]
