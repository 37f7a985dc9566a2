"""A benchmark task added from outside the package: one class and one registration, and a run trains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.benchmark import Side, Task, register, task_for, tasks
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring
from auditor.benchmark.runs import SeedRun, Start
from auditor.benchmark.tasks.requirements import require_rows
from auditor.config.loading import load_settings
from auditor.core.benchmark_result import BenchmarkResult
from auditor.corpus.corpus import Corpus, Roles
from auditor.models.base_model import Ticker
from auditor.pipeline import run


def mean_squared_error(truth: np.ndarray, predicted: np.ndarray, draws: np.ndarray) -> np.ndarray:
    squares: np.ndarray = draws @ ((predicted - truth) ** 2).T / draws.sum(1, keepdims=True)
    return squares


class Regression(Task[str, float]):
    """The score of a text, from how often each word occurs: gradient descent on a linear model."""

    name, option = "regression", "auto"
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
        scores = corpus.table.column("score").to_pylist()
        chosen = positions.tolist()
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

    def estimate(self, trainings: int) -> str:
        return ""

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


@pytest.fixture
def registered() -> Iterator[Regression]:
    """The task among those of the package, for one test."""
    before, task = list(tasks.TASKS), Regression()
    register(task)
    yield task
    tasks.TASKS[:] = before


def write_scores(path: Path) -> None:
    """Texts of stars, each worth one point; and a wrong one that was copied a hundred times."""
    draw = np.random.default_rng(0)
    stars = draw.integers(0, 5, 400)
    texts = [" ".join(draw.permutation(["star"] * n + [f"w{k}" for k in draw.integers(0, 60, 6)])) for n in stars]
    texts += ["star star star star w1 w2 w3"] * 100
    pq.write_table(pa.table({"text": texts, "score": [*stars.astype(float), *[0.0] * 100]}), path)


def test_a_task_of_ones_own_is_trained_and_reported(tmp_path: Path, registered: Regression) -> None:
    write_scores(tmp_path / "d.parquet")
    settings = load_settings(
        options={"pii.ner": "off", "benchmark.seeds": 2, "benchmark.epochs": 30, "keep_state": False}
    )
    outcome = run([str(tmp_path / "d.parquet")], settings, out=tmp_path / "out", command="auditor run d.parquet",
                  stages=("scan", "plan", "clean", "benchmark"), progress=lambda *_: None,
                  is_offering=False)  # fmt: skip
    result = outcome.benchmark
    assert outcome.errors == [] and outcome.skipped == [] and isinstance(result, BenchmarkResult)
    assert result.task == "regression" and result.model == "linear model" and result.seeds == (0, 1)
    assert result.after["mean_squared_error"].mean < 0.5  # the mean of the scores has an error of 2
    assert result.outcome == "better" and "mean_squared_error changed by -" in result.verdict
    assert result.rows.used.test > 20
    assert len(list((tmp_path / "out" / "benchmark" / "trainings").iterdir())) == 4
    page = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "linear model" in page and "regression" in page and "mean squared error" in page


def test_a_name_is_given_once(registered: Regression) -> None:
    with pytest.raises(ValueError, match="regression"):
        register(Regression())


def test_the_columns_choose_the_task(registered: Regression) -> None:
    table = pa.table({"text": pa.array(["a", "b"], pa.large_string()), "score": [0.5, None]})
    corpus = Corpus("c", (), table, np.arange(2), Roles("text"))
    assert task_for(corpus, "auto") is registered
    assert task_for(corpus, "language").name == "masked-language-modelling"
