"""Rows that a tiny model can learn in seconds, and a short way to compare them."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import pyarrow as pa

from auditor.benchmark import Benchmark, Side, Sides, Task, run_benchmark
from auditor.benchmark.tasks.multi_label import LabelSet, MultiLabel
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.tasks.token import TokenClassification, Words
from auditor.config.settings import Settings
from auditor.models.base_model import Progress
from tests.models.toys import FILLER, WORDS

X = TypeVar("X")
Y = TypeVar("Y")
SINGLE, MULTI, TOKEN = SingleLabel(), MultiLabel(), TokenClassification()


def settings_with(settings: Settings, **changes: object) -> Settings:
    """Other settings of the benchmark."""
    return settings.model_copy(update={"benchmark": settings.benchmark.model_copy(update=changes)})


def silent(what: str, share: float) -> None:
    """Progress that only checks that it is told something."""
    assert what and 0.0 < share <= 1.0


def compared(
    task: Task[X, Y],
    before: Side[X, Y],
    after: Side[X, Y],
    test: Side[X, Y],
    settings: Settings,
    language: str = "en",
    progress: Progress = silent,
    finished: dict[str, pa.Table] | None = None,
) -> Benchmark[X, Y]:
    """`run_benchmark` of these rows."""
    return run_benchmark(task, Sides(before, after, test), settings, language, progress, finished)


def rows(count: int, seed: int) -> tuple[list[str], list[str]]:
    """Texts of seven words, two of which give the label away."""
    rng = np.random.default_rng(seed)
    labels = [sorted(WORDS)[i] for i in rng.integers(len(WORDS), size=count)]
    texts = []
    for label in labels:
        words = [*rng.choice(FILLER, 5), *rng.choice(WORDS[label].split(), 2)]
        texts.append(" ".join(rng.permutation(words)))
    return texts, labels


def make_side(name: str, count: int = 240, seed: int = 1, noise: float = 0.0) -> Side[str, str]:
    """Training rows; a share of `noise` of the labels is replaced by another one."""
    texts, labels = rows(count, seed)
    rng = np.random.default_rng(seed + 1)
    names = sorted(WORDS)
    noisy = [names[(names.index(y) + 1 + rng.integers(2)) % 3] if rng.random() < noise else y for y in labels]
    return Side(name, texts, noisy, row_ids=np.arange(count))


def make_test(count: int = 150, seed: int = 9) -> Side[str, str]:
    """Test rows, every tenth of them disputed."""
    texts, labels = rows(count, seed)
    source: list[str | None] = ["even" if i % 2 == 0 else "rare" if i % 20 == 1 else "odd" for i in range(count)]
    ids, disputed = np.arange(1_000, 1_000 + count), np.arange(count) % 10 == 0
    return Side("test", texts, labels, row_ids=ids, disputed=disputed, groups={"source": source})


def multi_label_side(name: str, count: int, seed: int, noise: float = 0.0) -> Side[str, LabelSet]:
    """Texts with two words of each of their labels, of which there are none to three; some sets are drawn by lot."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        chosen = [label for label in sorted(WORDS) if rng.random() < 0.4]
        words = [*rng.choice(FILLER, 4), *(w for label in chosen for w in rng.choice(WORDS[label].split(), 2))]
        texts.append(" ".join(rng.permutation(words)))
        labels.append(tuple(chosen))
    for i in np.flatnonzero(rng.random(count) < noise).tolist():
        labels[i] = tuple(label for label in sorted(WORDS) if rng.random() < 0.4)
    return Side(name, texts, labels, row_ids=np.arange(count) + 1_000 * seed)


def tagged_side(name: str, count: int, seed: int, noise: float = 0.0) -> Side[Words, Words]:
    """Sentences in which some words are things; a share of `noise` of these is left untagged."""
    rng = np.random.default_rng(seed)
    words, tags = [], []
    for _ in range(count):
        things = rng.random(6) < 0.3
        names, plain = ["plane", "hotel", "beach"], ["the", "a", "my", "very", "some"]
        words.append(tuple(str(rng.choice(names if thing else plain)) for thing in things))
        tags.append(tuple("B-THING" if thing and rng.random() >= noise else "O" for thing in things))
    return Side(name, words, tags)


def truth_of(benchmark: Benchmark[X, Y]) -> np.ndarray:
    """What the test rows' predictions are compared with."""
    return benchmark.training.task.truth(benchmark.training.experiment)
