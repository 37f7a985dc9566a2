"""The placeholder for withheld labels in test parts of shared tasks (-1 in GLUE)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from auditor.core.actions import Part

HIDDEN = ("-1", "-1.0", "-100", "?")
"""Possible placeholders."""


def hidden_label(
    names: Sequence[str | None], codes: np.ndarray, part: np.ndarray | None, declared: Collection[str] = ()
) -> str | None:
    """The placeholder label, if there is one: all labelled rows of a held-out part have it, and no train row does.

    Where labels are plus and minus one, -1 occurs in all parts and is a class. If all rows of the corpus have the same
    value and it is one of `HIDDEN`, it counts as a placeholder. So does one in any part that is missing among declared
    classes: ``datasets.ClassLabel`` writes -1 for no label.

    Args:
        names: distinct labels; None for a blank one.
        codes: int, index into `names` for each row; at least ``len(names)`` if the label is missing.
        part: int8, `Part` of each row; None if all are train.
        declared: the classes that the file declares, as they stand in the column; empty if it declares none.
    """
    found = [place for place, name in enumerate(names) if name is not None and name.strip() in HIDDEN]
    if len(found) != 1:
        return None
    (place,) = found
    labelled = codes < len(names)
    if (codes[labelled] == place).all() or (declared and names[place] not in declared):
        return names[place]
    if part is None:
        return None
    is_hidden = codes == place
    parts = set(np.unique(part[is_hidden]).tolist())
    if Part.TRAIN in parts:
        return None
    return names[place] if (is_hidden == labelled)[np.isin(part, sorted(parts))].all() else None
