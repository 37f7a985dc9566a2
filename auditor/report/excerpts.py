"""Masked excerpts of texts.

The whole text is masked first, then cut around the match, and the excerpt is searched again: cutting before masking
could leave half an address, which no recognizer would find. Reports contain no other texts of rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Protocol

from auditor.core.audit import Excerpt

Piece = tuple[str, str]
"""(kind, text); kinds as in `auditor.core.audit.Excerpt`."""

_TOKEN = re.compile(r"\s+|[\u3400-\u9fff\u3040-\u30ff\uac00-\ud7af]|\w+|.", re.DOTALL)
_JOINERS = "\u200c\u200d"
_BRACKETS = str.maketrans("⟦⟧", "[]")  # no text of the data can look like a placeholder
_CONTEXT_TOKENS = 12
SAME = "same"
"""Kind of the only piece of the second text of a pair if both texts are equal."""


class SpanLike(Protocol):
    """A found entity."""

    @property
    def start(self) -> int:
        """First code point."""

    @property
    def end(self) -> int:
        """Code point after the last."""

    @property
    def entity(self) -> str:
        """Entity type, such as ``EMAIL_ADDRESS``."""


FindSpans = Callable[[Sequence[str]], Sequence[Sequence[SpanLike]]]
"""Finds the personal data in each of several texts."""


@dataclass(frozen=True)
class Window:
    """A piece of a text.

    Attributes:
        text: the text to search.
        first: number of code points at the start that are not shown, only searched.
        last: end of the shown range; None: the end of the text.
    """

    text: str
    first: int = 0
    last: int | None = None

    @property
    def end(self) -> int:
        """End of the shown range."""
        return len(self.text) if self.last is None else self.last


MatchedRow = tuple[int, str, Window, tuple[int, int] | None]
"""(row_id, finding code, window, match as a range in the window's text or None)."""
RowPair = tuple[str, int, Window, int, Window]
"""(finding code, row_id, window, row_id of the row that it duplicates, window of that row)."""


def make_excerpts(
    rows: Sequence[MatchedRow], spans_of: FindSpans, limit: int = 240, *, keep_lines: bool = False
) -> tuple[Excerpt, ...]:
    """One excerpt per row of at most about `limit` characters, centred on the match, with the match marked.

    `keep_lines`: keep line breaks; otherwise all white space is collapsed to one space.
    """
    spans_of_rows = spans_of([window.text for _, _, window, _ in rows])
    cuts = [
        _cut_around_mark(_masked(window, spans, match, keep_lines=keep_lines), window, limit)
        for (_, _, window, match), spans in zip(rows, spans_of_rows, strict=True)
    ]
    checked = _masked_again(cuts, spans_of)
    return tuple(Excerpt(row[0], row[1], tuple(pieces)) for row, pieces in zip(rows, checked, strict=True))


def make_pair_excerpts(pairs: Sequence[RowPair], spans_of: FindSpans, limit: int = 240) -> tuple[Excerpt, ...]:
    """Two consecutive excerpts per pair, with differing words marked.

    A report treats two consecutive excerpts of one duplicate code as a pair.
    """
    windows = [window for _, _, left, _, right in pairs for window in (left, right)]
    spans_of_windows = spans_of([window.text for window in windows])
    masked = [_masked(window, spans, None) for window, spans in zip(windows, spans_of_windows, strict=True)]
    cuts: list[list[Piece]] = []
    for index in range(0, len(masked), 2):
        cuts += _cut_around_difference(masked[index : index + 2], windows[index : index + 2], limit)
    owners = [(row_id, code) for code, left_id, _, right_id, _ in pairs for row_id in (left_id, right_id)]
    checked = _masked_again(cuts, spans_of)
    for index, (_, _, left, _, right) in enumerate(pairs):
        if left.text == right.text:  # an exact copy is shown once
            checked[2 * index + 1] = [(SAME, "")]
    return tuple(Excerpt(row_id, code, tuple(cut)) for (row_id, code), cut in zip(owners, checked, strict=True))


def visible(text: str) -> str:
    """`text` on one line, with control, bidirectional and other invisible characters written out."""
    return "".join(map(_shown, re.sub(r"\s+", " ", text)))


def _shown(char: str) -> str:
    hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} and char not in _JOINERS
    return f"⟨U+{ord(char):04X}⟩" if hidden else char


def _placeholder(entity: str) -> str:
    return f"⟦{entity}⟧"


def visible_lines(text: str) -> str:
    """Like `visible`, but keeps line breaks."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n")))


def _masked(
    window: Window, spans: Sequence[SpanLike], match: tuple[int, int] | None, *, keep_lines: bool = False
) -> list[Piece]:
    """The shown range as pieces: masks, the match, and other text. No part of a span is left."""
    pieces: list[Piece] = []
    position, show = window.first, visible_lines if keep_lines else visible
    for start, end, entity in _merged(spans):
        if end <= window.first or start >= window.end:
            continue
        pieces += _marked(window.text, position, start, match, show)
        found = match is not None and match[0] < end and start < match[1]
        pieces.append(("mark" if found else "mask", _placeholder(entity)))
        position = end
    return pieces + _marked(window.text, position, window.end, match, show)


def _merged(spans: Sequence[SpanLike]) -> list[tuple[int, int, str]]:
    """Spans in order, overlapping ones merged with the entity type of the longest."""
    merged: list[tuple[int, int, str, int]] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end, s.entity)):
        length = span.end - span.start
        if merged and span.start < merged[-1][1]:
            start, end, entity, longest = merged.pop()
            entity = span.entity if length > longest else entity
            merged.append((start, max(end, span.end), entity, max(length, longest)))
        else:
            merged.append((span.start, span.end, span.entity, length))
    return [(start, end, entity) for start, end, entity, _ in merged]


def _marked(text: str, start: int, end: int, match: tuple[int, int] | None, show: Callable[[str], str]) -> list[Piece]:
    """`text[start:end]` in at most three pieces: before the match, the match, after it."""
    if match is None:
        cuts = [(start, end, "text")]
    else:
        first, last = (min(max(bound, start), end) for bound in match)
        cuts = [(start, first, "text"), (first, last, "mark"), (last, end, "text")]
    return [(kind, show(text[a:b]).translate(_BRACKETS)) for a, b, kind in cuts if a < b]


def _cut_around_mark(pieces: list[Piece], window: Window, limit: int) -> list[Piece]:
    """At most about `limit` characters around the first mark, or from the start if there is none."""
    marked_index = next((i for i, (kind, _) in enumerate(pieces) if kind == "mark"), None)
    if marked_index is None:
        head, open_end = _take(pieces, limit)
        return _with_ends(head, window, False, open_end)
    kind, text = pieces[marked_index]
    longest = limit - limit // 4
    is_long = not _is_atomic(pieces[marked_index]) and len(text) > longest
    match = (kind, text[:longest]) if is_long else (kind, text)
    room = max(limit - len(match[1]), 0)
    after, open_end = ([], True) if is_long else _take(pieces[marked_index + 1 :], room // 2)
    before, open_start = _take_back(pieces[:marked_index], room - sum(len(text) for _, text in after))
    return _with_ends([*before, match, *after], window, open_start, open_end)


def _take(pieces: Sequence[Piece], room: int) -> tuple[list[Piece], bool]:
    """Pieces from the start up to `room` characters, and whether anything was cut off. Masks are never split."""
    taken: list[Piece] = []
    for piece in pieces:
        kind, text = piece
        if len(text) <= room:
            taken.append(piece)
            room -= len(text)
            continue
        if not _is_atomic(piece) and (head := _whole_words(text, room)):
            taken.append((kind, head))
        return taken, True
    return taken, False


def _take_back(pieces: Sequence[Piece], room: int) -> tuple[list[Piece], bool]:
    """Like `_take`, from the end."""
    taken, more = _take([(kind, text if _is_mask(text) else text[::-1]) for kind, text in reversed(pieces)], room)
    return [(kind, text if _is_mask(text) else text[::-1]) for kind, text in reversed(taken)], more


def _whole_words(text: str, room: int) -> str:
    """At most `room` characters, cut at a space if there is one near the end."""
    head = text[:room]
    space = head.rfind(" ")
    return head[:space] if space >= room * 2 // 3 else head


def _is_mask(text: str) -> bool:
    return text.startswith("⟦") and text.endswith("⟧")


def _is_atomic(piece: Piece) -> bool:
    return piece[0] == "mask" or _is_mask(piece[1])


def _with_ends(pieces: list[Piece], window: Window, open_start: bool, open_end: bool) -> list[Piece]:
    """`pieces` with an ellipsis at each end where text was cut off."""
    start = [("cut", "…")] if open_start or window.first > 0 else []
    end = [("cut", "…")] if open_end or window.end < len(window.text) else []
    return [*start, *pieces, *end]


def _cut_around_difference(masked: Sequence[list[Piece]], texts: Sequence[Window], limit: int) -> list[list[Piece]]:
    """Both texts from shortly before their first difference, or completely if they fit; differing words are marked.

    The windows start so that equal text precedes a difference in both.
    """
    sides = [_tokens(pieces) for pieces in masked]
    same = 0
    for a, b in zip(*sides, strict=False):
        if a != b:
            break
        same += 1
    is_equal = same == len(sides[0]) == len(sides[1])
    fit = max(sum(len(text) for _, text in side) for side in sides) <= limit
    start = 0 if is_equal or fit or same <= 2 * _CONTEXT_TOKENS else same - _CONTEXT_TOKENS
    cuts = [_take(side[start:], limit) for side in sides]
    marked = _marked_differences(cuts[0][0], cuts[1][0])
    return [
        _with_ends(_joined(tokens), text, start > 0, open_end)
        for tokens, text, (_, open_end) in zip(marked, texts, cuts, strict=True)
    ]


def _tokens(pieces: list[Piece]) -> list[Piece]:
    """Words, single Han characters, white space and whole masks."""
    tokens: list[Piece] = []
    for kind, text in pieces:
        tokens += [(kind, text)] if kind == "mask" else [(kind, token) for token in _TOKEN.findall(text)]
    return tokens


def _marked_differences(left: list[Piece], right: list[Piece]) -> tuple[list[Piece], list[Piece]]:
    matcher = SequenceMatcher(None, [text for _, text in left], [text for _, text in right], autojunk=False)
    sides = (list(left), list(right))
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            continue
        for side, (start, end) in zip(sides, ((a, b), (c, d)), strict=True):
            side[start:end] = [("mark", text) for _, text in side[start:end]]
    return sides


def _joined(tokens: list[Piece]) -> list[Piece]:
    """Merge adjacent tokens of the same kind, except masks."""
    pieces: list[Piece] = []
    for kind, text in tokens:
        if pieces and pieces[-1][0] == kind != "mask":
            pieces[-1] = (kind, pieces[-1][1] + text)
        else:
            pieces.append((kind, text))
    return pieces


def _masked_again(cuts: list[list[Piece]], spans_of: FindSpans) -> list[list[Piece]]:
    """Mask what the recognizers still find in the cut texts; placeholders are kept."""
    shown = ["".join(text for _, text in pieces) for pieces in cuts]
    return [_hide(pieces, spans) for pieces, spans in zip(cuts, spans_of(shown), strict=True)]


def _hide(pieces: list[Piece], spans: Sequence[SpanLike]) -> list[Piece]:
    merged = _merged(spans)
    result: list[Piece] = []
    position = 0
    for kind, text in pieces:
        end = position + len(text)
        if _is_atomic((kind, text)) or kind == "cut":
            result.append((kind, text))
        else:
            result += _hide_in(kind, text, position, merged)
        position = end
    return result


def _hide_in(kind: str, text: str, offset: int, merged: list[tuple[int, int, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    position = 0
    for start, end, entity in merged:
        a, b = max(start - offset, position), min(end - offset, len(text))
        if a >= b:
            continue
        if position < a:
            pieces.append((kind, text[position:a]))
        pieces.append(("mask", _placeholder(entity)))
        position = b
    return [*pieces, (kind, text[position:])] if position < len(text) else pieces
