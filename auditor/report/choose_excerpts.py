"""Choose the rows that a report shows, and make masked excerpts of their texts."""

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

ROWS_PER_CODE, ROWS_PER_EXCERPT, MIN_OF_BATCH = 12, 500, {"fail": 2, "warn": 2, "info": 1}
"""Maximum number of excerpts per code; for batches, one excerpt per this many rows, but at least a minimum by severity.
Tagging names in the excerpts would otherwise dominate the cost of a small batch."""
SHOWN = 240
"""Length of an excerpt in characters."""
MARGIN = 80
"""Characters on either side of an excerpt that are searched with it, so that the recognizers see names that the cut
would split, and the name tagger, which is slow, sees some context."""
LEAD = 60
"""Characters before the first difference of a pair."""
COMPARED = 8_000
"""Characters of each text of a pair in which differences are searched."""
_WORD = re.compile(r"[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]|\w+|[^\w\s]")
_PAIRS = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")


class _Candidate(TypedDict):
    """A finding that can get an excerpt; a subset of the columns of `FINDINGS_SCHEMA`."""

    code: str
    row_id: int
    column: str | None
    start: int | None
    end: int | None
    ref_row: int | None


def choose_excerpts(corpus: Corpus, audit: Audit, settings: Settings) -> tuple[Excerpt, ...]:
    """Masked excerpts of the most representative rows of each finding code.

    Empty if excerpts are turned off, or if the recognizers cannot run: texts that cannot be masked are not shown.
    """
    if settings.excerpts == "none":
        return ()
    rows, pairs = [], []
    windows = Windows(corpus.language, settings)
    best = _best(audit, None if settings.since is None else len(corpus))
    row_ids = {row for finding in best for row in (finding["row_id"], finding["ref_row"]) if row is not None}
    ids = np.array(sorted(row_ids), np.int64)
    positions = {int(i): int(position) for i, position in zip(ids, corpus.positions(ids), strict=True) if position >= 0}
    texts_of = _searched(corpus, best, settings)
    texts = [texts_of.get(_place_of(finding, corpus), corpus.texts)[positions[finding["row_id"]]] for finding in best]
    for finding, text, is_known in zip(best, texts, in_known_language(texts, settings), strict=True):
        if not is_known:
            continue
        code, ref_row, match = finding["code"], finding["ref_row"], None
        if code in _PAIRS and ref_row is not None and ref_row in positions and ref_row != finding["row_id"]:
            other = corpus.texts[positions[ref_row]]
            if not all(in_known_language([other], settings)):
                continue
            ranges = zip((text, other), differing(text, other), strict=True)
            left, right = (windows.add(full_text, *part)[0] for full_text, part in ranges)
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
        windows.search()
        excerpts = make_excerpts(rows, windows.spans, SHOWN) + make_pair_excerpts(pairs, windows.spans, SHOWN)
    except AuditorError:
        return ()
    labels = corpus.labels
    if labels is None:
        return excerpts
    return tuple(replace(e, parts=(("label", labels[positions[e.row_id]] or ""), *e.parts)) for e in excerpts)


def _searched(corpus: Corpus, candidates: Sequence[_Candidate], settings: Settings) -> dict[str | None, Sequence[str]]:
    """Texts of the columns other than the text in which personal data was found."""
    further = named_columns(corpus, settings.pii.columns)
    columns = {_place_of(finding, corpus) for finding in candidates}
    return {name: column_texts(corpus, name) for name in further if name in columns}


def _place_of(finding: _Candidate, corpus: Corpus) -> str | None:
    """The column that the span of a finding refers to; None: the text. Only privacy findings refer to other columns."""
    column: str | None = finding["column"]
    return column if finding["code"].startswith("PII") or column in corpus.shape.columns else None


class Windows:
    """Pieces of texts with the personal data found in them.

    Patterns search the whole texts, since a key can start outside of a piece; names are only tagged in the pieces.
    """

    def __init__(self, language: str, settings: Settings) -> None:
        self._language = language
        self._settings = settings
        self._pieces: list[tuple[str, int, int, str | None]] = []
        self._seen: dict[str, list[Span]] = {}

    def add(self, text: str, first: int, last: int, heading: str | None = None) -> tuple[Window, int]:
        """Add the window of ``text[first:last]``; return it and the number of code points before it.

        Args:
            text: the whole text.
            first, last: half-open range in code points.
            heading: name of the column unless it is the text; see `find_spans`.
        """
        low = _at_space(text, max(0, first - MARGIN), -1, MARGIN)
        high = _at_space(text, min(len(text), last + MARGIN), 1, MARGIN)
        self._pieces.append((text, low, high, heading))
        return Window(text[low:high], first - low, last - low), low

    def search(self, *, names: bool = True) -> None:
        """Search the whole texts of all pieces with patterns, and the pieces for names.

        The strings of a list (such as the words of a sentence) are tagged as one line.
        """
        spans_of: dict[tuple[str, str | None], list[Span]] = {}
        for heading in {heading for *_, heading in self._pieces}:
            texts = list(dict.fromkeys(text for text, _, _, other in self._pieces if other == heading))
            spans = self._find(texts, ner=False, heading=heading)
            spans_of.update(((text, heading), text_spans) for text, text_spans in zip(texts, spans, strict=True))
        for text, low, high, heading in self._pieces:
            size = len(text[low:high])
            self._seen.setdefault(text[low:high], []).extend(
                replace(span, start=max(span.start - low, 0), end=min(span.end - low, size))
                for span in spans_of[text, heading]
                if span.start < high and low < span.end
            )
        cells = {text[low:high] for text, low, high, heading in self._pieces if heading is not None}
        lines = [text.replace(BETWEEN_LEAVES, " ") if text in cells else text for text in self._seen]
        if not names:
            return
        for known, tagged in zip(self._seen.values(), self._find(lines, patterns=False), strict=True):
            known += tagged

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """The personal data found in each piece; texts cut from a piece are searched again with patterns.

        Names are tagged only once, with high recall: a second search masked few more of them and took two thirds of the
        time of the first (docs/results.md).
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
        settings, language = self._settings, self._language
        return find_spans(texts, settings, language, ner=ner, patterns=patterns, unsure=True, heading=heading)


def in_known_language(texts: Sequence[str], settings: Settings) -> list[bool]:
    """Whether each text may be shown: False if it is detected to be in a language without a name tagger."""
    if settings.excerpts == "all":
        return [True] * len(texts)
    return [code is None or code in KNOWN for code in languages(texts)]


def _differences(left: str, right: str) -> tuple[int, int]:
    """Positions in both texts at the end of their longest common passage, or near its start if both texts end there."""
    sides = [[match.span() for match in _WORD.finditer(text[:COMPARED])] for text in (left, right)]
    words = [[text[a:b] for a, b in spans] for text, spans in zip((left, right), sides, strict=True)]
    best = SequenceMatcher(None, words[0], words[1], autojunk=False).find_longest_match()
    if not best.size:
        return 0, 0
    ends = [spans[start + best.size - 1][1] for spans, start in zip(sides, (best.a, best.b), strict=True)]
    starts = [spans[start][0] for spans, start in zip(sides, (best.a, best.b), strict=True)]
    if ends == [sides[0][-1][1], sides[1][-1][1]]:  # equal up to the end: the difference is before the passage
        return max(0, starts[0] - LEAD), max(0, starts[1] - LEAD)
    return ends[0], ends[1]


def around(text: str, match: tuple[int, int] | None) -> tuple[int, int]:
    """Range of an excerpt around a match; without a match, at the start of the text."""
    if match is None:
        return _whole_words(text, 0, min(SHOWN, len(text)))
    start, end = match
    room = max(SHOWN - (end - start), SHOWN // 4)
    after = min(room // 2, len(text) - end)
    return _whole_words(text, max(0, start - room + after), min(end, start + SHOWN) + after)


def differing(left: str, right: str) -> list[tuple[int, int]]:
    """Ranges of the excerpts of a pair: from shortly before their first difference, or all of both if they fit."""
    if max(len(left), len(right)) <= SHOWN:
        return [(0, len(left)), (0, len(right))]
    differences = _differences(left, right) if left != right else (0, 0)
    firsts = [position - LEAD if position > 2 * LEAD else 0 for position in differences]
    pairs = zip((left, right), firsts, strict=True)
    return [_whole_words(text, first, min(len(text), first + LEAD + SHOWN)) for text, first in pairs]


def _whole_words(text: str, first: int, last: int) -> tuple[int, int]:
    """The range without partial words at its ends."""
    inner = _at_space(text, first, 1, LEAD // 2), _at_space(text, last, -1, LEAD // 2)
    return inner if inner[0] <= inner[1] else (first, last)


def _at_space(text: str, start: int, step: int, most: int) -> int:
    """The nearest position from `place` in direction `step` next to white space or an end of the text; else `place`."""
    for position in range(start, start + step * most, step):
        if not 0 < position < len(text) or text[position - 1].isspace() or text[position].isspace():
            return position
    return start


def _best(audit: Audit, batch: int | None) -> list[_Candidate]:
    """Some findings about rows per code: by severity, then by confidence, then by row.

    Args:
        audit: the audit.
        batch: number of rows if the corpus is a batch; None: it is not.
    """
    findings = audit.findings()
    findings = findings.filter(findings.column("row_id").is_valid())
    chosen = []
    for code in sorted(findings.column("code").unique().to_pylist()):
        subset = findings.filter(pc.equal(findings.column("code"), code))
        least = MIN_OF_BATCH[max(subset.column("severity").unique().to_pylist(), key=SEVERITIES.index)]
        limit = ROWS_PER_CODE if batch is None else min(ROWS_PER_CODE, max(least, batch // ROWS_PER_EXCERPT))
        chosen += subset.take(pa.array(_ranked(subset, code)[:limit])).to_pylist()
    return chosen


def _ranked(findings: pa.Table, code: str) -> np.ndarray:
    """int64: indices of the findings of one code, one per row, in the order in which they are preferred."""
    severity = np.select(
        [np.asarray(pc.equal(findings.column("severity"), word)) for word in SEVERITIES], list(range(len(SEVERITIES)))
    )
    column = (
        findings.column("score") if code == "LBL001" else pc.negate(pc.fill_null(findings.column("confidence"), 0.0))
    )
    confidence = column.to_numpy(zero_copy_only=False).astype(np.float64)
    rows = findings.column("row_id").to_numpy()
    order = np.lexsort((rows, confidence, -severity))
    first = np.sort(np.unique(rows[order], return_index=True)[1])
    return np.asarray(order[first])
