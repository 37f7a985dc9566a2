"""The plug point for augmenters: `Augmenter`, and how it splits texts into words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

from auditor.prepare.augment.protected_words import MARK
from auditor.prepare.transforms import PLACEHOLDER

Transform = Callable[[Sequence[str]], list[str]]
"""From texts to as many changed texts; one that cannot be changed comes back as it is."""
TransformFactory = Callable[[Sequence[str], Collection[str]], Transform]
"""Given all train texts and the protected words, which may not change, a `Transform`."""
LANGUAGES = ("en", "zh", "other")
"""Of corpora."""
SHARE = 0.1
"""Share of the words (characters in Chinese) that are changed; at least one."""
_PIECES = re.compile(rf"{PLACEHOLDER.pattern}|(?a:{MARK.pattern})|[A-Za-z0-9]+|.", re.DOTALL)


@dataclass(frozen=True)
class Requirement:
    """A package or data that an augmenter needs.

    Attributes:
        name: name under which the package is imported, or of the data.
        purpose: what it is for, in the words of ``auditor doctor``.
        extra: the extra of auditor that installs it; empty: it comes with auditor.
        install: how to get it, where no extra does.
        is_data: whether `prepare.augment_data` can name other data in its place; `Augmenter.load` looks for these.
        is_present: whether it is here; None: whether a package of this name is.
    """

    name: str
    purpose: str
    extra: str = ""
    install: str = ""
    is_data: bool = False
    is_present: Callable[[], bool] | None = None

    @property
    def is_optional(self) -> bool:
        """Whether auditor is whole without it."""
        return bool(self.extra or self.install)

    def is_met(self) -> bool:
        """Whether it is here."""
        return find_spec(self.name) is not None if self.is_present is None else self.is_present()

    def advice(self) -> str:
        """What to do where it is missing."""
        if self.install:
            return self.install
        return f"pip install 'auditor[{self.extra}]'" if self.extra else "install auditor again"


@dataclass(frozen=True)
class AugmentOptions:
    """What the settings say of an augmenter.

    Attributes:
        language: of the texts.
        seed: for what is drawn.
        data: file or folder of `prepare.augment_data`; None: the augmenter's own.
        models: folders or hub ids of `prepare.augment_models`.
    """

    language: str
    seed: int
    data: str | None = None
    models: Sequence[str] = ()


@dataclass(frozen=True)
class LoadedAugmenter:
    """An augmenter with its data found and its models loaded.

    Attributes:
        recipe: how the data set says that a copy was made.
        transform: see `TransformFactory`.
    """

    recipe: str
    transform: TransformFactory


class Augmenter(Protocol):
    """A way to make changed copies of texts. A class that inherits it gets the defaults of all but `name` and `load`.

    Attributes:
        languages: of the texts it is for. Two augmenters may share a name if they share no language.
        requires: what must be here before a run begins.
        moves_words: whether it moves words or leaves them out, rather than replace them.
    """

    languages: tuple[str, ...] = LANGUAGES
    requires: tuple[Requirement, ...] = ()
    moves_words: bool = False

    @property
    def name(self) -> str:
        """What `prepare.augment` calls it."""
        ...

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """The augmenter, ready for the texts of a run.

        Raises:
            UsageError: data or models are missing.
            InputError, SafetyError: a model cannot be loaded, or is not to be trusted.
        """
        ...


def words_of(text: str, language: str) -> list[str]:
    """What an augmenter takes for one word: runs between white space; in Chinese characters, Latin runs whole."""
    return characters_of(text) if language == "zh" else blank_separated(text)


def blank_separated(text: str) -> list[str]:
    """Words as white space separates them: "hasn't" stays whole, which nlpaug's own tokenizer would tear apart."""
    return text.split()


def characters_of(text: str) -> list[str]:
    """Characters, but placeholders and runs of Latin letters and digits whole."""
    return _PIECES.findall(text)
