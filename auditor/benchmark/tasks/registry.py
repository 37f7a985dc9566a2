"""Every benchmark task, and which of them a corpus is for."""

from __future__ import annotations

from typing import Any, TypeAlias

from auditor.benchmark.tasks.base import Task
from auditor.benchmark.tasks.masked_lm import MaskedLanguageModelling
from auditor.benchmark.tasks.multi_label import MultiLabel
from auditor.benchmark.tasks.score import ScoreRegression
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.tasks.token import TokenClassification
from auditor.corpus.corpus import Corpus
from auditor.errors import UsageError, nearest
from auditor.registry import Registry

AnyTask: TypeAlias = Task[Any, Any]
"""A task whatever its rows are."""

_BUILT_IN: tuple[AnyTask, ...] = (
    MaskedLanguageModelling(),
    ScoreRegression(),
    SingleLabel(),
    MultiLabel(),
    TokenClassification(),
)
TASKS: Registry[AnyTask] = Registry("benchmark task", lambda task: (task.name,), _BUILT_IN)
"""By name; the one that was added last is asked first whether a corpus is for it."""


def task_options() -> tuple[str, ...]:
    """What the setting ``benchmark.task`` may be."""
    return tuple(dict.fromkeys(("auto", *(task.option for task in TASKS))))


def require_task(option: str) -> None:
    """Refuse a value of ``benchmark.task`` that no task has.

    Raises:
        UsageError: none has.
    """
    if option not in task_options():
        raise UsageError(
            "There is no such benchmark task.", where=f"benchmark.task = {option}", fix=nearest(option, task_options())
        )


def task_for(corpus: Corpus, option: str) -> AnyTask:
    """The task that was added last of those that fit the columns of `corpus`.

    Args:
        corpus: the input.
        option: the setting ``benchmark.task``: ``auto``, or which tasks come into question; the first of these is taken
            where none fits, and says what it lacks.

    Raises:
        UsageError: no task has the option.
    """
    require_task(option)
    candidates = [task for task in TASKS if option in ("auto", task.option)]
    return next((task for task in reversed(candidates) if task.fits(corpus)), candidates[0])
