"""Every augmenter, and the one that the settings ask for."""

from __future__ import annotations

from auditor.errors import UsageError, nearest
from auditor.prepare.augment.back_translation import BackTranslation
from auditor.prepare.augment.base import Augmenter, AugmentOptions, LoadedAugmenter, Requirement
from auditor.prepare.augment.characters import KeyboardErrors, OcrErrors
from auditor.prepare.augment.chinese_synonyms import ChineseSynonyms
from auditor.prepare.augment.contextual import Contextual
from auditor.prepare.augment.english_synonyms import EnglishSynonyms
from auditor.prepare.augment.homophones import Homophones
from auditor.prepare.augment.moved_words import MovedWords
from auditor.registry import Registry

_WORDS = {"en": "English", "zh": "Chinese", "other": "other"}
_BUILT_IN: tuple[Augmenter, ...] = (
    MovedWords("swap"),
    MovedWords("delete"),
    MovedWords("crop"),
    KeyboardErrors(),
    OcrErrors(),
    EnglishSynonyms(),
    ChineseSynonyms(),
    Homophones(),
    Contextual(),
    BackTranslation(),
)


def _keys(augmenter: Augmenter) -> list[str]:
    return [f"{augmenter.name} {language}" for language in augmenter.languages if augmenter.name]


AUGMENTERS: Registry[Augmenter] = Registry("augmenter", _keys, _BUILT_IN)
"""By name and language."""


def augmenter_names() -> tuple[str, ...]:
    """What `prepare.augment` may be, beside ``none``."""
    return tuple(dict.fromkeys(augmenter.name for augmenter in AUGMENTERS))


def requirements() -> tuple[Requirement, ...]:
    """What all augmenters need, each once."""
    return tuple({need.name: need for augmenter in AUGMENTERS for need in augmenter.requires}.values())


def require_known(name: str) -> None:
    """Refuse a name that no augmenter has.

    Raises:
        UsageError: none has.
    """
    if name not in augmenter_names():
        raise UsageError(
            "There is no such augmenter.",
            where=f"prepare.augment = {name}",
            fix=nearest(name, ("none", *augmenter_names())),
        )


def find_augmenter(name: str, language: str) -> Augmenter:
    """The augmenter of this name for texts in `language`.

    Raises:
        UsageError: there is none.
    """
    require_known(name)
    found = AUGMENTERS.find(f"{name} {language}")
    if found is None:
        languages = [one for augmenter in AUGMENTERS if augmenter.name == name for one in augmenter.languages]
        raise UsageError(
            f"Augmentation by {name} is for {' or '.join(_WORDS.get(one, one) for one in languages)} texts only.",
            where=f"prepare.augment = {name}",
            fix="Take swap or delete, which are for any language, or give --language if it was guessed wrong.",
        )
    return found


def load_augmenter(name: str, options: AugmentOptions) -> LoadedAugmenter:
    """The augmenter of a name, with its data found and its models loaded.

    Raises:
        UsageError: there is none, or it lacks a package, data or models.
        InputError, SafetyError: a model cannot be loaded, or is not to be trusted.
    """
    augmenter = find_augmenter(name, options.language)
    missing = [need for need in augmenter.requires if not need.is_data and not need.is_met()]
    if missing:
        raise UsageError(
            f"Augmentation by {name} needs {' and '.join(one.name for one in missing)}.",
            where=f"prepare.augment = {name}",
            fix=f"To get it: {'; '.join(dict.fromkeys(one.advice() for one in missing))}.",
        )
    return augmenter.load(options)
