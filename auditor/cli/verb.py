"""Commands whose help shows options in sections, followed by examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import click

Section = Literal["Input", "Checks", "Gate", "Cleaning", "Benchmark", "Speed and memory", "Output and settings"]
"""Sections of the help, in order; options without a section come first."""
_ORDER: tuple[Section, ...] = (
    "Input", "Checks", "Gate", "Cleaning", "Benchmark", "Speed and memory", "Output and settings",
)  # fmt: skip


class SectionOption(click.Option):
    """An option in a section of the help."""

    def __init__(self, *args: Any, section: Section, **more: Any) -> None:
        super().__init__(*args, **more)
        self.section: Section = section


class Verb(click.Command):
    """A command whose help shows options in sections, and examples at the end.

    Args:
        examples: pairs of a command and its description.
    """

    def __init__(self, *args: Any, examples: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options without a section, then the sections."""
        sections: dict[str, list[tuple[str, str]]] = {"Options": [], **{name: [] for name in _ORDER}}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                sections[_section_of(parameter)].append(record)
        for name, records in sections.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples, each after its description."""
        if self.examples:
            with formatter.section("Examples"):
                for command, what in self.examples:
                    formatter.write_text(f"# {what}")
                    formatter.write(f"{'':>{formatter.current_indent}}{command}\n")


def _section_of(parameter: click.Option) -> str:
    if isinstance(parameter, SectionOption):
        return parameter.section
    return "Output and settings" if parameter.name == "help" else "Options"
