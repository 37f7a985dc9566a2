"""Quantize the trained classifier to 8 bits, and measure its size, agreement and speed."""

from __future__ import annotations

import copy
import time
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.artefact import TrainedModel
from auditor.benchmark.tables import rounded
from auditor.core.benchmark_result import Quantized
from auditor.models.losses import predict
from auditor.models.tokenize import encode

if TYPE_CHECKING:
    import torch


def quantize(trained: TrainedModel, texts: Sequence[str]) -> tuple[Quantized, tuple[float, float]]:
    """Quantize a copy of `trained` (torch's dynamic int8, on the CPU) and label `texts` with both.

    Returns:
        Sizes and agreement, and texts labelled per second (as trained, quantized), for the manifest.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch announces that this will move to torchao
        quantized = torch.ao.quantization.quantize_dynamic(
            copy.deepcopy(trained.classifier).cpu().float().eval(), {torch.nn.Linear}, dtype=torch.qint8
        )
    rows = encode(trained.tokenizer, texts, trained.max_length)
    answers, speeds = [], []
    for model in (trained.classifier, quantized):
        start = time.perf_counter()
        answers.append(_answers(predict(model, rows, model is not quantized, trained.threshold is not None), trained))
        speeds.append(len(rows) / (time.perf_counter() - start))
    sizes = rounded(_megabytes(trained.classifier)), rounded(_megabytes(quantized))
    agreement = rounded(np.mean((answers[0] == answers[1]).all(axis=1)))
    return Quantized("dynamic int8 of linear layers", sizes, agreement), (speeds[0], speeds[1])


def _answers(probabilities: np.ndarray, trained: TrainedModel) -> np.ndarray:
    """(texts, 1), the most likely label; for multi-label data bool (texts, labels), the predicted labels."""
    is_multi_label = trained.threshold is not None
    answers: np.ndarray = probabilities >= trained.threshold if is_multi_label else probabilities.argmax(1)[:, None]
    return answers


def _megabytes(model: torch.nn.Module) -> float:
    """Size of the state of the model, including packed weights of quantized layers."""
    import torch

    def sizes(value: object) -> int:
        if isinstance(value, torch.Tensor):
            return int(value.numel() * value.element_size())
        return sum(map(sizes, value)) if isinstance(value, (tuple, list)) else 0

    return sum(map(sizes, model.state_dict().values())) / 1e6
