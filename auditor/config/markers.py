"""What a field of the settings is marked with beside its type: its command-line option, and that it names files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OptionGroup = Literal["read", "check", "prepare", "bench", "common"]
"""Options that verbs take together."""


@dataclass(frozen=True)
class Option:
    """The command-line option of a setting. Its type, choices, help and default follow from the field."""

    group: OptionGroup | None
    """None: the option is another setting's, which hands some of its values over."""
    metavar: str | None = None
    """Placeholder of the value in the help; None: the type, or the choices."""
    flags: str | None = None
    """None: two dashes and the field's name. ``--yes/--no`` for a choice that has the words yes and no."""
    is_repeatable: bool = False
    """Whether a list is given by repeating the option; else with commas."""


@dataclass(frozen=True)
class NamesFiles:
    """The setting names files or folders, which must exist."""

    may_be_pattern: bool = False
    """Whether ``*`` and ``?`` in it may stand for names."""
