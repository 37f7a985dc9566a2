"""Removal of personal names from the words whose frequency changed, so that a report does not reveal people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.checks.words import MovedWords
from auditor.config.settings import Settings
from auditor.errors import AuditorError
from auditor.pii.spans import find_spans

_PLACES, _AROUND = 3, 60


def without_names(words: MovedWords, texts: Sequence[str], settings: Settings, language: str) -> MovedWords:
    """The words that are not tagged as part of a person's name in most of the sampled contexts.

    As in excerpts, names are searched for unless ``pii.ner`` is off; if the search is impossible, no word is returned.

    Args:
        words: words whose frequency changed.
        texts: the texts that contain them.
    """
    if settings.pii.ner == "off" or not words:
        return words
    windows = [(word, *window) for word, _ in words for window in _windows(word, texts)]
    try:
        found = find_spans([text for _, text, _, _ in windows], settings, language, ner=True)
    except AuditorError:
        return ()
    seen: dict[str, list[bool]] = {}
    for (word, _, start, end), spans in zip(windows, found, strict=True):
        named = any(span.entity == "PERSON" and span.start < end and start < span.end for span in spans)
        seen.setdefault(word, []).append(named)
    return tuple((word, z) for word, z in words if 2 * sum(seen.get(word, ())) <= len(seen.get(word, ())))


def _windows(word: str, texts: Sequence[str]) -> list[tuple[str, int, int]]:
    """A few contexts of the word, with its span in each."""
    pattern = re.compile(re.escape(word), re.IGNORECASE)
    windows = []
    for text in texts:
        if match := pattern.search(text):
            low = max(0, match.start() - _AROUND)
            windows.append((text[low : match.end() + _AROUND], match.start() - low, match.end() - low))
            if len(windows) == _PLACES:
                break
    return windows
