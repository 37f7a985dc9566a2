"""Augmenter that replaces English words by synonyms from WordNet."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from auditor.prepare.augment.base import (
    SHARE,
    Augmenter,
    AugmentOptions,
    LoadedAugmenter,
    Requirement,
    Transform,
    blank_separated,
)
from auditor.prepare.augment.nlpaug_adapter import NLPAUG, as_transform, protecting, word_augmenters
from auditor.text.wordnet import WordNet, find_wordnet, has_wordnet


class EnglishSynonyms(Augmenter):
    """nlpaug's `SynonymAug` with WordNet files from the folder `data`, or from where Debian installs them."""

    name, languages = "synonym", ("en",)
    requires = (
        NLPAUG,
        Requirement(
            "wordnet", "English synonyms", install="Debian's wordnet-base", is_data=True, is_present=has_wordnet
        ),
    )

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        wordnet = WordNet(find_wordnet(options.data))

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            class Synonyms(word_augmenters("synonym").SynonymAug):  # type: ignore[misc]
                """Reads local files; nlpaug's dictionary would download WordNet and a tagger."""

                def get_model(self, *_: object) -> WordNet:
                    return wordnet

                def skip_aug(self, token_idxes: list[int], tokens: list[tuple[str, str]]) -> list[int]:
                    return [i for i in token_idxes if wordnet.predict(tokens[i][0])]

            augmenter = protecting(Synonyms, protected)
            return as_transform(augmenter(aug_p=SHARE, tokenizer=blank_separated, reverse_tokenizer=" ".join))

        return LoadedAugmenter("nlpaug-synonym", transform)
