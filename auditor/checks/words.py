"""Which words moved between two sets of texts: how many documents hold each, and how sure the difference is."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

_TOP_WORDS = 12
LEAST_DOCUMENTS = 10
_PRIOR = 10
_SHORT = 50
"""Words below which a text hardly counts as shorter."""
_WORD = re.compile(r"[^\W\d_]{3,24}")
_ADDRESS = re.compile(r"\S*(?:@|://|www\.)\S*")
"""Addresses of pages and mail: their parts are no words, and often names."""
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")

MovedWords = tuple[tuple[str, float], ...]
"""Words with their z-scores, strongest first."""


def moved_words(first: list[str], last: list[str], language: str) -> tuple[MovedWords, MovedWords]:
    """Words whose share of documents moved most. Rare words and names are left out: they may be personal."""
    before, after = documents_with(first, language), documents_with(last, language)
    enough = enough_documents(len(first) + len(last))
    words = sorted(w for w in before.keys() | after.keys() if before[w] + after[w] >= enough)
    if language != "zh":
        common = mostly_lower(first + last, set(words))
        words = [word for word in words if word in common]
    x, y = np.array([before[w] for w in words], float), np.array([after[w] for w in words], float)
    return strongest(words, log_odds(x, len(first), y, len(last)))


def enough_documents(documents: int) -> int:
    """In how many of `documents` a word must stand to be named: rarer ones may be personal."""
    return max(LEAST_DOCUMENTS, documents // 100)


def log_odds(x: np.ndarray, before: int, y: np.ndarray, after: int) -> np.ndarray:
    """float64, one a word: z-score of the log-odds ratio with a prior (Monroe, Colaresi, Quinn 2008).

    The prior is worth `_PRIOR` documents that hold the word as often as both sides together do, and half a document
    with it and without it; so a small side is not drawn away from a large one.

    Args:
        x, y: documents with each word, of `before` and of `after` documents.
    """
    both = (x + y) / max(before + after, 1)
    on, off = both * _PRIOR + 0.5, (1 - both) * _PRIOR + 0.5
    ratio = np.log((y + on) / (after - y + off)) - np.log((x + on) / (before - x + off))
    return np.asarray(ratio / np.sqrt(1 / (x + on) + 1 / (y + on)))


def strongest(words: list[str], z: np.ndarray) -> tuple[MovedWords, MovedWords]:
    """The words that rose and fell most, beyond two standard errors."""
    order = np.argsort(z, kind="stable") if len(words) else np.zeros(0, int)
    fallen = tuple((words[i], round(float(z[i]), 2)) for i in order[:_TOP_WORDS] if z[i] < -2)
    risen = tuple((words[i], round(float(z[i]), 2)) for i in order[::-1][:_TOP_WORDS] if z[i] > 2)
    return risen, fallen


def documents_with(texts: Iterable[str], language: str) -> Counter[str]:
    """In how many texts each word (Chinese: each pair of characters) stands."""
    if language == "zh":
        return Counter(pair for text in texts for pair in set(_HAN_PAIR.findall(text)))
    return Counter(word for text in texts for word in {word.lower() for word in _words(text)})


def _words(text: str) -> list[str]:
    return _WORD.findall(_ADDRESS.sub(" ", text))


def mostly_lower(texts: list[str], words: set[str]) -> set[str]:
    """Words that stand in lower case more often than not; names do not."""
    lower: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for text in texts:
        for word in _words(text):
            folded = word.lower()
            if folded in words:
                total[folded] += 1
                lower[folded] += word == folded
    return {word for word in words if 2 * lower[word] > total[word]}


@dataclass(frozen=True)
class Typical:
    """A text that shows a shift: its place among the texts, its strongest word's first and past-the-last character."""

    place: int
    start: int
    end: int
    words: tuple[str, ...]


def typical(texts: list[str], groups: np.ndarray, words: MovedWords, limit: int = 3) -> list[Typical]:
    """The texts that hold most of the moved words for their length, one a group; none where no word moved.

    Args:
        texts: of one side.
        groups: int64, equal for texts that repeat each other.
        words: those that set this side apart.
        limit: how many texts.
    """
    if not words:
        return []
    strength = {word: abs(z) for word, z in words}
    edge = "" if _HAN_PAIR.match(words[0][0]) else r"(?<![^\W\d_]){}(?![^\W\d_])"
    pattern = re.compile("|".join((edge or "{}").format(re.escape(word)) for word in strength), re.IGNORECASE)
    scored = []
    for place, text in enumerate(texts):
        found = {match.group().lower(): match.span() for match in reversed(list(pattern.finditer(text)))}
        held = sorted((word for word in found if word in strength), key=lambda word: (-strength[word], word))
        if held:
            score = sum(strength[word] for word in held) / np.sqrt(_SHORT + len(_words(text)))
            scored.append((-score, place, found[held[0]], tuple(held[:3])))
    chosen: dict[int, Typical] = {}
    for _, place, (start, end), held_words in sorted(scored):
        chosen.setdefault(int(groups[place]), Typical(place, start, end, held_words))
        if len(chosen) == limit:
            break
    return list(chosen.values())
