"""Requirements on the rows of a benchmark."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.errors import InputError
from auditor.message import Text

MIN_TRAIN_ROWS = 50


def check_labelled(task: Task[X, Y], sides: Sequence[Side[X, Y]], test: Side[X, Y], same: str) -> None:
    """Require that every side has enough rows, different labels, and a label in common with the first side.

    Args:
        task: the task.
        sides: the training rows.
        test: the test rows.
        same: error text for the case that all rows have the same labels.

    Raises:
        InputError: a requirement is not met, or there are no test rows.
    """
    first = {label for target in sides[0].targets for label in task.labels_of(target)}
    for side in sides:
        where = f"training rows {side.name!r}"
        require_rows(side)
        if len(set(side.targets)) < 2:
            raise InputError(
                same, where=where, fix="Choose another label column (corpus.label), or set benchmark.enabled=false."
            )
        if not any(task.identity(row).strip() for row in side.inputs):
            raise InputError(
                "All training texts are empty.", where=where, fix="Choose another text column (corpus.text)."
            )
        if first.isdisjoint(label for target in side.targets for label in task.labels_of(target)):
            raise InputError(
                "The two sides have no label in common.",
                where=f"training rows {sides[0].name!r} and {side.name!r}",
                fix="Compare two versions of the same data set, with the same label column.",
            )
    if not len(test):
        raise InputError(
            "There are no labelled test rows.",
            where="test split",
            fix="Raise prepare.test, or give a split column with a test part.",
        )


def require_rows(side: Side[X, Y]) -> None:
    """Require enough training rows.

    Raises:
        InputError: there are fewer than `MIN_TRAIN_ROWS`.
    """
    if len(side) < MIN_TRAIN_ROWS:
        raise InputError(
            Text("A benchmark needs at least {0} training rows; there are {1}.", MIN_TRAIN_ROWS, len(side)),
            where=f"training rows {side.name!r}",
            fix="Give more rows, raise benchmark.max_train_rows, or set benchmark.enabled=false.",
        )
