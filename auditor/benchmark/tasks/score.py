"""Regression: a real number per row, such as the similarity of two sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring, spearman
from auditor.benchmark.robustness import predict_noisy, robustness, with_noise
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import Side
from auditor.benchmark.tasks.encoder import EncoderTask, Fitted
from auditor.benchmark.tasks.requirements import require_rows
from auditor.benchmark.tasks.single_label import baseline_vectorizer
from auditor.config.settings import Settings
from auditor.core.benchmark_result import BenchmarkResult
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.models.load import Base
from auditor.models.losses import predict_scores, squared_loss, start_at_mean
from auditor.models.tokenize import Encoded, Rows, encode

if TYPE_CHECKING:
    import torch

    from auditor.models.gradients import BatchLoss
    from auditor.models.heads import TextClassifier

_LEARNED = 0.1
"""Smallest rank correlation that counts as having learned something."""


class ScoreRegression(EncoderTask[str, float]):
    """Regression with squared error, evaluated by rank correlation; the linear baseline is ridge regression.

    Spearman's coefficient is the usual metric of semantic similarity (Cer et al. 2017, STS benchmark; MTEB).
    """

    name, option = "score-regression", "regression"
    scoring = Scoring(compared={"spearman": spearman}, deciding="spearman", unit="number")
    divisible = True
    has_steps = True
    not_learned = " Neither side learnt to order the rows: raise benchmark.epochs or give more rows."

    def fits(self, corpus: Corpus) -> bool:
        """Whether the label column contains real numbers."""
        return corpus.scores is not None

    def usable(self, corpus: Corpus) -> np.ndarray:
        """Rows with a number."""
        if corpus.scores is None:
            raise InputError(
                "A before/after benchmark of regression needs a label column of real numbers.",
                where="label column",
                fix="Name one with --label, or set benchmark.task=language.",
            )
        return np.asarray(np.isfinite(corpus.scores))

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[str, float]:
        """Texts and numbers."""
        texts, scores = corpus.inputs, np.zeros(len(corpus)) if corpus.scores is None else corpus.scores
        rows = positions.tolist()
        return Side(name, [texts[i] for i in rows], [float(scores[i]) for i in rows], row_ids=corpus.row_id[positions])

    def check(self, sides: Sequence[Side[str, float]], test: Side[str, float]) -> None:
        """Require enough rows, and different numbers."""
        for side in (*sides, test):
            if side is not test:
                require_rows(side)
            if len(set(side.targets)) < 2:
                raise InputError(
                    "All rows have the same score.",
                    where=f"rows {side.name!r}",
                    fix="Choose another label column (corpus.label), or set benchmark.enabled=false.",
                )

    def identity(self, row: str) -> str:
        """The text itself."""
        return row

    def adapted(self, experiment: Experiment[str, float], settings: Settings, language: str) -> Experiment[str, float]:
        """Apply noise on test rows, if requested."""
        return with_noise(experiment, settings.benchmark.noisy_rows, language, settings.seed)

    def encode(self, base: Base, inputs: list[str], max_length: int) -> Encoded:
        """Token ids of the texts."""
        return encode(base.tokenizer, inputs, max_length)

    def targets(self, experiment: Experiment[str, float], side: Side[str, float], rows: Encoded) -> np.ndarray:
        """float32, standardized by mean and standard deviation of the first side, for a common scale."""
        first = np.array(experiment.sides[0].targets)
        scaled = (np.array(side.targets) - first.mean()) / max(float(first.std()), 1e-9)
        return np.asarray(scaled, np.float32)

    def model(self, base: Base, labels: int) -> TextClassifier:
        """A head with one output."""
        return base.classifier(1)

    def begin(self, model: torch.nn.Module, targets: np.ndarray) -> None:
        """Initialize the head with the mean."""
        start_at_mean(model, targets)

    def loss(self, model: torch.nn.Module, rows: Rows, targets: np.ndarray, weights: np.ndarray | None) -> BatchLoss:
        """Weighted squared error."""
        return squared_loss(model, rows, targets, weights)

    def predict(self, fitted: Fitted[str, float]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """float64, on the scale of `targets`; also predictions for each kind of noisy rows."""

        def scores(texts: list[str]) -> np.ndarray:
            return predict_scores(fitted.model, self.encode(fitted.base, texts, fitted.max_length))

        return scores(fitted.experiment.test.inputs), predict_noisy(fitted.experiment, scores)

    def truth(self, experiment: Experiment[str, float]) -> np.ndarray:
        """float64, the numbers of the test rows."""
        return np.array(experiment.test.targets)

    def baseline(self, experiment: Experiment[str, float], side: Side[str, float], language: str) -> np.ndarray:
        """float64 by TF-IDF and ridge regression."""
        from sklearn.linear_model import Ridge

        vectorizer = baseline_vectorizer(language)
        features = vectorizer.fit_transform(side.inputs)
        model = Ridge(alpha=1.0).fit(features, side.targets, sample_weight=side.weights)
        predicted: np.ndarray = model.predict(vectorizer.transform(experiment.test.inputs))
        return predicted.astype(np.float64)

    def learned(self, truth: np.ndarray, predicted: np.ndarray) -> bool:
        """Whether either side orders the rows better than chance."""
        return max(self.scoring.scores(truth, predicted)["spearman"]) > _LEARNED

    def predictions(self, experiment: Experiment[str, float], run: SeedRun) -> dict[str, pa.Array]:
        """``score`` and ``predicted``; the latter is on the standardized scale of `targets`."""
        return {"score": pa.array(experiment.test.targets, pa.float64()), "predicted": pa.array(run.predicted)}

    def details(
        self,
        result: BenchmarkResult,
        experiment: Experiment[str, float],
        before: Sequence[SeedRun],
        after: Sequence[SeedRun],
    ) -> BenchmarkResult:
        """Add robustness."""
        found = robustness(self.scoring, experiment, self.truth(experiment), before, after)
        return replace(result, robustness=found)
