"""Masked language modelling, for corpora without labels: perplexity of masked tokens in held-out texts.

Each side pre-trains the same small BERT with the same vocabulary, which is learned from all sides together. The same
tokens are masked for both sides.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring, perplexity
from auditor.benchmark.runs import SeedRun, Start
from auditor.benchmark.sides import Side
from auditor.benchmark.tasks.base import Task
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.message import Text
from auditor.models.base_model import Ticker
from auditor.models.hardware import device, half_precision, seeded_torch
from auditor.models.pretrain import IGNORED, SPECIAL_TOKENS, learn_tokenizer, mask_tokens, pretrain_encoder
from auditor.models.tokenize import Encoded, encode, sorted_batches

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from auditor.models.heads import MaskedLm

_MIN_TEXTS = 50
_PREDICT_BATCH = 64


class MaskedLanguageModelling(Task[str, None]):
    """Pre-train a small BERT from scratch."""

    name, option = "masked-language-modelling", "language"
    scoring = Scoring(compared={"perplexity": perplexity}, deciding="perplexity", unit="number", smaller_is_better=True)

    def fits(self, corpus: Corpus) -> bool:
        """True: any corpus has texts."""
        return True

    def usable(self, corpus: Corpus) -> np.ndarray:
        """All rows."""
        return np.ones(len(corpus), bool)

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[str, None]:
        """Texts, which also identify the rows."""
        texts = corpus.texts
        return Side(name, [texts[i] for i in positions.tolist()], [None] * len(positions))

    def check(self, sides: Sequence[Side[str, None]], test: Side[str, None]) -> None:
        """Require enough texts."""
        if min(map(len, sides)) < _MIN_TEXTS or not len(test):
            raise InputError(
                Text("A language benchmark needs {0} texts on each side and some held-out text.", _MIN_TEXTS),
                where="text column",
                fix="Give more rows, or set benchmark.enabled=false.",
            )

    def identity(self, row: str) -> str:
        """The text itself."""
        return row

    def trainer(self, experiment: Experiment[str, None], start: Start) -> MaskedLmTrainer:
        """A trainer with a vocabulary from all sides."""
        options = start.settings.benchmark
        texts = sorted({text for side in experiment.sides for text in side.inputs})
        tokenizer = learn_tokenizer(texts, options.tokens())
        steps = options.pretrain_epochs * -(-max(map(len, experiment.sides)) // options.batch_size)
        return MaskedLmTrainer(experiment, tokenizer, steps, options, Ticker(steps * start.trainings, start.progress))

    def truth(self, experiment: Experiment[str, None]) -> np.ndarray:
        """Zeros, one per text: the truth is contained in the losses."""
        return np.zeros(len(experiment.test))


@dataclass(frozen=True)
class MaskedLmTrainer:
    """Trains the same small BERT on any side with any seed."""

    experiment: Experiment[str, None]
    tokenizer: PreTrainedTokenizerBase
    steps: int
    options: BenchmarkSettings
    tick: Ticker
    name: str = "small BERT from scratch"

    @property
    def budget(self) -> dict[str, int | float]:
        """See `Trainer`."""
        options = self.options
        return {"steps": self.steps, "batch_size": options.batch_size, "max_length": options.tokens()}

    @cached_property
    def fingerprint(self) -> object:
        """See `Trainer`."""
        return sorted(self.tokenizer.get_vocab().items()), self.budget

    @property
    def cut_texts(self) -> dict[str, int]:
        """See `Trainer`."""
        return {side.name: self._encoded(side).cut for side in (*self.experiment.sides, self.experiment.test)}

    @property
    def held_rows(self) -> None:
        """None: all rows are used for training."""

    def estimate(self, trainings: int) -> None:
        """None: not measured."""

    def run(self, side: Side[str, None], seed: int) -> tuple[SeedRun, None]:
        """See `Trainer`; the predictions are the losses of masked tokens, see `masked_losses`."""
        rows, start = self._encoded(side), time.perf_counter()
        model, steps = pretrain_encoder(self.tokenizer, rows, self.steps, self.options.batch_size, seed, self.tick)
        speed = self.steps * self.options.batch_size / (time.perf_counter() - start)
        losses = masked_losses(model, self.tokenizer, self._encoded(self.experiment.test))
        return SeedRun(side.name, seed, losses, steps, speed), None

    def _encoded(self, side: Side[str, None]) -> Encoded:
        return encode(self.tokenizer, side.inputs, self.options.tokens())


def masked_losses(model: MaskedLm, tokenizer: PreTrainedTokenizerBase, rows: Encoded) -> np.ndarray:
    """(rows, 2): summed cross-entropy of the masked tokens of each row, and their number.

    The same tokens are masked for every model.
    """
    import torch
    from torch.nn.functional import cross_entropy

    result = np.zeros((len(rows), 2))
    model.eval()
    with (
        seeded_torch(0),
        torch.inference_mode(),
        torch.autocast(device().type, torch.bfloat16, enabled=half_precision()),
    ):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            inputs = rows.inputs(batch, device())
            inputs["input_ids"], targets = mask_tokens(inputs["input_ids"], len(SPECIAL_TOKENS), len(tokenizer))
            logits = model.scores(model(**inputs))
            each = cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
            result[batch, 0] = each.sum(1).cpu().numpy()
            result[batch, 1] = (targets != IGNORED).sum(1).cpu().numpy()
    return result
