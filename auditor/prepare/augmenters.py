"""The nlpaug augmenters, each told to leave placeholders and some words alone, and how to split and join."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import partial
from typing import Any

from auditor.errors import UsageError
from auditor.text.wordnet import WordNet, find_wordnet

Change = Callable[[str], str]
_PLACEHOLDER = r"^\W*<[A-Z_]+>\W*$"
_SHARE = 0.1
"""Share of the words (characters in Chinese) that are changed; at least one."""


def augmenter(method: str, language: str, data: str | None) -> Callable[[Collection[str]], Change]:
    """Given words to leave alone, a function from a text to a changed text.

    Args:
        method: ``swap``, ``delete`` or ``crop`` (words; characters in Chinese), ``keyboard`` (typing errors), ``ocr``
            (characters that look alike) or ``synonym`` (WordNet).
        language: of the texts.
        data: for ``synonym``: folder of the WordNet files; None: where Debian installs them.

    Raises:
        UsageError: the method lacks its data or does not go with the language.
    """
    if method == "synonym":
        if language != "en":
            raise UsageError(
                "Synonyms come from WordNet, which is English.",
                where="prepare.augment = synonym",
                fix="Take swap or delete, which change characters of Chinese.",
            )
        return partial(_synonym, WordNet(find_wordnet(data)))
    if method in ("keyboard", "ocr"):
        return partial(_characters, method)
    return partial(_words_moved, method, language)


def _words_moved(method: str, language: str, spared: Collection[str]) -> Change:
    from nlpaug.augmenter.word import RandomWordAug

    split, join = (_pieces, "".join) if language == "zh" else (_words, " ".join)
    kind: dict[str, Any] = {"tokenizer": split, "reverse_tokenizer": join, "stopwords_regex": _PLACEHOLDER}
    return _caller(RandomWordAug(action=method, aug_p=_SHARE, stopwords=sorted(spared) or None, **kind))


def _characters(method: str, spared: Collection[str]) -> Change:
    from nlpaug.augmenter.char import KeyboardAug, OcrAug

    kind: dict[str, Any] = {
        "aug_char_p": _SHARE,
        "aug_word_p": _SHARE,
        "tokenizer": _words,
        "reverse_tokenizer": " ".join,
        "stopwords": sorted(spared) or None,
        "stopwords_regex": _PLACEHOLDER,
    }
    return _caller(OcrAug(**kind) if method == "ocr" else KeyboardAug(include_special_char=False, **kind))


def _synonym(wordnet: WordNet, spared: Collection[str]) -> Change:
    from nlpaug.augmenter.word import SynonymAug

    class Synonyms(SynonymAug):  # type: ignore[misc]
        """nlpaug's own dictionary downloads WordNet and a tagger; ours reads files that are there."""

        def get_model(self, *_: Any) -> WordNet:
            return wordnet

        def skip_aug(self, token_idxes: list[int], tokens: list[tuple[str, str]]) -> list[int]:
            return [i for i in token_idxes if wordnet.predict(tokens[i][0])]

    return _caller(
        Synonyms(
            aug_p=_SHARE,
            tokenizer=_words,
            reverse_tokenizer=" ".join,
            stopwords=sorted(spared) or None,
            stopwords_regex=_PLACEHOLDER,
        )
    )


def _caller(made: Any) -> Change:
    def call(text: str) -> str:
        try:
            changed = made.augment(text)
        except ValueError:  # nlpaug's crop draws from no words where all are to be left alone
            return text
        changed = changed[0] if isinstance(changed, list) and changed else changed
        return changed if isinstance(changed, str) else text

    return call


def _words(text: str) -> list[str]:
    """Words as white space parts them: "hasn't" stays whole, which nlpaug's own tokenizer would tear."""
    return text.split()


def _pieces(text: str) -> list[str]:
    """Characters, but placeholders and runs of Latin letters and digits whole."""
    return re.findall(r"<[A-Z_]+>|[A-Za-z0-9]+|.", text, re.DOTALL)
