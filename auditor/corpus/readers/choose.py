"""One of several tables in a file."""

from __future__ import annotations

from collections.abc import Collection

from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError, nearest


def the_one(names: Collection[str], kind: str, file: InputFile) -> str:
    """The table that the settings name, or the only one.

    Args:
        names: of all tables.
        kind: what they are called, in the plural.
        file: they are in.

    Raises:
        InputError: the one that is named is not there, or none is named and there are several.
    """
    wanted = file.settings.table
    if wanted is not None:
        if wanted in names:
            return wanted
        raise InputError(
            f"None of the {kind} has the name that corpus.table gives.",
            where=str(file.path),
            fix=nearest(wanted, names),
        )
    if len(names) > 1:
        raise InputError(
            f"The file holds {len(names)} {kind}.",
            where=f"{file.path}: {', '.join(map(repr, list(names)[:20]))}",
            fix="Name the one to read with --set corpus.table=NAME.",
        )
    return next(iter(names))
