"""Choose one of several tables in a file."""

from __future__ import annotations

from collections.abc import Collection

from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError, nearest


def choose_table(names: Collection[str], kind: str, file: InputFile) -> str:
    """The table named in the settings, or the only one.

    Args:
        names: names of all tables.
        kind: what they are called, in the plural.
        file: the file.

    Raises:
        InputError: the named table does not exist, or none is named and there are several.
    """
    wanted = file.settings.table
    if wanted is not None:
        if wanted in names:
            return wanted
        raise InputError(
            f"None of the {kind} has the name given by corpus.table.",
            where=str(file.path),
            fix=nearest(wanted, names),
        )
    if len(names) > 1:
        raise InputError(
            f"The file contains {len(names)} {kind}.",
            where=f"{file.path}: {', '.join(map(repr, list(names)[:20]))}",
            fix="Name the one to read with --set corpus.table=NAME.",
        )
    return next(iter(names))
