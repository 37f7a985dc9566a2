"""The registry of augmenters."""

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

_LANGUAGE_NAMES = {"en": "English", "zh": "Chinese", "other": "other"}
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
"""All augmenters, by name and language."""


def augmenter_names() -> tuple[str, ...]:
    """The values of `prepare.augment` besides ``none``."""
    return tuple(dict.fromkeys(augmenter.name for augmenter in AUGMENTERS))


def requirements() -> tuple[Requirement, ...]:
    """The distinct requirements of all augmenters."""
    return tuple({need.name: need for augmenter in AUGMENTERS for need in augmenter.requires}.values())


def require_known(name: str) -> None:
    """Refuse an unknown augmenter name.

    Raises:
        UsageError: no augmenter has the name.
    """
    if name not in augmenter_names():
        raise UsageError(
            "There is no such augmenter.",
            where=f"prepare.augment = {name}",
            fix=nearest(name, ("none", *augmenter_names())),
        )


def find_augmenter(name: str, language: str) -> Augmenter:
    """The augmenter with this name for texts in `language`.

    Raises:
        UsageError: the name is unknown, or the language is not supported.
    """
    require_known(name)
    augmenter = AUGMENTERS.find(f"{name} {language}")
    if augmenter is None:
        languages = [code for other in AUGMENTERS if other.name == name for code in other.languages]
        names = " or ".join(_LANGUAGE_NAMES.get(code, code) for code in languages)
        raise UsageError(
            f"Augmentation by {name} is for {names} texts only.",
            where=f"prepare.augment = {name}",
            fix="Take swap or delete, which are for any language, or give --language if it was guessed wrong.",
        )
    return augmenter


def load_augmenter(name: str, options: AugmentOptions) -> LoadedAugmenter:
    """Load the augmenter with a name, with its data and models.

    Raises:
        UsageError: it is unknown, or a package, data or models are missing.
        InputError, SafetyError: a model cannot be loaded, or is unsafe.
    """
    augmenter = find_augmenter(name, options.language)
    missing = [need for need in augmenter.requires if not need.is_data and not need.is_met()]
    if missing:
        raise UsageError(
            f"Augmentation by {name} needs {' and '.join(need.name for need in missing)}.",
            where=f"prepare.augment = {name}",
            fix=f"To get it: {'; '.join(dict.fromkeys(need.advice() for need in missing))}.",
        )
    return augmenter.load(options)
