"""Colours on terminals, unless the user has turned them off."""

from __future__ import annotations

import os

import click


def echo(text: str) -> None:
    """Print `text`, without colours in pipes and if ``NO_COLOR`` (no-color.org) is set, unless ``FORCE_COLOR`` is."""
    click.echo(text, color=wanted())


def wanted() -> bool | None:
    """Whether colours are printed; None: only on terminals."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None
