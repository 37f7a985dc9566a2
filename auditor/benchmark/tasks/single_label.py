"""Text classification with one label per row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.benchmark import tables
from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.compare import bootstrap_draws, cohens_h, mcnemar
from auditor.benchmark.draw import few_shot
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.gaps import gaps
from auditor.benchmark.metrics import (
    Scoring,
    accuracy,
    calibration_error,
    macro_f1,
    macro_f1_common,
    macro_precision,
    macro_recall,
)
from auditor.benchmark.review_forecast import REVIEW_DRAWS, review_gains
from auditor.benchmark.robustness import predict_noisy, robustness, with_noise
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import Side
from auditor.benchmark.tasks.encoder import EncoderTask, Fitted
from auditor.benchmark.tasks.requirements import check_labelled
from auditor.config.settings import Settings
from auditor.core.benchmark_result import BenchmarkResult, Comparison, Gain, SideShares
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.models.load import Base
from auditor.models.losses import predict, weighted_loss
from auditor.models.tfidf import WORDS_AND_MARKS, tfidf_vectorizer
from auditor.models.tokenize import Encoded, Rows, encode

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    from auditor.models.gradients import BatchLoss
    from auditor.models.heads import TextClassifier

SCORING = Scoring(
    compared={"accuracy": accuracy, "macro_f1": macro_f1},
    deciding="macro_f1",  # all classes have equal weight, however rare
    shown={"macro_precision": macro_precision, "macro_recall": macro_recall},
)
COMMON = "macro_f1_common"
"""Macro-F1 of the classes with at least `tables.MIN_GROUP_ROWS` test rows."""


class SingleLabel(EncoderTask[str, str]):
    """Classification with softmax; the linear baseline is a support vector machine on TF-IDF features."""

    name, option = "text-classification", "classification"
    scoring = SCORING
    divisible = True
    has_steps = True
    has_gains = True
    disputed_by = ("LBL001", "DUP005")
    not_learned = " Neither side learnt more than the most frequent class: raise benchmark.epochs or give more rows."

    def fits(self, corpus: Corpus) -> bool:
        """Whether the label column has one label per row."""
        return corpus.labels is not None

    def usable(self, corpus: Corpus) -> np.ndarray:
        """Rows with a label."""
        if corpus.labels is None:
            raise InputError(
                "A before/after benchmark of classification needs one label per row.",
                where="label column",
                fix="Name one with --label, or set benchmark.task=language.",
            )
        return np.array([label is not None for label in corpus.labels], bool)

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[str, str]:
        """Texts and labels."""
        texts, labels, rows = corpus.inputs, corpus.labels or [], positions.tolist()
        return Side(name, [texts[i] for i in rows], [str(labels[i]) for i in rows], row_ids=corpus.row_id[positions])

    def check(self, sides: Sequence[Side[str, str]], test: Side[str, str]) -> None:
        """Require enough rows, two classes, and a common class."""
        check_labelled(self, sides, test, "All training rows have the same label.")

    def identity(self, row: str) -> str:
        """The text itself."""
        return row

    def labels_of(self, target: str) -> tuple[str]:
        """The label."""
        return (target,)

    def scoring_for(self, experiment: Experiment[str, str]) -> Scoring:
        """Base the verdict on the classes with enough test rows, if some have too few.

        One row can change the F1 of a class with a handful of test rows by ten points, and thus macro-F1. If the
        classes with enough rows have less than half of all test rows, the verdict is still based on all classes.
        """
        rows = np.bincount(self.truth(experiment))
        common = np.flatnonzero(rows >= tables.MIN_GROUP_ROWS)
        if (rows > 0).sum() == len(common) or len(common) < 2 or 2 * rows[common].sum() < rows.sum():
            return self.scoring
        compared = {**self.scoring.compared, COMMON: macro_f1_common(common)}
        return replace(self.scoring, compared=compared, deciding=COMMON)

    def adapted(self, experiment: Experiment[str, str], settings: Settings, language: str) -> Experiment[str, str]:
        """Apply few-shot sampling and noise on test rows, if requested."""
        options = settings.benchmark
        if options.few_shot:
            experiment = few_shot(self, experiment, options.few_shot, settings.seed)
        return with_noise(experiment, options.noisy_rows, language, settings.seed)

    def encode(self, base: Base, inputs: list[str], max_length: int) -> Encoded:
        """Token ids of the texts."""
        return encode(base.tokenizer, inputs, max_length)

    def targets(self, experiment: Experiment[str, str], side: Side[str, str], rows: Encoded) -> np.ndarray:
        """int64 class codes."""
        return _codes(experiment, side)

    def model(self, base: Base, labels: int) -> TextClassifier:
        """A classification head."""
        return base.classifier(labels)

    def loss(self, model: TextClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None) -> BatchLoss:
        """Weighted cross-entropy."""
        return weighted_loss(model, rows, targets, weights)

    def predict(self, fitted: Fitted[str, str]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """int64 class codes; float32 ``confidence`` of the predicted class; codes for each kind of noisy rows."""
        probabilities = self._probabilities(fitted, fitted.experiment.test.inputs)
        extra = predict_noisy(fitted.experiment, lambda texts: self._probabilities(fitted, texts).argmax(1))
        return probabilities.argmax(1), {"confidence": probabilities.max(1), **extra}

    def _probabilities(self, fitted: Fitted[str, str], texts: list[str]) -> np.ndarray:
        return predict(fitted.model, self.read(fitted, texts))

    def artefact(self, fitted: Fitted[str, str], extra: Mapping[str, np.ndarray]) -> TrainedModel:
        """The classifier."""
        labels = fitted.experiment.labels[: fitted.experiment.trained_labels]
        return TrainedModel(fitted.base.tokenizer, fitted.model, labels, fitted.max_length)

    def truth(self, experiment: Experiment[str, str]) -> np.ndarray:
        """int64 class codes of the test rows."""
        return _codes(experiment, experiment.test)

    def baseline(self, experiment: Experiment[str, str], side: Side[str, str], language: str) -> np.ndarray:
        """int64 class codes by TF-IDF and a linear support vector machine."""
        vectorizer = baseline_vectorizer(language)
        features = vectorizer.fit_transform(side.inputs)
        return _predicted(
            features, _codes(experiment, side), side.weights, vectorizer.transform(experiment.test.inputs)
        )

    def review_gains(
        self, experiment: Experiment[str, str], language: str, price: float | None, seed: int
    ) -> tuple[Gain, ...]:
        """See `review_forecast.review_gains`; of several folds of test rows, the first."""
        fold, side = experiment.folds[0], experiment.sides[-1]
        side = side if len(experiment.folds) == 1 else side.without(0)
        vectorizer = baseline_vectorizer(language)
        features = vectorizer.fit_transform(side.inputs)
        test, truth = vectorizer.transform(fold.test.inputs), self.truth(fold)
        scoring = self.scoring_for(fold)
        metric = scoring.compared[scoring.deciding]
        draws = bootstrap_draws(np.random.default_rng(seed), len(truth), REVIEW_DRAWS, fold.test.clusters)

        def scores(labels: np.ndarray) -> np.ndarray:
            return metric(truth, _predicted(features, labels, side.weights, test)[None], draws)[:, 0]

        return review_gains(features, _codes(experiment, side), scores, price, seed)

    def learned(self, truth: np.ndarray, predicted: np.ndarray) -> bool:
        """Whether either side beats always predicting the most frequent class."""
        return bool((predicted == truth).mean(axis=1).max() > np.bincount(truth).max() / len(truth))

    def predictions(self, experiment: Experiment[str, str], run: SeedRun) -> dict[str, pa.Array]:
        """``label`` and ``predicted``."""
        names = [experiment.labels[code] for code in run.predicted]
        return {"label": pa.array(experiment.test.targets, pa.string()), "predicted": pa.array(names, pa.string())}

    def details(
        self,
        result: BenchmarkResult,
        experiment: Experiment[str, str],
        before: Sequence[SeedRun],
        after: Sequence[SeedRun],
    ) -> BenchmarkResult:
        """Add calibration, ensemble, robustness, group gaps, classes and confusions."""
        truth, labels, clusters = self.truth(experiment), experiment.labels, experiment.test.clusters
        sides = (before, after)
        predicted = np.stack([run.predicted for run in before]), np.stack([run.predicted for run in after])
        trained = (_codes(experiment, side) for side in experiment.sides)
        votes = [tables.scores(SCORING.scores(truth, _votes(side, len(labels))[None])) for side in sides]
        return replace(
            result,
            mcnemar_p_value=tables.rounded(mcnemar(truth, *predicted)),
            effect_size_h=tables.rounded(cohens_h(*((side == truth).mean() for side in predicted))),
            calibration_error=SideShares(*(_calibration(truth, side) for side in sides)),
            group_gaps=gaps(predicted[0] == truth, predicted[1] == truth, experiment.test.groups),
            ensemble=Comparison(votes[0], votes[1]),
            robustness=robustness(SCORING, experiment, truth, before, after),
            classes=tables.classes(labels, truth, predicted, *trained, level=result.level, clusters=clusters),
            confusions=tables.confusions(labels, truth, *predicted),
        )


def baseline_vectorizer(language: str) -> TfidfVectorizer:
    """TF-IDF features of the linear baselines."""
    if language == "zh":
        return tfidf_vectorizer(language, min_df=2)
    return tfidf_vectorizer(language, token_pattern=WORDS_AND_MARKS)


def _predicted(features: csr_matrix, labels: np.ndarray, weights: np.ndarray | None, test: csr_matrix) -> np.ndarray:
    """int64 class codes of `test` by a linear support vector machine."""
    from sklearn.svm import LinearSVC

    scaled = None if weights is None else weights / weights.mean()  # their scale would act on C
    predicted: np.ndarray = LinearSVC(C=0.5, random_state=0).fit(features, labels, sample_weight=scaled).predict(test)
    return predicted.astype(np.int64)


def _codes(experiment: Experiment[str, str], side: Side[str, str]) -> np.ndarray:
    return np.array([experiment.label_codes[label] for label in side.targets], np.int64)


def _calibration(truth: np.ndarray, runs: Sequence[SeedRun]) -> float:
    """Expected calibration error, as mean over the seeds."""
    errors = [calibration_error(run.predicted == truth, run.extra["confidence"]) for run in runs]
    return tables.rounded(np.mean(errors))


def _votes(runs: Sequence[SeedRun], classes: int) -> np.ndarray:
    """(rows,), the class with the highest total confidence over all seeds."""
    votes = np.zeros((len(runs[0].predicted), classes))
    for run in runs:
        votes[np.arange(len(votes)), run.predicted] += run.extra["confidence"]
    winner: np.ndarray = votes.argmax(1)
    return winner
