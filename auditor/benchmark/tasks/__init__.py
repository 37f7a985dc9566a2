"""The tasks that a benchmark can train, and which of them a corpus is for."""

from __future__ import annotations

from typing import Any, TypeAlias

from auditor.benchmark.tasks.base import Task
from auditor.benchmark.tasks.masked_lm import MaskedLanguageModelling
from auditor.benchmark.tasks.multi_label import MultiLabel
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.tasks.token import TokenClassification
from auditor.corpus.corpus import Corpus

AnyTask: TypeAlias = Task[Any, Any]
"""A task whatever its rows are."""

TASKS: list[AnyTask] = [
    TokenClassification(),
    MultiLabel(),
    SingleLabel(),
    MaskedLanguageModelling(),
]
"""In the order in which they are asked whether they fit."""


def register(task: AnyTask) -> None:
    """Add a task; it is asked before all others.

    Raises:
        ValueError: there is a task of that name.
    """
    if task.name in {known.name for known in TASKS}:
        raise ValueError(f"There is a benchmark task named {task.name!r} already.")
    TASKS.insert(0, task)


def task_for(corpus: Corpus, option: str) -> AnyTask:
    """The first task that fits the columns of `corpus`.

    Args:
        option: the setting ``benchmark.task``: ``auto``, or which tasks come into question; the last of these is
            taken where none fits, and says what it lacks.
    """
    candidates = [task for task in TASKS if option in ("auto", task.option)]
    return next((task for task in candidates if task.fits(corpus)), candidates[-1])
