"""Back-translation (Sennrich, Haddow and Birch 2016) with two Marian models.

Texts are translated sentence by sentence, as the models were trained, and split at placeholders, which stay unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from auditor.errors import InputError
from auditor.prepare.augment.base import Augmenter, AugmentOptions, LoadedAugmenter, Requirement, Transform
from auditor.prepare.augment.pretrained import TRANSFORMERS, WHERE, load, require_models
from auditor.prepare.transforms import PLACEHOLDER

_SEPARATORS = re.compile(rf"({PLACEHOLDER.pattern}|\n+|(?<=[.!?])\s+|(?<=[。！？]))")
"""Separators of sentences: placeholders, line breaks and white space after a full stop."""
_BATCH = 32
_BEAMS = 4
_MARGIN = 10
"""Number of tokens by which a translation may exceed twice its source."""


class BackTranslation(Augmenter):
    """Augmenter with two models, folders or hub ids: into another language, and back."""

    name = "back-translation"
    requires = (*TRANSFORMERS, Requirement("sentencepiece", "back-translation", "translation"))

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        example = "Helsinki-NLP/opus-mt-en-zh,Helsinki-NLP/opus-mt-zh-en"
        there, back = (Translator(source) for source in require_models(options.models, 2, self.name, example))

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            return lambda texts: translated(texts, there, back)

        return LoadedAugmenter("marian-back-translation", transform)


def translated(texts: Sequence[str], *translators: Translator) -> list[str]:
    """Translate every sentence of `texts` with each of `translators` in turn; other text is unchanged."""
    pieces = [_SEPARATORS.split(text) for text in texts]
    sentences = {piece.strip() for row in pieces for piece in row[::2]} - {""}
    translations = {sentence: sentence for sentence in sorted(sentences)}
    for translate in translators:
        new = translate(sorted(set(translations.values()) - {""}))
        translations = {sentence: new.get(now, now) for sentence, now in translations.items()}
    return ["".join(_replaced(piece, translations) for piece in row) for row in pieces]


def _replaced(piece: str, translations: dict[str, str]) -> str:
    sentence = piece.strip()
    return piece.replace(sentence, translations[sentence]) if sentence in translations else piece


class Translator:
    """A Marian translation model; sentences that are too long for it are not translated."""

    def __init__(self, source: str) -> None:
        self._model, self._tokenizer, missing = load("AutoModelForSeq2SeqLM", source)
        if self._model.config.model_type != "marian" or missing:
            raise InputError(
                "The model is no Marian translation model.",
                where=f"{WHERE} = {source}",
                fix="Give models of the opus-mt family, which translate without further instructions.",
            )
        self._longest = int(self._model.config.max_position_embeddings) - _MARGIN

    def __call__(self, sentences: Sequence[str]) -> dict[str, str]:
        """The translation of each sentence, by sentence."""
        lengths = [len(ids) for ids in self._tokenizer(list(sentences))["input_ids"]] if sentences else []
        fitting = sorted((n, s) for n, s in zip(lengths, sentences, strict=True) if n <= self._longest)
        translations: dict[str, str] = {}
        for start in range(0, len(fitting), _BATCH):
            batch = [sentence for _, sentence in fitting[start : start + _BATCH]]
            translations.update(zip(batch, self._translate(batch), strict=True))
        return translations

    def _translate(self, sentences: list[str]) -> list[str]:
        import torch

        inputs = self._tokenizer(sentences, padding=True, return_tensors="pt")
        max_tokens = min(
            2 * inputs["input_ids"].shape[1] + _MARGIN, int(self._model.config.max_position_embeddings) - 1
        )
        with torch.inference_mode():
            output: object = self._model.generate(
                **inputs, num_beams=_BEAMS, do_sample=False, max_new_tokens=max_tokens
            )
        texts: list[str] = self._tokenizer.batch_decode(output, skip_special_tokens=True)
        return [text.strip() for text in texts]
