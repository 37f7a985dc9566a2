"""Preferences: equal answers, shortcuts that predict the choice, and cyclic preferences."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.stats import wilson

FORMATS: Mapping[str, re.Pattern[str]] = {
    "value.format_list": re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+\S", re.MULTILINE),
    "value.format_code": re.compile(r"```"),
    "value.format_bold": re.compile(r"\*\*[^*\n]+\*\*|__[^_\n]+__"),
    "value.format_heading": re.compile(r"^#{1,6} \S", re.MULTILINE),
    "value.format_paragraphs": re.compile(r"\S[ \t]*\n[ \t]*\n\s*\S"),
    "value.format_link": re.compile(r"https?://|\]\("),
    "value.format_emoji": re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]"),
    "value.format_exclamation": re.compile(r"[!！]"),
    "value.format_agreeing": re.compile(
        r"\A\s*(?:(?:sure|certainly|of course|absolutely|great question)\b|当然|好的|没问题)", re.IGNORECASE
    ),
}
"""Formats of answers, by message key."""
_LEAST = 30
"""Minimum rows whose answers differ in a feature for judging it."""


@dataclass(frozen=True)
class Shortcut:
    """A rule that ignores the content of answers: the longer one, or the one with a list, is the chosen one.

    Attributes:
        name: message key of the feature.
        rows: number of rows whose two answers differ in it.
        accuracy: share of them for which the rule (or its opposite) predicts the chosen one, with its 95% interval.
        gain: lower bound of the skill over all rows (0: chance, 1: perfect).
    """

    name: str
    rows: int
    accuracy: float
    low: float
    high: float
    gain: float


def shortcut(name: str, difference: np.ndarray) -> Shortcut | None:
    """The shortcut of one feature; None if too few rows differ in it.

    Args:
        name: name of the feature.
        difference: one per row, positive if the chosen answer has more of it.
    """
    differing = int((difference != 0).sum())
    if differing < _LEAST:
        return None
    hits = max(int((difference > 0).sum()), int((difference < 0).sum()))
    low, high = wilson(hits, differing)
    gain = max(0.0, 2 * low - 1) * differing / len(difference)
    return Shortcut(name, differing, hits / differing, low, high, gain)


def by_length(chosen: Sequence[str], rejected: Sequence[str]) -> Shortcut | None:
    """The shortcut of answer length."""
    return shortcut(
        "value.length", np.array([len(a) - len(b) for a, b in zip(chosen, rejected, strict=True)], np.int64)
    )


def by_format(chosen: Sequence[str], rejected: Sequence[str]) -> list[Shortcut]:
    """The shortcut of each of `FORMATS`."""
    found = []
    for name, pattern in FORMATS.items():
        has = [np.array([pattern.search(text) is not None for text in side], np.int64) for side in (chosen, rejected)]
        one = shortcut(name, has[0] - has[1])
        if one is not None:
            found.append(one)
    return found


def cyclic_rows(prompts: Sequence[str], chosen: Sequence[str], rejected: Sequence[str]) -> dict[int, int]:
    """By position: the cycle number of rows with cyclic preferences.

    Two rows that contradict each other are the shortest cycle.

    Args:
        prompts, chosen, rejected: normalised texts.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    number: dict[tuple[str, str], int] = {}
    better, worse = (
        np.array([number.setdefault((prompt, text), len(number)) for prompt, text in zip(prompts, side, strict=True)])
        for side in (chosen, rejected)
    )
    if not len(number):
        return {}
    graph = coo_matrix((np.ones(len(better), np.int8), (better, worse)), shape=(len(number), len(number)))
    _, part = connected_components(graph.tocsr(), connection="strong")
    inside = np.flatnonzero((part[better] == part[worse]) & (better != worse))
    return {i: int(part[better[i]]) for i in inside.tolist()}
