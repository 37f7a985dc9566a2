"""An index of sketches on disk: what stands for texts that need not be read again.

A folder with ``index.json`` and one Arrow file a segment, memory-mapped: for every document its row number, the hash
of its token sequence and its band keys (8 bytes each). Segments are only ever added; ``index.json`` is replaced in one
step and names those that count, so a reader sees the index before an update or after it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.errors import InputError
from auditor.text.minhash import Banding, Signatures

HEAD = "index.json"
SCHEMA = 1
"""Raised whenever tokens, sketches or keys change: keys of two schemas cannot be compared."""


@dataclass(frozen=True)
class Segment:
    """Documents added in one go.

    Attributes:
        file: name of the Arrow file.
        source: name of the corpus the rows came from.
        digest: of that corpus, so that nothing is added twice.
        documents: how many.
        sha256: of the file.
    """

    file: str
    source: str
    digest: str
    documents: int
    sha256: str


@dataclass(frozen=True)
class SketchIndex:
    """A readable index.

    Attributes:
        folder: where it lies.
        ngram, threshold, banding: what its keys were made with.
        segments: in the order in which they were added.
    """

    folder: Path
    ngram: int
    threshold: float
    banding: Banding
    segments: tuple[Segment, ...] = ()

    @property
    def documents(self) -> int:
        """Documents of all segments."""
        return sum(segment.documents for segment in self.segments)

    def read(self) -> Iterator[tuple[Segment, np.ndarray, Signatures]]:
        """(segment, int64 row numbers, signatures) of every segment; the arrays are views of the mapped file.

        Raises:
            InputError: a file is missing or is not what was written.
        """
        for segment in self.segments:
            path = self.folder / segment.file
            try:
                with pa.memory_map(str(path)) as source:
                    table = pa.ipc.open_file(source).read_all()
            except (OSError, pa.ArrowException):
                raise _broken(path) from None
            columns = {name: table.column(name).combine_chunks().to_numpy() for name in table.column_names}
            if len(table) != segment.documents or len(columns) != self.banding.bands + 2:
                raise _broken(path)
            keys = [columns[f"key{band}"] for band in range(self.banding.bands)]
            tokens = (columns["sequence"] != 0).astype(np.int64)
            yield segment, columns["row_id"], Signatures(columns["sequence"], tokens, keys)

    def head(self) -> dict[str, Any]:
        """The content of ``index.json``."""
        return {
            "tool": "auditor",
            "kind": "sketch index",
            "schema": SCHEMA,
            "ngram": self.ngram,
            "threshold": self.threshold,
            "bands": self.banding.bands,
            "rows": self.banding.rows,
            "documents": self.documents,
            "segments": [asdict(segment) for segment in self.segments],
        }


def segment_bytes(row_id: np.ndarray, signed: Signatures) -> bytes:
    """The Arrow file of one segment."""
    columns = {"row_id": row_id, "sequence": signed.sequence}
    columns.update({f"key{band}": keys for band, keys in enumerate(signed.keys)})
    table = pa.table(columns)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())


def is_index(path: Path) -> bool:
    """Whether `path` is the folder of an index."""
    return (path / HEAD).is_file()


def open_index(folder: Path) -> SketchIndex:
    """The index in `folder`.

    Raises:
        InputError: there is none, or it was made by a version whose keys differ.
    """
    try:
        head: Mapping[str, Any] = json.loads((folder / HEAD).read_text("utf-8"))
        schema = head["schema"]
        index = SketchIndex(
            folder,
            head["ngram"],
            head["threshold"],
            Banding(head["bands"], head["rows"]),
            tuple(Segment(**item) for item in head["segments"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            "This is not an index of sketches.", where=str(folder), fix="Make one with `auditor index INPUT -o DIR`."
        ) from None
    if schema != SCHEMA:
        raise InputError(
            "The index was made by another version, whose sketches cannot be compared.",
            where=str(folder),
            fix="Make it again with `auditor index`.",
        )
    return index


def _broken(path: Path) -> InputError:
    return InputError(
        "A file of the index is missing or was changed.",
        where=str(path),
        fix="Make the index again with `auditor index`.",
    )
