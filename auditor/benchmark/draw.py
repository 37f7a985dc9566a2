"""Sample the rows of the sides and of the test set if they exceed the caps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auditor.benchmark.experiment import Experiment, largest_key, row_keys
from auditor.benchmark.sides import Side, X, Y
from auditor.benchmark.tasks.base import Task
from auditor.config.benchmark_settings import BenchmarkSettings


def make_experiment(
    task: Task[X, Y], sides: Sequence[Side[X, Y]], test: Side[X, Y], options: BenchmarkSettings, seed: int
) -> Experiment[X, Y]:
    """Check the rows and reduce them to the caps.

    Rows are selected by a seeded hash of their identity with one common limit for all sides. A row that occurs in two
    sides is therefore in both or in neither, and a side with a tenth fewer rows is trained on a tenth fewer.

    Raises:
        InputError: the task cannot use the rows.
    """
    task.check(sides, test)
    keys = [row_keys(side.row_ids, [task.identity(x) for x in side.inputs], seed) for side in sides]
    limit = min(largest_key(k, options.max_train_rows) for k in keys)
    drawn = tuple(side.take(np.flatnonzero(k <= limit)) for side, k in zip(sides, keys, strict=True))
    test_keys = row_keys(test.row_ids, [task.identity(x) for x in test.inputs], seed)
    drawn_test = test.take(np.flatnonzero(test_keys <= largest_key(test_keys, options.max_test_rows)))
    task.check(drawn, drawn_test)
    trained = sorted({label for side in drawn for target in side.targets for label in task.labels_of(target)})
    tested = {label for target in drawn_test.targets for label in task.labels_of(target)}
    return Experiment(
        sides=drawn,
        test=drawn_test,
        labels=(*trained, *sorted(tested - set(trained))),
        trained_labels=len(trained),
        available={**{side.name: len(side) for side in sides}, "test": len(test)},
    )


def few_shot(task: Task[X, Y], experiment: Experiment[X, Y], most: int, seed: int) -> Experiment[X, Y]:
    """At most `most` rows per class in each side, sampled in the same order in all sides.

    A row with several labels is taken if one of its labels has fewer than `most` rows so far (greedy sampling, Ding et
    al. 2021, https://arxiv.org/abs/2105.07464); rows without labels form a class.
    """
    sides = []
    for side in experiment.sides:
        taken: Counter[str | None] = Counter()
        kept = []
        keys = row_keys(side.row_ids, [task.identity(x) for x in side.inputs], seed)
        for i in np.argsort(keys, kind="stable"):
            labels = tuple(task.labels_of(side.targets[i])) or (None,)
            if min(taken[label] for label in labels) < most:
                taken.update(labels)
                kept.append(i)
        sides.append(side.take(np.sort(kept)))
    return replace(experiment, sides=tuple(sides))
