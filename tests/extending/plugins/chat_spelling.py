"""English words as they are spelt in chats."""

import random
from collections.abc import Collection, Sequence

from auditor.plugins import register_augmenter
from auditor.prepare.augment.base import Augmenter, AugmentOptions, LoadedAugmenter, Transform

SPELLINGS = {"you": "u", "are": "r", "please": "pls", "thanks": "thx", "because": "cos", "and": "n", "to": "2"}


class ChatSpelling(Augmenter):
    name, languages = "chat-spelling", ("en",)

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        draw = random.Random(options.seed)

        def transform(texts: Sequence[str], protected: Collection[str]) -> Transform:
            return lambda some: [changed(text, protected, draw) for text in some]

        return LoadedAugmenter("chat-spelling", transform)


def changed(text: str, protected: Collection[str], draw: random.Random) -> str:
    words = text.split(" ")
    places = [i for i, word in enumerate(words) if word in SPELLINGS and word not in protected]
    for i in draw.sample(places, min(2, len(places))):
        words[i] = SPELLINGS[words[i]]
    return " ".join(words)


register_augmenter(ChatSpelling())
