"""The interface of augmenters, and how they split texts into words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from auditor.prepare.augment.protected_words import MARK
from auditor.prepare.transforms import PLACEHOLDER

Transform = Callable[[Sequence[str]], list[str]]
"""Changes each text; a text that cannot be changed is returned unchanged."""
TransformFactory = Callable[[Sequence[str], Collection[str]], Transform]
"""Makes a `Transform` from all train texts and the protected words, which must not change."""
LANGUAGES = ("en", "zh", "other")
"""Languages of corpora."""
SHARE = 0.1
"""Share of the words (characters in Chinese) of a text that are changed; at least one."""
_PIECES = re.compile(rf"{PLACEHOLDER.pattern}|(?a:{MARK.pattern})|[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """A package or data that an augmenter needs.

    Attributes:
        name: import name of the package, or name of the data.
        purpose: what it is needed for, as shown by ``auditor doctor``.
        extra: the extra of auditor that installs it; empty: auditor requires it.
        install: how to install it, if there is no extra for it.
        is_data: whether `prepare.augment_data` can name a replacement; `Augmenter.load` then checks for it.
        is_present: checks whether it is installed; None: whether a package of this name is.
    """

    name: str
    purpose: str
    extra: str = ""
    install: str = ""
    is_data: bool = False
    is_present: Callable[[], bool] | None = None

    @property
    def is_optional(self) -> bool:
        """Whether auditor can be installed without it."""
        return bool(self.extra or self.install)

    def is_met(self) -> bool:
        """Whether it is installed."""
        return find_spec(self.name) is not None if self.is_present is None else self.is_present()

    def advice(self) -> str:
        """How to install it."""
        if self.install:
            return self.install
        return f"pip install 'auditor[{self.extra}]'" if self.extra else "install auditor again"


@dataclass(frozen=True)
class AugmentOptions:
    """Settings of an augmenter.

    Attributes:
        language: language of the texts.
        seed: random seed.
        data: file or folder of `prepare.augment_data`; None: the default data of the augmenter.
        models: folders or hub ids of `prepare.augment_models`.
    """

    language: str
    seed: int
    data: str | None = None
    models: Sequence[str] = ()


@dataclass(frozen=True)
class LoadedAugmenter:
    """An augmenter with its data and models loaded.

    Attributes:
        recipe: value of the data set's column ``recipe`` for its copies.
        transform: see `TransformFactory`.
    """

    recipe: str
    transform: TransformFactory


class Augmenter(Protocol):
    """A method to make changed copies of texts. Subclasses inherit defaults for all members but `name` and `load`.

    Attributes:
        languages: languages it supports. Two augmenters can share a name if they have no language in common.
        requires: packages and data that must be installed before a run starts.
        moves_words: whether it moves or deletes words instead of replacing them.
    """

    languages: tuple[str, ...] = LANGUAGES
    requires: tuple[Requirement, ...] = ()
    moves_words: bool = False

    @property
    def name(self) -> str:
        """Its name in `prepare.augment`."""
        ...

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """Load data and models.

        Raises:
            UsageError: data or models are missing.
            InputError, SafetyError: a model cannot be loaded, or is unsafe.
        """
        ...


def words_of(text: str, language: str) -> list[str]:
    """Split a text into the units that augmenters change: words, or in Chinese `characters_of`."""
    return characters_of(text) if language == "zh" else blank_separated(text)


def blank_separated(text: str) -> list[str]:
    """Split at white space only: nlpaug's tokenizer would split "hasn't"."""
    return text.split()


def characters_of(text: str) -> list[str]:
    """Split into characters, keeping placeholders and runs of Latin letters and digits together."""
    return _PIECES.findall(text)
