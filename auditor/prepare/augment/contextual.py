"""Words replaced by what a masked language model expects in their place (Kobayashi 2018; Wu et al. 2019).

transformers is called directly: nlpaug's augmenter guesses the architecture from the model's path, rewrites
punctuation, and takes any model, also one whose head for masked words was never trained and names words at random.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from auditor.errors import InputError
from auditor.prepare.augment.base import SHARE, Augmenter, AugmentOptions, LoadedAugmenter, Transform
from auditor.prepare.augment.pretrained import TRANSFORMERS, WHERE, load, named

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_WORD = re.compile(r"(?<!\S)[\"'(]*([^\W\d_]+)(?=[\"').,;:!?]*(?!\S))")
"""A word of letters between blanks, without the punctuation around it."""
_IDEOGRAPH = re.compile(r"([\u4e00-\u9fff])")
_TOP = 10
"""Guesses that are drawn from, each by its probability."""
_MOST = 10
_BATCH = 16
_TOKENS = 256

Span = tuple[int, int]


class Contextual(Augmenter):
    """One model for masked words, a folder or hub id."""

    name = "contextual"
    requires = TRANSFORMERS

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        is_chinese = options.language == "zh"
        example = "bert-base-chinese" if is_chinese else "bert-base-uncased"
        (source,) = named(options.models, 1, self.name, example)
        model, tokenizer, missing = load("AutoModelForMaskedLM", source)
        if missing or tokenizer.mask_token is None:
            raise InputError(
                "The model has no trained head for masked words (sentence-embedding models have none).",
                where=f"{WHERE} = {source}",
                fix=f"Give a masked language model, such as {example}.",
            )
        guesses = Guesses(model, tokenizer, is_chinese)
        factory = partial(
            _transform, guesses, str(tokenizer.mask_token), _IDEOGRAPH if is_chinese else _WORD, options.seed
        )
        return LoadedAugmenter("masked-model-contextual", factory)


def _transform(
    guesses: Guesses,
    mask: str,
    pattern: re.Pattern[str],
    seed: int,
    texts: Sequence[str],
    protected: Collection[str],
) -> Transform:
    draw = np.random.default_rng(seed)

    def change(some: Sequence[str]) -> list[str]:
        chosen = [choose(text, pattern, protected, draw) if mask not in text else [] for text in some]
        found = guesses(some, chosen)
        return [_filled(text, at, g, draw) for text, at, g in zip(some, chosen, found, strict=True)]

    return change


def choose(text: str, pattern: re.Pattern[str], protected: Collection[str], draw: np.random.Generator) -> list[Span]:
    """Places of the words to replace, in order: a share of all, none of them `protected`."""
    words = [match.span(1) for match in pattern.finditer(text)]
    around = [text[a:b] if pattern is _IDEOGRAPH else _between_blanks(text, a, b) for a, b in words]
    free = [i for i, (a, b) in enumerate(words) if text[a:b] not in protected and around[i] not in protected]
    count = min(len(free), _MOST, max(1, math.ceil(SHARE * len(words))))
    return [words[i] for i in sorted(draw.choice(free, count, replace=False).tolist())] if count else []


def _between_blanks(text: str, start: int, end: int) -> str:
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end]


def _filled(
    text: str, at: Sequence[Span], guesses: Sequence[tuple[list[str], np.ndarray]], draw: np.random.Generator
) -> str:
    parts, position = [], 0
    for (start, end), (words, weights) in zip(at, guesses, strict=False):  # what was cut off has no guesses
        old = text[start:end]
        other = [i for i, word in enumerate(words) if word.casefold() != old.casefold()]
        if not other:
            continue
        odds = weights[other] / weights[other].sum()
        parts += [text[position:start], _cased(words[other[int(draw.choice(len(other), p=odds))]], old)]
        position = end
    return "".join([*parts, text[position:]])


def _cased(new: str, old: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new.capitalize() if old[:1].isupper() else new


class Guesses:
    """What a model expects at masked places: whole words (single ideographs in Chinese) of its vocabulary."""

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase, is_chinese: bool) -> None:
        self._model, self._tokenizer = model, tokenizer
        limit = getattr(model.config, "max_position_embeddings", _TOKENS)
        self._length = min(_TOKENS, int(limit) - 2, int(tokenizer.model_max_length))
        words = _whole_words(tokenizer, is_chinese)
        self._ids = sorted(words)
        self._words = [words[number] for number in self._ids]

    def __call__(
        self, texts: Sequence[str], places: Sequence[Sequence[Span]]
    ) -> list[list[tuple[list[str], np.ndarray]]]:
        """For each place that the model can see, the likeliest words and their probabilities."""
        found: list[list[tuple[list[str], np.ndarray]]] = [[] for _ in texts]
        rows = [i for i, spans in enumerate(places) if spans]
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            masked = [_masked(texts[i], places[i], self._tokenizer.mask_token) for i in batch]
            for row, guess in self._guess(masked):
                found[batch[row]].append(guess)
        return found

    def _guess(self, masked: Sequence[str]) -> list[tuple[int, tuple[list[str], np.ndarray]]]:
        import torch

        inputs = self._tokenizer(
            list(masked), padding=True, truncation=True, max_length=self._length, return_tensors="pt"
        )
        with torch.inference_mode():
            rows, at = torch.nonzero(inputs["input_ids"] == self._tokenizer.mask_token_id, as_tuple=True)
            logits = self._model(**inputs).logits[rows, at]
        best = torch.topk(logits[:, self._ids], min(_TOP + 1, len(self._ids)), dim=1)
        odds = torch.softmax(best.values.double(), dim=1).numpy()
        words = [[self._words[i] for i in line] for line in best.indices.tolist()]
        return [(int(row), (words[k], odds[k])) for k, row in enumerate(rows)]


def _masked(text: str, places: Sequence[Span], mask: str) -> str:
    parts, position = [], 0
    for start, end in places:
        parts += [text[position:start], mask]
        position = end
    return "".join([*parts, text[position:]])


def _whole_words(tokenizer: PreTrainedTokenizerBase, is_chinese: bool) -> dict[int, str]:
    """Vocabulary entries that are a word of their own: no special token, no piece of a word, letters only."""
    vocabulary: dict[str, int] = tokenizer.get_vocab()
    starts = tuple(mark for mark in ("\u0120", "\u2581") if any(token.startswith(mark) for token in vocabulary))
    special = set(tokenizer.all_special_ids)
    words: dict[int, str] = {}
    fits: Callable[[str], object] = _IDEOGRAPH.fullmatch if is_chinese else _is_word
    for token, number in vocabulary.items():
        if number in special or token.startswith("##") or (starts and not is_chinese and not token.startswith(starts)):
            continue
        word = token[1:] if token.startswith(starts) and starts else token
        if fits(word):
            words[number] = word
    return words


def _is_word(word: str) -> bool:
    return word.isascii() and word.isalpha() and (len(word) > 1 or word in ("a", "i", "A", "I"))
