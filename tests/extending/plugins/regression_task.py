"""A task: the score of a text from how often each word occurs, by gradient descent on a linear model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.benchmark import Side, Task
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.runs import SeedRun, Start
from auditor.benchmark.tasks.requirements import require_rows
from auditor.corpus.corpus import Corpus
from auditor.models.base_model import Ticker
from auditor.plugins import register_task


def mean_squared_error(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    return draws @ ((predicted - truth) ** 2).T / draws.sum(1, keepdims=True)


class Regression(Task[str, float]):
    name, option = "regression", "ridge"
    scoring = Scoring(
        compared={"mean_squared_error": mean_squared_error},
        deciding="mean_squared_error",
        unit="number",
        smaller_is_better=True,
    )

    def fits(self, corpus: Corpus) -> bool:
        return "score" in corpus.table.column_names

    def usable(self, corpus: Corpus) -> np.ndarray:
        return np.array(corpus.table.column("score").is_valid())

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[str, float]:
        scores, chosen = corpus.table.column("score").to_pylist(), positions.tolist()
        return Side(name, [corpus.texts[i] for i in chosen], [scores[i] for i in chosen])

    def check(self, sides: Sequence[Side[str, float]], test: Side[str, float]) -> None:
        for side in sides:
            require_rows(side)

    def identity(self, row: str) -> str:
        return row

    def trainer(self, experiment: Experiment[str, float], start: Start) -> Descent:
        words = sorted({word for side in experiment.sides for text in side.inputs for word in text.split()})
        steps = 10 * start.settings.benchmark.epochs
        return Descent(experiment, tuple(words), steps, Ticker(steps * start.trainings, start.progress))

    def truth(self, experiment: Experiment[str, float]) -> np.ndarray:
        return np.array(experiment.test.targets)


@dataclass(frozen=True)
class Descent:
    experiment: Experiment[str, float]
    words: tuple[str, ...]
    steps: int
    tick: Ticker
    name: str = "linear model"
    cut_texts: Mapping[str, int] | None = None
    held_rows: Mapping[str, int] | None = None

    @property
    def budget(self) -> dict[str, int | float]:
        return {"steps": self.steps, "batch_size": 16}

    @property
    def fingerprint(self) -> object:
        return self.words, self.budget

    def estimate(self, trainings: int) -> None:
        return None

    def counts(self, texts: Sequence[str]) -> np.ndarray:
        return np.array([[text.split().count(word) for word in self.words] for text in texts], float)

    def run(self, side: Side[str, float], seed: int) -> tuple[SeedRun, None]:
        draw, features, targets = np.random.default_rng(seed), self.counts(side.inputs), np.array(side.targets)
        weights, losses = np.zeros(len(self.words)), []
        for _ in range(self.steps):
            rows = draw.integers(len(side), size=16)
            errors = features[rows] @ weights - targets[rows]
            weights -= 0.02 / 16 * features[rows].T @ errors
            losses.append((errors**2).mean())
            self.tick()
        predicted = self.counts(self.experiment.test.inputs) @ weights
        return SeedRun(side.name, seed, predicted, np.array(losses, np.float32), float("nan")), None


register_task(Regression())
