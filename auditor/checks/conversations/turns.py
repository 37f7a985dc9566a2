"""Turn order: roles out of turn, system messages, rows without an answer to learn from."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.checks.conversations.exchange import Exchange
from auditor.corpus.shape import Side, Turn
from auditor.message import Message, message

DESIGN = 0.5
"""A property of more than this share of the rows is the design of the corpus, not a fault."""
_USUAL = 0.9
"""Minimum share of rows with a system message for reporting rows without one."""

FAULTS: Mapping[str, str] = {
    "starts with an answer": "value.turns_start",
    "two questions in a row": "value.turns_questions",
    "two answers in a row": "value.turns_answers",
    "a tool speaks unasked": "value.turns_tool",
    "ends with a question": "value.turns_end",
    "an unknown speaker": "value.turns_speaker",
}
"""Message keys of turn faults."""


@dataclass(frozen=True)
class TurnFaults:
    """Faults in the turns of rows.

    Attributes:
        out_of_turn: by row (position): the first fault that is not by design of the corpus.
        by_design: rows by fault, for faults by design.
        silent: rows without an answer.
        without_system, more_system: rows without a system message although most have one; rows with more than one, or
            with one that is not first.
    """

    out_of_turn: dict[int, str] = field(default_factory=dict)
    by_design: dict[str, int] = field(default_factory=dict)
    silent: list[int] = field(default_factory=list)
    without_system: list[int] = field(default_factory=list)
    more_system: list[int] = field(default_factory=list)

    @property
    def notes(self) -> tuple[Message, ...]:
        """Turn faults that are the design of the corpus."""
        return tuple(message("note.turns_by_design", message(FAULTS[k]), n) for k, n in self.by_design.items())


def turn_faults(rows: Sequence[Exchange]) -> TurnFaults:
    """The turn faults of chats; see `TurnFaults`."""
    found = [_faults_of(row.turns) for row in rows]
    counts = {fault: sum(fault in row_faults for row_faults in found) for fault in FAULTS}
    design = {fault: count for fault, count in counts.items() if count > DESIGN * len(rows)}
    wrong = {
        i: fault
        for i, row_faults in enumerate(found)
        if (fault := next((f for f in row_faults if f not in design), None))
    }
    systems = [[place for place, turn in enumerate(row.turns) if turn.speaker is Side.SYSTEM] for row in rows]
    usual = sum(bool(places) for places in systems) >= _USUAL * len(rows)
    more = [i for i, places in enumerate(systems) if len(places) > 1 or (places and places[0] > 0)]
    silent = [i for i, row in enumerate(rows) if not any(turn.speaker is Side.ASSISTANT for turn in row.turns)]
    if "an unknown speaker" in design:  # no role is the assistant
        silent = []
    return TurnFaults(
        {i: fault for i, fault in wrong.items() if i not in set(silent)},
        design,
        silent,
        [i for i, places in enumerate(systems) if usual and not places],
        [] if len(more) > DESIGN * len(rows) else more,
    )


def _faults_of(turns: Sequence[Turn]) -> list[str]:
    spoken = [turn for turn in turns if turn.speaker is not Side.SYSTEM]
    tests: Mapping[str, Callable[[], bool]] = {
        "starts with an answer": lambda: bool(spoken) and spoken[0].speaker is Side.ASSISTANT,
        "two questions in a row": lambda: _follow(spoken, Side.USER, Side.USER),
        "two answers in a row": lambda: _follow(spoken, Side.ASSISTANT, Side.ASSISTANT),
        "a tool speaks unasked": lambda: (
            _follow(spoken, Side.USER, Side.TOOL) or bool(spoken and spoken[0].speaker is Side.TOOL)
        ),
        "ends with a question": lambda: bool(spoken) and spoken[-1].speaker is Side.USER,
        "an unknown speaker": lambda: any(turn.speaker is Side.OTHER for turn in spoken),
    }
    return [fault for fault, is_so in tests.items() if is_so()]


def _follow(turns: Sequence[Turn], one: Side, two: Side) -> bool:
    """Whether role `two` may directly follow `one`; a tool call may precede its comment."""
    pairs = itertools.pairwise(turns)
    return any(a.speaker is one and b.speaker is two and not (a.is_call or b.is_call) for a, b in pairs)
