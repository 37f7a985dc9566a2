"""Choose the encoder and the learning rate of a training, and report the progress of all trainings."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.models.checkpoint import packaged_folder
from auditor.models.load import Base, load_named, load_packaged
from auditor.models.multilingual import load_multilingual, multilingual_file
from auditor.models.pretrain import PRETRAIN_BATCH, pretrain, pretrain_steps
from auditor.models.tuning import Tuning

Progress = Callable[[str, float], None]
"""Called with the current activity and the fraction of all work done, 0 to 1."""

Hide = Callable[[Sequence[str]], list[str]]
"""Masks personal data in texts."""

_SMALL_RATE, _LARGE_RATE = 5e-4, 5e-5
_LARGE_WIDTH = 512
_PRETRAIN_TEXTS = 8_000


class Ticker:
    """Counts the steps of all trainings and reports their progress."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total, self.progress = total, progress
        self.done, self.what, self.remark = 0, "", ""

    def set_activity(self, what: str) -> None:
        """Set the current activity; a pending remark is appended to it once."""
        self.what, self.remark = what + self.remark, ""

    def __call__(self) -> None:
        """Count one step."""
        self.skip(1)

    def skip(self, steps: int, what: str | None = None) -> None:
        """Count steps that are already done or not needed; `what` sets the current activity."""
        if what is not None:
            self.set_activity(what)
        self.done += steps
        self.progress(self.what, min(1.0, self.done / self.total))


def choose_base(
    options: BenchmarkSettings,
    language: str,
    texts: Sequence[str],
    seed: int,
    steps: int,
    progress: Progress,
    hide: Hide = list,
) -> tuple[Ticker, Base]:
    """The encoder from which all trainings start, and a ticker for its pre-training, if any, and `steps` further steps.

    Args:
        options: settings of the benchmark.
        language: language of the corpus.
        texts: training texts of both sides, from which the encoder is pre-trained or its vocabulary selected if needed.
        seed: random seed.
        steps: number of training steps after the encoder is loaded.
        progress: receives the progress.
        hide: masks personal data in the texts used for that.
    """
    if options.model != "auto":
        return Ticker(steps, progress), load_named(options.model)
    if language == "en" and packaged_folder() is not None:
        return Ticker(steps, progress), load_packaged()
    corpus = sorted(set(hide(pretraining_texts(texts, seed))))
    if language == "zh" and (file := multilingual_file()) is not None:
        return Ticker(steps, progress), load_multilingual(file, corpus)
    tick = Ticker(pretrain_steps(len(corpus), options.pretrain_epochs, PRETRAIN_BATCH) + steps, progress)
    tick.what = "pre-training a BERT on the corpus"
    return tick, pretrain(corpus, options.pretrain_epochs, PRETRAIN_BATCH, options.tokens(), seed, tick)


def pretraining_texts(texts: Sequence[str], seed: int) -> list[str]:
    """At most `_PRETRAIN_TEXTS` distinct texts, sampled with `seed` from the sorted ones: row order has no effect."""
    corpus = sorted({text for text in texts if text.strip()})
    drawn = np.random.default_rng(seed).permutation(len(corpus))[:_PRETRAIN_TEXTS]
    return [corpus[i] for i in np.sort(drawn)]


def default_rate(base: Base) -> float:
    """The default learning rate: small encoders tolerate, and in few steps need, a higher rate than large ones."""
    return _SMALL_RATE if base.config.hidden_size < _LARGE_WIDTH else _LARGE_RATE


def tuning_of(options: BenchmarkSettings, base: Base) -> Tuning:
    """Which weights of `base` are trained: its default tuning, modified by the options."""
    words = base.tuning.word_vectors or options.adversarial > 0
    all_layers = words or options.lora_rank > 0
    frozen = options.freeze_layers
    return Tuning(
        words, (0 if all_layers else base.tuning.frozen_layers) if frozen is None else frozen, options.lora_rank
    )
