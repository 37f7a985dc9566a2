"""What words do not say: emoji, emoticons and operators, in which texts of equal words can differ.

Near duplicates are found by words alone. Before a pair counts, its signs are compared: where they differ, the Jaccard
similarity is computed again with every sign as a token. So ``a + b`` is not ``a - b``, C++ is not C#, and an emoji at
the end of five words weighs as much as a word, while in a page of text one sign changes little. In texts longer than
`LONGEST` characters it cannot change the outcome, and they are left alone.
"""

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex  # type: ignore[import-untyped]

from auditor.dedup.verify import gather
from auditor.text.normalise import same_text

LONGEST = 2_000
_SIGN = (
    r"[\p{So}\p{Sm}\p{Sc}--[\u2190-\u21ff\u2500-\u25ff\u00a6\u00ac<>|~+=]]"  # arrows, lines and bullets are layout
    r"|[+=]|(?<=[\w)\]] )[<>|~](?==? )|(?<=[\w)])[<>|~](?=[\w(])"
    r"|(?<=\s)[*/&^](?=\s)|(?<=[\w)])[*^](?=[\w(])|(?<=\w)#(?!\w)|(?<=\d)%"
    r"|(?<![\w.)])[-\u2212](?=\d)"
    r"|(?<!\w)[:;=8][-o']?[()\[\]{}|/\\*]"
)
_SIGNS = regex.compile(_SIGN, regex.V1)
_TOKENS = regex.compile(rf"[\p{{Han}}\p{{Hiragana}}\p{{Katakana}}\p{{Thai}}]|\w+|{_SIGN}", regex.V1)
_MAY_HOLD = r"[^\x00-\x7f\x{2010}-\x{2027}]|[-+=<>|~*/&^#%]|[:;=8][-o']?[()\[\]{}|/\\*]"
"""For texts that may hold a sign, in the syntax of RE2."""


def signs_of(text: str) -> tuple[str, ...]:
    """The signs of a text, in order."""
    return tuple(_SIGNS.findall(text))


def with_signs(texts: pa.ChunkedArray, sequence: np.ndarray, mixed: np.ndarray) -> np.ndarray:
    """uint64, one per text: `sequence`, made different where texts of the same words differ in signs.

    Args:
        texts: ``large_string``.
        sequence: uint64, hash of each text's words.
        mixed: bool, one per text: whether there is another text of the same words.
    """
    result = sequence.copy()
    for row, text in _that_may_hold(texts, np.flatnonzero(mixed)):
        signs = signs_of(text)
        if signs:
            digest = hashlib.blake2b("\x1f".join(signs).encode("utf-8", "replace"), digest_size=8).digest()
            result[row] = (result[row] ^ np.uint64(int.from_bytes(digest, "little"))) | np.uint64(1)
    return result


def _that_may_hold(texts: pa.ChunkedArray, rows: np.ndarray) -> list[tuple[int, str]]:
    """Those of `rows` whose text is short enough and may hold a sign, with their texts."""
    if len(rows) == 0:
        return []
    chosen = gather(texts, rows).fill_null("")
    may = pc.and_(pc.less_equal(pc.utf8_length(chosen), LONGEST), pc.match_substring_regex(chosen, _MAY_HOLD)).to_numpy(
        zero_copy_only=False
    )
    return list(zip(rows[may].tolist(), chosen.filter(pa.array(may)).to_pylist(), strict=True))


def with_signs_compared(
    texts: pa.ChunkedArray, a: np.ndarray, b: np.ndarray, similarity: np.ndarray, n: int
) -> np.ndarray:
    """float64, one per pair: `similarity`, or where the signs of the two texts differ, that of words and signs.

    Args:
        texts: ``large_string``.
        a, b: int64, the rows of each pair.
        similarity: float64, Jaccard similarity of the n-grams of words.
        n: length of the n-grams.
    """
    if len(a) == 0:
        return similarity
    signs = {row: (text, signs_of(text)) for row, text in _that_may_hold(texts, np.unique(np.concatenate([a, b])))}
    result = similarity.copy()
    none: tuple[str, tuple[str, ...]] = ("", ())
    for k, (one, two) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        if signs.get(one, none)[1] != signs.get(two, none)[1]:
            pair = [texts[row].as_py() or "" for row in (one, two)]
            if max(map(len, pair)) <= LONGEST:
                result[k] = min(result[k], _jaccard(_ngrams(pair[0], n), _ngrams(pair[1], n)))
    return result


def _ngrams(text: str, n: int) -> frozenset[tuple[str, ...]]:
    tokens = _TOKENS.findall(same_text(text))
    if len(tokens) < n:
        return frozenset([tuple(tokens)])
    return frozenset(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _jaccard(one: frozenset[tuple[str, ...]], two: frozenset[tuple[str, ...]]) -> float:
    return len(one & two) / len(one | two)
