"""An on-disk index of text sketches, so that the texts need not be read again.

A folder with ``index.json`` and one Arrow file per segment, memory-mapped: for every document its row number, the hash
of its token sequence and its band keys (8 bytes each). Files are never changed; ``index.json`` is replaced atomically
and lists the current ones, so a reader sees the index either before or after an update. If there are many files, the
newest are merged into one, in which each of their segments keeps its position, source and digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.dedup.minhash import Banding, Signatures
from auditor.errors import InputError

HEAD = "index.json"
MOST_FILES = 8
"""The number of files above which some are merged."""
SCHEMA = 2
"""Incremented whenever tokens, sketches or keys change: keys of two schemas cannot be compared."""


@dataclass(frozen=True)
class Segment:
    """Documents added in one update.

    Attributes:
        file: name of the Arrow file; segments that were merged share one.
        source: name of the corpus the rows came from.
        digest: of that corpus, so that nothing is added twice.
        documents: how many.
        sha256: of the file.
        offset: documents before its own in the file.
    """

    file: str
    source: str
    digest: str
    documents: int
    sha256: str
    offset: int = 0


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

    def by_file(self) -> dict[str, int]:
        """Documents of each file, the oldest file first."""
        files: dict[str, int] = {}
        for segment in self.segments:
            files[segment.file] = files.get(segment.file, 0) + segment.documents
        return files

    def read(self) -> Iterator[tuple[Segment, np.ndarray, Signatures]]:
        """(segment, int64 row numbers, signatures) of every segment; the arrays are views of the mapped file.

        Raises:
            InputError: a file is missing or is not what was written.
        """
        in_file = self.by_file()
        for segment in self.segments:
            path = self.folder / segment.file
            try:
                with pa.memory_map(str(path)) as source:
                    table = pa.ipc.open_file(source).read_all()
            except (OSError, pa.ArrowException):
                raise _broken(path) from None
            if len(table) != in_file[segment.file] or table.num_columns != self.banding.bands + 2:
                raise _broken(path)
            part = table.slice(segment.offset, segment.documents)
            columns = {name: part.column(name).combine_chunks().to_numpy() for name in part.column_names}
            keys = [columns[f"key{band}"] for band in range(self.banding.bands)]
            tokens = (columns["sequence"] != 0).astype(np.int64)
            yield segment, columns["row_id"], Signatures(columns["sequence"], tokens, keys)

    def head(self) -> dict[str, object]:
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
            "segments": [
                {name: value for name, value in asdict(segment).items() if name != "offset" or value}
                for segment in self.segments
            ],
        }


def extended(
    index: SketchIndex, row_id: np.ndarray, signed: Signatures, source: str, digest: str
) -> tuple[SketchIndex, str, bytes]:
    """The index with one more segment, and the name and the bytes of the one file that must be added.

    Where there are `MOST_FILES`, that file holds the newest ones too, which the index then no longer names: each at
    most as large as all after it, so that a row is written again only when the rows after it have become as many (the
    logarithmic method, Bentley and Saxe 1980).

    Args:
        index: as it is.
        row_id: int64, row numbers of the new documents.
        signed: their signatures.
        source, digest: of their corpus.

    Raises:
        InputError: a file is missing or is not what was written.
    """
    name, taken = f"segment-{len(index.segments) + 1:05d}.arrow", _taken(index, len(row_id))
    parts = [(ids, signatures) for segment, ids, signatures in index.read() if segment.file in taken] if taken else []
    parts.append((row_id, signed))
    ids = np.concatenate([part for part, _ in parts])
    data = segment_bytes(ids, _joined([signatures for _, signatures in parts]))
    sha, segments, offset = hashlib.sha256(data).hexdigest(), [], 0
    for segment in (*index.segments, Segment(name, source, digest, len(row_id), sha)):
        if segment.file in taken or segment.file == name:
            segment = replace(segment, file=name, sha256=sha, offset=offset)
            offset += segment.documents
        segments.append(segment)
    return replace(index, segments=tuple(segments)), name, data


def _taken(index: SketchIndex, rows: int) -> frozenset[str]:
    """The newest files that are merged with `rows` new documents."""
    files = index.by_file()
    taken: list[str] = []
    if len(files) < MOST_FILES:
        return frozenset()
    for file in reversed(files):
        if taken and files[file] > rows:
            break
        taken.append(file)
        rows += files[file]
    return frozenset(taken)


def _joined(parts: Sequence[Signatures]) -> Signatures:
    keys = [np.concatenate(band) for band in zip(*(part.keys for part in parts), strict=True)]
    sequence, tokens = (np.concatenate([getattr(part, name) for part in parts]) for name in ("sequence", "tokens"))
    return Signatures(sequence, tokens, keys)


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
        head = json.loads((folder / HEAD).read_text("utf-8"))
        schema = head["schema"]
        index = SketchIndex(
            folder,
            head["ngram"],
            head["threshold"],
            Banding(head["bands"], head["rows"]),
            tuple(Segment(**item) for item in head["segments"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
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
