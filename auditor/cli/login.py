"""The name that a person decides under who gives none."""

from __future__ import annotations

import getpass


def login() -> str:
    """The login of this process; ``reviewer`` where it has none, as in containers of an unknown user."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # KeyError before Python 3.13
        return "reviewer"
