"""Perturb test rows to measure robustness: typos, upper case, synonyms."""

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
_MIN_LETTERS = 4
"""Shorter words are not changed, since a swap could turn them into other words."""


@dataclass(frozen=True)
class NoisyRows:
    """A sample of test rows with several kinds of noise.

    Attributes:
        rows: positions in the test set.
        texts: by kind of noise, the texts of `rows`.
    """

    rows: np.ndarray
    texts: dict[str, list[str]]

    def among(self, positions: np.ndarray) -> NoisyRows:
        """The noisy rows among the test rows at `positions` (ascending), with positions relative to these."""
        kept = np.flatnonzero(np.isin(self.rows, positions))
        texts = {kind: [noisy[i] for i in kept.tolist()] for kind, noisy in self.texts.items()}
        return NoisyRows(np.searchsorted(positions, self.rows[kept]), texts)


def make_noise(texts: Sequence[str], rows: np.ndarray, language: str, seed: int) -> NoisyRows:
    """Perturb the texts at `rows` with each kind of noise available for the language.

    ``typos``: adjacent letters (in Chinese, characters) swapped in about one word of seven, at least one; ``case``: all
    upper case; ``synonyms``: English words replaced by synonyms from WordNet, if its files are installed. Kinds that
    change no row are left out.
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
    """Swap two adjacent letters, never the first, in some words of at least four letters; or characters in Han runs."""
    words = [m for m in _WORD.finditer(text) if len(m.group()) >= _MIN_LETTERS and not _HAN.search(m.group())]
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
    """A random sample of about `share` of `items`, at least one of them."""
    if not items:
        return []
    count = max(1, round(share * len(items)))
    return [items[i] for i in rng.choice(len(items), count, replace=False).tolist()]
