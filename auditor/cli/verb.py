"""The help of a verb: its options in groups, then examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import click

Section = Literal["Input", "Checks", "Gate", "Cleaning", "Benchmark", "Speed and memory", "Output and settings"]
"""In the order of the help; options without one are the verb's own and come first."""
_ORDER: tuple[Section, ...] = (
    "Input", "Checks", "Gate", "Cleaning", "Benchmark", "Speed and memory", "Output and settings",
)  # fmt: skip


class SectionOption(click.Option):
    """An option in a section of the help."""

    def __init__(self, *args: Any, section: Section, **more: Any) -> None:
        super().__init__(*args, **more)
        self.section: Section = section


class Verb(click.Command):
    """A command whose help has its options in sections, and examples at the end.

    Args:
        examples: a command, and what it does.
    """

    def __init__(self, *args: Any, examples: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Own options, then a section for each kind."""
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
        """Examples, one per line, each under what it does."""
        if self.examples:
            with formatter.section("Examples"):
                for command, what in self.examples:
                    formatter.write_text(f"# {what}")
                    formatter.write(f"{'':>{formatter.current_indent}}{command}\n")


def _section_of(parameter: click.Option) -> str:
    if isinstance(parameter, SectionOption):
        return parameter.section
    return "Output and settings" if parameter.name == "help" else "Options"
