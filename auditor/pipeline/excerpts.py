"""Choose the rows a report shows, and have their texts masked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from auditor.checks.pii.spans import Span, find_spans
from auditor.config import Settings
from auditor.corpus.columns import column_texts, named_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import AuditorError
from auditor.findings import SEVERITIES, Audit, Excerpt
from auditor.report.excerpts import make_excerpts, make_pair_excerpts

EACH_CODE, EACH_CODE_OF_BATCH = 12, 3
"""Rows shown a code. Names are looked for in each, which would be most of what a small batch costs."""
SHOWN = 240
"""Characters of an excerpt."""
MARGIN = 160
"""Characters kept before masking beyond what can be shown: what lies at the edge of a window is not shown, and the
name tagger, which is slow, sees some words around what is."""
_PAIRS = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")


def choose_excerpts(corpus: Corpus, audit: Audit, settings: Settings) -> tuple[Excerpt, ...]:
    """Masked excerpts of the rows that show each finding code best.

    None at all where the recognizers cannot run: an excerpt that could not be masked is not shown.
    """
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    rows, pairs = [], []
    windows = _Windows(corpus.language, settings)
    best = _best(audit, EACH_CODE if settings.since is None else EACH_CODE_OF_BATCH)
    texts_of = _searched(corpus, best, settings)
    for finding in best:
        text = texts_of.get(finding["column"], corpus.texts)[place[finding["row_id"]]]
        code, match = finding["code"], None
        if code in _PAIRS and finding["ref_row"] in place and finding["ref_row"] != finding["row_id"]:
            other = corpus.texts[place[finding["ref_row"]]]
            at = _first_difference(text, other)
            left, right = (windows.add(whole, *_window(whole, (at, at))) for whole in (text, other))
            pairs.append((code, finding["row_id"], left, finding["ref_row"], right))
            continue
        if finding["start"] is not None:
            match = (finding["start"], finding["end"])
        low, high = _window(text, match)
        inside = (match[0] - low, match[1] - low) if match else None
        rows.append((finding["row_id"], code, windows.add(text, low, high), inside))
    try:
        windows.look()
        excerpts = make_excerpts(rows, windows.spans, SHOWN) + make_pair_excerpts(pairs, windows.spans, SHOWN)
    except AuditorError:
        return ()
    labels = corpus.labels
    if labels is None:
        return excerpts
    return tuple(replace(e, parts=(("label", labels[place[e.row_id]] or ""), *e.parts)) for e in excerpts)


def _searched(
    corpus: Corpus, found: Sequence[Mapping[str, Any]], settings: Settings
) -> dict[str | None, Sequence[str]]:
    """Texts of the columns beside the text in which something was found by place."""
    further = named_columns(corpus, settings.pii.columns)
    return {name: column_texts(corpus, name) for name in {finding["column"] for finding in found} & set(further)}


class _Windows:
    """Pieces of texts with what the patterns find in the whole of them.

    A key whose first line lies outside of a piece is known only there. Names are looked for in the pieces.
    """

    def __init__(self, language: str, settings: Settings) -> None:
        self._language = language
        self._settings = settings
        self._pieces: list[tuple[str, int, int]] = []
        self._spans: dict[str, list[Span]] = {}
        self._seen: dict[str, list[Span]] = {}

    def add(self, text: str, low: int, high: int) -> str:
        """The piece of `text`."""
        self._pieces.append((text, low, high))
        return text[low:high]

    def look(self) -> None:
        """Look through the whole texts of all pieces."""
        texts = list(dict.fromkeys(text for text, _, _ in self._pieces))
        found = dict(zip(texts, find_spans(texts, self._settings, self._language, ner=False), strict=True))
        for text, low, high in self._pieces:
            size = len(text[low:high])
            self._spans.setdefault(text[low:high], []).extend(
                replace(span, start=max(span.start - low, 0), end=min(span.end - low, size))
                for span in found[text]
                if span.start < high and low < span.end
            )

    def spans(self, texts: Sequence[str]) -> list[list[Span]]:
        """What is found in each piece or in the whole of it; a piece that is shown as it is, is looked through once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._seen]
        found = find_spans(new, self._settings, self._language, ner=self._settings.pii.ner != "off")
        self._seen.update(zip(new, found, strict=True))
        return [[*self._seen[text], *self._spans.get(text, ())] for text in texts]


def _first_difference(left: str, right: str) -> int:
    """The first place at which two texts differ; 0 where they do not."""
    if left == right:
        return 0
    pairs = zip(left, right, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def _window(text: str, match: tuple[int, int] | None) -> tuple[int, int]:
    """Where the text around the match begins and ends, cut at white space; without a match, from its start."""
    start, end = match or (0, 0)
    side = SHOWN + MARGIN
    low, high = max(0, start - side), min(len(text), end + side)
    while low > 0 and start - low < 2 * side and not text[low - 1].isspace():
        low -= 1
    while high < len(text) and high - end < 2 * side and not text[high].isspace():
        high += 1
    return low, high


def _best(audit: Audit, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` findings a code with a row: the most severe, then the surest, then the lowest row."""
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for finding in audit.findings().to_pylist():
        if finding["row_id"] is not None:
            groups[finding["code"]].append(finding)
    chosen = []
    for code in sorted(groups):
        ranked = sorted(
            groups[code],
            key=lambda f: (
                -SEVERITIES.index(f["severity"]),
                f["score"] if code == "LBL001" else -(f["confidence"] or 0),
                f["row_id"],
            ),
        )
        seen: set[object] = set()
        for finding in ranked:
            if finding["row_id"] not in seen and len(seen) < limit:
                seen.add(finding["row_id"])
                chosen.append(finding)
    return chosen
