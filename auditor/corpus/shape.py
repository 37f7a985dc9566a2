"""The shape of rows: one text, several text columns, a pair, an instruction, a chat, a preference, words.

Code that works on whole rows uses the *view*: the texts of a row's fields joined by empty lines. A view consists of
*segments*, each from one cell, so a position in a view can be mapped back to its column; see `locate`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.cells import BETWEEN_LEAVES, Cell, decode_cell, is_leaf, is_text, plain_text

BETWEEN_FIELDS = "\n\n"
"""Separator of the segments of a view."""
BETWEEN_SIDES = " \x1f "
"""Separator of the two sides of a row in the input of a model: a unit separator, which texts do not contain."""
_SPEAKERS: Mapping[str, str] = {
    "human": "user", "user": "user", "prompter": "user", "customer": "user", "usr": "user", "用户": "user",
    "gpt": "assistant", "assistant": "assistant", "bot": "assistant", "model": "assistant", "agent": "assistant",
    "chatgpt": "assistant", "bard": "assistant", "助手": "assistant",
    "system": "system", "developer": "system", "系统": "system",
    "tool": "tool", "function": "tool", "function_call": "tool", "observation": "tool", "ipython": "tool",
}  # fmt: skip
SPEAKER_KEYS = ("role", "from", "speaker", "sender", "author")
CONTENT_KEYS = ("content", "value", "text", "message", "utterance", "parts")
CALL_KEYS = ("tool_calls", "function_call")
_NO_CONTENT = (*SPEAKER_KEYS, "type", "id", "name", "tool_call_id")
_MEDIA = ("http://", "https://", "data:")
_MEDIA_KEYS = ("url", "image_url", "image", "audio", "video")


class ShapeKind(StrEnum):
    """Shapes of rows, spelled as in the setting ``corpus.shape``."""

    TEXT = "text"
    COLUMNS = "columns"
    PAIR = "pair"
    QUESTION_ANSWER = "question-answer"
    ASPECT = "aspect"
    INSTRUCTION = "instruction"
    PREFERENCE = "preference"
    CHAT = "chat"
    WORDS = "words"


class Side(StrEnum):
    """The side of a row to which a segment belongs."""

    TEXT = "text"
    FIRST = "first"
    SECOND = "second"
    ASPECT = "aspect"
    PROMPT = "prompt"
    ANSWER = "answer"
    CHOSEN = "chosen"
    REJECTED = "rejected"
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"
    OTHER = "other"


class Segment(NamedTuple):
    """A piece of a row's view.

    Attributes:
        side: its side of the row.
        text: its text, never empty.
        column: its column.
        start: offset (code points) in the text of the cell (`auditor.corpus.cells.cell_texts`).
    """

    side: Side
    text: str
    column: str
    start: int


class Turn(NamedTuple):
    """A message of a conversation.

    Attributes:
        speaker: its sender.
        text: its text, possibly empty.
        is_call: whether it is a tool call, which needs no text.
    """

    speaker: Side
    text: str
    is_call: bool = False


_SIDES: Mapping[ShapeKind, tuple[Side, ...]] = {
    ShapeKind.PAIR: (Side.FIRST, Side.SECOND),
    ShapeKind.ASPECT: (Side.TEXT, Side.ASPECT),
    ShapeKind.PREFERENCE: (Side.PROMPT, Side.CHOSEN, Side.REJECTED),
    ShapeKind.CHAT: (Side.OTHER,),
}
_KEYED_SIDES: tuple[Mapping[str, Side], ...] = (
    {name: Side(side) for name, side in _SPEAKERS.items()},
    {"system": Side.SYSTEM}
    | dict.fromkeys(("input", "question", "prompt", "instruction", "query"), Side.USER)
    | dict.fromkeys(("output", "answer", "response", "completion"), Side.ASSISTANT),
)
"""Sides by key of an exchange that is one object, such as ``{"human": ..., "assistant": ...}``."""


@dataclass(frozen=True)
class Shape:
    """The fields of a row.

    Attributes:
        kind: the shape.
        columns: the columns of the fields, in order; empty if the text role names the only one.
        json_columns: those whose cells are JSON lists or objects stored as text.
        keys: for each column, the key of its texts, if one was specified; empty: all texts of all columns except names
            of speakers and ids of records.
    """

    kind: ShapeKind = ShapeKind.TEXT
    columns: tuple[str, ...] = ()
    json_columns: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()

    @property
    def is_composed(self) -> bool:
        """Whether the view is composed of cells rather than being a column itself."""
        return bool(self.columns)

    @property
    def name(self) -> str:
        """Name of the view in findings and reports; it is not a column name."""
        if len(self.columns) == 1:
            key = self.key_of(self.columns[0]) or ("content" if self.kind is ShapeKind.CHAT else None)
            return f"{self.columns[0]}[].{key}" if key else f"{self.columns[0]}[]"
        return " + ".join(self.columns)

    def key_of(self, column: str) -> str | None:
        """The key of the texts in a nested column, if one was specified."""
        return self.keys[self.columns.index(column)] or None if self.keys else None

    def renamed(self, names: Mapping[str, str]) -> Shape:
        """The shape after columns were renamed."""
        columns, json_columns = (
            tuple(names.get(name, name) for name in every) for every in (self.columns, self.json_columns)
        )
        return Shape(self.kind, columns, json_columns, self.keys)

    def side_of(self, column: str) -> Side:
        """The side of a column of plain texts, or of lists of texts without speakers."""
        place, last = self.columns.index(column), len(self.columns) - 1
        if self.kind in (ShapeKind.INSTRUCTION, ShapeKind.QUESTION_ANSWER):
            return Side.ANSWER if place == last else Side.PROMPT
        if self.kind is ShapeKind.PREFERENCE:
            return _SIDES[self.kind][place - last - 1]  # from the end, since the prompt may be missing
        sides = _SIDES.get(self.kind, ())
        return sides[min(place, len(sides) - 1)] if sides else Side.TEXT

    def segments(self, table: pa.Table) -> list[list[Segment]]:
        """The segments of each row, in the order of the columns and of the texts in their cells."""
        cells = {column: self.cells(table, column) for column in self.columns}
        return [self.segments_of({name: values[row] for name, values in cells.items()}) for row in range(len(table))]

    def segments_of(self, cells: Mapping[str, Cell]) -> list[Segment]:
        """The segments of one row.

        Args:
            cells: values by column, with JSON decoded.
        """
        return [part for name, cell in cells.items() for part in self._of_cell(cell, name, self.side_of(name))]

    def _of_cell(self, cell: Cell, column: str, side: Side) -> Iterator[Segment]:
        if isinstance(cell, str):
            if cell.strip():
                yield Segment(side, cell, column, 0)
        elif self.kind is ShapeKind.WORDS and isinstance(cell, list):
            words = " ".join(plain_text(word) for word in cell if is_leaf(word))
            if words.strip():
                yield Segment(side, words, column, 0)
        else:
            start = 0
            by_speaker = self.kind is ShapeKind.CHAT
            key = self.key_of(column)
            for text, spoken, found in _leaves(cell, None):
                if (found == key if key else found is not None) and text.strip():
                    yield Segment(spoken if spoken and by_speaker else side, text, column, start)
                start += len(text) + len(BETWEEN_LEAVES)

    def cells(self, table: pa.Table, column: str) -> list[Cell]:
        """The values of a column; JSON columns are decoded, see `decode_cell`."""
        values: list[Cell] = table.column(column).to_pylist()
        if column in self.json_columns:
            return [decode_cell(value) if isinstance(value, str) else None for value in values]
        return values

    def view(self, table: pa.Table) -> pa.ChunkedArray:
        """The view of each row as ``large_string``."""
        if all(is_text(table.column(name).type) and name not in self.json_columns for name in self.columns):
            return _joined([table.column(name) for name in self.columns])
        return pa.chunked_array([pa.array([view_of(row) for row in self.segments(table)], pa.large_string())])

    def sides(self, table: pa.Table) -> dict[Side, pa.ChunkedArray]:
        """The texts of each side of the rows, joined as in the view; empty for rows without this side."""
        if all(is_text(table.column(name).type) and name not in self.json_columns for name in self.columns):
            by_side: dict[Side, list[pa.ChunkedArray]] = {}
            for name in self.columns:
                by_side.setdefault(self.side_of(name), []).append(table.column(name))
            return {side: _joined(columns) for side, columns in by_side.items()}
        rows = self.segments(table)
        found = [side for side in Side if any(one.side is side for row in rows for one in row)]
        return {
            side: pa.chunked_array(
                [pa.array([view_of([one for one in row if one.side is side]) for row in rows], pa.large_string())]
            )
            for side in found
        }

    def turns(self, table: pa.Table, column: str) -> list[list[Turn]]:
        """The messages in each cell of a column, including empty ones; a plain text is one turn of its side."""
        return [self._turns_of(cell, self.side_of(column)) for cell in self.cells(table, column)]

    def _turns_of(self, cell: Cell, side: Side) -> list[Turn]:
        if cell is None:
            return []
        turns: list[Turn] = []
        for one in cell if isinstance(cell, list) else [cell]:
            turns += _turns_in(one) if isinstance(one, dict) else [Turn(side, plain_text(one))]
        return turns


ONE_TEXT = Shape()
"""The shape of rows whose text is one column."""


def _turns_in(message: Mapping[str, Cell]) -> list[Turn]:
    """The turn of a message and of those inside it, such as replies, or the turns of an exchange."""
    if by_key := keyed_sides(message):
        texts = {key: _content(message[key]) for key in by_key}
        return [Turn(side, texts[key]) for key, side in by_key.items() if texts[key] or side is not Side.SYSTEM]
    content = next((message[key] for key in CONTENT_KEYS if message.get(key) is not None), None)
    is_call = any(message.get(key) for key in CALL_KEYS)
    content_keys = (*CONTENT_KEYS, *CALL_KEYS)
    inner = [turn for key, value in message.items() if key not in content_keys for turn in _inner_turns(value)]
    speaker = speaker_of(message)
    if speaker is None and inner:
        return inner
    return [Turn(speaker or Side.OTHER, _content(content), is_call), *inner]


def _inner_turns(value: Cell) -> list[Turn]:
    if isinstance(value, list):
        return [turn for one in value for turn in _inner_turns(one)]
    if not isinstance(value, dict):
        return []
    if keyed_sides(value) or (speaker_of(value) is not None and any(key in value for key in CONTENT_KEYS)):
        return _turns_in(value)
    return [turn for one in value.values() for turn in _inner_turns(one)]


def _content(value: Cell) -> str:
    return BETWEEN_LEAVES.join(text for text, _, key in _leaves(value, None) if key is not None)


def keyed_sides(message: Mapping[str, Cell]) -> dict[str, Side]:
    """The side of each key of an exchange, an object with a question and an answer; empty for other objects."""
    if any(key in message for key in SPEAKER_KEYS):
        return {}
    for known in _KEYED_SIDES:
        sides = {key: known[key.lower()] for key in message if key.lower() in known}
        if {Side.USER, Side.ASSISTANT} <= set(sides.values()):
            return sides
    return {}


def content_of(value: Cell) -> list[str]:
    """The content texts in a nested value: its strings without names of speakers, ids and addresses of media."""
    return [text for text, _, key in _leaves(value, None) if key is not None]


def speaker_of(message: Mapping[str, Cell]) -> Side | None:
    """The sender of a message; None if it names none, `Side.OTHER` for an unknown name."""
    named = next((message[key] for key in SPEAKER_KEYS if message.get(key) is not None), None)
    if named is None:
        return None
    return Side(_SPEAKERS.get(str(named).strip().lower(), Side.OTHER))


def _leaves(value: Cell, speaker: Side | None, key: str = "") -> Iterator[tuple[str, Side | None, str | None]]:
    """(text, speaker, key) of each leaf, in the order of `auditor.corpus.cells.leaves`.

    The key is None for leaves that are not content: numbers, names of speakers, ids of records and media.
    """
    if isinstance(value, dict):
        speaker, by_key = speaker_of(value) or speaker, keyed_sides(value)
        for name, inner in value.items():
            yield from _leaves(inner, by_key.get(name, speaker), name)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _leaves(inner, speaker, key)
    elif is_leaf(value):
        is_content = isinstance(value, str) and key not in _NO_CONTENT
        is_content = is_content and not (key in _MEDIA_KEYS and str(value).startswith(_MEDIA))
        yield plain_text(value), speaker, key if is_content else None


def _joined(columns: Sequence[pa.ChunkedArray]) -> pa.ChunkedArray:
    """The texts of the columns joined; blank ones are skipped, as in `Shape.segments`."""
    filled = [pc.if_else(pc.equal(pc.utf8_trim_whitespace(column), ""), None, column) for column in columns]
    filled = [column.cast(pa.large_string()) for column in filled]
    is_missing = reduce(pc.and_, (column.is_null() for column in filled))
    filled[0] = pc.if_else(is_missing, "", filled[0])  # Arrow 26 would drop rows in which all are null
    joined = pc.binary_join_element_wise(*filled, pa.scalar(BETWEEN_FIELDS, pa.large_string()), null_handling="skip")
    return joined if isinstance(joined, pa.ChunkedArray) else pa.chunked_array([joined])


def view_of(segments: Sequence[Segment]) -> str:
    """The view composed of the segments."""
    return BETWEEN_FIELDS.join(segment.text for segment in segments)


def locate(segments: Sequence[Segment], start: int, end: int) -> tuple[str, int, int]:
    """Map a span of a row's view to its column and to a span in the text of the cell.

    Args:
        segments: the segments of the row.
        start, end: code points in the view, half-open; truncated at the end of the segment in which the span starts.
    """
    first = 0
    for segment in segments:
        length = len(segment.text)
        if start < first + length or segment is segments[-1]:
            inside = min(max(start - first, 0), length)
            return segment.column, segment.start + inside, segment.start + min(max(end - first, inside), length)
        first += length + len(BETWEEN_FIELDS)
    return "", start, end
