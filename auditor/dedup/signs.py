"""Signs outside words: emoji, emoticons and operators, in which texts of equal words can differ.

Near duplicates are found by words alone. Before a pair counts, its signs are compared: where they differ, the Jaccard
similarity is computed again with every sign as a token. So ``a + b`` is not ``a - b``, C++ is not C#, and an emoji at
the end of five words weighs as much as a word, while in a page of text one sign changes little. In texts longer than
`LONGEST` characters it cannot change the outcome, and they are left alone.
"""

from __future__ import annotations

import hashlib
import string
from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import regex  # type: ignore[import-untyped]

from auditor.corpus.texts import gather
from auditor.text.normalise import normalize_for_matching

LONGEST = 1_000
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
"""Matches texts that may contain a sign, in RE2 syntax."""


_LETTERS_A_WORD = 8
"""Characters per word with the following space, above the average: a lower bound on the words of a text."""
_NO_SIGN = (string.ascii_letters + string.digits + string.whitespace + '.,!?"_`@').encode()


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
    """Those of `rows` whose text is short enough and may contain a sign, with their texts."""
    if len(rows) == 0:
        return []
    chosen = gather(texts, rows).fill_null("")
    may = pc.and_(pc.less_equal(pc.utf8_length(chosen), LONGEST), pc.match_substring_regex(chosen, _MAY_HOLD)).to_numpy(
        zero_copy_only=False
    )
    return list(zip(rows[may].tolist(), chosen.filter(pa.array(may)).to_pylist(), strict=True))


def with_signs_compared(
    texts: pa.ChunkedArray, a: np.ndarray, b: np.ndarray, similarity: np.ndarray, n: int, least: float
) -> np.ndarray:
    """float64, one per pair: `similarity`, or where the signs of the two texts differ, that of words and signs.

    Args:
        texts: ``large_string``.
        a, b: int64, the rows of each pair.
        similarity: float64, Jaccard similarity of the n-grams of words.
        n: length of the n-grams.
        least: a similarity that too few signs differ to bring a pair below it is left as it is.
    """
    result = similarity.copy()
    rows, inverse = np.unique(np.concatenate([a, b]), return_inverse=True)
    held = dict(_that_may_hold(texts, rows))
    skeletons = [_skeleton(held[row]) if row in held else b"" for row in rows.tolist()]
    codes = np.unique(np.array(skeletons, object), return_inverse=True)[1][inverse] if len(rows) else inverse
    signs: dict[int, tuple[str, ...]] = {}
    for k in np.flatnonzero(codes[: len(a)] != codes[len(a) :]).tolist():
        pair = int(a[k]), int(b[k])
        for row in pair:
            if row not in signs:
                signs[row] = signs_of(held.get(row, ""))
        one, two = (texts[row].as_py() or "" for row in pair)
        shorter, longer = sorted((len(one), len(two)))
        different = _differing(signs[pair[0]], signs[pair[1]])
        is_enough = 2 * n * different > (similarity[k] - least) * shorter / _LETTERS_A_WORD
        if different and is_enough and longer <= LONGEST:
            result[k] = min(result[k], _jaccard(_ngrams(one, n), _ngrams(two, n)))
    return result


def _differing(one: tuple[str, ...], two: tuple[str, ...]) -> int:
    """The number of signs that only one of the two has; 1 if only their order differs."""
    if one == two:
        return 0
    first, second = Counter(one), Counter(two)
    return max(1, (first - second).total() + (second - first).total())


def _skeleton(text: str) -> bytes:
    """The text without letters, digits, white space and usual punctuation; equal skeletons imply equal signs.

    This also holds for signs that depend on their context if only letters or digits were changed, with negligible
    exceptions.
    """
    return text.encode("utf-8", "replace").translate(None, _NO_SIGN)


def _ngrams(text: str, n: int) -> frozenset[tuple[str, ...]]:
    tokens = _TOKENS.findall(normalize_for_matching(text))
    if len(tokens) < n:
        return frozenset([tuple(tokens)])
    return frozenset(tuple(tokens[i : i + n]) for i in range(len(tokens) - n + 1))


def _jaccard(one: frozenset[tuple[str, ...]], two: frozenset[tuple[str, ...]]) -> float:
    return len(one & two) / len(one | two)
