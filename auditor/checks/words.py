"""Words whose document frequency differs between two sets of texts, with the significance of the difference."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from auditor.stats import log_odds_z

_TOP_WORDS = 12
LEAST_DOCUMENTS = 10
_PRIOR = 10
_SHORT = 50
"""Words added to a text's length when its score is normalised by length, so that short texts are not favoured."""
_WORD = re.compile(r"[^\W\d_]{3,24}")
_LETTERS = re.compile(r"[^\W\d_]+")
_OF_ADDRESSES = ("@", "://", "www.")
"""Parts of URLs and mail addresses: the rest of such an address contains no words, but often names."""
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")

MovedWords = tuple[tuple[str, float], ...]
"""Words with their z-scores, strongest first."""


def moved_words(first: list[str], last: list[str], language: str) -> tuple[MovedWords, MovedWords]:
    """Words whose document frequency changed most. Rare words and names are excluded: they may be personal data."""
    before, after = count_words(first, language), count_words(last, language)
    enough = enough_documents(len(first) + len(last))
    both = WordCounts(*(x + y for x, y in zip(before.all, after.all, strict=True)))
    words = sorted(word for word, count in both.documents.items() if count >= enough and both.is_lower(word))
    x, y = (np.array([side.documents[word] for word in words], float) for side in (before, after))
    return strongest(words, log_odds(x, len(first), y, len(last)))


def enough_documents(documents: int) -> int:
    """Minimum of `documents` with a word for reporting it: rarer words may be personal data."""
    return max(LEAST_DOCUMENTS, documents // 100)


def log_odds(x: np.ndarray, before: int, y: np.ndarray, after: int) -> np.ndarray:
    """float64, one per word: z-score of the log-odds ratio with a prior (Monroe, Colaresi, Quinn 2008).

    The prior equals `_PRIOR` documents with the word's frequency on both sides together, plus half a document with and
    without it; so a small side is not biased away from a large one.

    Args:
        x, y: documents with each word, of `before` and of `after` documents.
    """
    both = (x + y) / max(before + after, 1)
    on, off = both * _PRIOR + 0.5, (1 - both) * _PRIOR + 0.5
    return log_odds_z(y + on, after - y + off, x + on, before - x + off)


def strongest(words: list[str], z: np.ndarray) -> tuple[MovedWords, MovedWords]:
    """The words that rose and fell most, beyond two standard errors."""
    order = np.argsort(z, kind="stable") if len(words) else np.zeros(0, int)
    fallen = tuple((words[i], round(float(z[i]), 2)) for i in order[:_TOP_WORDS] if z[i] < -2)
    risen = tuple((words[i], round(float(z[i]), 2)) for i in order[::-1][:_TOP_WORDS] if z[i] > 2)
    return risen, fallen


@dataclass(frozen=True)
class WordCounts:
    """Words in lower case; of Chinese, pairs of characters.

    Attributes:
        documents: number of texts with each word.
        total: occurrences of each.
        lower: occurrences in lower case.
    """

    documents: Counter[str]
    total: Counter[str]
    lower: Counter[str]

    @property
    def all(self) -> tuple[Counter[str], Counter[str], Counter[str]]:
        """The three counts."""
        return self.documents, self.total, self.lower

    def is_lower(self, word: str) -> bool:
        """Whether it occurs in lower case more often than not; names do not."""
        return 2 * self.lower[word] > self.total[word]


def count_words(texts: Iterable[str], language: str) -> WordCounts:
    """Count the words of `texts`."""
    documents, total, lower = counts = Counter[str](), Counter[str](), Counter[str]()
    for text in texts:
        words = _HAN_PAIR.findall(text) if language == "zh" else _words(text)
        folded = [word.lower() for word in words]
        documents.update(set(folded))
        total.update(folded)
        lower.update(word for word, low in zip(words, folded, strict=True) if word == low)
    return WordCounts(*counts)


def _words(text: str) -> list[str]:
    if any(part in text for part in _OF_ADDRESSES):
        text = " ".join(piece for piece in text.split() if not any(part in piece for part in _OF_ADDRESSES))
    return _WORD.findall(text)


@dataclass(frozen=True)
class Typical:
    """A text that shows a shift: its position, and start and end (exclusive) of its strongest word."""

    place: int
    start: int
    end: int
    words: tuple[str, ...]


def typical(texts: list[str], groups: np.ndarray, words: MovedWords, limit: int = 3) -> list[Typical]:
    """The texts with the most changed words for their length, one per group; empty if no word changed.

    Args:
        texts: the texts of one side.
        groups: int64, equal for texts that repeat each other.
        words: the words that distinguish this side.
        limit: maximum number of texts.
    """
    if not words:
        return []
    strength = {word: abs(z) for word, z in words}
    is_han = bool(_HAN_PAIR.match(words[0][0]))
    scored = []
    for place, text in enumerate(texts):
        if is_han:
            present = {word for word in strength if word in text}
        else:
            present = strength.keys() & {word.lower() for word in _LETTERS.findall(text)}
        held = sorted(present, key=lambda word: (-strength[word], word))
        if held:
            score = sum(strength[word] for word in held) / np.sqrt(_SHORT + len(_words(text)))
            scored.append((-score, place, tuple(held[:3])))
    chosen: dict[int, Typical] = {}
    for _, place, strongest_words in sorted(scored):
        if int(groups[place]) not in chosen:
            chosen[int(groups[place])] = Typical(
                place, *_first_place(strongest_words[0], texts[place], is_han), strongest_words
            )
        if len(chosen) == limit:
            break
    return list(chosen.values())


def _first_place(word: str, text: str, is_han: bool) -> tuple[int, int]:
    """Start and end (exclusive) of the first occurrence of a lower-case word."""
    if is_han:
        return text.index(word), text.index(word) + len(word)
    return next(match.span() for match in _LETTERS.finditer(text) if match[0].lower() == word)
