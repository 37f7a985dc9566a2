"""Which encoder a training starts from, at which rate, and how far all trainings are."""

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
"""What is being done, and how much of the whole is done, 0 to 1."""

Hide = Callable[[Sequence[str]], list[str]]
"""Texts with personal data masked."""

_SMALL_RATE, _LARGE_RATE = 5e-4, 5e-5
_LARGE_WIDTH = 512
_PRETRAIN_TEXTS = 8_000


class Ticker:
    """Counts the steps of all trainings and tells how far they are."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.total, self.progress = total, progress
        self.done, self.what, self.remark = 0, "", ""

    def say(self, what: str) -> None:
        """What is being done from now on; a remark, if any, is reported once."""
        self.what, self.remark = what + self.remark, ""

    def __call__(self) -> None:
        """One step is done."""
        self.skip(1)

    def skip(self, steps: int, what: str | None = None) -> None:
        """Steps that were done before, or need not be done; `what` says of what, from now on."""
        if what is not None:
            self.say(what)
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
    """The encoder all trainings start from, and a ticker for its pre-training, if any, and `steps` more.

    Args:
        texts: training texts of all arms, should the encoder have to be trained on them, or its vocabulary be chosen
            by them.
        hide: masks personal data in the texts that it is made from.
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
    """At most `_PRETRAIN_TEXTS` different texts, drawn by `seed`; sorted: nothing depends on which came first."""
    corpus = sorted({text for text in texts if text.strip()})
    drawn = np.random.default_rng(seed).permutation(len(corpus))[:_PRETRAIN_TEXTS]
    return [corpus[i] for i in np.sort(drawn)]


def default_rate(base: Base) -> float:
    """Small encoders bear, and in few steps need, a rate that would wreck a large one."""
    return _SMALL_RATE if base.config.hidden_size < _LARGE_WIDTH else _LARGE_RATE


def tuning_of(options: BenchmarkSettings, base: Base) -> Tuning:
    """What of `base` is trained: as its own tuning says, unless an option says otherwise."""
    words = base.tuning.word_vectors or options.adversarial > 0
    whole = words or options.lora_rank > 0
    frozen = options.freeze_layers
    return Tuning(words, (0 if whole else base.tuning.frozen_layers) if frozen is None else frozen, options.lora_rank)
