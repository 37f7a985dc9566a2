"""Which augmenter a method is, what it needs, and how the nlpaug ones are told to leave words alone, split and join."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from auditor.errors import UsageError
from auditor.prepare.augment.protected_words import MARK
from auditor.prepare.transforms import PLACEHOLDER
from auditor.text.wordnet import WordNet, find_wordnet

Change = Callable[[Sequence[str]], list[str]]
"""From texts to as many changed texts; one that cannot be changed comes back as it is."""
Maker = Callable[[Sequence[str], Collection[str]], Change]
"""Given all train texts and the words to leave alone, a `Change`."""
_SPARED = re.compile(rf"\W*{PLACEHOLDER.pattern}\W*$")
SHARE = 0.1
"""Share of the words (characters in Chinese) that are changed; at least one."""
_CHINESE = ("homophone",)
MOVING = ("swap", "delete", "crop")
"""Methods that move words or leave them out."""
_PIECES = re.compile(rf"{PLACEHOLDER.pattern}|(?a:{MARK.pattern})|[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class Augmenter:
    """How copies are made.

    Attributes:
        recipe: what the data set says of a copy.
        make: see `Maker`.
    """

    recipe: str
    make: Maker


def augmenter(method: str, language: str, data: str | None, models: Sequence[str], seed: int) -> Augmenter:
    """The augmenter of a method, with its data found and its models loaded.

    Args:
        method: ``swap``, ``delete`` or ``crop`` (words; characters in Chinese), ``keyboard`` (typing errors), ``ocr``
            (characters that look alike), ``synonym`` (WordNet; CC-CEDICT in Chinese), ``homophone`` (characters read
            alike, Chinese), ``contextual`` (a masked language model) or ``back-translation`` (two translation models).
        language: of the texts.
        data: for ``synonym``: folder of the WordNet files (None: where Debian installs them), or in Chinese a file with
            a set of synonyms a line (None: CC-CEDICT).
        models: folders or hub ids: one for ``contextual``, two (there and back) for ``back-translation``.
        seed: for what is drawn from a model.

    Raises:
        UsageError: the method lacks its data or models, or does not go with the language.
        InputError, SafetyError: a model cannot be loaded, or is not to be trusted.
    """
    if method in _CHINESE and language != "zh":
        raise UsageError(
            "Characters that are read alike are put into Chinese texts only.",
            where=f"prepare.augment = {method}",
            fix="Take keyboard, which makes typing errors of English, or give --language zh.",
        )
    if method == "contextual":
        from auditor.prepare.augment.contextual import contextual

        return Augmenter("masked-model-contextual", contextual(models, language, seed))
    if method == "back-translation":
        from auditor.prepare.augment.translation import back_translation

        return Augmenter("marian-back-translation", back_translation(models))
    if method == "homophone":
        from auditor.prepare.augment.homophones import homophones

        return Augmenter("pinyin-homophone", homophones(seed))
    if method == "synonym" and language == "zh":
        from auditor.prepare.augment.chinese_synonyms import chinese_synonyms

        return Augmenter("cedict-synonym" if data is None else "list-synonym", chinese_synonyms(data, seed))
    return Augmenter(f"nlpaug-{method}", _nlpaug(method, language, data))


def words_of(text: str, language: str) -> list[str]:
    """What an augmenter takes for one word: runs between white space; in Chinese characters, Latin runs whole."""
    return _pieces(text) if language == "zh" else _words(text)


def _nlpaug(method: str, language: str, data: str | None) -> Maker:
    if method == "synonym":
        if language != "en":
            raise UsageError(
                "Synonyms come from WordNet (English) or CC-CEDICT (Chinese).",
                where="prepare.augment = synonym",
                fix="Take swap or delete, which need no dictionary.",
            )
        return partial(_synonym, WordNet(find_wordnet(data)))
    if method in ("keyboard", "ocr"):
        return partial(_characters, method)
    return partial(_words_moved, method, language)


def _words_moved(method: str, language: str, texts: Sequence[str], spared: Collection[str]) -> Change:
    from nlpaug.augmenter.word import RandomWordAug

    split, join = (_pieces, "".join) if language == "zh" else (_words, " ".join)
    kind: dict[str, Any] = {"tokenizer": split, "reverse_tokenizer": join}
    return _caller(_sparing(RandomWordAug, spared)(action=method, aug_p=SHARE, **kind))


def _characters(method: str, texts: Sequence[str], spared: Collection[str]) -> Change:
    from nlpaug.augmenter.char import KeyboardAug, OcrAug

    kind: dict[str, Any] = {
        "aug_char_p": SHARE,
        "aug_word_p": SHARE,
        "tokenizer": _words,
        "reverse_tokenizer": " ".join,
    }
    if method == "keyboard":
        return _caller(_sparing(KeyboardAug, spared, least=4)(include_special_char=False, **kind))
    return _caller(_sparing(OcrAug, spared)(**kind))


def _synonym(wordnet: WordNet, texts: Sequence[str], spared: Collection[str]) -> Change:
    from nlpaug.augmenter.word import SynonymAug

    class Synonyms(SynonymAug):  # type: ignore[misc]
        """nlpaug's own dictionary downloads WordNet and a tagger; ours reads files that are there."""

        def get_model(self, *_: Any) -> WordNet:
            return wordnet

        def skip_aug(self, token_idxes: list[int], tokens: list[tuple[str, str]]) -> list[int]:
            return [i for i in token_idxes if wordnet.predict(tokens[i][0])]

    return _caller(_sparing(Synonyms, spared)(aug_p=SHARE, tokenizer=_words, reverse_tokenizer=" ".join))


def _sparing(base: type, spared: Collection[str], least: int = 1) -> Any:
    """`base`, choosing no placeholder, no punctuation, and neither `spared` nor words under `least` characters.

    nlpaug itself matches its expression four times against every word, which takes half of its time.
    """
    untouched = frozenset(spared) | frozenset(string.punctuation)

    class Sparing(base):  # type: ignore[misc]
        def pre_skip_aug(self, tokens: Sequence[Any], tuple_idx: int | None = None) -> list[int]:
            words = tokens if tuple_idx is None else [token[tuple_idx] for token in tokens]
            return [
                i
                for i, word in enumerate(words)
                if word not in untouched and len(word) >= least and not ("<" in word and _SPARED.match(word))
            ]

    return Sparing


def _caller(made: Any) -> Change:
    def call(text: str) -> str:
        try:
            changed = made.augment(text)
        except ValueError:  # nlpaug's crop draws from no words where all are to be left alone
            return text
        changed = changed[0] if isinstance(changed, list) and changed else changed
        return changed if isinstance(changed, str) else text

    return lambda texts: [call(text) for text in texts]


def _words(text: str) -> list[str]:
    """Words as white space parts them: "hasn't" stays whole, which nlpaug's own tokenizer would tear."""
    return text.split()


def _pieces(text: str) -> list[str]:
    """Characters, but placeholders and runs of Latin letters and digits whole."""
    return _PIECES.findall(text)
