"""The main language of a corpus, and the language of each text (by eldc, n-grams of 60 languages)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from types import ModuleType
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.text.language_evidence import is_clearly

_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")
_SCRIPTS = {
    "Latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"), "Kana": re.compile("[\u3040-\u30ff]"), "Han": _HAN,
    "Hangul": re.compile("[\u1100-\u11ff\uac00-\ud7af]"), "Cyrillic": re.compile("[\u0400-\u04ff]"),
    "Arabic": re.compile("[\u0600-\u06ff]"), "Greek": re.compile("[\u0370-\u03ff]"),
    "Hebrew": re.compile("[\u0590-\u05ff]"), "Devanagari": re.compile("[\u0900-\u097f]"),
    "Bengali": re.compile("[\u0980-\u09ff]"),
}  # fmt: skip
_LANGUAGES_OF_SCRIPT = {
    "Han": ("zh", "ja"), "Kana": ("ja",), "Hangul": ("ko",), "Greek": ("el",), "Hebrew": ("he",),
    "Bengali": ("bn",), "Cyrillic": ("ru", "uk", "be", "bg", "sr"), "Arabic": ("ar", "fa", "ur", "ku"),
    "Devanagari": ("hi", "mr"),
}  # fmt: skip
"""Languages by script. The others that eldc knows use Latin letters, or a script of their own (`_OWN_SCRIPT`)."""
_OWN_SCRIPT = frozenset(["am", "gu", "hy", "ka", "kn", "lo", "ml", "or", "pa", "ta", "te", "th"])
SAMPLE_ROWS, SAMPLE_CHARACTERS = 2_000, 500
FEW_ROWS = 0.5
"""A corpus is in a language other than its script suggests if more than this share of its sure rows are."""
KNOWN = ("en", "zh")
"""Languages supported by the checks: word lists, name taggers, identifiers."""
_UNSPACED, _UNSPACED_SHARE = ("zh", "ja", "th", "lo"), 0.1
_SHORT = 16
"""ASCII texts with fewer characters are too short for a reliable result."""
_PRESENT_SHARE = 0.02
"""A short text is assigned only to languages of at least this share of the sure rows."""
_LISTED_SHARE = 0.001
_SLICE = 32_768
"""Texts processed at a time."""
NO_LANGUAGE = -1


class _Detected(Protocol):
    language: str
    reliable: bool
    scores: Mapping[str, float]


@dataclass(frozen=True)
class RowLanguages:
    """The language of each row.

    Attributes:
        codes: ISO 639-1 codes in alphabetical order.
        of: int16, one per row: index into `codes`; `NO_LANGUAGE` for texts without letters or without a known language.
    """

    codes: tuple[str, ...]
    of: np.ndarray

    def rows(self, code: str) -> np.ndarray:
        """bool, one per row: whether the row is in the language."""
        return np.asarray(self.of == self.codes.index(code) if code in self.codes else np.zeros(len(self.of), bool))

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of each language among the rows that have one, largest first; shares below 0.1% are left out."""
        counts = np.bincount(self.of[self.of >= 0], minlength=len(self.codes))
        total = max(int(counts.sum()), 1)
        order = sorted(range(len(self.codes)), key=lambda k: (-int(counts[k]), self.codes[k]))
        return {self.codes[k]: round(int(counts[k]) / total, 4) for k in order if counts[k] >= _LISTED_SHARE * total}

    @property
    def is_unspaced(self) -> bool:
        """Whether more than a tenth of the rows are in languages written without blanks between words."""
        return sum(self.share(code) for code in _UNSPACED) > _UNSPACED_SHARE

    def share(self, code: str) -> float:
        """Share of the language among the rows that have one; 0 if none has."""
        return float(self.rows(code).sum() / max(int((self.of >= 0).sum()), 1))


def guess_language(texts: pa.ChunkedArray) -> str:
    """``en`` or ``zh`` if most texts are in that language, otherwise ``other``.

    The script decides first: Han characters, each counted as three letters (about the length of a word), or Latin
    letters. Texts with a reliably detected language may then show that it is another language in that script, such as
    German or Japanese. Uses rows sampled at regular intervals.
    """
    sample = _sample(texts)
    language = _by_letters("\n".join(sample))
    sure = Counter(code for code in languages(sample) if code is not None)
    if language != "other" and sure.total() - sure[language] > FEW_ROWS * sure.total():
        return next((known for known in KNOWN if sure[known] > FEW_ROWS * sure.total()), "other")
    return language


def _by_letters(sample: str) -> str:
    han, latin = 3 * len(_HAN.findall(sample)), len(_LATIN.findall(sample))
    if han > latin:
        return "zh"
    return "en" if latin >= 0.5 * len(sample.replace("\n", "").replace(" ", "")) else "other"


def languages(texts: Sequence[str]) -> list[str | None]:
    """The ISO 639-1 code of each text's language; None if it is not reliable."""
    detect = _detector().detect_details
    found = (detect(text[:SAMPLE_CHARACTERS]) for text in texts)
    return [result.language if _is_sure(result) else None for result in found]


def row_languages(texts: pa.ChunkedArray, main: str) -> RowLanguages:
    """The language of each text of a corpus.

    A text too short for a reliable result is assigned to the best fitting of the corpus's languages, which are those of
    the reliably detected texts and the main language.

    Args:
        texts: strings, one per row; nulls are read as empty.
        main: language of the corpus: ``en``, ``zh`` or ``other``.
    """
    usual = main if main in KNOWN else _most_frequent(texts)
    numbers: dict[str | None, int] = {usual: 0, None: NO_LANGUAGE} if usual else {None: NO_LANGUAGE}
    found = np.full(len(texts), numbers[usual], np.int16)
    sure: Counter[str] = Counter()
    unsure: dict[int, tuple[str, _Detected]] = {}
    for row, text, result in _unusual(texts, usual):
        found[row] = NO_LANGUAGE
        if _is_sure(result) and (len(text) >= _SHORT or not text.isascii()):
            found[row] = numbers.setdefault(result.language, len(numbers) - 1)
            sure[result.language] += 1
        elif _LETTER.search(text):
            unsure[row] = text, result
    counts = sure + Counter({usual: len(texts) - sure.total() - len(unsure)} if usual else {})
    present = [code for code, n in counts.most_common() if n >= _PRESENT_SHARE * counts.total() or code == usual]
    for row, (text, result) in unsure.items():
        found[row] = numbers.setdefault(_likely_language(text, result, present), len(numbers) - 1)
    return _renumber(found, numbers)


def _renumber(found: np.ndarray, numbers: Mapping[str | None, int]) -> RowLanguages:
    """Renumber the languages that occur in alphabetical order."""
    used = np.bincount(found[found >= 0], minlength=len(numbers))
    codes = tuple(sorted(code for code, place in numbers.items() if code is not None and used[place]))
    new = np.full(len(numbers) + 1, NO_LANGUAGE, np.int16)  # index -1 maps `NO_LANGUAGE` to itself
    for place, code in enumerate(codes):
        new[numbers[code]] = place
    return RowLanguages(codes, new[found])


def _unusual(texts: pa.ChunkedArray, usual: str | None) -> Iterator[tuple[int, str, _Detected]]:
    """Position, truncated text and scores of each text that is not in the usual language."""
    detector = _detector()
    for start in range(0, len(texts), _SLICE):
        batch = _beginnings(texts.slice(start, _SLICE))
        rows = np.arange(len(batch))
        if usual in KNOWN:
            rows = np.flatnonzero(~is_clearly(batch, usual))
            batch = batch.take(pa.array(rows))
        strings = batch.to_pylist()
        others = [place for place, code in enumerate(map(detector.detect, strings)) if code != usual]
        for place in others:  # the scores cost twice as much and are needed only here
            yield start + int(rows[place]), strings[place], detector.detect_details(strings[place])


def _beginnings(texts: pa.ChunkedArray) -> pa.LargeStringArray:
    """The texts truncated to `SAMPLE_CHARACTERS`; nulls become empty."""
    joined = texts.cast(pa.large_string()).combine_chunks()
    joined = joined if joined.null_count == 0 else joined.fill_null("")
    longest = pc.max(pc.binary_length(joined)).as_py() or 0
    return joined if longest <= SAMPLE_CHARACTERS else pc.utf8_slice_codeunits(joined, 0, SAMPLE_CHARACTERS)


def _most_frequent(texts: pa.ChunkedArray) -> str | None:
    """The most frequent reliable language of the sampled texts; None if there is none."""
    return next(iter(dict(Counter(code for code in languages(_sample(texts)) if code).most_common(1))), None)


def _sample(texts: pa.ChunkedArray) -> list[str]:
    """Truncated texts, sampled at regular intervals."""
    step = max(1, len(texts) // SAMPLE_ROWS)
    return [(texts[i].as_py() or "")[:SAMPLE_CHARACTERS] for i in range(0, len(texts), step)]


@lru_cache(maxsize=20_000)
def text_language(text: str) -> str:
    """``en``, ``zh`` or ``other``: the language whose word lists and taggers apply to a single text.

    Text in Latin letters counts as English unless another language is reliably detected.
    """
    result = _detector().detect_details(text[:SAMPLE_CHARACTERS])
    if _is_sure(result) and (len(text) >= _SHORT or not text.isascii()):
        return result.language if result.language in KNOWN else "other"
    script = _script(text)
    return {"Latin": "en", "Han": "zh", None: "en"}.get(script, "other")


def _is_sure(result: _Detected) -> bool:
    return result.reliable and result.language != "und"


def _script(text: str) -> str | None:
    """The script of most letters; kana beside Han means Japanese, and a Han character counts as three letters."""
    if text.isascii():
        return "Latin" if _LATIN.search(text) else None
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    if counts["Kana"] and counts["Kana"] + counts["Han"] > counts["Latin"]:
        return "Kana"
    counts["Han"] *= 3
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else None


def _likely_language(text: str, result: _Detected, present: Sequence[str]) -> str | None:
    """The likely language of an unreliable text: the best-scored of the present languages in its script."""
    script = _script(text)
    if script is None:
        return None
    written = _LANGUAGES_OF_SCRIPT.get(script)
    fitting = [code for code in present if _is_written(code, written)]
    scored = [code for code in fitting if code in result.scores]
    if scored:
        return max(scored, key=lambda code: result.scores[code])
    if fitting:
        return fitting[0]
    if written is not None:
        return result.language if result.language in written else written[0]
    return None


def _is_written(code: str, written: Sequence[str] | None) -> bool:
    if written is not None:
        return code in written
    return code not in _OWN_SCRIPT and not any(code in codes for codes in _LANGUAGES_OF_SCRIPT.values())


@lru_cache(maxsize=1)
def _detector() -> ModuleType:
    import eldc

    eldc.init()
    module: ModuleType = eldc
    return module
