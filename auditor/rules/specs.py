"""What a check declares: its finding codes, its metrics with unit, bounds and remedy, and its figures.

These types hold what ``rules/checks/<dimension>.yaml`` says; `auditor.rules.checks` reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict

LANGUAGES = ("en", "zh")
"""Languages of the reports; every text of a specification is written in each."""

Unit = Literal["share", "ratio", "rows", "days", "characters", "points", "auc", "p", "bits", "count"]
_STRICT = ConfigDict(extra="forbid")
_PLACE = re.compile(r"\{\w*\}")


def _in_every_language(words: Mapping[str, str]) -> Mapping[str, str]:
    if set(words) != set(LANGUAGES) or not all(text.strip() for text in words.values()):
        raise ValueError(f"a text is needed in each of: {', '.join(LANGUAGES)}")
    if len({frozenset(_PLACE.findall(text)) for text in words.values()}) > 1:
        raise ValueError("the texts have different places in braces")
    return words


Words = Annotated[Mapping[str, str], AfterValidator(_in_every_language)]
"""A text by report language; places to be filled, such as ``{0}``, are the same in each."""
Bounds = tuple[float, float, float, float]
"""Upper bounds of the grades A, B, C and D; above the last it is F."""


def _rising(bounds: Bounds | None) -> Bounds | None:
    if bounds is not None and list(bounds) != sorted(bounds):
        raise ValueError("bounds rise from A to D")
    return bounds


@dataclass(frozen=True)
class CodeDoc:
    """The documentation of one finding code, as `auditor rules CODE` prints it."""

    code: str
    name: str
    dimension: str
    title: Words
    why: Words
    how: str
    fix: Words
    example: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class GradeRule:
    """When a metric is good or bad."""

    bounds: Bounds

    def letter(self, value: float) -> str:
        """The grade of `value`."""
        for letter, bound in zip("ABCD", self.bounds, strict=True):
            if value <= bound:
                return letter
        return "F"

    def status(self, value: float) -> Literal["pass", "warn", "fail"]:
        """Pass for A and B, warn for C, fail for D and F."""
        letter = self.letter(value)
        return "pass" if letter in "AB" else "warn" if letter == "C" else "fail"

    @property
    def limit(self) -> float:
        """The largest value that passes."""
        return self.bounds[1]


@dataclass(frozen=True)
class SettingOf:
    """The value of another setting."""

    setting: str
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class RemedySpec:
    """What can be done about a metric whose letter is poor; `auditor fix` plans it."""

    action: Words
    """The remedy as a heading."""
    codes: tuple[str, ...] = ()
    """Finding codes that the plan acts on."""
    entities: str | None = None
    """A kind of personal data: the codes of its entity types are acted on as well."""
    settings: Mapping[str, SettingOf | str | tuple[str, ...]] = field(default_factory=dict)
    """Dotted settings of the plan."""
    regrade: tuple[str, ...] = ()
    """Dimensions beside the metric's own that it may change, and that are graded again with it."""
    rank: int = 1000
    """Of remedies for equal letters, the one with the lower rank is offered first."""
    instead: RemedySpec | None = None
    """Offered in its place where it lowers the letter of another dimension."""
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class MetricSpec:
    """One metric of a check: everything but its value."""

    name: str
    """Dotted, such as ``duplicates.rate``."""
    dimension: str
    unit: Unit
    label: Words
    bounds: Annotated[Bounds | None, AfterValidator(_rising)] = None
    """None: the metric is stated and not judged."""
    tile: Words | None = None
    """What follows the value in a sentence, such as "of rows repeat another row"; of judged metrics."""
    slice: Words | None = None
    """What the metric is given for, such as "Class": the heading of the first column of its table."""
    table: Words | None = None
    """Title of the table of a metric that is given by slice."""
    remedy: RemedySpec | None = None
    __pydantic_config__ = _STRICT

    @property
    def rule(self) -> GradeRule | None:
        """How the metric is judged; None where it is not."""
        return None if self.bounds is None else GradeRule(self.bounds)


@dataclass(frozen=True)
class FigureSpec:
    """One figure of a check."""

    name: str
    """Such as ``rows_per_class``; the figure's message key is ``figure.<name>``."""
    title: Words
    omitted: Words | None = None
    """What a figure that leaves entries out says about them."""
    __pydantic_config__ = _STRICT


@dataclass(frozen=True)
class CheckSpec:
    """Everything that belongs to the check of one dimension."""

    dimension: str
    title: Words
    question: Words
    """What the check answers."""
    codes: Mapping[str, CodeDoc]
    metrics: Mapping[str, MetricSpec]
    figures: Mapping[str, FigureSpec] = field(default_factory=dict)
    notes: Mapping[str, Words] = field(default_factory=dict)
    """What a reader must know of the numbers; `name` has the message key ``note.<name>``."""
    reasons: Mapping[str, Words] = field(default_factory=dict)
    """Why there is no result; `name` has the message key ``reason.<name>``."""
    details: Mapping[str, Words] = field(default_factory=dict)
    """What the value of a finding is, by its code or by the three letters that codes begin with."""
    words: Mapping[str, Words] = field(default_factory=dict)
    """Names of values, columns and series, by message key."""
    order: int = 1000
    """Place of the dimension in reports."""
    main: bool = False
    """Whether the dimension has a tile in the first row of a report."""
    __pydantic_config__ = _STRICT

    @property
    def messages(self) -> dict[str, Words]:
        """Notes, reasons, details and words by message key."""
        sections = (("note.", self.notes), ("reason.", self.reasons), ("detail.value.", self.details), ("", self.words))
        return {f"{prefix}{name}": text for prefix, section in sections for name, text in section.items()}
