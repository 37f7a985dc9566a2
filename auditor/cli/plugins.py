"""Options with values that plug-ins can extend."""

from __future__ import annotations

import click


class Extensible(click.Choice[str]):
    """A choice whose help lists the built-in values; values are validated later, when plug-ins have been imported."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the value unchanged."""
        return value
