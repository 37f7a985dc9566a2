"""Locate ``templates/`` and ``rules/``: beside the package in a checkout, inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from auditor.errors import CheckError

_PACKAGE = Path(__file__).resolve().parent


def resource_dir(name: str) -> Path:
    """The folder `name` (``templates`` or ``rules``).

    Raises:
        CheckError: it is missing from the installation.
    """
    for base in (_PACKAGE / "_data", _PACKAGE.parent):
        folder = base / name
        if folder.is_dir():
            return folder
    raise CheckError(
        f"The folder {name!r} of the installation is missing.",
        where=str(_PACKAGE),
        fix="Install auditor again; the installation is incomplete.",
    )
