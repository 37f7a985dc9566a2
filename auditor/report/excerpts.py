"""Masked pieces of texts, safe to show.

The whole text is masked first, then cut around the match, and what is left is searched again: a text cut
before masking leaves half an address that no recognizer knows. Only these pieces ever reach a report.
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
_BRACKETS = str.maketrans("⟦⟧", "[]")  # so that no text passes for a placeholder
_CONTEXT_TOKENS = 12
SAME = "same"
"""Kind of the only piece of a text that equals the one it is paired with."""


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
        """Kind of personal data, such as ``EMAIL_ADDRESS``."""


FindSpans = Callable[[Sequence[str]], Sequence[Sequence[SpanLike]]]
"""Personal data in each of several texts."""


@dataclass(frozen=True)
class Window:
    """A piece of a text.

    Attributes:
        text: what is searched.
        first: code points at its start that are never shown: the recognizers may see a part of a name there.
        last: code point from which on nothing is shown; None: shown up to its end.
    """

    text: str
    first: int = 0
    last: int | None = None

    @property
    def end(self) -> int:
        """Code point from which on nothing is shown."""
        return len(self.text) if self.last is None else self.last


MatchedRow = tuple[int, str, Window, tuple[int, int] | None]
"""(row_id, finding code, text, the match in code points of the window's text or None)."""
RowPair = tuple[str, int, Window, int, Window]
"""(finding code, row_id, text, row_id of the row it repeats, that row's text)."""


def make_excerpts(
    rows: Sequence[MatchedRow], spans_of: FindSpans, limit: int = 240, *, keep_lines: bool = False
) -> tuple[Excerpt, ...]:
    """One excerpt a row, at most about `limit` characters, centred on the match, the match marked.

    With `keep_lines` line ends stay where they are; otherwise all white space is one space.
    """
    found = spans_of([window.text for _, _, window, _ in rows])
    cuts = [
        _cut_around_mark(_masked(window, spans, match, keep_lines=keep_lines), window, limit)
        for (_, _, window, match), spans in zip(rows, found, strict=True)
    ]
    checked = _masked_again(cuts, spans_of)
    return tuple(Excerpt(row[0], row[1], tuple(pieces)) for row, pieces in zip(rows, checked, strict=True))


def make_pair_excerpts(pairs: Sequence[RowPair], spans_of: FindSpans, limit: int = 240) -> tuple[Excerpt, ...]:
    """Two excerpts a pair, one after the other, with the words that differ marked.

    A report takes two neighbouring excerpts of one duplicate code for a pair.
    """
    windows = [window for _, _, left, _, right in pairs for window in (left, right)]
    found = spans_of([window.text for window in windows])
    masked = [_masked(window, spans, None) for window, spans in zip(windows, found, strict=True)]
    cuts: list[list[Piece]] = []
    for at in range(0, len(masked), 2):
        cuts += _cut_around_difference(masked[at : at + 2], windows[at : at + 2], limit)
    owners = [(row_id, code) for code, left_id, _, right_id, _ in pairs for row_id in (left_id, right_id)]
    checked = _masked_again(cuts, spans_of)
    for at, (_, _, left, _, right) in enumerate(pairs):
        if left.text == right.text:  # an exact copy is shown once
            checked[2 * at + 1] = [(SAME, "")]
    return tuple(Excerpt(row_id, code, tuple(cut)) for (row_id, code), cut in zip(owners, checked, strict=True))


def visible(text: str) -> str:
    """`text` on one line, with control, bidirectional and other unseen characters written out."""
    return "".join(map(_shown, re.sub(r"\s+", " ", text)))


def _shown(char: str) -> str:
    hidden = unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Cn"} and char not in _JOINERS
    return f"⟨U+{ord(char):04X}⟩" if hidden else char


def _placeholder(entity: str) -> str:
    return f"⟦{entity}⟧"


def visible_lines(text: str) -> str:
    """As `visible`, line by line; lines stay apart."""
    return "\n".join(map(visible, text.replace("\r\n", "\n").split("\n")))


def _masked(
    window: Window, spans: Sequence[SpanLike], match: tuple[int, int] | None, *, keep_lines: bool = False
) -> list[Piece]:
    """What may be shown as pieces: masks, the match, and what is between. Nothing of a span stays."""
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
    """Spans in order, overlapping ones joined under the name of the longest."""
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
    """At most about `limit` characters around the first mark, or from the start where there is none."""
    at = next((i for i, (kind, _) in enumerate(pieces) if kind == "mark"), None)
    if at is None:
        head, open_end = _take(pieces, limit)
        return _with_ends(head, window, False, open_end)
    kind, text = pieces[at]
    longest = limit - limit // 4
    is_long = not _is_atomic(pieces[at]) and len(text) > longest
    match = (kind, text[:longest]) if is_long else (kind, text)
    room = max(limit - len(match[1]), 0)
    after, open_end = ([], True) if is_long else _take(pieces[at + 1 :], room // 2)
    before, open_start = _take_back(pieces[:at], room - sum(len(text) for _, text in after))
    return _with_ends([*before, match, *after], window, open_start, open_end)


def _take(pieces: Sequence[Piece], room: int) -> tuple[list[Piece], bool]:
    """Pieces from the start up to `room` characters, and whether something is left over. Masks stay whole."""
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
    """As `_take`, from the end."""
    taken, more = _take([(kind, text if _is_mask(text) else text[::-1]) for kind, text in reversed(pieces)], room)
    return [(kind, text if _is_mask(text) else text[::-1]) for kind, text in reversed(taken)], more


def _whole_words(text: str, room: int) -> str:
    """At most `room` characters, cut at a space where one is near."""
    head = text[:room]
    space = head.rfind(" ")
    return head[:space] if space >= room * 2 // 3 else head


def _is_mask(text: str) -> bool:
    return text.startswith("⟦") and text.endswith("⟧")


def _is_atomic(piece: Piece) -> bool:
    return piece[0] == "mask" or _is_mask(piece[1])


def _with_ends(pieces: list[Piece], window: Window, open_start: bool, open_end: bool) -> list[Piece]:
    """`pieces` with a sign where the text goes on, in the window or beyond it."""
    start = [("cut", "…")] if open_start or window.first > 0 else []
    end = [("cut", "…")] if open_end or window.end < len(window.text) else []
    return [*start, *pieces, *end]


def _cut_around_difference(masked: Sequence[list[Piece]], texts: Sequence[Window], limit: int) -> list[list[Piece]]:
    """Both texts from shortly before their first difference, or whole where they fit; differing words marked.

    The windows were cut so that equal text leads up to a difference in both.
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
    """Neighbouring tokens of one kind as one piece; masks stay apart."""
    pieces: list[Piece] = []
    for kind, text in tokens:
        if pieces and pieces[-1][0] == kind != "mask":
            pieces[-1] = (kind, pieces[-1][1] + text)
        else:
            pieces.append((kind, text))
    return pieces


def _masked_again(cuts: list[list[Piece]], spans_of: FindSpans) -> list[list[Piece]]:
    """Mask whatever the recognizers still find in the cut texts; placeholders are left alone."""
    shown = ["".join(text for _, text in pieces) for pieces in cuts]
    return [_hide(pieces, spans) for pieces, spans in zip(cuts, spans_of(shown), strict=True)]


def _hide(pieces: list[Piece], spans: Sequence[SpanLike]) -> list[Piece]:
    found = _merged(spans)
    result: list[Piece] = []
    position = 0
    for kind, text in pieces:
        end = position + len(text)
        if _is_atomic((kind, text)) or kind == "cut":
            result.append((kind, text))
        else:
            result += _hide_in(kind, text, position, found)
        position = end
    return result


def _hide_in(kind: str, text: str, offset: int, found: list[tuple[int, int, str]]) -> list[Piece]:
    pieces: list[Piece] = []
    position = 0
    for start, end, entity in found:
        a, b = max(start - offset, position), min(end - offset, len(text))
        if a >= b:
            continue
        if position < a:
            pieces.append((kind, text[position:a]))
        pieces.append(("mask", _placeholder(entity)))
        position = b
    return [*pieces, (kind, text[position:])] if position < len(text) else pieces
