"""The main language of a corpus and the language of single texts (eldc: n-grams of 60 languages)."""

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

from auditor.text.language_evidence import is_surely

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
_WRITTEN_IN = {
    "Han": ("zh", "ja"), "Kana": ("ja",), "Hangul": ("ko",), "Greek": ("el",), "Hebrew": ("he",),
    "Bengali": ("bn",), "Cyrillic": ("ru", "uk", "be", "bg", "sr"), "Arabic": ("ar", "fa", "ur", "ku"),
    "Devanagari": ("hi", "mr"),
}  # fmt: skip
"""Languages of a script; all others that eldc knows are written in Latin letters, or alone in their script."""
_ALONE = frozenset(["am", "gu", "hy", "ka", "kn", "lo", "ml", "or", "pa", "ta", "te", "th"])
SAMPLE_ROWS, SAMPLE_CHARACTERS = 2_000, 500
FEW_ROWS = 0.5
"""A corpus is in another language where more than this share of its sure rows are."""
KNOWN = ("en", "zh")
"""Languages that the checks know: word lists, name taggers, identifiers."""
_UNSPACED, _SOME = ("zh", "ja", "th", "lo"), 0.1
_SHORT = 16
"""Characters below which Latin letters do not tell a language by themselves."""
_PRESENT = 0.02
"""A short text may be in any language that this share of the sure rows is in."""
_LISTED = 0.001
_SLICE = 32_768
"""Texts judged at once."""
NO_LANGUAGE = -1


class _Detected(Protocol):
    language: str
    reliable: bool
    scores: Mapping[str, float]


@dataclass(frozen=True)
class RowLanguages:
    """The language of each row.

    Attributes:
        codes: ISO 639-1 codes, alphabetically.
        of: int16, one per row: place in `codes`; `NO_LANGUAGE` where a text has no letters or tells none.
    """

    codes: tuple[str, ...]
    of: np.ndarray

    def rows(self, code: str) -> np.ndarray:
        """bool, one per row: whether it is in the language."""
        return np.asarray(self.of == self.codes.index(code) if code in self.codes else np.zeros(len(self.of), bool))

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of each language among the rows that have one, the largest first; below a thousandth left out."""
        counts = np.bincount(self.of[self.of >= 0], minlength=len(self.codes))
        total = max(int(counts.sum()), 1)
        order = sorted(range(len(self.codes)), key=lambda k: (-int(counts[k]), self.codes[k]))
        return {self.codes[k]: round(int(counts[k]) / total, 4) for k in order if counts[k] >= _LISTED * total}

    @property
    def is_unspaced(self) -> bool:
        """Whether some of the rows, more than a tenth, are in languages that put no blanks between words."""
        return sum(self.share(code) for code in _UNSPACED) > _SOME

    def share(self, code: str) -> float:
        """Of the rows that have a language, those in this one; 0 where none has."""
        return float(self.rows(code).sum() / max(int((self.of >= 0).sum()), 1))


def guess_language(texts: pa.ChunkedArray) -> str:
    """``en`` or ``zh`` where most texts are in that language, else ``other``.

    The letters decide first: Han characters, which count as three letters (about the length of the word they stand
    for), or Latin ones. Then the texts whose language is sure may say that it is another one that is written in these
    letters, such as German or Japanese. Rows are taken at even distances through the corpus.
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
    """The ISO 639-1 code of each text's language; None where it is not sure."""
    detect = _detector().detect_details
    found = (detect(text[:SAMPLE_CHARACTERS]) for text in texts)
    return [result.language if _is_sure(result) else None for result in found]


def row_languages(texts: pa.ChunkedArray, main: str) -> RowLanguages:
    """The language of each text, of all texts of a corpus together.

    A text that is too short to tell is taken to be in the one of the corpus's languages that fits it best: those of the
    sure texts, and its main language.

    Args:
        texts: strings, one per row; nulls are empty.
        main: language of the corpus: ``en``, ``zh`` or ``other``.
    """
    usual = main if main in KNOWN else _usual(texts)
    places: dict[str | None, int] = {usual: 0, None: NO_LANGUAGE} if usual else {None: NO_LANGUAGE}
    found = np.full(len(texts), places[usual], np.int16)
    sure: Counter[str] = Counter()
    unsure: dict[int, tuple[str, _Detected]] = {}
    for row, text, result in _unusual(texts, usual):
        found[row] = NO_LANGUAGE
        if _is_sure(result) and (len(text) >= _SHORT or not text.isascii()):
            found[row] = places.setdefault(result.language, len(places) - 1)
            sure[result.language] += 1
        elif _LETTER.search(text):
            unsure[row] = text, result
    counts = sure + Counter({usual: len(texts) - sure.total() - len(unsure)} if usual else {})
    present = [code for code, n in counts.most_common() if n >= _PRESENT * counts.total() or code == usual]
    for row, (text, result) in unsure.items():
        found[row] = places.setdefault(_likely(text, result, present), len(places) - 1)
    return _sorted(found, places)


def _sorted(found: np.ndarray, places: Mapping[str | None, int]) -> RowLanguages:
    """Languages that rows are in, alphabetically."""
    used = np.bincount(found[found >= 0], minlength=len(places))
    codes = tuple(sorted(code for code, place in places.items() if code is not None and used[place]))
    new = np.full(len(places) + 1, NO_LANGUAGE, np.int16)  # the last is that of `NO_LANGUAGE`
    for place, code in enumerate(codes):
        new[places[code]] = place
    return RowLanguages(codes, new[found])


def _unusual(texts: pa.ChunkedArray, usual: str | None) -> Iterator[tuple[int, str, _Detected]]:
    """Position, beginning and scores of each text that is not in the usual language."""
    detector = _detector()
    for start in range(0, len(texts), _SLICE):
        some = _beginnings(texts.slice(start, _SLICE))
        rows = np.arange(len(some))
        if usual in KNOWN:
            rows = np.flatnonzero(~is_surely(some, usual))
            some = some.take(pa.array(rows))
        strings = some.to_pylist()
        others = [place for place, code in enumerate(map(detector.detect, strings)) if code != usual]
        for place in others:  # the details cost twice as much, and would change nothing for the rest
            yield start + int(rows[place]), strings[place], detector.detect_details(strings[place])


def _beginnings(texts: pa.ChunkedArray) -> pa.LargeStringArray:
    """The texts cut to what is looked at; nulls are empty."""
    joined = texts.cast(pa.large_string()).combine_chunks()
    joined = joined if joined.null_count == 0 else joined.fill_null("")
    longest = pc.max(pc.binary_length(joined)).as_py() or 0
    return joined if longest <= SAMPLE_CHARACTERS else pc.utf8_slice_codeunits(joined, 0, SAMPLE_CHARACTERS)


def _usual(texts: pa.ChunkedArray) -> str | None:
    """The language of most texts at even distances; None where none is sure."""
    return next(iter(dict(Counter(code for code in languages(_sample(texts)) if code).most_common(1))), None)


def _sample(texts: pa.ChunkedArray) -> list[str]:
    """The beginnings of texts at even distances."""
    step = max(1, len(texts) // SAMPLE_ROWS)
    return [(texts[i].as_py() or "")[:SAMPLE_CHARACTERS] for i in range(0, len(texts), step)]


@lru_cache(maxsize=20_000)
def text_language(text: str) -> str:
    """``en``, ``zh`` or ``other``: the language whose word lists and taggers fit one text, whatever the corpus is in.

    Latin letters that are not surely those of another language are read as English.
    """
    result = _detector().detect_details(text[:SAMPLE_CHARACTERS])
    if _is_sure(result) and (len(text) >= _SHORT or not text.isascii()):
        return result.language if result.language in KNOWN else "other"
    script = _script(text)
    return {"Latin": "en", "Han": "zh", None: "en"}.get(script, "other")


def _is_sure(result: _Detected) -> bool:
    return result.reliable and result.language != "und"


def _script(text: str) -> str | None:
    """The script of most letters; a text with kana is Japanese, and a Han character counts as three letters."""
    if text.isascii():
        return "Latin" if _LATIN.search(text) else None
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS.items()}
    if counts["Kana"] and counts["Kana"] + counts["Han"] > counts["Latin"]:
        return "Kana"
    counts["Han"] *= 3
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else None


def _likely(text: str, result: _Detected, present: Sequence[str]) -> str | None:
    """The language of a text that is not sure: of those present the best that is written in its letters."""
    script = _script(text)
    if script is None:
        return None
    written = _WRITTEN_IN.get(script)
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
    return code not in _ALONE and not any(code in codes for codes in _WRITTEN_IN.values())


@lru_cache(maxsize=1)
def _detector() -> ModuleType:
    import eldc

    eldc.init()
    module: ModuleType = eldc
    return module
