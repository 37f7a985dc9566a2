"""Annotations of settings fields: their command-line option, and whether they name files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

OptionGroup = Literal["read", "check", "prepare", "bench", "common"]
"""Groups of options that commands share."""


@dataclass(frozen=True)
class Option:
    """The command-line option of a setting. Its type, choices, help and default follow from the field."""

    group: OptionGroup | None
    """None: the option belongs to another setting, which passes some of its values on."""
    metavar: str | None = None
    """Placeholder of the value in the help; None: the type or the choices."""
    flags: str | None = None
    """None: ``--`` and the field name. ``--yes/--no`` for a choice with the words yes and no."""
    is_repeatable: bool = False
    """Whether a list is given by repeating the option; otherwise it is comma-separated."""


@dataclass(frozen=True)
class NamesFiles:
    """Marks a setting that names files or folders, which must exist."""

    may_be_pattern: bool = False
    """Whether the value may be a glob pattern."""
