"""The words of dates in the languages of Unicode's CLDR (by babel): months, weekdays, halves of the day, particles."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import regex  # type: ignore[import-untyped]

from auditor.errors import InputError

if TYPE_CHECKING:
    from babel import Locale

_MAJOR = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn"
    " ko ky lo lt lv mk ml mn mr ms my nb ne nl nn no or pa pl pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi yo"
    " zh zu"
)
MAJOR = tuple(_MAJOR.split())
"""Languages that are asked before all others: those that have data sets."""
WORD = regex.compile(r"[\p{L}\p{M}]+")
_VARIANTS = {
    "ar": ("ar_SY", "ar_DZ", "ar_MA"), "az": ("az_Cyrl",), "bs": ("bs_Cyrl",), "de": ("de_AT",),
    "en": ("en_GB", "en_AU", "en_CA"), "es": ("es_MX", "es_PE"), "fr": ("fr_CA",), "pt": ("pt_PT",),
    "sr": ("sr_Latn", "sr_Latn_ME"), "uz": ("uz_Cyrl",), "zh": ("zh_Hant",),
}  # fmt: skip
"""Locales whose words differ from those of their language."""
_SPOKEN = {
    "en": "of the at on", "de": "uhr um den", "fr": "le à h", "es": "del de a las el", "it": "il alle ore",
    "pt": "de às", "nl": "om uur", "sv": "kl den", "da": "kl den", "nb": "kl den", "fi": "klo", "ru": "г года в",
}  # fmt: skip
"""Particles that people write and CLDR's patterns lack."""
_PATTERNS = ("full", "long", "medium", "short")
_SKELETONS = ("yMMMd", "yMMMEd", "yMMMMd", "yMMMMEEEEd", "yMMM", "yMMMM")
_LITERAL = regex.compile(r"'([^']+)'|([^\x00-\x40\x5b-\x60\x7b-\x7f]+)")
_ATTACHED = {
    kind: regex.compile(rf"(?:'([^']+)'|([^\s\x00-\x7f]+))?{letters}(?:'([^']+)'|([^\s\x00-\x7f]+))?")
    for kind, letters in (("months", "M{3,}"), ("days", "E{3,}"))
}
"""What a pattern writes without a blank before and after a name."""
_MARKS = regex.compile("[\u0300-\u036f\u200b-\u200f\u061c]")
_PARTICLE, _WEEKDAY, _AM, _PM = 0, 20, 21, 22
_HALVES = (("am", _AM), ("pm", _PM))
_LONGEST = 4
_NEARLY = 0.98
"""Where no major language knows this share of a column's rows, all others are asked too."""


@dataclass(frozen=True)
class Meaning:
    """What the words of a date say.

    Attributes:
        month: 1 to 12; None where no word names one.
        place: index of the month's first word; -1 without a month.
        half: ``am`` or ``pm``; None where no word says so.
    """

    month: int | None
    place: int = field(default=-1, compare=False)
    half: str | None = None


NOTHING, UNCLEAR = Meaning(None), Meaning(0)


def fold_date(text: str) -> str:
    """Lower case, plain digits of any script, without accents of Latin, Greek and Cyrillic letters."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.replace("ı", "i")))
        text = unicodedata.normalize("NFC", text)
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return text.casefold()


class Lexicon:
    """The words of one language: phrases of folded words, each with what it can mean."""

    def __init__(self, locales: Iterable[Locale], spoken: str = "") -> None:
        self._meanings: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        for locale in locales:
            for phrase, meaning in _phrases(locale):
                self._add(phrase, meaning)
        for word in spoken.split():
            self._add(word, _PARTICLE)

    def _add(self, phrase: str, meaning: int) -> None:
        words = tuple(WORD.findall(fold_date(phrase)))
        if words and not any(c.isdigit() for c in fold_date(phrase)):
            self._meanings[words].add(meaning)

    def read(self, words: Sequence[str]) -> Meaning | None:
        """What the words mean together.

        Returns:
            None where one is unknown; `UNCLEAR` where two months may be meant.
        """
        taken, at = [], 0
        while at < len(words):
            for size in range(min(_LONGEST, len(words) - at), 0, -1):
                meanings = self._meanings.get(tuple(words[at : at + size]))
                if meanings:
                    taken.append((at, meanings))
                    at += size
                    break
            else:
                return None
        return _together(taken)


def _together(taken: list[tuple[int, set[int]]]) -> Meaning:
    """One meaning of phrases of which some can be a month or something else (Spanish mar: Tuesday or March)."""
    named = [(at, {m for m in meanings if 1 <= m <= 12}, len(meanings)) for at, meanings in taken]
    named = [one for one in named if one[1]]
    chosen = [one for one in named if len(one[1]) == one[2]] or named
    if len(chosen) > 1 or (chosen and len(chosen[0][1]) > 1):
        return UNCLEAR
    halves = {m for at, meanings in taken for m in meanings if m in (_AM, _PM) and len(meanings) == 1}
    if len(halves) > 1:
        return UNCLEAR
    half = {_AM: "am", _PM: "pm"}[halves.pop()] if halves else None
    return Meaning(chosen[0][1].pop(), chosen[0][0], half) if chosen else Meaning(None, -1, half)


def _phrases(locale: Locale) -> Iterator[tuple[str, int]]:
    patterns = _patterns(locale)
    for pattern in patterns:
        yield from ((found[1] or found[2], _PARTICLE) for found in _LITERAL.finditer(pattern))
    for names in locale.eras.values():
        yield names.get(1, ""), _PARTICLE
    months, days = _attached("months", patterns), _attached("days", patterns)
    for context in ("format", "stand-alone"):
        for width in ("wide", "abbreviated"):
            for month, name in locale.months[context].get(width, {}).items():
                yield from ((before + name + after, month) for before, after in months)
            for name in locale.days[context].get(width, {}).values():
                yield from ((before + name + after, _WEEKDAY) for before, after in days)
            halves = locale.day_periods.get(context, {}).get(width, {})
            yield from (
                (halves[half], code) for half, code in (("am", _AM), ("pm", _PM)) if len(halves.get(half, "")) > 1
            )


def _attached(kind: str, patterns: Iterable[str]) -> set[tuple[str, str]]:
    """What is written before and after a name, nothing included."""
    found = {match.groups("") for pattern in patterns for match in _ATTACHED[kind].finditer(pattern)}
    return {("", ""), *((a or b, c or d) for a, b, c, d in found)}


def _patterns(locale: Locale) -> list[str]:
    found = [str(getattr(locale.date_formats.get(name), "pattern", "")) for name in _PATTERNS]
    found += [str(locale.datetime_formats.get(name, "")) for name in _PATTERNS]
    skeletons = locale.datetime_skeletons
    return found + [str(getattr(skeletons.get(name), "pattern", "")) for name in _SKELETONS]


@lru_cache(maxsize=512)
def lexicon(language: str) -> Lexicon:
    """The words of a language, by its CLDR code."""
    from babel import Locale

    names = (language, *_VARIANTS.get(language, ()))
    return Lexicon([Locale.parse(name) for name in names], _SPOKEN.get(language, ""))


@lru_cache(maxsize=1)
def _minor() -> tuple[str, ...]:
    from babel.localedata import locale_identifiers

    return tuple(sorted(name for name in locale_identifiers() if name.isalpha() and name not in MAJOR))


def meanings_of(counts: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], Meaning]:
    """What the words of a column's dates mean; words that no language knows are left out.

    The language that knows most of the column reads it; what it does not know, the next. Where languages know equally
    much and name different months (listopad: October in Croatian, November in Polish), the words are not read.

    Args:
        counts: rows by the words of their date.

    Raises:
        InputError: most of the rows with words are ambiguous so.
    """
    found: dict[tuple[str, ...], Meaning] = {(): NOTHING}
    left = Counter({words: n for words, n in counts.items() if words})
    english = {words: lexicon("en").read(words) for words in left}
    if not any(meaning in (None, UNCLEAR) for meaning in english.values()):
        return found | {words: meaning for words, meaning in english.items() if meaning is not None}
    doubted = 0
    while left:
        best = _best(left, MAJOR)
        if _rows(left, best) < _NEARLY * left.total():
            best = _best(left, (*MAJOR, *_minor()))
        if not best:
            break
        agreed = {
            words: next(iter(meanings))
            for words, meanings in best.items()
            if len(meanings) == 1 and UNCLEAR not in meanings
        }
        found |= agreed
        doubted += _rows(left, best) - _rows(left, agreed)
        for words in best:
            del left[words]
    if 2 * doubted > counts.total():
        raise InputError(
            "The names of months in the dates mean different months in different languages.",
            where="date column",
            fix="Write the months as numbers, for example 2021-11-03.",
        )
    return found


def _rows(counts: Counter[tuple[str, ...]], words: Iterable[tuple[str, ...]]) -> int:
    return sum(counts[one] for one in words)


def _best(left: Counter[tuple[str, ...]], names: Iterable[str]) -> Mapping[tuple[str, ...], set[Meaning]]:
    """By words: what the languages make of them that read most rows; what none of them reads is `UNCLEAR`."""
    best, most = defaultdict[tuple[str, ...], set[Meaning]](set), 0
    for name in names:
        known = {words: meaning for words in left if (meaning := lexicon(name).read(words)) is not None}
        rows = _rows(left, (words for words, meaning in known.items() if meaning != UNCLEAR))
        if rows > most:
            best, most = defaultdict(set), rows
        if rows == most and rows:
            for words, meaning in known.items():
                best[words].add(meaning)
    return {words: _agreement(own) for words, own in best.items()}


def _agreement(meanings: set[Meaning]) -> set[Meaning]:
    """Without those that name no month where another does; a half of the day counts only where all say it."""
    clear = {one for one in meanings if one.month} or meanings - {UNCLEAR} or meanings
    if len({one.month for one in clear}) == 1 and len(clear) > 1:
        return {one for one in clear if one.half is None} or {UNCLEAR}
    return clear
