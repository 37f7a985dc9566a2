"""Localized texts and number formats of reports."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache, lru_cache

from auditor.core.audit import CorpusProfile
from auditor.message import Argument, Message, Quantity
from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules import check_texts, read_yaml
from auditor.rules.specs import LANGUAGES

_SENTENCES = "sentences"
_LANGUAGES, _ALL = 3, 0.995
"""Maximum number of languages listed with their shares; minimum share at which only one language is named."""
_PLUS = " + "
"""Separator between the names of models of an ensemble."""


def catalogue(lang: str) -> Mapping[str, str]:
    """All texts of one language by key: those of pages and those of checks.

    Raises:
        InputError: there is no catalogue for the language, or it cannot be read.
    """
    return {**page_texts(lang), **check_texts(lang)}


@lru_cache(maxsize=len(LANGUAGES))
def page_texts(lang: str) -> Mapping[str, str]:
    """The texts of reports and of the terminal that do not belong to a check, by key.

    Raises:
        InputError: there is no catalogue for the language, or it cannot be read.
    """
    return parse(dict[str, str], read_yaml(resource_dir("templates") / "messages" / f"{lang}.yaml"))


def other_language(lang: str) -> str:
    """The other of the two languages of reports."""
    return next(other for other in LANGUAGES if other != lang)


class Messages:
    """Texts and number formats of one language."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._texts = catalogue(lang)

    def has(self, key: str) -> bool:
        """Whether the catalogue has `key`."""
        return key in self._texts

    def text(self, key: str, **values: object) -> str:
        """The text of `key` with its ``{name}`` placeholders filled in.

        Raises:
            KeyError: the key is unknown, or a placeholder has no value.
        """
        return self._texts[key].format(**values)

    def either(self, key: str, otherwise: str) -> str:
        """The text of `key`, or `otherwise` if the catalogue does not have it."""
        return self._texts.get(key, otherwise)

    def message(self, message: Message) -> str:
        """A message as a sentence; if the catalogue does not have its key, the key is used as an English template."""
        if message.key == _SENTENCES:
            return self.text("sentence.gap").join(map(self._argument, message.args))
        template = self._texts.get(message.key) or _errors(self.lang).get(message.key, message.key)
        try:
            return template.format(*map(self._argument, message.args))
        except (IndexError, KeyError, ValueError):  # from an earlier version or a custom rule
            return " ".join([message.key, *map(self._argument, message.args)])

    def _argument(self, arg: Argument) -> str:
        """The text of an argument; names from data and settings are not translated."""
        match arg:
            case Message():
                return self.message(arg)
            case Quantity():
                return self.value(arg.value, arg.unit)
            case int():
                return f"{arg:,}"
            case float():
                return decimal(arg)
        known = [_errors(self.lang).get(part, part) for part in arg.split(_PLUS)]
        return _PLUS.join(known)

    def rows(self, count: int) -> str:
        """``1 row``, ``2,345 rows``."""
        return self.count("row", count)

    def count(self, noun: str, count: int) -> str:
        """`count` with a noun of the catalogue in singular or plural."""
        return self.text(f"{noun}.one" if count == 1 else f"{noun}.other", n=f"{count:,}")

    def value(self, value: float | None, unit: str) -> str:
        """The value of a metric in its unit."""
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

    def languages(self, corpus: CorpusProfile) -> str:
        """The language of a corpus, or the shares of rows of the most frequent languages if there are several."""
        shares = dict(list(corpus.languages.items())[:_LANGUAGES])
        rest = 1 - sum(shares.values())
        if not shares:
            return self.text(f"language.{corpus.language}")
        if next(iter(shares.values())) >= _ALL:
            return self.language(next(iter(shares)))
        parts = [f"{self.language(code)} {share(part)}" for code, part in shares.items()]
        parts += [f"{self.text('language.other')} {share(rest)}"] if rest > 1 - _ALL else []
        return self.text("list.comma").join(parts)

    def language(self, code: str) -> str:
        """The name of a language (ISO 639-1), or its code if the name is unknown."""
        if self.has(f"language.{code}"):
            return self.text(f"language.{code}")
        from babel import Locale

        return str(Locale.parse(self.lang).languages.get(code, code))

    def list(self, items: list[str]) -> str:
        """``a, b and c``."""
        if len(items) < 2:
            return "".join(items)
        return self.text("list.and", first=self.text("list.comma").join(items[:-1]), last=items[-1])


@cache
def _errors(lang: str) -> Mapping[str, str]:
    """Translations of error messages and parts of them, by English text."""
    if lang == "en":
        return {}
    return parse(dict[str, str], read_yaml(resource_dir("templates") / "messages" / f"errors.{lang}.yaml"))


def share(value: float) -> str:
    """A share as a percentage with about two significant digits."""
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
    """A number without decimals if it is whole, else with three significant digits."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def signed(value: float) -> str:
    """A number with its sign; zero has no sign."""
    if value == 0:
        return "0"
    return f"{'−' if value < 0 else '+'}{decimal(abs(value))}"


def signed_points(value: float) -> str:
    """A difference of two shares in percentage points, with its sign."""
    return f"{value * 100:+.1f}".replace("-", "−")
