"""The compiled twins of the hot loops, where the installation has them.

``shingles.c`` is compiled when the package is installed (``hatch_build.py``); without a compiler the NumPy code does
the same work, with the same results, about four times slower. ``AUDITOR_KERNEL=off`` chooses NumPy.
"""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache
from pathlib import Path

import numpy as np

LIBRARY = Path(__file__).with_name("_shingles.so")
_I64, _U64, _U32, _U8, _F64 = (
    np.ctypeslib.ndpointer(kind, flags="C_CONTIGUOUS")
    for kind in (np.int64, np.uint64, np.uint32, np.uint8, np.float64)
)
_INT = ctypes.c_int64
_SIGNATURES = {
    "auditor_shingles": (_U8, _I64, _INT, _INT, _U8, _U32, _U64, _U8, _U64, _U64, _I64, _U64, _I64),
    "auditor_band_keys": (_U64, _I64, _INT, _INT, _INT, _U64),
    "auditor_jaccard": (_U64, _I64, _INT, _I64, _I64, _INT, _U64, _I64, _F64),
}


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """The compiled functions, or None where NumPy is to be used."""
    if os.environ.get("AUDITOR_KERNEL") == "off" or not LIBRARY.exists():
        return None
    try:
        loaded = ctypes.CDLL(str(LIBRARY))
    except OSError:  # built for another machine
        return None
    for name, arguments in _SIGNATURES.items():
        function = getattr(loaded, name)
        function.argtypes = list(arguments)
        function.restype = _INT if name == "auditor_shingles" else None
    return loaded


def shingle_rows(
    data: np.ndarray, offsets: np.ndarray, n: int, word: np.ndarray, table: np.ndarray, odd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """n-gram hashes, their row offsets, sequence hashes and token counts (-1: the row must go the slow way).

    Args:
        data: uint8, valid UTF-8 of all rows on end.
        offsets: int64, one more than rows, into `data`.
        n: tokens an n-gram.
        word: uint8 (256,), folded ASCII letters, 0 for separators.
        table: uint32, see `auditor.text.normalise.fold_table`.
        odd: uint64 (n,), multipliers.

    Returns:
        None where there is no kernel.
    """
    loaded = library()
    if loaded is None:
        return None
    rows = len(offsets) - 1
    longest = int(np.diff(offsets).max(initial=0))
    hashes = np.empty(len(data) // 2 + 2 * rows + 1, np.uint64)  # a token and what parts it take two bytes
    out_offsets, sequence, tokens = np.empty(rows + 1, np.int64), np.empty(rows, np.uint64), np.empty(rows, np.int64)
    buffer, scratch = np.empty(2 * longest + 16, np.uint8), np.empty(longest + 1, np.uint64)
    written = loaded.auditor_shingles(
        np.ascontiguousarray(data), np.ascontiguousarray(offsets), rows, n, word, table, odd,
        buffer, scratch, hashes, out_offsets, sequence, tokens,
    )  # fmt: skip
    return hashes[:written], out_offsets, sequence, tokens


def band_keys(hashes: np.ndarray, offsets: np.ndarray, bands: int, height: int) -> np.ndarray | None:
    """uint64 (bands, rows) keys of the sets; None where there is no kernel."""
    loaded = library()
    if loaded is None:
        return None
    keys = np.empty((bands, len(offsets) - 1), np.uint64)
    loaded.auditor_band_keys(
        np.ascontiguousarray(hashes), np.ascontiguousarray(offsets), len(offsets) - 1, bands, height, keys
    )
    return keys


def jaccard(hashes: np.ndarray, offsets: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray | None:
    """float64, one a pair; None where there is no kernel. `hashes` is copied."""
    loaded = library()
    if loaded is None:
        return None
    rows = len(offsets) - 1
    result, sizes = np.empty(len(a), np.float64), np.empty(rows, np.int64)
    scratch = np.empty(int(np.diff(offsets).max(initial=0)) + 1, np.uint64)
    loaded.auditor_jaccard(
        hashes.copy(), np.ascontiguousarray(offsets), rows, np.ascontiguousarray(a, np.int64),
        np.ascontiguousarray(b, np.int64), len(a), scratch, sizes, result,
    )  # fmt: skip
    return result
