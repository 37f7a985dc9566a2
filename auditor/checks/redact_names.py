"""Words that are names, found where they are: a report names the words that moved, and must not name people."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.checks.words import MovedWords
from auditor.config.settings import Settings
from auditor.errors import AuditorError
from auditor.pii.spans import find_spans

_PLACES, _AROUND = 3, 60


def without_names(words: MovedWords, texts: Sequence[str], settings: Settings, language: str) -> MovedWords:
    """The words that are not, in most places looked at, part of what is taken for a person's name.

    As in excerpts, names are looked for unless ``pii.ner`` is off; where they cannot be, no word is given.

    Args:
        words: words that moved.
        texts: where they are.
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
    """A few pieces of text around the word, with its place in each."""
    pattern = re.compile(re.escape(word), re.IGNORECASE)
    windows = []
    for text in texts:
        if match := pattern.search(text):
            low = max(0, match.start() - _AROUND)
            windows.append((text[low : match.end() + _AROUND], match.start() - low, match.end() - low))
            if len(windows) == _PLACES:
                break
    return windows
