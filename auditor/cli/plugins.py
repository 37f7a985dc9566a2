"""Options whose values plug-ins can add to."""

from __future__ import annotations

import click


class Extensible(click.Choice[str]):
    """A choice whose help names what is built in; whoever uses the value looks it up once plug-ins are imported."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value as it is."""
        return value
