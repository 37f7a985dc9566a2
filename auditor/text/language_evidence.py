"""Find texts whose language is clear without n-grams: by script, or by words that only one language has.

A whole batch is processed over Arrow's buffers, which costs a fraction of one detector call per text. Texts that are
not clear are left to the n-gram detector (`auditor.text.language`).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ENGLISH = (
    "about above across after afterwards again against almost alone along already although always among anyone "
    "anything anyway anywhere around became because become been before behind being below between beyond both can "
    "cannot could did does doing done during each eight either else enough ever every everyone everything "
    "everywhere except few five forty from get give hence hers herself him himself his how however if indeed its "
    "itself just keep least less make many meanwhile might more mostly much must myself neither never "
    "nevertheless nine nobody none nothing now nowhere often only other others otherwise our ours ourselves own "
    "perhaps please quite rather really say seem seemed seems several she should since sixty some somehow someone "
    "something sometimes somewhere still such than that the their them themselves then there therefore these they "
    "this those though through throughout together too toward towards twelve twenty two unless until upon used "
    "using very well were what whatever when whenever where whereas whether which while who whole whom whose why "
    "with within without would yet you your yours yourself"
)
"""spaCy's English stop words that are in none of its lists for 75 other languages, without words that also occur in
other languages as loans or homographs (such as ``show``, ``four`` or ``but``)."""
_OFTEN_ENGLISH = "and are be can't don't have i'm into it it's just my not to by"
"""Function words that few other languages have."""
_NOT_ENGLISH = (
    "das der dem den des ist und nicht ein eine einen mit von zu auf im ich sie er wir auch aber noch nach bei "
    "sich wie zum le les du est et une que qui dans pas sur au aux ce il elle je nous vous avec ne son ses mais "
    "plus el los las del es por para su lo como y en un al mi pero este esta di che non sono della dei gli nel "
    "alla ma anche da questo em uma na ao nos ele foi het een van niet dat te zijn voor met ook aan naar om maar "
    "bir ve bu icin ile cok gibi la de det og som til av inte att och jag ikke nie jest jak tak nu cu pe din ang "
    "ng mga yang dan ini itu untuk dengan"
)
"""Frequent words of other languages: a text with one of them is left to the n-gram detector."""
_LETTERS = r"[\x{c0}-\x{24f}\x{370}-\x{1fff}\x{2c00}-\x{2dff}\x{3040}-\x{d7ff}\x{f900}-\x{faff}]"
"""Non-ASCII letters."""
_ENGLISH_BYTES = 160
"""Longest text, in bytes, that two words decide; for longer texts n-grams are as fast."""
_LEAST_HAN = 4
_SLICE = 4_096
"""Texts processed at a time."""
_HAN, _LATIN, _OTHER = 1, 1 << 20, 1 << 40


def is_clearly(texts: pa.LargeStringArray, language: str) -> np.ndarray:
    """Whether each text is clearly in a language.

    A text is Chinese if it has at least four Han characters, no more Latin letters than Han characters and no letters
    of other scripts. A short text is English if it has two English function words, one of them found in no other
    language, and neither frequent words of other languages nor non-ASCII letters (stop words as evidence: Grefenstette
    1995, "Comparing two language identification schemes").

    Args:
        texts: without nulls, fewer than a million characters each.
        language: ``en`` or ``zh``; for other languages the result is False everywhere.

    Returns:
        bool, one per text.
    """
    if language == "zh":
        parts = [_is_chinese(texts.slice(start, _SLICE)) for start in range(0, len(texts), _SLICE)]
        return np.concatenate(parts) if parts else np.zeros(0, bool)
    if language == "en":
        return _is_english(texts)
    return np.zeros(len(texts), bool)


def _is_english(texts: pa.LargeStringArray) -> np.ndarray:
    rows = np.flatnonzero(pc.binary_length(texts).to_numpy() <= _ENGLISH_BYTES)
    short = texts if len(rows) == len(texts) else texts.take(pa.array(rows))
    for pattern, expected in ((_two_english_words(), True), (_another_language(), False)):
        is_kept = pc.match_substring_regex(short, pattern).to_numpy(zero_copy_only=False) == expected
        rows, short = rows[is_kept], short.filter(pa.array(is_kept))
    found = np.zeros(len(texts), bool)
    found[rows] = True
    return found


@lru_cache(maxsize=1)
def _two_english_words() -> str:
    only, often = ("|".join(words.split()) for words in (_ENGLISH, _OFTEN_ENGLISH))
    return rf"(?is)\b(?:{only})\b.*\b(?:{only}|{often})\b|\b(?:{often})\b.*\b(?:{only})\b"


@lru_cache(maxsize=1)
def _another_language() -> str:
    return rf"{_LETTERS}|(?i:\b(?:{'|'.join(_NOT_ENGLISH.split())})\b)"  # (?i) would make letters match ASCII


def _is_chinese(texts: pa.LargeStringArray) -> np.ndarray:
    found = np.zeros(len(texts), bool)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    rows = np.flatnonzero(np.diff(ends))
    if not len(rows):
        return found
    octets = np.frombuffer(data, np.uint8)[ends[0] : ends[-1]]
    weights = _weights()[octets]
    weights[:-1][(octets[:-1] == 0xE3) & (octets[1:] > 0x80) & (octets[1:] < 0x84)] = _OTHER  # kana
    counts = np.add.reduceat(weights, ends[:-1][rows] - ends[0])
    han, latin = counts % _LATIN, counts // _LATIN % (_OTHER // _LATIN)
    found[rows] = (counts < _OTHER) & (han >= _LEAST_HAN) & (latin <= han)
    return found


@lru_cache(maxsize=1)
def _weights() -> np.ndarray:
    """int64 (256,): weight of each byte as the first of a UTF-8 character; continuation bytes weigh 0."""
    weights = np.zeros(256, np.int64)
    weights[[*range(ord("A"), ord("Z") + 1), *range(ord("a"), ord("z") + 1)]] = _LATIN
    weights[0xE4:0xEA] = _HAN
    weights[0xC3:0xE2] = _OTHER  # European, Semitic and Indic letters
    weights[0xEA:0xEE] = _OTHER  # Hangul
    return weights
