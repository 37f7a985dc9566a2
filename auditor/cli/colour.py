"""Colours on the terminal: only where there is one, and where the user has not said otherwise."""

from __future__ import annotations

import os

import click


def echo(text: str) -> None:
    """Print `text`: in a pipe and under ``NO_COLOR`` (no-color.org) without its colours; ``FORCE_COLOR`` keeps them."""
    click.echo(text, color=wanted())


def wanted() -> bool | None:
    """Whether colours are printed; None: on a terminal."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return True if os.environ.get("FORCE_COLOR") else None
