"""Save and load a trained classifier: safetensors weights, tokenizer and label names; no pickles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import CheckError, InputError
from auditor.models.checkpoint import save_weights
from auditor.models.hardware import device
from auditor.models.load import Base, load_named
from auditor.models.losses import predict
from auditor.models.tokenize import encode

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from auditor.models.heads import TextClassifier

_HEAD = "head.safetensors"
_LABELS = "labels.json"


@dataclass(frozen=True)
class TrainedModel:
    """A classifier with everything needed to label texts."""

    tokenizer: PreTrainedTokenizerBase
    classifier: TextClassifier
    labels: tuple[str, ...]
    max_length: int
    threshold: float | None = None
    """For multi-label data: the probability above which a label is predicted."""

    def predict_label_sets(self, texts: Sequence[str]) -> tuple[list[tuple[str, ...]], np.ndarray]:
        """The labels of each text, possibly none, and the independent probabilities (texts, labels)."""
        probabilities = predict(self.classifier, encode(self.tokenizer, texts, self.max_length), multi_label=True)
        given = probabilities >= self.threshold
        return [tuple(self.labels[i] for i in np.flatnonzero(row)) for row in given], probabilities

    def predict(self, texts: Sequence[str]) -> tuple[list[str], np.ndarray]:
        """The label of each text, and the probabilities (texts, labels)."""
        probabilities = predict(self.classifier, encode(self.tokenizer, texts, self.max_length))
        return [self.labels[i] for i in probabilities.argmax(1)], probabilities

    def save(self, folder: Path, sample: Sequence[str]) -> None:
        """Write the model into `folder`, load it again and check that it labels `sample` the same.

        ``model.safetensors`` contains the encoder in the layout of transformers (for a BERT without the pooler, which
        is not used), ``head.safetensors`` the linear layer on the mean of the token vectors.

        Raises:
            CheckError: the predictions of the loaded model differ.
        """
        self.classifier.encoder.save(folder)
        self.tokenizer.save_pretrained(folder)
        save_weights({name: weight.cpu() for name, weight in self.classifier.head.state_dict().items()}, folder / _HEAD)
        description = {"labels": self.labels, "max_length": self.max_length, "pooling": "mean"}
        if self.threshold is not None:
            description["threshold"] = self.threshold
        (folder / _LABELS).write_text(json.dumps(description, ensure_ascii=False, indent=1) + "\n", "utf-8")
        if sample and self._answers(sample) != load_model(folder)._answers(sample):
            raise CheckError(
                "The predictions of the saved model differ from those of the trained one.",
                where=str(folder),
                fix="Check the disk and the installed versions of torch and transformers.",
            )

    def _answers(self, texts: Sequence[str]) -> Sequence[str | tuple[str, ...]]:
        return self.predict(texts)[0] if self.threshold is None else self.predict_label_sets(texts)[0]


def load_model(folder: Path) -> TrainedModel:
    """Load a model written by `TrainedModel.save`.

    Raises:
        InputError: the folder contains no such model.
        SafetyError: it contains pickled weights or custom code.
    """
    from safetensors.torch import load_file

    base: Base = load_named(str(folder))
    try:
        description = json.loads((folder / _LABELS).read_text("utf-8"))
        labels, max_length = tuple(description["labels"]), int(description["max_length"])
        threshold = None if description.get("threshold") is None else float(description["threshold"])
        classifier = base.classifier(len(labels))
        classifier.head.load_state_dict(load_file(folder / _HEAD, device=str(device())))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):
        raise InputError(
            "The folder contains no classifier saved by auditor.",
            where=str(folder),
            fix=f"Give the model folder of a run; it has {_LABELS} and {_HEAD}.",
        ) from None
    return TrainedModel(base.tokenizer, classifier, labels, max_length, threshold)
