"""The words of dates in the languages of Unicode's CLDR (from babel): months, weekdays, am and pm, particles."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import regex  # type: ignore[import-untyped]

from auditor.errors import InputError
from auditor.resources import resource_dir

if TYPE_CHECKING:
    from babel import Locale

_MAJOR = (
    "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka kk km kn"
    " ko ky lo lt lv mk ml mn mr ms my nb ne nl nn no or pa pl pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi yo"
    " zh zu"
)
MAJOR = tuple(_MAJOR.split())
"""Languages that are tried before all others: those for which data sets are common."""
WORD = regex.compile(r"[\p{L}\p{M}]+")
_VARIANTS = {
    "ar": ("ar_SY", "ar_DZ", "ar_MA"), "az": ("az_Cyrl",), "bs": ("bs_Cyrl",), "de": ("de_AT",),
    "en": ("en_GB", "en_AU", "en_CA"), "es": ("es_MX", "es_PE"), "fr": ("fr_CA",), "pt": ("pt_PT",),
    "sr": ("sr_Latn", "sr_Latn_ME"), "uz": ("uz_Cyrl",), "zh": ("zh_Hant",),
}  # fmt: skip
"""Regional locales whose date words differ from those of the language itself."""
_PARTICLES = {
    "en": "of the at on", "de": "uhr um den", "fr": "le à h", "es": "del de a las el", "it": "il alle ore",
    "pt": "de às", "nl": "om uur", "sv": "kl den", "da": "kl den", "nb": "kl den", "fi": "klo", "ru": "г года в",
    "pl": "r",
}  # fmt: skip
"""Particles in common use that CLDR's patterns lack."""
_MONTHS: Mapping[str, Mapping[str, int]] = {"de": {"mrz": 3}}
"""Abbreviations of months in common use that CLDR lacks."""
_PATTERNS = ("full", "long", "medium", "short")
_SKELETONS = ("yMMMd", "yMMMEd", "yMMMMd", "yMMMMEEEEd", "yMMM", "yMMMM")
_LITERAL = regex.compile(r"'([^']+)'|([^\x00-\x40\x5b-\x60\x7b-\x7f]+)")
_ATTACHED = {
    kind: regex.compile(rf"(?:'([^']+)'|([^\s\x00-\x7f]+))?{letters}(?:'([^']+)'|([^\s\x00-\x7f]+))?")
    for kind, letters in (("months", "M{3,}"), ("days", "E{3,}"))
}
"""Text that a pattern puts directly before and after a name, without a blank."""
_MARKS = regex.compile("[\u0300-\u036f\u200b-\u200f\u061c]")
_PARTICLE, _WEEKDAY, _AM, _PM = 0, 20, 21, 22
_HALVES = (("am", _AM), ("pm", _PM))
_MAX_PHRASE_WORDS = 4
_MIN_COVERAGE = 0.98
"""The other languages are tried too if no major language knows the words of this share of a column's rows."""


@dataclass(frozen=True)
class Meaning:
    """The meaning of the words of a date.

    Attributes:
        month: 1 to 12; None if no word names a month; 0 in `AMBIGUOUS`.
        place: index of the first word of the month; -1 without a month.
        half: ``am`` or ``pm``; None if no word says so.
    """

    month: int | None
    place: int = field(default=-1, compare=False)
    half: str | None = None


NO_WORDS, AMBIGUOUS = Meaning(None), Meaning(0)


def fold_date(text: str) -> str:
    """Fold case, convert the digits of any script to ASCII, and strip accents of Latin, Greek and Cyrillic letters."""
    if not text.isascii():
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text.replace("ı", "i")))
        text = unicodedata.normalize("NFC", text)
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    return text.casefold()


class Lexicon:
    """The date words of one language: phrases of folded words with their possible meanings."""

    def __init__(self, locales: Iterable[Locale], spoken: str, months: Mapping[str, int]) -> None:
        self._meanings: defaultdict[tuple[str, ...], set[int]] = defaultdict(set)
        for locale in locales:
            for phrase, meaning in _phrases(locale):
                self._add(phrase, meaning)
        for word in spoken.split():
            self._add(word, _PARTICLE)
        for word, month in months.items():
            self._add(word, month)

    def _add(self, phrase: str, meaning: int) -> None:
        words = tuple(WORD.findall(fold_date(phrase)))
        if words and not any(c.isdigit() for c in fold_date(phrase)):
            self._meanings[words].add(meaning)

    @property
    def words(self) -> set[str]:
        """The single words of all phrases."""
        return {word for phrase in self._meanings for word in phrase}

    def read(self, words: Sequence[str]) -> Meaning | None:
        """The meaning of the words together.

        Returns:
            None if a word is unknown; `AMBIGUOUS` if two months are possible.
        """
        phrases, at = [], 0
        while at < len(words):
            for size in range(min(_MAX_PHRASE_WORDS, len(words) - at), 0, -1):
                meanings = self._meanings.get(tuple(words[at : at + size]))
                if meanings:
                    phrases.append((at, meanings))
                    at += size
                    break
            else:
                return None
        return _combine(phrases)


def _combine(phrases: list[tuple[int, set[int]]]) -> Meaning:
    """Combine the phrases, some of which may be a month or something else (Spanish mar: Tuesday or March)."""
    named = [(at, {m for m in meanings if 1 <= m <= 12}, len(meanings)) for at, meanings in phrases]
    named = [phrase for phrase in named if phrase[1]]
    chosen = [phrase for phrase in named if len(phrase[1]) == phrase[2]] or named
    if len(chosen) > 1 or (chosen and len(chosen[0][1]) > 1):
        return AMBIGUOUS
    halves = {m for at, meanings in phrases for m in meanings if m in (_AM, _PM) and len(meanings) == 1}
    if len(halves) > 1:
        return AMBIGUOUS
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
    """Pairs of text written directly before and after a name, including the pair of empty strings."""
    found = {match.groups("") for pattern in patterns for match in _ATTACHED[kind].finditer(pattern)}
    return {("", ""), *((a or b, c or d) for a, b, c, d in found)}


def _patterns(locale: Locale) -> list[str]:
    found = [str(getattr(locale.date_formats.get(name), "pattern", "")) for name in _PATTERNS]
    found += [str(locale.datetime_formats.get(name, "")) for name in _PATTERNS]
    skeletons = locale.datetime_skeletons
    return found + [str(getattr(skeletons.get(name), "pattern", "")) for name in _SKELETONS]


@lru_cache(maxsize=512)
def lexicon(language: str) -> Lexicon:
    """The date words of a language, by its CLDR code."""
    from babel import Locale

    names = (language, *_VARIANTS.get(language, ()))
    return Lexicon([Locale.parse(name) for name in names], _PARTICLES.get(language, ""), _MONTHS.get(language, {}))


@lru_cache(maxsize=1)
def known_words() -> frozenset[str]:
    """Every word of the date words of any language, from ``rules/date_words.txt``.

    Looking a word up in the lexicons of all languages takes more than a second, and most words are in none of them.
    """
    return frozenset((resource_dir("rules") / "date_words.txt").read_text("utf-8").split())


def all_words() -> set[str]:
    """The same from CLDR itself; takes more than a second."""
    return {word for language in (*MAJOR, *_minor()) for word in lexicon(language).words}


@lru_cache(maxsize=1)
def _minor() -> tuple[str, ...]:
    from babel.localedata import locale_identifiers

    return tuple(sorted(name for name in locale_identifiers() if name.isalpha() and name not in MAJOR))


def meanings_of(counts: Counter[tuple[str, ...]]) -> dict[tuple[str, ...], Meaning]:
    """The meanings of the words in a column's dates; words that no language knows are left out.

    The language that knows the words of most rows is used first, then the next one for the remaining words. Words for
    which equally good languages name different months (listopad: October in Croatian, November in Polish) are left out.

    Args:
        counts: number of rows by the words of their date.

    Raises:
        InputError: most rows with words are ambiguous in this way.
    """
    found: dict[tuple[str, ...], Meaning] = {(): NO_WORDS}
    remaining = Counter({words: n for words, n in counts.items() if words})
    english = {words: lexicon("en").read(words) for words in remaining}
    if not any(meaning in (None, AMBIGUOUS) for meaning in english.values()):
        return found | {words: meaning for words, meaning in english.items() if meaning is not None}
    ambiguous = 0
    while remaining:
        readable = Counter({words: n for words, n in remaining.items() if known_words().issuperset(words)})
        if not readable:
            break
        best = _best(remaining, MAJOR)
        rows = _rows(remaining, best)
        if rows < _MIN_COVERAGE * remaining.total() and rows < _rows(remaining, readable):
            best = _best(readable, (*MAJOR, *_minor()))
        if not best:
            break
        agreed = {
            words: next(iter(meanings))
            for words, meanings in best.items()
            if len(meanings) == 1 and AMBIGUOUS not in meanings
        }
        found |= agreed
        ambiguous += _rows(remaining, best) - _rows(remaining, agreed)
        for words in best:
            del remaining[words]
    if 2 * ambiguous > counts.total():
        raise InputError(
            "The names of months in the dates mean different months in different languages.",
            where="date column",
            fix="Write the months as numbers, for example 2021-11-03.",
        )
    return found


def _rows(counts: Counter[tuple[str, ...]], words: Iterable[tuple[str, ...]]) -> int:
    return sum(counts[key] for key in words)


def _best(remaining: Counter[tuple[str, ...]], names: Iterable[str]) -> Mapping[tuple[str, ...], set[Meaning]]:
    """By words: their meanings in the languages that know most rows (several in case of a tie)."""
    best, most = defaultdict[tuple[str, ...], set[Meaning]](set), 0
    for name in names:
        known = {words: meaning for words in remaining if (meaning := lexicon(name).read(words)) is not None}
        rows = _rows(remaining, (words for words, meaning in known.items() if meaning != AMBIGUOUS))
        if rows > most:
            best, most = defaultdict(set), rows
        if rows == most and rows:
            for words, meaning in known.items():
                best[words].add(meaning)
    return {words: _agreement(meanings) for words, meanings in best.items()}


def _agreement(meanings: set[Meaning]) -> set[Meaning]:
    """Drop meanings without a month if another has one; am or pm is kept only if all meanings agree on it."""
    clear = {meaning for meaning in meanings if meaning.month} or meanings - {AMBIGUOUS} or meanings
    if len({meaning.month for meaning in clear}) == 1 and len(clear) > 1:
        return {meaning for meaning in clear if meaning.half is None} or {AMBIGUOUS}
    return clear
