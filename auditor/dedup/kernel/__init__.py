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
    "auditor_shingles": (_U8, _I64, _INT, _INT, _U32, _U64, _U8, _U64, _U64, _I64, _U64, _I64),
    "auditor_band_keys": (_U64, _I64, _INT, _INT, _INT, _U64, _U64, _U64),
    "auditor_signatures": (
        _U8, _I64, _INT, _INT, _U32, _U64, _U8, _U64, _INT, _INT, _INT, _U64, _U64, _INT, _INT, _U64, _I64,
    ),
    "auditor_jaccard": (
        _U64, _I64, _INT, _I64, _I64, _INT, ctypes.c_double, _U64, _U32, _U32, _I64, _F64,
    ),
}  # fmt: skip


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """The compiled functions, or None where NumPy is to be used."""
    if os.environ.get("AUDITOR_KERNEL") == "off" or not LIBRARY.exists():
        return None
    try:
        loaded = ctypes.CDLL(str(LIBRARY))
        for name, arguments in _SIGNATURES.items():
            function = getattr(loaded, name)
            function.argtypes = list(arguments)
            function.restype = _INT if name == "auditor_shingles" else None
    except (OSError, AttributeError):  # built for another machine, or by an earlier version
        return None
    return loaded


def shingle_rows(
    data: np.ndarray, offsets: np.ndarray, n: int, table: np.ndarray, odd: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray] | None:
    """n-gram hashes, their row offsets, sequence hashes and token counts (-1: the row must go the slow way).

    Args:
        data: uint8, valid UTF-8 of all rows, concatenated.
        offsets: int64, one more than rows, into `data`.
        n: tokens an n-gram.
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
    buffer, scratch = np.empty(2 * longest + 32, np.uint8), np.empty(longest + 1, np.uint64)
    written = loaded.auditor_shingles(
        np.ascontiguousarray(data), np.ascontiguousarray(offsets), rows, n, table, odd,
        buffer, scratch, hashes, out_offsets, sequence, tokens,
    )  # fmt: skip
    return hashes[:written], out_offsets, sequence, tokens


def band_keys(hashes: np.ndarray, offsets: np.ndarray, bands: int, height: int, odd: np.ndarray) -> np.ndarray | None:
    """uint64 (bands, rows) keys of the sets; `odd`: uint64 (height,). None where there is no kernel."""
    loaded = library()
    if loaded is None:
        return None
    rows = len(offsets) - 1
    keys = np.empty((bands, rows), np.uint64)
    mixed = np.empty(int(np.diff(offsets).max(initial=0)) + 1, np.uint64)
    loaded.auditor_band_keys(
        np.ascontiguousarray(hashes), np.ascontiguousarray(offsets), rows, bands, height, odd, mixed, keys
    )
    return keys


def signatures(
    data: np.ndarray, offsets: np.ndarray, n: int, table: np.ndarray, odd: np.ndarray, height: int,
    band_odd: np.ndarray, keys: np.ndarray, first: int, sequence: np.ndarray, tokens: np.ndarray,
) -> bool:  # fmt: skip
    """`shingle_rows` and `band_keys` in one pass, into the places ``first ..`` of arrays of all rows.

    Args:
        keys: uint64 (bands, all rows), written.
        sequence: uint64 (all rows,), written.
        tokens: int64 (all rows,), written; -1: the row's places must be filled the slow way.

    Returns:
        False where there is no kernel.
    """
    loaded = library()
    if loaded is None:
        return False
    room = int(np.diff(offsets).max(initial=0)) + 2
    buffer, scratch = np.empty(2 * room + 32, np.uint8), np.empty(3 * room, np.uint64)
    loaded.auditor_signatures(
        np.ascontiguousarray(data), np.ascontiguousarray(offsets), len(offsets) - 1, n, table, odd, buffer, scratch,
        room, len(keys), height, band_odd, keys, keys.shape[1], first, sequence, tokens,
    )  # fmt: skip
    return True


def jaccard(hashes: np.ndarray, offsets: np.ndarray, a: np.ndarray, b: np.ndarray, least: float) -> np.ndarray | None:
    """float64, one per pair, exact where at least `least`; None where there is no kernel."""
    loaded = library()
    if loaded is None:
        return None
    rows, order = len(offsets) - 1, np.argsort(a, kind="stable")
    found, sizes = np.empty(len(a), np.float64), np.zeros(rows, np.int64)
    room = 4 * max(1, int(np.diff(offsets).max(initial=0)))
    loaded.auditor_jaccard(
        np.ascontiguousarray(hashes), np.ascontiguousarray(offsets), rows, np.ascontiguousarray(a[order], np.int64),
        np.ascontiguousarray(b[order], np.int64), len(a), least, np.empty(room, np.uint64), np.zeros(room, np.uint32),
        np.empty(room, np.uint32), sizes, found,
    )  # fmt: skip
    result = np.empty(len(a), np.float64)
    result[order] = found
    return result
