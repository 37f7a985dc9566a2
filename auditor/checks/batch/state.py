"""The saved state of a run's rows, so that the next batch is compared with them without reading them again.

A folder ``state`` of a run: ``state.json`` (counts, and the hash of every other file), ``index/`` (an index of
sketches, see `auditor.dedup.sketches`) and three small tables of the drift model. It contains hashes and counts but no
text: sketches and terms are computed from masked texts, and only common terms are included (see
`auditor.checks.batch.profile`). Updates add files; existing files are never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.dedup.sketches import HEAD as INDEX_HEAD
from auditor.dedup.sketches import SketchIndex, open_index
from auditor.errors import InputError

FOLDER, HEAD, INDEX = "state", "state.json", "index"
FORMAT = 1
"""Incremented whenever a field changes its meaning; a run of a newer format is rejected."""
SAMPLE_ROWS = 2_500
TABLES = ("sample.parquet", "vocabulary.parquet", "words.parquet")
SAMPLE_SCHEMA = pa.schema([("group", pa.uint64()), ("terms", pa.list_(pa.int32())), ("counts", pa.list_(pa.float32()))])


@dataclass(frozen=True)
class Recipe:
    """The properties that two sets of rows must share to be compared.

    Attributes:
        language: of the texts.
        ngram, threshold: of the sketches.
        masking: digest of the privacy settings used for masking.
        roles: column by role; a batch need not have all of them.
    """

    language: str
    ngram: int
    threshold: float
    masking: str
    roles: Mapping[str, str]


@dataclass(frozen=True)
class Words:
    """Document frequencies of words.

    Attributes:
        hashes: uint64, ascending.
        share: float64, one per word: share of the documents that contain it.
        documents: the number of documents.
    """

    hashes: np.ndarray
    share: np.ndarray
    documents: int

    def shares_of(self, hashes: np.ndarray) -> np.ndarray:
        """float64, one per hash: its share; 0 if unknown."""
        if len(self.hashes) == 0:
            return np.zeros(len(hashes))
        positions = np.minimum(np.searchsorted(self.hashes, hashes), len(self.hashes) - 1)
        return np.where(self.hashes[positions] == hashes, self.share[positions], 0.0)


@dataclass(frozen=True)
class Measures:
    """The summary of rows; `added` combines two.

    Attributes:
        rows: the number of rows.
        classes: rows by class; empty without labels.
        entities: by kind of personal data, (rows with it, rows searched for it).
        lengths: int64, rows by class of text length (`auditor.checks.batch.lengths`).
        vocabulary: int32, ascending: the terms that are distinguished in the sample.
        sample: rows drawn at random as hashed terms, `SAMPLE_SCHEMA`; ``group`` is equal for duplicates.
        words: document frequencies.
    """

    rows: int
    classes: Mapping[str, int]
    entities: Mapping[str, tuple[int, int]]
    lengths: np.ndarray
    vocabulary: np.ndarray
    sample: pa.Table
    words: Words


@dataclass(frozen=True)
class State:
    """All rows of a chain of runs.

    Attributes:
        recipe: the settings of the measurement.
        measures: their sum.
        index: their sketches, one segment per run.
    """

    recipe: Recipe
    measures: Measures
    index: SketchIndex

    def knows(self, digest: str) -> bool:
        """Whether the input with this digest is among the rows."""
        return any(segment.digest == digest for segment in self.index.segments)


def added(before: Measures, batch: Measures, seed: int) -> Measures:
    """The rows of both; `own` was measured with the vocabulary of `before`, which is retained."""
    entities = {
        name: tuple(map(sum, zip(before.entities.get(name, (0, 0)), batch.entities.get(name, (0, 0)), strict=True)))
        for name in sorted({*before.entities, *batch.entities})
    }
    return Measures(
        rows=before.rows + batch.rows,
        classes=_sums(before.classes, batch.classes),
        entities=entities,  # type: ignore[arg-type]
        lengths=before.lengths + batch.lengths,
        vocabulary=before.vocabulary,
        sample=_drawn(before, batch, seed),
        words=_words(before, batch),
    )


def _sums(a: Mapping[str, int], b: Mapping[str, int]) -> dict[str, int]:
    return {name: a.get(name, 0) + b.get(name, 0) for name in sorted({*a, *b})}


def _drawn(before: Measures, batch: Measures, seed: int) -> pa.Table:
    """Rows of both samples in proportion to the rows they represent, at most `SAMPLE_ROWS`."""
    sizes = before.sample.num_rows, batch.sample.num_rows
    total = before.rows + batch.rows
    most = [size * total // max(rows, 1) for size, rows in zip(sizes, (before.rows, batch.rows), strict=True)]
    quota = min(SAMPLE_ROWS, *most)
    fresh = min(round(quota * batch.rows / max(total, 1)), sizes[1])
    random = np.random.default_rng([seed, before.rows, batch.rows])
    parts = [
        table.take(np.sort(random.permutation(size)[:count]))
        for table, size, count in ((before.sample, sizes[0], quota - fresh), (batch.sample, sizes[1], fresh))
    ]
    return pa.concat_tables(parts).combine_chunks()


def _words(before: Measures, batch: Measures) -> Words:
    """Shares weighted by the rows they represent."""
    hashes = np.union1d(before.words.hashes, batch.words.hashes)
    total = max(before.rows + batch.rows, 1)
    share = (before.rows * before.words.shares_of(hashes) + batch.rows * batch.words.shares_of(hashes)) / total
    return Words(hashes, share, before.words.documents + batch.words.documents)


def state_files(recipe: Recipe, measures: Measures, index_head: bytes) -> dict[str, bytes]:
    """The files of a state except the segments of its index, by name within the folder."""
    words = {"hash": measures.words.hashes, "share": measures.words.share}
    tables = (measures.sample, pa.table({"term": measures.vocabulary}), pa.table(words))
    files = {name: _parquet(table) for name, table in zip(TABLES, tables, strict=True)}
    files[f"{INDEX}/{INDEX_HEAD}"] = index_head
    head = {
        "tool": "auditor",
        "kind": "state",
        "format": FORMAT,
        "recipe": asdict(recipe),
        "rows": measures.rows,
        "classes": dict(measures.classes),
        "entities": {name: list(pair) for name, pair in measures.entities.items()},
        "lengths": measures.lengths.tolist(),
        "word_documents": measures.words.documents,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    files[HEAD] = (json.dumps(head, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    return files


def _parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def open_state(run: Path, reason: str = "") -> State:
    """The saved state of a run; the hash of every file is verified.

    Args:
        run: its folder.
        reason: why it has none, if known.

    Raises:
        InputError: there is none, it is of a newer format, or it was modified after writing.
    """
    folder = run / FOLDER
    if not (folder / HEAD).is_file():
        raise InputError(
            f"The run keeps no state to compare a batch with{f': {reason}' if reason else ''}.",
            where=str(run),
            fix="Scan the whole data again, with the privacy check and keep_state=true, and give that run.",
        )
    try:
        head = json.loads((folder / HEAD).read_text("utf-8"))
        newer = head["format"] > FORMAT
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        raise _damaged(folder / HEAD) from None
    if newer:
        raise InputError(
            f"The state has format {head['format']}; this version reads format {FORMAT}.",
            where=str(folder),
            fix="Use the version of auditor that wrote it, or a later one.",
        )
    for name, digest in head["files"].items():
        _check(folder / name, digest)
    index = open_index(folder / INDEX)
    for file, digest in {segment.file: segment.sha256 for segment in index.segments}.items():
        _check(folder / INDEX / file, digest)
    try:
        return State(Recipe(**head["recipe"]), _measures(folder, head), index)
    except (KeyError, TypeError, ValueError, AttributeError, pa.ArrowException):
        raise _damaged(folder / HEAD) from None


def _measures(folder: Path, head: Mapping[str, Any]) -> Measures:
    sample, vocabulary, words = (_table(folder / name) for name in TABLES)
    columns = [words.column(name).to_numpy() for name in ("hash", "share")]
    return Measures(
        rows=head["rows"],
        classes=head["classes"],
        entities={name: (hits, looked) for name, (hits, looked) in head["entities"].items()},
        lengths=np.array(head["lengths"], np.int64),
        vocabulary=vocabulary.column("term").to_numpy(),
        sample=sample.cast(SAMPLE_SCHEMA),
        words=Words(columns[0], columns[1], head["word_documents"]),
    )


def _table(path: Path) -> pa.Table:
    with pq.ParquetFile(path) as file:  # read_table would import pyarrow's data sets, a fifth of a second
        return file.read()


def _check(path: Path, digest: str) -> None:
    try:
        with path.open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() == digest:
                return
    except OSError:
        pass
    raise _damaged(path)


def _damaged(path: Path) -> InputError:
    return InputError(
        "The state of the run is damaged: a file is missing or was changed.",
        where=str(path),
        fix="Give an earlier run whose state is whole, or scan the whole data again.",
    )
