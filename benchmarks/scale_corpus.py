"""A large corpus of real words with planted faults: ``python benchmarks/scale_corpus.py SHARED/data ROWS OUT``.

OUT ends in .parquet, .csv or .jsonl. Each document of about a kilobyte is put together from sentences of real
documents of one class (film reviews, newswire, news, mails), with one word in eight replaced by another of the class.
Planted, and listed in OUT.truth.parquet by row: exact copies (2 %), near copies (3 %: two words changed), wrong labels
(5 %, uniform), a made e-mail address or telephone number (1 %). Dates lie in 2023 to 2025. Rows are made in blocks of
10,000, each from a seed of its own, so that a larger corpus starts with a smaller one.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

BLOCK = 10_000
WORDS, SENTENCES = 138, 60
REPLACED, COPIES, NEAR, WRONG, PERSONAL = 0.125, 0.02, 0.03, 0.05, 0.01
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
_SCHEMA = pa.schema(
    [("text", pa.large_string()), ("label", pa.string()), ("date", pa.string()), ("source", pa.string())]
)


@dataclass(frozen=True)
class Bank:
    """The sentences of one class.

    Attributes:
        words: the words of all sentences, one after the other.
        starts: int64, where each sentence starts in `words`, and the end of the last.
    """

    words: pa.StringArray
    starts: np.ndarray


def banks(folder: Path) -> dict[str, Bank]:
    """The bank of each class."""
    return {name: _bank(texts) for name, texts in sorted(_texts(folder).items())}


def _texts(folder: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in _rows(folder, "labelerrors_imdb_test", "rating", "text"):
        found.setdefault("praise" if int(row[0]) >= 7 else "complaint", []).append(row[1])
    for label, text in _rows(folder, "reuters21578", "label", "text"):
        name = label if label in ("earn", "acq", "crude", "grain", "trade") else "newswire"
        found.setdefault(name, []).append(text)
    for label, text in _rows(folder, "agnews_test", "label", "text"):
        found.setdefault(f"news {label}", []).append(text)
    for label, text in _rows(folder, "spamassassin", "label", "text"):
        found.setdefault(f"mail {label}", []).append(text)
    return found


def _rows(folder: Path, name: str, *columns: str) -> Iterator[tuple[str, ...]]:
    table = pq.read_table(folder / f"{name}.parquet", columns=list(columns))
    for row in zip(*(table.column(column).to_pylist() for column in columns), strict=True):
        if all(value is not None for value in row):
            yield tuple(map(str, row))


def _bank(texts: list[str]) -> Bank:
    sentences = [words for text in texts for one in _SENTENCE.split(text) if 4 <= len(words := one.split()) <= 40]
    words = pa.array([word for words in sentences for word in words], pa.string())
    return Bank(words, np.cumsum([0, *map(len, sentences)]))


def block(kept: dict[str, Bank], number: int, rows: int) -> tuple[pa.Table, pa.Table]:
    """Rows of one block, and what was planted in them."""
    draw = np.random.default_rng([2026, number])
    names = sorted(kept)
    truth = draw.integers(0, len(names), rows)
    texts = _documents(kept, names, truth, draw)
    copy_of = np.full(rows, -1)
    kind = np.full(rows, "", dtype=object)
    for row in np.flatnonzero(draw.random(rows) < COPIES + NEAR).tolist():
        if row == 0:
            continue
        other = int(draw.integers(0, row))
        is_exact = draw.random() < COPIES / (COPIES + NEAR)
        texts[row] = texts[other] if is_exact else _edited(texts[other], draw)
        copy_of[row], kind[row], truth[row] = other + number * BLOCK, "exact" if is_exact else "near", truth[other]
    personal = draw.random(rows) < PERSONAL
    for row in np.flatnonzero(personal & (copy_of < 0)).tolist():
        digits = draw.integers(0, 10, 7)
        phone = f"+1 212 555 0{digits[0]}{digits[1]}{digits[2]}"
        what = f"jo{digits[0]}@mail{digits[1]}{digits[2]}.com" if draw.random() < 0.5 else phone
        texts[row] += f" Please write to {what} soon."
    wrong = draw.random(rows) < WRONG
    given = np.where(wrong, (truth + draw.integers(1, len(names), rows)) % len(names), truth)
    days = np.datetime64("2023-01-01") + draw.integers(0, 1_095, rows)
    table = pa.table(
        {
            "text": pa.array(texts, pa.large_string()),
            "label": [names[k] for k in given],
            "date": [str(day) for day in days],
            "source": [f"feed {k}" for k in draw.integers(0, 12, rows)],
        },
        _SCHEMA,
    )
    planted = {"row": np.arange(rows) + number * BLOCK, "copy_of": copy_of, "copy": pa.array(kind, pa.string())}
    return table, pa.table({**planted, "label_true": [names[k] for k in truth], "personal": personal & (copy_of < 0)})


def _documents(kept: dict[str, Bank], names: list[str], truth: np.ndarray, draw: np.random.Generator) -> list[str]:
    texts = [""] * len(truth)
    for k, name in enumerate(names):
        rows = np.flatnonzero(truth == k)
        for row, text in zip(rows.tolist(), _of_bank(kept[name], len(rows), draw), strict=True):
            texts[row] = text
    return texts


def _of_bank(bank: Bank, rows: int, draw: np.random.Generator) -> list[str]:
    wanted = (WORDS * np.exp(draw.normal(0, 0.5, rows))).astype(np.int64)
    picked = draw.integers(0, len(bank.starts) - 1, (rows, SENTENCES))
    lengths = bank.starts[picked + 1] - bank.starts[picked]
    used = np.cumsum(lengths, axis=1) - lengths < wanted[:, None]
    first, size = bank.starts[picked][used], lengths[used]
    words = np.repeat(first - (np.cumsum(size) - size), size) + np.arange(size.sum())
    at = np.flatnonzero(draw.random(len(words)) < REPLACED)
    words[at] = draw.integers(0, len(bank.words), len(at))
    offsets = np.concatenate([[0], np.cumsum((lengths * used).sum(axis=1))])
    lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), bank.words.take(pa.array(words)))
    return pc.binary_join(lists, " ").to_pylist()


def _edited(text: str, draw: np.random.Generator) -> str:
    words = text.split(" ")
    for k in draw.integers(0, len(words), 2).tolist():
        words[k] = "indeed"
    return " ".join(words)


def main() -> None:
    """Write the corpus and what was planted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("rows", type=int)
    parser.add_argument("out", type=Path)
    asked = parser.parse_args()
    kept = banks(asked.data)
    sizes = [min(BLOCK, asked.rows - start) for start in range(0, asked.rows, BLOCK)]
    schema = block(kept, 0, 1)[1].schema
    with (
        ProcessPoolExecutor(2) as pool,
        _Writer(asked.out) as writer,
        pq.ParquetWriter(f"{asked.out}.truth.parquet", schema) as truth,
    ):
        for table, planted in pool.map(partial(block, kept), range(len(sizes)), sizes):
            writer.write(table)
            truth.write_table(planted)


class _Writer:
    """Writes blocks as Parquet, CSV or JSON Lines."""

    def __init__(self, path: Path) -> None:
        self._parquet = pq.ParquetWriter(path, _SCHEMA) if path.suffix == ".parquet" else None
        self._csv = pa.csv.CSVWriter(str(path), _SCHEMA) if path.suffix == ".csv" else None
        self._lines = None if self._parquet or self._csv else path.open("w", encoding="utf-8")

    def write(self, table: pa.Table) -> None:
        """Append one block."""
        if self._lines is not None:
            self._lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in table.to_pylist())
        else:
            (self._parquet or self._csv).write_table(table)

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        (self._parquet or self._csv or self._lines).close()


if __name__ == "__main__":
    main()
