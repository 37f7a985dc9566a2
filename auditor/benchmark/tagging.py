"""Token classification (names, places, ...): before and after on the same sentences, by entity F1."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.baseline import tag_baseline
from auditor.benchmark.compare import difference
from auditor.benchmark.data import drawn_alike
from auditor.benchmark.entities import entity_counts, entity_f1
from auditor.benchmark.memory import training_memory
from auditor.benchmark.resume import FinishedRuns
from auditor.benchmark.scored import ScoredResult, speeds
from auditor.benchmark.seeds import array_keeper, digest, seed_by_seed
from auditor.config.settings import Settings
from auditor.errors import InputError
from auditor.message import Text
from auditor.models.base_model import Progress, choose_base, default_rate, tuning_of
from auditor.models.hardware import device, half_precision, seeded_torch
from auditor.models.load import Base
from auditor.models.tokenize import Encoded, Rows, sorted_batches
from auditor.models.train import Recipe, train

if TYPE_CHECKING:
    import torch

    from auditor.models.heads import TokenClassifier

_UNTAGGED = -100
"""Target of word pieces after a word's first, and of special tokens."""
_MIN_SENTENCES = 50


@dataclass(frozen=True)
class TaggedRows:
    """Sentences as words with one BIO tag each."""

    name: str
    tokens: list[list[str]]
    tags: list[list[str]]

    def __len__(self) -> int:
        """Sentences."""
        return len(self.tokens)

    def take(self, positions: np.ndarray) -> TaggedRows:
        """The sentences at `positions`, in that order."""
        at = positions.tolist()
        return TaggedRows(self.name, [self.tokens[i] for i in at], [self.tags[i] for i in at])


def run_tagging_benchmark(
    before: TaggedRows,
    after: TaggedRows,
    test: TaggedRows,
    settings: Settings,
    language: str,
    progress: Progress,
    finished: FinishedRuns | None = None,
) -> ScoredResult:
    """Fine-tune a tagger on both arms with every seed and compare their entity F1 on `test`.

    Words cut off by ``benchmark.max_length`` count as untagged. Where there are more rows than the
    caps allow, a hash of their words draws the same ones for both sides.

    Raises:
        InputError: too few sentences, no entities, or as many tags as words are not there.
        UsageError, SafetyError: the model cannot be used.
        CheckError: the loss is no longer a number.
    """
    options = settings.benchmark
    arms = _drawn([_checked(arm, _MIN_SENTENCES) for arm in (before, after)], options.max_train_rows, settings.seed)
    arms = [_checked(arm, _MIN_SENTENCES) for arm in arms]
    (test,) = _drawn([_checked(test, 1)], options.max_test_rows, settings.seed)
    names = sorted({tag for arm in arms for row in arm.tags for tag in row})
    steps = options.epochs * -(-max(map(len, arms)) // options.batch_size)
    joiner = "" if language == "zh" else " "
    texts = [joiner.join(row) for arm in arms for row in arm.tokens]
    with training_memory(options, divisible=False):
        tick, base = choose_base(options, language, texts, settings.seed, steps * 2 * options.seeds, progress)
    base = replace(base, tuning=tuning_of(options, base))
    recipe = Recipe(steps, options.batch_size, options.learning_rate or default_rate(base))
    seeds = range(settings.seed, settings.seed + options.seeds)
    seconds: dict[str, list[float]] = {"before": [], "after": []}

    def trained(side: str, seed: int) -> np.ndarray:
        tick.say(f"fine-tuning: {side}, seed {seed}")
        arm, start = arms[side == "after"], time.perf_counter()
        predicted = _tag(base, arm, test, names, recipe, options.max_length, seed, tick)
        seconds[side].append(time.perf_counter() - start)
        return entity_counts(test.tags, predicted)

    def name(side: str, seed: int) -> str:
        arm = arms[side == "after"]
        shared = (base.digest, base.tuning, recipe, options.max_length, names, half_precision())
        return digest("tagging", side, seed, shared, arm.tokens, arm.tags, test.tokens, test.tags)

    keeper = array_keeper(finished, name, lambda what: tick.skip(steps, what))
    counts, stopped = seed_by_seed(seeds, ("before", "after"), trained, keeper, options)
    done = len(counts["before"])
    scorers = [partial(entity_f1, np.stack(one)) for one in counts.values()]
    once = np.ones((1, len(test)))
    return ScoredResult(
        task="token-classification",
        model=base.name,
        seeds=tuple(seeds)[:done],
        metric="entity_f1",
        before=tuple(scorers[0](once)[0].tolist()),
        after=tuple(scorers[1](once)[0].tolist()),
        difference=difference(scorers[0], scorers[1], len(test), seed=0),
        rows={"before": len(arms[0]), "after": len(arms[1]), "test": len(test)},
        steps=steps,
        speeds=speeds(seconds, recipe.steps * recipe.batch_size),
        stopped=stopped,
        baseline=(_baseline_f1(arms[0], test), _baseline_f1(arms[1], test)),
    )


def _baseline_f1(arm: TaggedRows, test: TaggedRows) -> float:
    predicted = tag_baseline(arm.tokens, arm.tags, test.tokens)
    return float(entity_f1(entity_counts(test.tags, predicted)[None], np.ones((1, len(test))))[0, 0])


def _checked(rows: TaggedRows, least: int) -> TaggedRows:
    if any(len(tokens) != len(tags) for tokens, tags in zip(rows.tokens, rows.tags, strict=True)):
        raise InputError(
            "A sentence does not have as many tags as words.",
            where=rows.name,
            fix="Correct the tokens and tags columns.",
        )
    if len(rows) < least or all(tag == "O" for row in rows.tags for tag in row):
        raise InputError(
            Text("A tagging benchmark needs at least {0} sentences with entities in them.", least),
            where=rows.name,
            fix="Give more rows, or set benchmark.enabled=false.",
        )
    return rows


def _drawn(sides: Sequence[TaggedRows], most: int, seed: int) -> list[TaggedRows]:
    drawn = drawn_alike([["\n".join(words) for words in side.tokens] for side in sides], most, seed)
    return [side.take(at) for side, at in zip(sides, drawn, strict=True)]


def _tag(
    base: Base,
    arm: TaggedRows,
    test: TaggedRows,
    names: Sequence[str],
    recipe: Recipe,
    max_length: int,
    seed: int,
    tick: Callable[[], None],
) -> list[list[str]]:
    """Train on `arm` and tag the test sentences."""
    rows, words = encode_words(base, arm.tokens, max_length)
    code = {name: i for i, name in enumerate(names)}
    targets = np.full(rows.ids.shape, _UNTAGGED, np.int64)
    for i, tags in enumerate(arm.tags):
        targets[i, words[i][words[i] >= 0]] = [code[tag] for tag, at in zip(tags, words[i], strict=True) if at >= 0]
    with seeded_torch(seed):
        prepared = base.prepared(rows)
        model = base.tagger(len(names))
        train(model, rows.lengths, _tag_loss(model, prepared, targets), recipe, seed, tick, head=model.head)
        test_rows, test_words = encode_words(base, test.tokens, max_length)
        best = _best_tags(model, test_rows)
    return [
        [names[best[i, at]] if at >= 0 else "O" for at in word_positions] for i, word_positions in enumerate(test_words)
    ]


def encode_words(base: Base, sentences: Sequence[Sequence[str]], max_length: int) -> tuple[Encoded, list[np.ndarray]]:
    """Token numbers, and for each sentence the position of each word's first piece; -1 where it was cut off."""
    encoded = base.tokenizer(
        [list(words) for words in sentences], is_split_into_words=True, truncation=True, max_length=max_length
    )
    lengths = np.array([len(row) for row in encoded["input_ids"]], np.int64)
    ids = np.full((len(lengths), int(lengths.max(initial=1))), base.tokenizer.pad_token_id or 0, np.int32)
    positions = []
    for i, row in enumerate(encoded["input_ids"]):
        ids[i, : len(row)] = row
        first = np.full(len(sentences[i]), -1, np.int64)
        for at, word in reversed(list(enumerate(encoded.word_ids(i)))):
            if word is not None:
                first[word] = at
        positions.append(first)
    cut = sum(bool((first < 0).any()) for first in positions)
    return Encoded(ids, lengths, cut), positions


def _tag_loss(model: TokenClassifier, rows: Rows, targets: np.ndarray) -> Callable[[np.ndarray], torch.Tensor]:
    import torch
    from torch.nn.functional import cross_entropy

    target = torch.from_numpy(targets).to(device())

    def loss_of(batch: np.ndarray) -> torch.Tensor:
        logits = model(**rows.inputs(batch, device()))
        wanted = target[batch, : logits.shape[1]]
        total = cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_UNTAGGED, reduction="sum")
        return total / max(1, int((wanted != _UNTAGGED).sum()))

    return loss_of


def _best_tags(model: TokenClassifier, rows: Encoded) -> np.ndarray:
    """(rows, longest) tag codes."""
    import torch

    best = np.zeros(rows.ids.shape, np.int64)
    model.eval()
    with torch.inference_mode(), torch.autocast(device().type, torch.bfloat16, enabled=half_precision()):
        for batch in sorted_batches(rows.lengths, 64):
            tags = model(**rows.inputs(batch, device())).argmax(-1).cpu().numpy()
            best[batch, : tags.shape[1]] = tags
    return best
