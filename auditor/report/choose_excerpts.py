"""Choose the rows a report shows, and have their texts masked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from difflib import SequenceMatcher
from typing import TypedDict

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.core.audit import Audit, Excerpt
from auditor.core.findings import SEVERITIES
from auditor.corpus.cells import BETWEEN_LEAVES
from auditor.corpus.columns import column_texts, heading_of, named_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import AuditorError
from auditor.pii.spans import Span, find_spans
from auditor.report.excerpts import Window, make_excerpts, make_pair_excerpts
from auditor.text.language import KNOWN, languages

EACH_CODE, ROWS_AN_EXCERPT, LEAST_OF_BATCH = 12, 500, {"fail": 2, "warn": 2, "info": 1}
"""Rows shown a code; of a batch one in so many of its rows, but some. Names are looked for in each, which would be
most of what a small batch costs."""
SHOWN = 240
"""Characters of an excerpt."""
MARGIN = 80
"""Characters on either side of what may be shown that are searched with it: a name that the cut halves is
there, and the name tagger, which is slow, sees some words around what is shown."""
LEAD = 60
"""Characters before the first difference of a pair."""
COMPARED = 8_000
"""Characters of each text of a pair in which the difference is looked for."""
_WORD = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]|\w+|[^\w\s]")
_PAIRS = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")


class _Candidate(TypedDict):
    """A finding that may get an excerpt: what is read of its row in `FINDINGS_SCHEMA`."""

    code: str
    row_id: int
    column: str | None
    start: int | None
    end: int | None
    ref_row: int | None


def choose_excerpts(corpus: Corpus, audit: Audit, settings: Settings) -> tuple[Excerpt, ...]:
    """Masked excerpts of the rows that show each finding code best.

    None at all where none are wanted, or the recognizers cannot run: one that could not be masked is not shown.
    """
    if settings.excerpts == "none":
        return ()
    rows, pairs = [], []
    windows = Windows(corpus.language, settings)
    best = _best(audit, None if settings.since is None else len(corpus))
    named = {row for finding in best for row in (finding["row_id"], finding["ref_row"]) if row is not None}
    ids = np.array(sorted(named), np.int64)
    place = {int(i): int(at) for i, at in zip(ids, corpus.positions(ids), strict=True) if at >= 0}
    texts_of = _searched(corpus, best, settings)
    shown = [texts_of.get(_place_of(finding, corpus), corpus.texts)[place[finding["row_id"]]] for finding in best]
    for finding, text, is_known in zip(best, shown, in_known_language(shown, settings), strict=True):
        if not is_known:
            continue
        code, ref_row, match = finding["code"], finding["ref_row"], None
        if code in _PAIRS and ref_row is not None and ref_row in place and ref_row != finding["row_id"]:
            other = corpus.texts[place[ref_row]]
            if not all(in_known_language([other], settings)):
                continue
            parts = zip((text, other), differing(text, other), strict=True)
            left, right = (windows.add(whole, *part)[0] for whole, part in parts)
            pairs.append((code, finding["row_id"], left, ref_row, right))
            continue
        if finding["start"] is not None and finding["end"] is not None:
            match = (finding["start"], finding["end"])
        column = _place_of(finding, corpus)
        heading = heading_of(corpus, column) if column is not None and column in texts_of else None
        window, before = windows.add(text, *around(text, match), heading=heading)
        inside = (match[0] - before, match[1] - before) if match else None
        rows.append((finding["row_id"], code, window, inside))
    try:
        windows.look()
        excerpts = make_excerpts(rows, windows.spans, SHOWN) + make_pair_excerpts(pairs, windows.spans, SHOWN)
    except AuditorError:
        return ()
    labels = corpus.labels
    if labels is None:
        return excerpts
    return tuple(replace(e, parts=(("label", labels[place[e.row_id]] or ""), *e.parts)) for e in excerpts)


def _searched(corpus: Corpus, found: Sequence[_Candidate], settings: Settings) -> dict[str | None, Sequence[str]]:
    """Texts of the columns beside the text in which personal data was found."""
    further = named_columns(corpus, settings.pii.columns)
    places = {_place_of(finding, corpus) for finding in found}
    return {name: column_texts(corpus, name) for name in further if name in places}


def _place_of(finding: _Candidate, corpus: Corpus) -> str | None:
    """The column that a finding's place is in; None: the text. Only personal data is found beside text and fields."""
    column: str | None = finding["column"]
    return column if finding["code"].startswith("PII") or column in corpus.shape.columns else None


class Windows:
    """Pieces of texts with what the patterns find in the whole of them.

    A key whose first line lies outside of a piece is known only there. Names are looked for in the pieces.
    """

    def __init__(self, language: str, settings: Settings) -> None:
        self._language = language
        self._settings = settings
        self._pieces: list[tuple[str, int, int, str | None]] = []
        self._seen: dict[str, list[Span]] = {}

    def add(self, text: str, first: int, last: int, heading: str | None = None) -> tuple[Window, int]:
        """The window in which ``text[first:last]`` may be shown, and how many code points precede it.

        Args:
            text: the whole text.
            first, last: code points, half open.
            heading: name of the column, where it is not the text; see `find_spans`.
        """
        low = _at_space(text, max(0, first - MARGIN), -1, MARGIN)
        high = _at_space(text, min(len(text), last + MARGIN), 1, MARGIN)
        self._pieces.append((text, low, high, heading))
        return Window(text[low:high], first - low, last - low), low

    def look(self, *, names: bool = True) -> None:
        """Look through the whole texts of all pieces with the patterns, and through the pieces for names.

        The strings of a list (the words of a sentence, say) are tagged as one line.
        """
        found: dict[tuple[str, str | None], list[Span]] = {}
        for heading in {heading for *_, heading in self._pieces}:
            texts = list(dict.fromkeys(text for text, _, _, own in self._pieces if own == heading))
            spans = self._find(texts, ner=False, heading=heading)
            found.update(((text, heading), own) for text, own in zip(texts, spans, strict=True))
        for text, low, high, heading in self._pieces:
            size = len(text[low:high])
            self._seen.setdefault(text[low:high], []).extend(
                replace(span, start=max(span.start - low, 0), end=min(span.end - low, size))
                for span in found[text, heading]
                if span.start < high and low < span.end
            )
        cells = {text[low:high] for text, low, high, heading in self._pieces if heading is not None}
        lines = [text.replace(BETWEEN_LEAVES, " ") if text in cells else text for text in self._seen]
        if not names:
            return
        for known, tagged in zip(self._seen.values(), self._find(lines, patterns=False), strict=True):
            known += tagged

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """What is found in each piece, and in what was cut from one by the patterns.

        Names are looked for once, those included that are unlikely: a second look hid few more of them and cost
        two thirds of the first (docs/results.md).
        """
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        self._seen.update(zip(new, self._find(new, ner=False), strict=True))
        return [self._seen[text] for text in texts]

    def _find(
        self, texts: Sequence[str], ner: bool = True, patterns: bool = True, heading: str | None = None
    ) -> list[list[Span]]:
        ner = ner and self._settings.pii.ner != "off"
        if not texts:
            return []
        own, language = self._settings, self._language
        return find_spans(texts, own, language, ner=ner, patterns=patterns, unsure=True, heading=heading)


def in_known_language(texts: Sequence[str], settings: Settings) -> list[bool]:
    """Whether each text may be shown: it is not surely in a language for which there is no name tagger."""
    if settings.excerpts == "all":
        return [True] * len(texts)
    return [code is None or code in KNOWN for code in languages(texts)]


def _differences(left: str, right: str) -> tuple[int, int]:
    """Places in both texts shortly after which they differ, chosen where the most equal text leads up to it."""
    sides = [[match.span() for match in _WORD.finditer(text[:COMPARED])] for text in (left, right)]
    words = [[text[a:b] for a, b in spans] for text, spans in zip((left, right), sides, strict=True)]
    best = SequenceMatcher(None, words[0], words[1], autojunk=False).find_longest_match()
    if not best.size:
        return 0, 0
    ends = [spans[start + best.size - 1][1] for spans, start in zip(sides, (best.a, best.b), strict=True)]
    starts = [spans[start][0] for spans, start in zip(sides, (best.a, best.b), strict=True)]
    if ends == [sides[0][-1][1], sides[1][-1][1]]:  # equal to the end: they differ before
        return max(0, starts[0] - LEAD), max(0, starts[1] - LEAD)
    return ends[0], ends[1]


def around(text: str, match: tuple[int, int] | None) -> tuple[int, int]:
    """Where what may be shown around a match begins and ends; without a match, from the start."""
    if match is None:
        return _whole_words(text, 0, min(SHOWN, len(text)))
    start, end = match
    room = max(SHOWN - (end - start), SHOWN // 4)
    after = min(room // 2, len(text) - end)
    return _whole_words(text, max(0, start - room + after), min(end, start + SHOWN) + after)


def differing(left: str, right: str) -> list[tuple[int, int]]:
    """Where what may be shown of a pair begins and ends in each: shortly before they differ, whole where both fit."""
    if max(len(left), len(right)) <= SHOWN:
        return [(0, len(left)), (0, len(right))]
    places = _differences(left, right) if left != right else (0, 0)
    firsts = [at - LEAD if at > 2 * LEAD else 0 for at in places]
    pairs = zip((left, right), firsts, strict=True)
    return [_whole_words(text, first, min(len(text), first + LEAD + SHOWN)) for text, first in pairs]


def _whole_words(text: str, first: int, last: int) -> tuple[int, int]:
    """The range without the parts of words at its ends."""
    inner = _at_space(text, first, 1, LEAD // 2), _at_space(text, last, -1, LEAD // 2)
    return inner if inner[0] <= inner[1] else (first, last)


def _at_space(text: str, place: int, step: int, most: int) -> int:
    """The next place from `place` on that has white space on either side, or the end of the text; else `place`."""
    for position in range(place, place + step * most, step):
        if not 0 < position < len(text) or text[position - 1].isspace() or text[position].isspace():
            return position
    return place


def _best(audit: Audit, batch: int | None) -> list[_Candidate]:
    """Some findings per code, each with a row: the most severe, then the surest, then the lowest row.

    Args:
        batch: rows, where the corpus is a batch.
    """
    found = audit.findings()
    found = found.filter(found.column("row_id").is_valid())
    chosen = []
    for code in sorted(found.column("code").unique().to_pylist()):
        subset = found.filter(pc.equal(found.column("code"), code))
        least = LEAST_OF_BATCH[max(subset.column("severity").unique().to_pylist(), key=SEVERITIES.index)]
        limit = EACH_CODE if batch is None else min(EACH_CODE, max(least, batch // ROWS_AN_EXCERPT))
        chosen += subset.take(pa.array(_ranked(subset, code)[:limit])).to_pylist()
    return chosen


def _ranked(own: pa.Table, code: str) -> np.ndarray:
    """int64: the findings of one code, the best of each row, those to show first before others."""
    severity = np.select(
        [np.asarray(pc.equal(own.column("severity"), word)) for word in SEVERITIES], list(range(len(SEVERITIES)))
    )
    column = own.column("score") if code == "LBL001" else pc.negate(pc.fill_null(own.column("confidence"), 0.0))
    sure = column.to_numpy(zero_copy_only=False).astype(np.float64)
    rows = own.column("row_id").to_numpy()
    order = np.lexsort((rows, sure, -severity))
    first = np.sort(np.unique(rows[order], return_index=True)[1])
    return np.asarray(order[first])
