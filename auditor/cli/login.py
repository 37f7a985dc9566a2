"""The default name of a reviewer."""

from __future__ import annotations

import getpass


def login() -> str:
    """The login name of the user; ``reviewer`` if there is none, as for unknown users in containers."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # KeyError before Python 3.13
        return "reviewer"
