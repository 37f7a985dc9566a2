"""Convert annotated spans of a text to words and tags (BIO)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from auditor.corpus.readers.json_values import Json

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]|[^\W\u3040-\u30ff\u3400-\u9fff]+|[^\w\s]")
_STARTS, _ENDS = ("start", "start_offset"), ("end", "end_offset")


@dataclass(frozen=True)
class Span:
    """A labelled span of a text: characters `start` to `end`, from 0, half-open."""

    start: int
    end: int
    label: str


def spans_of(value: Json) -> list[Span] | None:
    """Parse a cell of spans; None for other values.

    Spans are lists ``[start, end, label]``, objects with these keys, or lists ``[start, end]`` by label and text, as in
    CLUENER, where the end is that of the last character.
    """
    if isinstance(value, dict):
        value = _by_label(value)
    if not isinstance(value, list):
        return None
    found = [_span(one) for one in value]
    return None if None in found else [span for span in found if span is not None]


def _by_label(value: dict[str, Json]) -> Json:
    found: list[Json] = []
    for label, texts in value.items():
        for text, places in texts.items() if isinstance(texts, dict) else [("", None)]:
            for place in places if isinstance(places, list) else [None]:
                if not (isinstance(place, list) and len(place) == 2 and all(type(one) is int for one in place)):
                    return None
                start, end = int(str(place[0])), int(str(place[1]))
                found.append([start, end + (end - start < len(text)), label])
    return found


def _span(value: Json) -> Span | None:
    if isinstance(value, list) and len(value) == 3:
        start, end, label = value
    elif isinstance(value, dict):
        start = next((value[key] for key in _STARTS if key in value), None)
        end = next((value[key] for key in _ENDS if key in value), None)
        label = value.get("label", value.get("labels"))
        label = label[0] if isinstance(label, list) and label else label
    else:
        return None
    is_span = type(start) is int and type(end) is int and (isinstance(label, str) or type(label) is int)
    return Span(int(str(start)), int(str(end)), str(label)) if is_span else None


def tag_words(text: str, spans: Sequence[Span]) -> tuple[list[str], list[str], int]:
    """The words of a text, their tags, and the number of spans that tags cannot represent.

    These are spans that contain no word, end after the text or share a word with an earlier span.
    """
    places = [match.span() for match in _WORD.finditer(text)]
    tags, lost = ["O"] * len(places), 0
    for span in sorted(spans, key=lambda item: (item.start, -item.end)):
        inside = [i for i, (start, end) in enumerate(places) if start < span.end and end > span.start]
        if not inside or span.end > len(text) or any(tags[i] != "O" for i in inside):
            lost += 1
            continue
        for i in inside:
            tags[i] = f"{'B' if i == inside[0] else 'I'}-{span.label}"
    return [text[start:end] for start, end in places], tags, lost
