"""The main language of a corpus and the language of single texts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType

import pyarrow as pa

_HAN = re.compile("[\u4e00-\u9fff]")
_LATIN = re.compile("[A-Za-z]")
SAMPLE_ROWS, SAMPLE_CHARACTERS = 2_000, 500
FEW_ROWS = 0.5
"""A corpus is in another language where more than this share of its sure rows are."""
KNOWN = ("en", "zh")
"""Languages that the checks know: word lists, name taggers, identifiers."""


def guess_language(texts: pa.ChunkedArray) -> str:
    """``en`` or ``zh`` where most texts are in that language, else ``other``.

    The letters decide first: Han characters, which count as three letters (about the length of the word they stand
    for), or Latin ones. Then the texts whose language is sure may say that it is another one that is written in these
    letters, such as German or Japanese. Rows are taken at even distances through the corpus.
    """
    step = max(1, len(texts) // SAMPLE_ROWS)
    sample = [(texts[i].as_py() or "")[:SAMPLE_CHARACTERS] for i in range(0, len(texts), step)]
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
    """The ISO 639-1 code of each text's language (eldc, n-grams of 60 languages); None where it is not sure."""
    detector = _detector()
    found = (detector.detect_details(text[:SAMPLE_CHARACTERS]) for text in texts)
    return [result.language if result.reliable and result.language != "und" else None for result in found]


@lru_cache(maxsize=1)
def _detector() -> ModuleType:
    import eldc

    eldc.init()
    module: ModuleType = eldc
    return module
