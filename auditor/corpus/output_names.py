"""Column names of a data set derived from a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count

ADDED_COLUMNS = ("row_id", "parent_row_id", "recipe", "sample_weight")
"""Columns added to the data set; a user's column with such a name is renamed, see `output_names`."""


def output_names(columns: Sequence[str], masked: Mapping[str, str]) -> dict[str, str]:
    """The name of each column in the data set: unique, and unchanged unless it is masked or one of `ADDED_COLUMNS`.

    A column ``row_id`` is renamed to ``row_id_input``, or ``row_id_input_2`` if that name is taken, so that a cleaned
    data set keeps all its columns when it is cleaned again.

    Args:
        columns: column names of the input.
        masked: replacements of names that contain personal data.
    """
    names = {name: masked.get(name, name) for name in columns}
    result = {name: name for name, new in names.items() if new == name and name not in ADDED_COLUMNS}
    taken = {*ADDED_COLUMNS, *result}
    for name, new in names.items():
        if name not in result:
            base = f"{new}_input" if new in ADDED_COLUMNS else new
            result[name] = next(n for n in _numbered(base) if n not in taken)
            taken.add(result[name])
    return {name: result[name] for name in columns}


def _numbered(base: str) -> Iterator[str]:
    return chain([base], (f"{base}_{number}" for number in count(2)))
