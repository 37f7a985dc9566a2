"""Every text of a report, in its language, and the numbers inside them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import cache, lru_cache

from auditor.resources import resource_dir
from auditor.rules import read_yaml

LANGUAGES = ("en", "zh")
_SENTENCE_END = re.compile(r"(?<=[.?]) ")
_PLUS = " + "
"""Between the names of models that judged together."""


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(lang: str) -> Mapping[str, str]:
    """The texts of one language by key.

    Raises:
        InputError: there is no such catalogue, or it cannot be read.
    """
    return dict(read_yaml(resource_dir("templates") / "messages" / f"{lang}.yaml"))


class Messages:
    """Texts and number forms of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue(lang)

    def has(self, key: str) -> bool:
        """Whether the catalogue knows `key`."""
        return key in self._texts

    def text(self, key: str, **values: object) -> str:
        """The text of `key` with its ``{name}`` places filled.

        Raises:
            KeyError: no such key, or a place without a value.
        """
        return self._texts[key].format(**values)

    def either(self, key: str, otherwise: str) -> str:
        """The text of `key`, or `otherwise` where the catalogue lacks it."""
        return self._texts.get(key, otherwise)

    def note(self, note: str) -> str:
        """A ``key|argument|argument`` note as a sentence; an unknown one is shown as it was written.

        Arguments that are reasons themselves are put into this language too.
        """
        key, *arguments = note.split("|")
        template = self._texts.get(f"note.{key}", self._texts.get(key))
        if template is None:
            return " ".join([key, *arguments])
        try:
            return template.format(*(self._argument(part) for part in arguments))
        except (IndexError, KeyError):
            return " ".join([key, *arguments])

    def reason(self, sentence: str) -> str:
        """A reason or error of a check, which is written in English, in this language.

        One that no ``reason.`` template matches is shown as it was written; ``tests/report/test_reasons.py`` sees
        that every one in the source has a template.
        """
        known = self._known(sentence)
        return self.note(sentence) if known is None else known

    def _known(self, text: str) -> str | None:
        """The form of one or several sentences in this language; None where one of them has no template."""
        for key, pattern in _patterns():
            if match := pattern.fullmatch(text):
                return self._texts[key].format(*map(self._argument, match.groups()))
        for end in _SENTENCE_END.finditer(text):
            first, rest = self._known(text[: end.start()]), self._known(text[end.end() :])
            if first is not None and rest is not None:
                return first + self.text("sentence.gap") + rest
        return None

    def _argument(self, part: str) -> str:
        """A part of a reason or note: ``days:90``, a role, a metric, names of models, or a reason; else as it is."""
        kind, colon, number = part.partition(":")
        if colon and kind == "days" and number.isdecimal():
            return self._days(float(number))
        for prefix in ("role", "metric"):
            if self.has(f"{prefix}.{part}"):
                return self._texts[f"{prefix}.{part}"]
        known = [self._known(piece) or piece for piece in part.split(_PLUS)]
        return _PLUS.join(known)

    def rows(self, count: int) -> str:
        """``1 row``, ``2,345 rows``."""
        return self.count("row", count)

    def count(self, noun: str, count: int) -> str:
        """`count` with a noun of the catalogue in the right number."""
        return self.text(f"{noun}.one" if count == 1 else f"{noun}.other", n=f"{count:,}")

    def value(self, value: float | None, unit: str) -> str:
        """A metric's value in its unit."""
        if value is None or not math.isfinite(value):
            return "–"
        match unit:
            case "share":
                return share(value)
            case "ratio":
                return f"{value:,.0f} : 1" if value >= 20 else f"{value:.1f} : 1"
            case "rows":
                return self.rows(round(value))
            case "days":
                return self._days(value)
            case "characters":
                return self.count("character", round(value))
            case "points":
                return self.text("points", n=signed_points(value))
            case "p" if value < 0.001:
                return "<0.001"
            case "auc":
                return f"{value:.2f}"
        return decimal(value)

    def _days(self, days: float) -> str:
        if abs(days) < 730:
            return self.count("day", round(days))
        return self.text("years", n=f"{days / 365.25:,.1f}")

    def list(self, items: list[str]) -> str:
        """``a, b and c``."""
        if len(items) < 2:
            return "".join(items)
        return self.text("list.and", first=self.text("list.comma").join(items[:-1]), last=items[-1])


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The sentences that each ``reason.`` template can make, by its key; a place does not reach over a sentence."""
    return tuple(
        (key, re.compile(r"((?:(?![.?] ).)+?)".join(map(re.escape, re.split(r"{\d}", template))), re.DOTALL))
        for key, template in catalogue("en").items()
        if key.startswith("reason.")
    )


def share(value: float) -> str:
    """A share of 1 as a percentage with about two digits that say something."""
    percent = value * 100
    if percent in (0, 100):
        return f"{percent:.0f}%"
    if abs(percent) < 0.01:
        return "<0.01%" if percent > 0 else ">-0.01%"
    digits = 2 if abs(percent) < 1 else 1
    if 99.95 <= percent < 100:
        return ">99.9%"
    return f"{percent:.{digits}f}%"


def decimal(value: float) -> str:
    """A plain number: whole where it is whole, else three digits."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def signed(value: float) -> str:
    """A plain number with its sign; zero has none."""
    if value == 0:
        return "0"
    return f"{'−' if value < 0 else '+'}{decimal(abs(value))}"


def signed_points(value: float) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return f"{value * 100:+.1f}".replace("-", "−")
