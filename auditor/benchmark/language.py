"""Masked-language modelling, for corpora without labels: perplexity before and after on the same held-out text.

Each arm pre-trains the same small BERT from the same vocabulary, which is learnt from both arms together.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.compare import difference
from auditor.benchmark.data import drawn_alike
from auditor.benchmark.memory import training_memory
from auditor.benchmark.resume import FinishedRuns
from auditor.benchmark.scored import ScoredResult, speeds
from auditor.benchmark.seeds import array_keeper, digest, seed_by_seed
from auditor.config.settings import Settings
from auditor.errors import InputError
from auditor.message import Text
from auditor.models.base_model import Progress, Ticker
from auditor.models.hardware import device, half_precision, seeded_torch
from auditor.models.pretrain import IGNORED, SPECIAL_TOKENS, learn_tokenizer, mask_tokens, pretrain_encoder
from auditor.models.tokenize import Encoded, encode, sorted_batches

if TYPE_CHECKING:
    from transformers import BertForMaskedLM, PreTrainedTokenizerBase

_MIN_TEXTS = 50


def run_language_benchmark(
    before: Sequence[str],
    after: Sequence[str],
    held_out: Sequence[str],
    settings: Settings,
    progress: Progress,
    finished: FinishedRuns | None = None,
) -> ScoredResult:
    """Pre-train on both arms with every seed and compare the perplexity of hidden tokens of `held_out`.

    The same tokens are hidden for both arms and all seeds. Where there are more rows than
    the caps allow, a hash of their texts draws the same ones for both sides.

    Raises:
        InputError: fewer than 50 texts in an arm, or no held-out text.
        CheckError: the loss is no longer a number.
    """
    options = settings.benchmark
    sides = [[text for text in arm if text.strip()] for arm in (before, after)]
    drawn = drawn_alike(sides, options.max_train_rows, settings.seed)
    arms = ("before", "after")
    texts = {name: [own[i] for i in at.tolist()] for name, own, at in zip(arms, sides, drawn, strict=True)}
    test = [text for text in held_out if text.strip()]
    test = [test[i] for i in drawn_alike([test], options.max_test_rows, settings.seed)[0].tolist()]
    if min(map(len, texts.values())) < _MIN_TEXTS or not test:
        raise InputError(
            Text("A language benchmark needs {0} texts on each side and some held-out text.", _MIN_TEXTS),
            where="text column",
            fix="Give more rows, or set benchmark.enabled=false.",
        )
    with training_memory(options, divisible=False):
        tokenizer = learn_tokenizer(sorted({text for arm in texts.values() for text in arm}), options.max_length)
    steps = options.pretrain_epochs * -(-max(map(len, texts.values())) // options.batch_size)
    seeds = range(settings.seed, settings.seed + options.seeds)
    tick = Ticker(steps * 2 * len(seeds), progress)
    seconds: dict[str, list[float]] = {name: [] for name in arms}

    def trained(side: str, seed: int) -> np.ndarray:
        tick.say(f"pre-training: {side}, seed {seed}")
        rows, start = encode(tokenizer, texts[side], options.max_length), time.perf_counter()
        model = pretrain_encoder(tokenizer, rows, steps, options.batch_size, seed, tick)
        seconds[side].append(time.perf_counter() - start)
        return hidden_losses(model, tokenizer, encode(tokenizer, test, options.max_length))

    def name(side: str, seed: int) -> str:
        shared = (sorted(tokenizer.get_vocab().items()), steps, options.batch_size, options.max_length)
        return digest("language", side, seed, shared, half_precision(), texts[side], test)

    keeper = array_keeper(finished, name, lambda what: tick.skip(steps, what))
    losses, stopped = seed_by_seed(seeds, arms, trained, keeper, options)
    done = len(losses["before"])
    scorers = [partial(perplexity, np.stack(losses[name])) for name in arms]
    once = np.ones((1, len(test)))
    return ScoredResult(
        task="masked-language-modelling",
        model="small BERT from scratch",
        seeds=tuple(seeds)[:done],
        metric="perplexity",
        before=tuple(scorers[0](once)[0].tolist()),
        after=tuple(scorers[1](once)[0].tolist()),
        difference=difference(scorers[0], scorers[1], len(test), seed=0, smaller_is_better=True),
        rows={**{name: len(arm) for name, arm in texts.items()}, "test": len(test)},
        steps=steps,
        speeds=speeds(seconds, steps * options.batch_size),
        stopped=stopped,
    )


def hidden_losses(model: BertForMaskedLM, tokenizer: PreTrainedTokenizerBase, rows: Encoded) -> np.ndarray:
    """(rows, 2): summed cross-entropy of the hidden tokens of each row, and how many were hidden."""
    import torch
    from torch.nn.functional import cross_entropy

    result = np.zeros((len(rows), 2))
    model.eval()
    with (
        seeded_torch(0),  # hides the same tokens from every model
        torch.inference_mode(),
        torch.autocast(device().type, torch.bfloat16, enabled=half_precision()),
    ):
        for batch in sorted_batches(rows.lengths, 64):
            inputs = rows.inputs(batch, device())
            inputs["input_ids"], targets = mask_tokens(inputs["input_ids"], len(SPECIAL_TOKENS), len(tokenizer))
            logits = model(**inputs).logits.float()
            each = cross_entropy(logits.transpose(1, 2), targets, ignore_index=IGNORED, reduction="none")
            result[batch, 0] = each.sum(1).cpu().numpy()
            result[batch, 1] = (targets != IGNORED).sum(1).cpu().numpy()
    return result


def perplexity(losses: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Exponential of the mean loss a hidden token, (resamples, seeds), from `losses` (seeds, rows, 2)."""
    total, hidden = np.moveaxis(draws @ losses, -1, 0)
    value: np.ndarray = np.exp(total / np.maximum(hidden, 1)).T
    return value
