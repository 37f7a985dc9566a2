"""Names of the columns of a data set that is made of a corpus."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, count

ADDED_COLUMNS = ("row_id", "parent_row_id", "recipe", "sample_weight")
"""Our own columns; a user's column of such a name gets another one: see `output_names`."""


def output_names(columns: Sequence[str], masked: Mapping[str, str]) -> dict[str, str]:
    """The name of each column in the data set: unique, and its own name unless it is masked or one of ours.

    A column ``row_id`` is called ``row_id_input``, or ``row_id_input_2`` where there is a column of that name already,
    so a data set that was cleaned before keeps all of its columns when it is cleaned again.

    Args:
        columns: names of the input.
        masked: what replaces names that hold personal data.
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
