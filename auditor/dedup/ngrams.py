"""Token n-grams of many texts in one pass, as 64-bit hashes.

A token is a run of letters, digits, marks and ``_``, or one ideograph. A text with fewer than n tokens has one
n-gram: all of its tokens. Everything works on whole Arrow buffers; no Python loop runs over texts or tokens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.dedup import kernel
from auditor.text.normalise import fold_table, spaced_utf8

_U = np.uint64
_ODD = _U(0x9E3779B97F4A7C15)
_MIX = _U(0xD6E8FEB86659FD93)


def mix(x: np.ndarray) -> np.ndarray:
    """A bijective finaliser of uint64 (Mulvey's rrmxmx family): every input bit moves every output bit."""
    x = x ^ (x >> _U(32))
    x = x * _MIX
    x ^= x >> _U(29)
    x *= _MIX
    x ^= x >> _U(32)
    return x


@dataclass(frozen=True)
class Shingles:
    """n-grams of texts.

    Attributes:
        hashes: uint64, the n-grams of all texts, concatenated, repeats included.
        offsets: int64, one more than texts.
        sequence: uint64, one per text: hash of its whole token sequence; 0 for texts without tokens.
        tokens: int64, one per text: how many tokens it has.
    """

    hashes: np.ndarray
    offsets: np.ndarray
    sequence: np.ndarray
    tokens: np.ndarray


def shingle(texts: pa.Array, n: int) -> Shingles:
    """The token n-grams of `texts` (``large_string``, nulls as empty)."""
    data, offsets = buffers(texts)
    found = kernel.shingle_rows(data, offsets, n, folding(data), multipliers(n))
    if found is not None:
        fast = Shingles(*found)
        slow = np.flatnonzero(fast.tokens < 0)
        return fast if len(slow) == 0 else _with_spaced(fast, slow, texts, n)
    high = np.flatnonzero(data >= 0x80)
    other = np.unique(np.searchsorted(offsets, high, "right") - 1)
    plain = np.setdiff1d(np.arange(len(texts)), other, assume_unique=True)
    ascii_only = _ngrams(*_tokens(*buffers(texts if len(other) == 0 else texts.take(pa.array(plain)))), n)
    return ascii_only if len(other) == 0 else _interleave(ascii_only, plain, _spaced(texts, other, n), other)


def _spaced(texts: pa.Array, rows: np.ndarray, n: int) -> Shingles:
    """n-grams of some rows through full Unicode folding."""
    return _ngrams(*_tokens(*spaced_utf8(texts.take(pa.array(rows)).fill_null("").to_pylist())), n)


def _with_spaced(fast: Shingles, slow: np.ndarray, texts: pa.Array, n: int) -> Shingles:
    """`fast` completed with the rows that the kernel did not process."""
    done = np.setdiff1d(np.arange(len(texts)), slow, assume_unique=True)
    offsets = np.concatenate([fast.offsets[:-1][done], fast.offsets[-1:]])  # unprocessed rows have no n-grams
    kept = Shingles(fast.hashes, offsets, fast.sequence[done], fast.tokens[done])
    return _interleave(kept, done, _spaced(texts, slow, n), slow)


def folding(data: np.ndarray) -> np.ndarray:
    """The kernel's folding table, built only if a byte is not ASCII."""
    return fold_table() if len(data) and data.max() >= 0x80 else np.zeros(1, np.uint32)


def multipliers(n: int) -> np.ndarray:
    """uint64 (n,): the odd multipliers of a multilinear hash of n values."""
    return np.array([_multiplier(k) for k in range(n)], _U)


def buffers(texts: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and offsets of a ``large_string`` array, nulls as empty."""
    if texts.null_count:
        texts = texts.fill_null("")
    _, offset_buffer, data_buffer = texts.buffers()
    offsets = np.frombuffer(offset_buffer, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    first, last = (int(offsets[0]), int(offsets[-1])) if len(offsets) else (0, 0)
    data = np.frombuffer(data_buffer, np.uint8)[first:last] if data_buffer is not None else np.zeros(0, np.uint8)
    return data, offsets - first


def _word_table() -> np.ndarray:
    """256 bytes: lower-cased word bytes, 0 for separators; bytes of multi-byte characters are word bytes."""
    table = np.zeros(256, np.uint8)
    for byte in range(256):
        if byte >= 128 or chr(byte).isalnum() or chr(byte) == "_":
            table[byte] = ord(chr(byte).lower()) if byte < 128 else byte
    return table


_WORD = _word_table()
_LOW_BYTES = np.array([(1 << (8 * k)) - 1 for k in range(8)] + [2**64 - 1], dtype=_U)


def _tokens(data: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Hash of every token, and the token offsets of the texts (one more than texts)."""
    size = len(data)
    folded = np.zeros(size + 9, np.uint8)  # room for the last 8-byte gather
    np.take(_WORD, data, out=folded[:size], mode="clip")  # any other mode copies
    word = folded[: size + 1] != 0
    change = np.empty(size + 1, bool)
    change[0] = word[0]
    np.not_equal(word[1:], word[:-1], out=change[1:])
    edges = np.flatnonzero(change)  # start, end, start, end ...
    inner = offsets[1:-1]
    inner = inner[(inner > 0) & (inner < size)]
    cut = np.unique(inner[word[inner] & word[inner - 1]])  # a word that crosses the end of a text
    if len(cut):
        edges = np.insert(edges, np.repeat(np.searchsorted(edges, cut), 2), np.repeat(cut, 2))
    starts, lengths = edges[0::2], edges[1::2] - edges[0::2]
    hashes = hash_spans(folded, starts, lengths)
    return hashes, np.searchsorted(starts, offsets)


def hash_spans(padded: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """uint64, one per span: hash of its bytes, eight at a time.

    Args:
        padded: uint8, with nine bytes more than any span reaches.
        starts, lengths: int64, one per span; every span has a byte.
    """
    eight = np.ndarray((len(padded) - 8,), dtype="<u8", buffer=padded, strides=(1,))
    hashes = mix((eight[starts] & _LOW_BYTES[np.minimum(lengths, 8)]) ^ (lengths.astype(_U) * _ODD))
    done = 8
    left = np.flatnonzero(lengths > done)
    while len(left):
        rest = np.minimum(lengths[left] - done, 8)
        hashes[left] = mix(hashes[left] * _ODD + (eight[starts[left] + done] & _LOW_BYTES[rest]))
        done += 8
        left = left[lengths[left] > done]
    return hashes


def _ngrams(tokens: np.ndarray, begins: np.ndarray, n: int) -> Shingles:
    """Multilinear hash of every window of `n` tokens inside a text."""
    counts = np.diff(begins)
    total = len(tokens)
    padded = np.concatenate([tokens, np.zeros(n, _U)])
    windows = np.zeros(total, _U)
    for k in range(n):
        windows += padded[k : k + total] * _multiplier(k)
    windows = mix(windows)
    short = (counts > 0) & (counts < n)
    per_text = np.maximum(counts - n + 1, (counts > 0).astype(counts.dtype))
    offsets = np.zeros(len(counts) + 1, np.int64)
    np.cumsum(per_text, out=offsets[1:])
    at = ranges(begins[:-1], per_text)
    hashes = windows[at]
    sequence = _sequence(tokens, begins)
    hashes[offsets[:-1][short]] = sequence[short]
    return Shingles(hashes, offsets, sequence, counts)


def _multiplier(k: int) -> np.uint64:
    return _U((0xBF58476D1CE4E5B9 * (2 * k + 1) + 2 * k) % 2**64 | 1)


def _sequence(tokens: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Order-sensitive hash of each text's tokens; 0 where there are none."""
    counts = np.diff(begins)
    place = np.arange(len(tokens), dtype=_U) - np.repeat(begins[:-1], counts).astype(_U)
    weighted = mix(tokens + place * _ODD)
    sums = np.concatenate([[_U(0)], np.cumsum(weighted, dtype=_U)])
    result = mix(sums[begins[1:]] - sums[begins[:-1]] + counts.astype(_U))
    result[counts == 0] = 0
    return result


def distinct(values: np.ndarray) -> np.ndarray:
    """The distinct values, ascending. Sorting is several times as fast here as the hashing of `numpy.unique`."""
    ordered = np.sort(values)
    keep = np.ones(len(ordered), bool)
    keep[1:] = ordered[1:] != ordered[:-1]
    result: np.ndarray = ordered[keep]
    return result


def ranges(starts: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The integers ``starts[i] .. starts[i] + counts[i] - 1`` for all i, concatenated."""
    before = np.cumsum(counts) - counts
    return np.repeat(starts - before, counts) + np.arange(int(counts.sum()))


def _interleave(a: Shingles, a_rows: np.ndarray, b: Shingles, b_rows: np.ndarray) -> Shingles:
    """Two sets of texts merged in their common row order."""
    rows = len(a_rows) + len(b_rows)
    sizes = np.zeros(rows, np.int64)
    sizes[a_rows], sizes[b_rows] = np.diff(a.offsets), np.diff(b.offsets)
    offsets = np.zeros(rows + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    hashes = np.empty(int(offsets[-1]), _U)
    sequence, tokens = np.zeros(rows, _U), np.zeros(rows, np.int64)
    for part, at in ((a, a_rows), (b, b_rows)):
        hashes[ranges(offsets[:-1][at], sizes[at])] = part.hashes
        sequence[at], tokens[at] = part.sequence, part.tokens
    return Shingles(hashes, offsets, sequence, tokens)
