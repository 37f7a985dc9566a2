"""Augmenter that replaces words by predictions of a masked language model (Kobayashi 2018; Wu et al. 2019).

transformers is called directly: nlpaug's augmenter guesses the architecture from the path of the model, rewrites
punctuation, and accepts models whose masked-language-modelling head was never trained and predicts random words.
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
from auditor.prepare.augment.pretrained import TRANSFORMERS, WHERE, load, require_models

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

_WORD = re.compile(r"(?<!\S)[\"'(]*([^\W\d_]+)(?=[\"').,;:!?]*(?!\S))")
"""A word of letters between blanks, without surrounding punctuation."""
_IDEOGRAPH = re.compile(r"([\u4e00-\u9fff])")
_TOP = 10
"""Number of predictions to sample from, by their probabilities."""
_MAX_CHANGES = 10
_BATCH = 16
_TOKENS = 256

Span = tuple[int, int]


class Contextual(Augmenter):
    """Augmenter with one masked language model, a folder or hub id."""

    name = "contextual"
    requires = TRANSFORMERS

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        is_chinese = options.language == "zh"
        example = "bert-base-chinese" if is_chinese else "bert-base-uncased"
        (source,) = require_models(options.models, 1, self.name, example)
        model, tokenizer, missing = load("AutoModelForMaskedLM", source)
        if missing or tokenizer.mask_token is None:
            raise InputError(
                "The model has no trained head for masked words (sentence-embedding models have none).",
                where=f"{WHERE} = {source}",
                fix=f"Give a masked language model, such as {example}.",
            )
        predictor = MaskedWordPredictor(model, tokenizer, is_chinese)
        factory = partial(
            _transform, predictor, str(tokenizer.mask_token), _IDEOGRAPH if is_chinese else _WORD, options.seed
        )
        return LoadedAugmenter("masked-model-contextual", factory)


def _transform(
    predict: MaskedWordPredictor,
    mask: str,
    pattern: re.Pattern[str],
    seed: int,
    texts: Sequence[str],
    protected: Collection[str],
) -> Transform:
    draw = np.random.default_rng(seed)

    def change(batch: Sequence[str]) -> list[str]:
        chosen = [choose(text, pattern, protected, draw) if mask not in text else [] for text in batch]
        predictions = predict(batch, chosen)
        rows = zip(batch, chosen, predictions, strict=True)
        return [_filled(text, spans, words, draw) for text, spans, words in rows]

    return change


def choose(text: str, pattern: re.Pattern[str], protected: Collection[str], draw: np.random.Generator) -> list[Span]:
    """Choose the words to replace, none of them `protected`; return their spans in order."""
    words = [match.span(1) for match in pattern.finditer(text)]
    in_context = [text[a:b] if pattern is _IDEOGRAPH else _between_blanks(text, a, b) for a, b in words]
    replaceable = [i for i, (a, b) in enumerate(words) if text[a:b] not in protected and in_context[i] not in protected]
    count = min(len(replaceable), _MAX_CHANGES, max(1, math.ceil(SHARE * len(words))))
    return [words[i] for i in sorted(draw.choice(replaceable, count, replace=False).tolist())] if count else []


def _between_blanks(text: str, start: int, end: int) -> str:
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end]


def _filled(
    text: str, spans: Sequence[Span], predictions: Sequence[tuple[list[str], np.ndarray]], draw: np.random.Generator
) -> str:
    parts, position = [], 0
    for (start, end), (words, weights) in zip(spans, predictions, strict=False):  # truncated text has no predictions
        old = text[start:end]
        different = [i for i, word in enumerate(words) if word.casefold() != old.casefold()]
        if not different:
            continue
        probabilities = weights[different] / weights[different].sum()
        parts += [
            text[position:start],
            _cased(words[different[int(draw.choice(len(different), p=probabilities))]], old),
        ]
        position = end
    return "".join([*parts, text[position:]])


def _cased(new: str, old: str) -> str:
    if old.isupper() and len(old) > 1:
        return new.upper()
    return new.capitalize() if old[:1].isupper() else new


class MaskedWordPredictor:
    """Predicts whole words (single ideographs in Chinese) of the model's vocabulary for masked positions."""

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
        """The most probable words and their probabilities for each span that is not truncated."""
        predictions: list[list[tuple[list[str], np.ndarray]]] = [[] for _ in texts]
        rows = [i for i, spans in enumerate(places) if spans]
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            masked = [_masked(texts[i], places[i], self._tokenizer.mask_token) for i in batch]
            for row, prediction in self._predict(masked):
                predictions[batch[row]].append(prediction)
        return predictions

    def _predict(self, masked: Sequence[str]) -> list[tuple[int, tuple[list[str], np.ndarray]]]:
        import torch

        inputs = self._tokenizer(
            list(masked), padding=True, truncation=True, max_length=self._length, return_tensors="pt"
        )
        with torch.inference_mode():
            rows, columns = torch.nonzero(inputs["input_ids"] == self._tokenizer.mask_token_id, as_tuple=True)
            logits = self._model(**inputs).logits[rows, columns]
        best = torch.topk(logits[:, self._ids], min(_TOP + 1, len(self._ids)), dim=1)
        probabilities = torch.softmax(best.values.double(), dim=1).numpy()
        words = [[self._words[i] for i in line] for line in best.indices.tolist()]
        return [(int(row), (words[k], probabilities[k])) for k, row in enumerate(rows)]


def _masked(text: str, places: Sequence[Span], mask: str) -> str:
    parts, position = [], 0
    for start, end in places:
        parts += [text[position:start], mask]
        position = end
    return "".join([*parts, text[position:]])


def _whole_words(tokenizer: PreTrainedTokenizerBase, is_chinese: bool) -> dict[int, str]:
    """Vocabulary entries that are whole words of letters only: no special tokens, no subwords."""
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
