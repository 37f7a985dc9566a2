"""Adapter for nlpaug's augmenters that keeps protected words."""

from __future__ import annotations

import re
import string
from collections.abc import Collection, Sequence
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from auditor.imports import LazyPackage, lazy_package
from auditor.prepare.augment.base import Requirement, Transform
from auditor.prepare.transforms import PLACEHOLDER

if TYPE_CHECKING:
    from nlpaug.base_augmenter import Augmenter

NLPAUG = Requirement("nlpaug", "augmentation")
_WORDS = "nlpaug.augmenter.word"
_PLACEHOLDER_ALONE = re.compile(rf"\W*{PLACEHOLDER.pattern}\W*$")


def word_augmenters(module: str) -> ModuleType:
    """A module of `nlpaug.augmenter.word`, such as ``random``.

    The package imports all of its modules, and with them transformers: seconds for a few lines of Python.
    Its modules take their base class from the package, so the class is set first.
    """
    package = lazy_package(_WORDS)
    if isinstance(package, LazyPackage):
        vars(package)["WordAugmenter"] = import_module(f"{_WORDS}.word_augmenter").WordAugmenter
    return import_module(f"{_WORDS}.{module}")


def protecting(base: type, protected: Collection[str], least: int = 1) -> type[Augmenter]:
    """Subclass `base` to keep placeholders, punctuation, `protected` words and words shorter than `least` characters.

    nlpaug's own filter matches its pattern four times against every word, which takes half of its time.
    """
    untouched = frozenset(protected) | frozenset(string.punctuation)

    class Protecting(base):  # type: ignore[misc]
        def pre_skip_aug(self, tokens: Sequence[Any], tuple_idx: int | None = None) -> list[int]:
            words = tokens if tuple_idx is None else [token[tuple_idx] for token in tokens]
            return [
                i
                for i, word in enumerate(words)
                if word not in untouched and len(word) >= least and not ("<" in word and _PLACEHOLDER_ALONE.match(word))
            ]

    return Protecting


def as_transform(augmenter: Augmenter) -> Transform:
    """Convert an nlpaug augmenter to a transform."""

    def call(text: str) -> str:
        try:
            changed = augmenter.augment(text)
        except ValueError:  # nlpaug's crop fails if all words are protected
            return text
        changed = changed[0] if isinstance(changed, list) and changed else changed
        return changed if isinstance(changed, str) else text

    return lambda texts: [call(text) for text in texts]
