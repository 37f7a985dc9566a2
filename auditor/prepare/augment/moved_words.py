"""Augmenter that swaps, deletes or crops words (characters in Chinese)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from auditor.prepare.augment.base import (
    SHARE,
    Augmenter,
    AugmentOptions,
    LoadedAugmenter,
    Transform,
    blank_separated,
    characters_of,
)
from auditor.prepare.augment.nlpaug_adapter import NLPAUG, as_transform, protecting, word_augmenters


class MovedWords(Augmenter):
    """nlpaug's `RandomWordAug`.

    Args:
        action: ``swap``, ``delete`` or ``crop``.
    """

    requires = (NLPAUG,)
    moves_words = True

    def __init__(self, action: str) -> None:
        self._action = action

    @property
    def name(self) -> str:
        """The action."""
        return self._action

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            split, join = (characters_of, "".join) if options.language == "zh" else (blank_separated, " ".join)
            tokenizers: dict[str, object] = {"tokenizer": split, "reverse_tokenizer": join}
            return as_transform(
                protecting(word_augmenters("random").RandomWordAug, protected)(
                    action=self._action, aug_p=SHARE, **tokenizers
                )
            )

        return LoadedAugmenter(f"nlpaug-{self._action}", transform)
