"""Questions and answers of a row, independent of its shape."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import BETWEEN_FIELDS, Segment, ShapeKind, Side, Turn

SHAPES = (ShapeKind.CHAT, ShapeKind.INSTRUCTION, ShapeKind.QUESTION_ANSWER, ShapeKind.PREFERENCE)
"""Conversational shapes of rows."""
ANSWERS = frozenset({Side.ASSISTANT, Side.ANSWER, Side.CHOSEN})
"""The parts of a row that a model learns to generate."""
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


@dataclass(frozen=True)
class Exchange:
    """A row as a conversation.

    Attributes:
        turns: messages in order; a prompt and its answer are two.
        segments: the segments of the row's view, with positions.
    """

    turns: tuple[Turn, ...]
    segments: Sequence[Segment]

    @property
    def answers(self) -> list[str]:
        """The texts of the model, including blank ones; tool calls are excluded."""
        return [turn.text for place, turn in enumerate(self.turns) if self._is_answer(place)]

    def answered(self) -> Iterator[tuple[str, str]]:
        """Each answer with the directly preceding question."""
        for place, turn in enumerate(self.turns):
            if place and self._is_answer(place) and self.turns[place - 1].speaker is Side.USER:
                yield self.turns[place - 1].text, turn.text

    def _is_answer(self, place: int) -> bool:
        turn = self.turns[place]
        if turn.speaker is not Side.ASSISTANT or turn.is_call:
            return False
        follows_tool = place + 1 < len(self.turns) and self.turns[place + 1].speaker is Side.TOOL
        return bool(turn.text.strip()) or not follows_tool

    def last(self) -> tuple[str, Turn] | None:
        """Everything before the last answer as one text, and that answer; None without an answer."""
        places = [place for place in range(len(self.turns)) if self._is_answer(place)]
        if not places:
            return None
        before = (turn.text for turn in self.turns[: places[-1]])
        return BETWEEN_FIELDS.join(before), self.turns[places[-1]]


def exchanges(corpus: Corpus) -> list[Exchange]:
    """One per row of a corpus with one of `SHAPES`."""
    shape, table = corpus.shape, corpus.table
    by_column = {column: shape.turns(table, column) for column in shape.columns}
    rows: list[list[Turn]] = [[] for _ in range(len(corpus))]
    for column, cells in by_column.items():
        side = shape.side_of(column)
        if side is Side.REJECTED:
            continue
        for row, cell in zip(rows, cells, strict=True):
            _add(row, cell, side)
    return [Exchange(tuple(turns), segments) for turns, segments in zip(rows, corpus.segments, strict=True)]


def _add(row: list[Turn], cell: Sequence[Turn], side: Side) -> None:
    """Append the turns of a cell to a row; plain texts become questions or answers by their side."""
    speakers = {Side.PROMPT: Side.USER, Side.ANSWER: Side.ASSISTANT, Side.CHOSEN: Side.ASSISTANT}
    if side in ANSWERS and not cell:
        row.append(Turn(Side.ASSISTANT, ""))
    if side is Side.CHOSEN and row and cell and cell[0] == row[-1]:  # the prompt is in both columns
        cell = cell[1:]
    for turn in cell:
        speaker = speakers.get(turn.speaker, turn.speaker)
        if row and side is Side.PROMPT and speaker is Side.USER and row[-1].speaker is Side.USER:
            joined = BETWEEN_FIELDS.join(text for text in (row[-1].text, turn.text) if text.strip())
            row[-1] = Turn(Side.USER, joined)
        else:
            row.append(Turn(speaker, turn.text, turn.is_call))


def words_of(text: str) -> list[str]:
    """Words in order; characters in scripts without spaces."""
    return _WORD.findall(text)


def is_wide(text: str) -> bool:
    """Whether a text is mostly in a script without spaces."""
    return 2 * len(_WIDE.findall(text)) > len(text.replace(" ", ""))
