"""The interface of formats that can be read block by block: `BlockReader`, and the blocks that it yields."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol, runtime_checkable

import numpy as np
import pyarrow as pa

from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.rejects import Reason

BLOCK_BYTES = 2_000_000
"""Bytes of a file parsed at a time."""


class Kind(IntEnum):
    """The type of a value in a format with typed values, such as JSON."""

    MISSING = 0
    TEXT = 1
    BOOLEAN = 2
    INTEGER = 3
    DECIMAL = 4
    LIST = 5
    OBJECT = 6


KINDS: Mapping[type, Kind] = {
    type(None): Kind.MISSING, str: Kind.TEXT, bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.DECIMAL,
    list: Kind.LIST, dict: Kind.OBJECT,
}  # fmt: skip
"""By Python type of the parsed value."""


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a file.

    Attributes:
        table: the readable rows; strings are ``large_string``. A missing column is null in this block.
        places: int64, one per row: its position among all rows of the file, from 0.
        bad: (position, line, reason) of each rejected row.
        lines: int64, one per row: its first line, from 1; None if no column is mixed, since it is then not needed.
        kinds: int8, one per row, a `Kind`: for columns stored as JSON texts because their values have several types.
    """

    table: pa.Table
    places: np.ndarray
    bad: tuple[tuple[int, int, Reason], ...] = ()
    lines: np.ndarray | None = None
    kinds: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass
class FileFacts:
    """Facts about a file, complete once all its blocks have been read.

    Attributes:
        columns: column names in order.
        notes, is_sparse, class_names: see `auditor.corpus.readers.base.FileRows`.
        is_typed: whether columns of the format have a type, as in Parquet.
    """

    columns: tuple[str, ...] = ()
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_sparse: bool = False
    is_typed: bool = False
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def add_notice(self, kind: str, count: int = 1, detail: str = "") -> None:
        """See `FileRows.add_notice`."""
        self.notes[kind, detail] += count


class NeedsWholeFileError(Exception):
    """Raised if a file cannot be interpreted block by block and has to be read by `Reader.read`."""


class MixedColumnError(Exception):
    """Raised if the values of a column have no common type: the file has to be read again with JSON texts there.

    Attributes:
        column: name of the column.
    """

    def __init__(self, column: str) -> None:
        super().__init__("a column of several types")
        self.column = column


@runtime_checkable
class BlockReader(Protocol):
    """An input format that can be read block by block, in addition to `Reader`, with the same rows."""

    def blocks(self, file: InputFile, facts: FileFacts, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """Read the rows of `file` in order.

        Args:
            file: the file.
            facts: filled in; complete after the last block.
            mixed: columns whose values are returned as JSON texts.
            size: approximate number of bytes parsed at a time.

        Raises:
            NeedsWholeFileError: `Reader.read` has to read the file.
            MixedColumnError: a column has to be added to `mixed`.
            InputError: see `Reader.read`.
        """
        ...
