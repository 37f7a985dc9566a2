"""The two orders of tasks that wait."""

import pytest

from auditor.engine.base import Task
from auditor.engine.queue import Queue, QueuedTask


@pytest.fixture
def queue():
    queue = Queue()
    tasks = [
        Task("long", int, cost=9.0),
        Task("batch 1", int, cost=0.0, priority=5.0),
        Task("batch 2", int, cost=0.0, priority=5.0),
        Task("short", int, cost=1.0),
        Task("here", int, cost=7.0, is_local=True),
    ]
    for number, task in enumerate(tasks):
        queue.put(QueuedTask(task, number, is_local=task.is_local))
    return queue


def names(take):
    taken = []
    while (queued := take()) is not None:
        taken.append(queued.task.name)
    return taken


def test_workers_take_the_longest_and_what_much_waits_for(queue):
    assert names(queue.take_costliest) == ["long", "batch 1", "batch 2", "short"]


def test_the_process_that_asked_takes_its_own_and_the_shortest(queue):
    assert names(lambda: queue.take_cheapest(only_local=True)) == ["here"]
    assert names(lambda: queue.take_cheapest(only_local=False)) == ["batch 1", "batch 2", "short", "long"]


def test_a_task_is_taken_once_and_can_be_put_back(queue):
    long = queue.take_costliest()
    assert "long" not in names(lambda: queue.take_cheapest(only_local=False))
    queue.put(long)
    assert queue.take_costliest() is long and queue.take_costliest() is None
