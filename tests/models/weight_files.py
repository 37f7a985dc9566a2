"""A small file of weights as the packaged multilingual encoder has them."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "酒", "店", "好", "差", "酒店", "▁hotel", "很好", "<mask>"]
SIZE, LAYERS, INNER, POSITIONS = 64, 2, 64, 64


def write_weights(file: Path, seed: int = 0) -> dict[str, np.ndarray]:
    """Write random weights; returns the matrices as they are after rounding, by their names in the file."""
    rng = np.random.default_rng(seed)
    text = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, text)])
    scores = np.array([0, 0, 0, 0, -4, -5, -5, -5, -5, -3, -3, -3, 0], "<f4")
    head = b"E5S1" + struct.pack(
        "<I7ifi5iQ", 1, SIZE, LAYERS, 2, INNER, len(PIECES), POSITIONS, 2, 1e-12, 32, *_IDS, ends[-1]
    )
    head += ends.astype("<u4").tobytes() + scores.tobytes() + b"".join(text) + struct.pack("<iI", 0, 3) + b"xyz"
    blobs: dict[str, bytes] = {}
    known: dict[str, np.ndarray] = {}
    for name, shape in _shapes().items():
        blobs[name], known[name] = _rounded(rng, *shape) if len(shape) == 2 and shape[0] > 2 else _plain(rng, shape)
    for name in [name for name in blobs if name.endswith("ln.w")]:
        known[name] = np.ones(SIZE, "<f4")
        blobs[name] = known[name].tobytes()
    table = 4 + sum(2 + len(name) + 21 for name in blobs)
    place, entries = len(head) + table, struct.pack("<i", len(blobs))
    for name, blob in blobs.items():
        entries += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BI2Q", 1, 0, place, len(blob))
        place += len(blob)
    file.write_bytes(head + entries + b"".join(blobs.values()))
    return known


_IDS = (len(PIECES), 0, 2, 1, 3)
"""Pieces, and the numbers of those that begin, end, pad and are unknown."""


def _shapes() -> dict[str, tuple[int, ...]]:
    shapes: dict[str, tuple[int, ...]] = {"emb.word": (len(PIECES), SIZE), "emb.pos": (1, POSITIONS * SIZE)}
    shapes |= {"emb.type": (2, SIZE), "emb.ln.w": (SIZE,), "emb.ln.b": (SIZE,)}
    for i in range(LAYERS):
        maps = {"q": (SIZE, SIZE), "k": (SIZE, SIZE), "v": (SIZE, SIZE), "ao": (SIZE, SIZE)}
        for name, shape in {**maps, "fi": (INNER, SIZE), "fo": (SIZE, INNER)}.items():
            shapes |= {f"l{i}.{name}.w": shape, f"l{i}.{name}.b": (shape[0],)}
        shapes |= {f"l{i}.{name}": (SIZE,) for name in ("aln.w", "aln.b", "oln.w", "oln.b")}
    return shapes


def _plain(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[bytes, np.ndarray]:
    values = rng.normal(0, 0.1, shape).astype("<f4")
    return values.tobytes(), values


def _rounded(rng: np.random.Generator, rows: int, columns: int) -> tuple[bytes, np.ndarray]:
    """Blocks of 32 numbers of four bits: a scale, then the first sixteen in low halves of bytes, the others in high."""
    numbers = rng.integers(0, 16, (rows * columns // 32, 32)).astype(np.uint8)
    scales = rng.uniform(0.01, 0.03, len(numbers)).astype("<f2")
    packed = numbers[:, :16] | (numbers[:, 16:] << 4)
    blob = b"".join(scale.tobytes() + row.tobytes() for scale, row in zip(scales, packed, strict=True))
    values = (numbers.astype(np.float32) - 8) * scales.astype(np.float32)[:, None]
    return blob, values.reshape(rows, columns)
