"""Choose the rows a report shows, and have their texts masked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from auditor.checks.pii.spans import Span, find_spans
from auditor.config import Settings
from auditor.corpus.corpus import Corpus
from auditor.errors import AuditorError
from auditor.findings import SEVERITIES, Audit, Excerpt
from auditor.report.excerpts import make_excerpts, make_pair_excerpts

EACH_CODE = 12
WINDOW = 600
"""Characters kept on each side of a match before masking: far more than an excerpt shows, so that what lies at
the window's edge is never shown, and little enough for the name tagger."""
_PAIRS = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")


def choose_excerpts(corpus: Corpus, audit: Audit, settings: Settings) -> tuple[Excerpt, ...]:
    """Masked excerpts of the rows that show each finding code best.

    None at all where the recognizers cannot run: an excerpt that could not be masked is not shown.
    """
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    rows, pairs = [], []
    for finding in _best(audit):
        text = corpus.texts[place[finding["row_id"]]]
        code, match = finding["code"], None
        if code in _PAIRS and finding["ref_row"] in place and finding["ref_row"] != finding["row_id"]:
            other = corpus.texts[place[finding["ref_row"]]]
            pairs.append((code, finding["row_id"], text[: 2 * WINDOW], finding["ref_row"], other[: 2 * WINDOW]))
            continue
        if finding["start"] is not None:
            match = (finding["start"], finding["end"])
        rows.append((finding["row_id"], code, *_window(text, match)))

    def spans_of(texts: Sequence[str]) -> list[list[Span]]:
        return find_spans(texts, settings, corpus.language, ner=settings.pii.ner != "off")

    try:
        excerpts = make_excerpts(rows, spans_of) + make_pair_excerpts(pairs, spans_of)
    except AuditorError:
        return ()
    labels = corpus.labels
    if labels is None:
        return excerpts
    return tuple(replace(e, parts=(("label", labels[place[e.row_id]] or ""), *e.parts)) for e in excerpts)


def _window(text: str, match: tuple[int, int] | None) -> tuple[str, tuple[int, int] | None]:
    """The text around the match, cut at white space, and the match's place in it."""
    start, end = match or (0, 0)
    low, high = max(0, start - WINDOW), min(len(text), end + WINDOW)
    while low > 0 and start - low < 2 * WINDOW and not text[low - 1].isspace():
        low -= 1
    while high < len(text) and high - end < 2 * WINDOW and not text[high].isspace():
        high += 1
    return text[low:high], (start - low, end - low) if match else None


def _best(audit: Audit) -> list[dict[str, Any]]:
    """Up to `EACH_CODE` findings a code with a row: the most severe, then the surest, then the lowest row."""
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
            if finding["row_id"] not in seen and len(seen) < EACH_CODE:
                seen.add(finding["row_id"])
                chosen.append(finding)
    return chosen
