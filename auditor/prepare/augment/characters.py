"""Augmenters that replace characters by their neighbours on a keyboard, or by similar-looking ones."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from auditor.prepare.augment.base import (
    SHARE,
    Augmenter,
    AugmentOptions,
    LoadedAugmenter,
    Transform,
    blank_separated,
)
from auditor.prepare.augment.nlpaug_adapter import NLPAUG, as_transform, protecting

_OPTIONS: dict[str, object] = {
    "aug_char_p": SHARE,
    "aug_word_p": SHARE,
    "tokenizer": blank_separated,
    "reverse_tokenizer": " ".join,
}


class KeyboardErrors(Augmenter):
    """Typing errors: nlpaug's `KeyboardAug`."""

    name = "keyboard"
    requires = (NLPAUG,)

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            from nlpaug.augmenter.char import KeyboardAug

            return as_transform(protecting(KeyboardAug, protected, least=4)(include_special_char=False, **_OPTIONS))

        return LoadedAugmenter("nlpaug-keyboard", transform)


class OcrErrors(Augmenter):
    """Errors of optical character recognition: nlpaug's `OcrAug`."""

    name = "ocr"
    requires = (NLPAUG,)

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            from nlpaug.augmenter.char import OcrAug

            return as_transform(protecting(OcrAug, protected)(**_OPTIONS))

        return LoadedAugmenter("nlpaug-ocr", transform)
