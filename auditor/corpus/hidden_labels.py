"""The value that stands for a label that is withheld, as in test parts of shared tasks (GLUE writes -1)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from auditor.core.actions import Part

HIDDEN = ("-1", "-1.0", "-100", "?")
"""Values that may stand for none."""


def hidden_label(names: Sequence[str | None], codes: np.ndarray, part: np.ndarray | None) -> str | None:
    """The label that is none: it stands on every labelled row of a held-out part and on no row of the train part.

    Labels of plus and minus one stand in all parts, so -1 is a class there. Without train rows there is no saying
    which labels are classes, so one that stands on every row is hidden.

    Args:
        names: different labels; None where one is blank.
        codes: int, index into `names` for each row; beyond their number where the label is missing.
        part: int8, `Part` of each row; None where all are train.
    """
    found = [place for place, name in enumerate(names) if name is not None and name.strip() in HIDDEN]
    if len(found) != 1:
        return None
    (place,) = found
    labelled = codes < len(names)
    if (codes[labelled] == place).all():
        return names[place]
    if part is None:
        return None
    is_hidden = codes == place
    parts = set(np.unique(part[is_hidden]).tolist())
    if Part.TRAIN in parts:
        return None
    return names[place] if (is_hidden == labelled)[np.isin(part, sorted(parts))].all() else None
