"""Texts translated there and back (Sennrich, Haddow and Birch 2016) with two Marian models.

Sentence by sentence, as the models were trained. Placeholders are never translated: the text is cut around them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from auditor.errors import InputError
from auditor.prepare.augment.base import Augmenter, AugmentOptions, LoadedAugmenter, Requirement, Transform
from auditor.prepare.augment.pretrained import TRANSFORMERS, WHERE, load, named
from auditor.prepare.transforms import PLACEHOLDER

_PIECES = re.compile(rf"({PLACEHOLDER.pattern}|\n+|(?<=[.!?])\s+|(?<=[。！？]))")
"""What parts sentences; the sentences are what is between."""
_BATCH = 32
_BEAMS = 4
_ROOM = 10
"""Tokens a translation may be longer than twice its source."""


class BackTranslation(Augmenter):
    """Two models, folders or hub ids: into another language, and back."""

    name = "back-translation"
    requires = (*TRANSFORMERS, Requirement("sentencepiece", "back-translation", "translation"))

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        example = "Helsinki-NLP/opus-mt-en-zh,Helsinki-NLP/opus-mt-zh-en"
        there, back = (Translator(source) for source in named(options.models, 2, self.name, example))

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            return lambda some: translated(some, there, back)

        return LoadedAugmenter("marian-back-translation", transform)


def translated(texts: Sequence[str], *ways: Translator) -> list[str]:
    """`texts` with every sentence translated by each of `ways` in turn; white space and placeholders as they were."""
    pieces = [_PIECES.split(text) for text in texts]
    sentences = {piece.strip() for row in pieces for piece in row[::2]} - {""}
    meant = {sentence: sentence for sentence in sorted(sentences)}
    for way in ways:
        new = way(sorted(set(meant.values()) - {""}))
        meant = {sentence: new.get(now, now) for sentence, now in meant.items()}
    return ["".join(_again(piece, meant) for piece in row) for row in pieces]


def _again(piece: str, meant: dict[str, str]) -> str:
    bare = piece.strip()
    return piece.replace(bare, meant[bare]) if bare in meant else piece


class Translator:
    """A Marian model: from sentences to translations; a sentence too long for it is left out."""

    def __init__(self, source: str) -> None:
        self._model, self._tokenizer, missing = load("AutoModelForSeq2SeqLM", source)
        if self._model.config.model_type != "marian" or missing:
            raise InputError(
                "The model is no Marian translation model.",
                where=f"{WHERE} = {source}",
                fix="Give models of the opus-mt family, which translate without further instructions.",
            )
        self._longest = int(self._model.config.max_position_embeddings) - _ROOM

    def __call__(self, sentences: Sequence[str]) -> dict[str, str]:
        """Translation by sentence."""
        lengths = [len(ids) for ids in self._tokenizer(list(sentences))["input_ids"]] if sentences else []
        fit = sorted((n, s) for n, s in zip(lengths, sentences, strict=True) if n <= self._longest)
        found: dict[str, str] = {}
        for start in range(0, len(fit), _BATCH):
            batch = [sentence for _, sentence in fit[start : start + _BATCH]]
            found.update(zip(batch, self._translate(batch), strict=True))
        return found

    def _translate(self, sentences: list[str]) -> list[str]:
        import torch

        inputs = self._tokenizer(sentences, padding=True, return_tensors="pt")
        most = min(2 * inputs["input_ids"].shape[1] + _ROOM, int(self._model.config.max_position_embeddings) - 1)
        with torch.inference_mode():
            made: object = self._model.generate(**inputs, num_beams=_BEAMS, do_sample=False, max_new_tokens=most)
        texts: list[str] = self._tokenizer.batch_decode(made, skip_special_tokens=True)
        return [text.strip() for text in texts]
