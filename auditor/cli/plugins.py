"""Options whose values plug-ins can add to."""

from __future__ import annotations

import click


class Extensible(click.Choice[str]):
    """A choice whose help names what is built in; whoever uses the value looks it up once plug-ins are imported."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The value as it is."""
        return value


def import_own_plugins() -> None:
    """Import the plug-ins that the settings in the working directory name, for a verb without options of settings.

    Raises:
        UsageError: one is not there, or fails.
    """
    from auditor.config.loading import plugin_names
    from auditor.plugins import import_plugins

    import_plugins(plugin_names())
