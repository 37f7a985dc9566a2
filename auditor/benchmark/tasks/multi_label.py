"""Multi-label text classification: any number of labels per row, one sigmoid per label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.benchmark import tables
from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.draw import few_shot
from auditor.benchmark.experiment import Experiment, held_out
from auditor.benchmark.gaps import gaps
from auditor.benchmark.metrics import (
    Scoring,
    accuracy,
    best_threshold,
    macro_f1,
    micro_f1,
    micro_precision,
    micro_recall,
    trivial_f1,
)
from auditor.benchmark.robustness import predict_noisy, robustness, with_noise
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.sides import Side
from auditor.benchmark.tasks.encoder import EncoderTask, Fitted
from auditor.benchmark.tasks.requirements import check_labelled
from auditor.benchmark.tasks.single_label import baseline_vectorizer
from auditor.config.settings import Settings
from auditor.core.benchmark_result import BenchmarkResult
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.models.load import Base
from auditor.models.losses import binary_loss, predict, start_at_base_rates
from auditor.models.tokenize import Encoded, Rows, encode

if TYPE_CHECKING:
    from auditor.models.gradients import BatchLoss
    from auditor.models.heads import TextClassifier

LabelSet = tuple[str, ...]
"""The labels of a row; empty if none applies."""

SCORING = Scoring(
    compared={"micro_f1": micro_f1, "macro_f1": macro_f1, "subset_accuracy": accuracy},
    deciding="micro_f1",  # macro-F1 weighs a label with two test rows like one with two thousand
    shown={"micro_precision": micro_precision, "micro_recall": micro_recall},
)
_NEVER = -1e6
"""Margin of a label that does not occur in training."""


class MultiLabel(EncoderTask[str, LabelSet]):
    """Multi-label classification; the threshold on the probabilities is chosen on held-out rows."""

    name, option = "multi-label-classification", "classification"
    scoring = SCORING
    divisible = True
    has_steps = True
    disputed_by = ("LBL009", "LBL010", "DUP005")
    not_learned = (
        " Neither side learnt more than the most frequent labels for every row: "
        "raise benchmark.epochs or give more rows."
    )

    def fits(self, corpus: Corpus) -> bool:
        """Whether the label column has a list of labels per row."""
        return corpus.label_sets is not None

    def usable(self, corpus: Corpus) -> np.ndarray:
        """Rows with a list of labels."""
        if corpus.label_sets is None:
            raise InputError(
                "A benchmark of several labels per row needs a column that holds them.",
                where="label column",
                fix="Name one with --label, and the separator of labels in a text with --set corpus.label_separator=,",
            )
        return np.array([labels is not None for labels in corpus.label_sets], bool)

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[str, LabelSet]:
        """Texts and label sets."""
        texts, sets, rows = corpus.inputs, corpus.label_sets or [], positions.tolist()
        return Side(name, [texts[i] for i in rows], [sets[i] or () for i in rows], row_ids=corpus.row_id[positions])

    def check(self, sides: Sequence[Side[str, LabelSet]], test: Side[str, LabelSet]) -> None:
        """Require enough rows, different label sets, and a common label."""
        check_labelled(self, sides, test, "All training rows have the same labels.")

    def identity(self, row: str) -> str:
        """The text itself."""
        return row

    def labels_of(self, target: LabelSet) -> LabelSet:
        """The labels."""
        return target

    def adapted(
        self, experiment: Experiment[str, LabelSet], settings: Settings, language: str
    ) -> Experiment[str, LabelSet]:
        """Apply few-shot sampling and noise on test rows, if requested."""
        options = settings.benchmark
        if options.few_shot:
            experiment = few_shot(self, experiment, options.few_shot, settings.seed)
        return with_noise(experiment, options.noisy_rows, language, settings.seed)

    def encode(self, base: Base, inputs: list[str], max_length: int) -> Encoded:
        """Token ids of the texts."""
        return encode(base.tokenizer, inputs, max_length)

    def targets(self, experiment: Experiment[str, LabelSet], side: Side[str, LabelSet], rows: Encoded) -> np.ndarray:
        """Bool (rows, trained labels)."""
        return label_matrix(experiment, side)[:, : experiment.trained_labels]

    def held(self, experiment: Experiment[str, LabelSet], side: Side[str, LabelSet], patience: int) -> np.ndarray:
        """A tenth of the rows, the same ones in both sides, but never all rows with a label."""
        held = held_out(side.row_ids, side.inputs)
        has = label_matrix(experiment, side)
        for k in np.flatnonzero(has.any(axis=0) & ~has[~held].any(axis=0)).tolist():
            held[has[:, k].argmax()] = False
        return held

    def model(self, base: Base, labels: int) -> TextClassifier:
        """A classification head."""
        return base.classifier(labels)

    def begin(self, model: TextClassifier, targets: np.ndarray) -> None:
        """Initialize the head with the base rates of the labels."""
        start_at_base_rates(model, targets)

    def loss(self, model: TextClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None) -> BatchLoss:
        """Weighted binary cross-entropy, summed over the labels."""
        return binary_loss(model, rows, targets, weights)

    def predict(self, fitted: Fitted[str, LabelSet]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Bool (rows, labels), False for labels not seen in training; the ``threshold``; and noisy rows."""
        experiment = fitted.experiment
        on_held = predict(fitted.model, fitted.held_rows, multi_label=True)
        threshold = best_threshold(on_held, fitted.held_targets, 0.5, fitted.held_weights)

        def given(texts: list[str]) -> np.ndarray:
            rows = self.read(fitted, texts)
            found = np.zeros((len(rows), len(experiment.labels)), bool)
            found[:, : experiment.trained_labels] = predict(fitted.model, rows, multi_label=True) >= threshold
            return found

        return given(experiment.test.inputs), {"threshold": np.array(threshold), **predict_noisy(experiment, given)}

    def artefact(self, fitted: Fitted[str, LabelSet], extra: Mapping[str, np.ndarray]) -> TrainedModel:
        """The classifier with its threshold."""
        labels = fitted.experiment.labels[: fitted.experiment.trained_labels]
        threshold = float(extra["threshold"])
        return TrainedModel(fitted.base.tokenizer, fitted.model, labels, fitted.max_length, threshold)

    def truth(self, experiment: Experiment[str, LabelSet]) -> np.ndarray:
        """Bool (test rows, labels)."""
        return label_matrix(experiment, experiment.test)

    def baseline(self, experiment: Experiment[str, LabelSet], side: Side[str, LabelSet], language: str) -> np.ndarray:
        """Bool (test rows, labels) by TF-IDF and a linear support vector machine per label (one versus rest).

        As for the encoder, the threshold on the margins is chosen on held-out rows.
        """
        from sklearn.svm import LinearSVC

        has, held = label_matrix(experiment, side), self.held(experiment, side, 0)
        trained, rest = side.take(np.flatnonzero(~held)), side.take(np.flatnonzero(held))
        known, vectorizer = has[~held], baseline_vectorizer(language)
        features = vectorizer.fit_transform(trained.inputs)
        weights = None if trained.weights is None else trained.weights / trained.weights.mean()
        on_rest, on_test = (vectorizer.transform(texts) for texts in (rest.inputs, experiment.test.inputs))
        margins = [np.full((rows.shape[0], has.shape[1]), _NEVER) for rows in (on_rest, on_test)]
        for k in np.flatnonzero(known.any(axis=0) & ~known.all(axis=0)).tolist():
            model = LinearSVC(C=0.5, random_state=0).fit(features, known[:, k], sample_weight=weights)
            for found, rows in zip(margins, (on_rest, on_test), strict=True):
                if len(found):
                    found[:, k] = model.decision_function(rows)
        for found in margins:
            found[:, known.all(axis=0)] = -_NEVER
        given: np.ndarray = margins[1] >= best_threshold(margins[0], has[held], 0.0, rest.weights)
        return given

    def learned(self, truth: np.ndarray, predicted: np.ndarray) -> bool:
        """Whether either side beats predicting the most frequent labels for every row."""
        return max(SCORING.scores(truth, predicted)["micro_f1"]) > trivial_f1(truth)

    def predictions(self, experiment: Experiment[str, LabelSet], run: SeedRun) -> dict[str, pa.Array]:
        """Lists ``labels`` and ``predicted``."""
        names = [[experiment.labels[k] for k in np.flatnonzero(row)] for row in run.predicted]
        kind = pa.list_(pa.string())
        return {"labels": pa.array(experiment.test.targets, kind), "predicted": pa.array(names, kind)}

    def details(
        self,
        result: BenchmarkResult,
        experiment: Experiment[str, LabelSet],
        before: Sequence[SeedRun],
        after: Sequence[SeedRun],
    ) -> BenchmarkResult:
        """Add thresholds, robustness, group gaps, and results by label."""
        truth, clusters = self.truth(experiment), experiment.test.clusters
        thresholds = {
            side: tuple(tables.rounded(float(run.extra["threshold"])) for run in runs)
            for side, runs in (("before", before), ("after", after))
        }
        predicted = np.stack([run.predicted for run in before]), np.stack([run.predicted for run in after])
        right = [(side == truth).all(axis=-1) for side in predicted]
        given = (label_matrix(experiment, side) for side in experiment.sides)
        return replace(
            result,
            thresholds=thresholds,
            group_gaps=gaps(right[0], right[1], experiment.test.groups),
            robustness=robustness(SCORING, experiment, truth, before, after),
            classes=tables.classes(experiment.labels, truth, predicted, *given, level=result.level, clusters=clusters),
            rows=replace(result.rows, labels_a_test_row=tables.rounded(truth.sum() / len(truth))),
        )


def label_matrix(experiment: Experiment[str, LabelSet], side: Side[str, LabelSet]) -> np.ndarray:
    """Bool (rows, labels), the true labels of `side`."""
    given = np.zeros((len(side), len(experiment.labels)), bool)
    for i, labels in enumerate(side.targets):
        given[i, [experiment.label_codes[label] for label in labels]] = True
    return given
