"""The registry of benchmark tasks, and the choice of the task for a corpus."""

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
"""A task with any type of rows."""

_BUILT_IN: tuple[AnyTask, ...] = (
    MaskedLanguageModelling(),
    ScoreRegression(),
    SingleLabel(),
    MultiLabel(),
    TokenClassification(),
)
TASKS: Registry[AnyTask] = Registry("benchmark task", lambda task: (task.name,), _BUILT_IN)
"""Tasks by name; those registered last take precedence."""


def task_options() -> tuple[str, ...]:
    """The possible values of the setting ``benchmark.task``."""
    return tuple(dict.fromkeys(("auto", *(task.option for task in TASKS))))


def require_task(option: str) -> None:
    """Refuse an unknown value of ``benchmark.task``.

    Raises:
        UsageError: no task has this option.
    """
    if option not in task_options():
        raise UsageError(
            "There is no such benchmark task.", where=f"benchmark.task = {option}", fix=nearest(option, task_options())
        )


def task_for(corpus: Corpus, option: str) -> AnyTask:
    """The most recently registered task that fits the columns of `corpus`.

    Args:
        corpus: the input.
        option: the setting ``benchmark.task``: ``auto``, or the option of the tasks to consider. If none of them fits,
            the first one is returned, whose error will say what is missing.

    Raises:
        UsageError: no task has the option.
    """
    require_task(option)
    candidates = [task for task in TASKS if option in ("auto", task.option)]
    return next((task for task in reversed(candidates) if task.fits(corpus)), candidates[0])
