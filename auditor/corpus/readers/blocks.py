"""The plug point for formats that are read a block at a time: `BlockReader`, and what it gives."""

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
"""Bytes of a file that are parsed at a time."""


class Kind(IntEnum):
    """What a value was in a file whose values have types of their own, such as JSON."""

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
"""By the type that the parser gives."""


@dataclass(frozen=True)
class Block:
    """Some rows of a file that follow each other.

    Attributes:
        table: the readable rows; strings are ``large_string``. A column that is absent holds no value here.
        places: int64, one per row: its place among all rows of the file, from 0.
        lines: int64, one per row: its first line, from 1; None where no column is mixed, and nobody asks.
        bad: (place, line, reason) of each rejected row.
        kinds: int8, one per row, a `Kind`: of the columns that are held as JSON texts because their values have
            several types.
    """

    table: pa.Table
    places: np.ndarray
    bad: tuple[tuple[int, int, Reason], ...] = ()
    lines: np.ndarray | None = None
    kinds: Mapping[str, np.ndarray] = field(default_factory=dict)


@dataclass
class Told:
    """What is known of a file once all its blocks were read.

    Attributes:
        notes, is_sparse, class_names: see `auditor.corpus.readers.base.FileRows`.
        columns: names in their order.
        is_typed: whether a column of the format has one type, as in Parquet.
    """

    columns: tuple[str, ...] = ()
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)
    is_sparse: bool = False
    is_typed: bool = False
    class_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def tell(self, kind: str, count: int = 1, detail: str = "") -> None:
        """See `FileRows.tell`."""
        self.notes[kind, detail] += count


class NeedsWholeError(Exception):
    """What a file is cannot be told without all of it: it has to be read by `Reader.read`."""


class MixedColumnError(Exception):
    """The values of a column have no common type, so that all of them are JSON texts: the file has to be read again.

    Attributes:
        column: its name.
    """

    def __init__(self, column: str) -> None:
        super().__init__("a column of several types")
        self.column = column


@runtime_checkable
class BlockReader(Protocol):
    """An input format that can be read a block at a time; beside `Reader`, and with equal rows."""

    def blocks(self, file: InputFile, told: Told, mixed: frozenset[str], size: int) -> Iterator[Block]:
        """The rows of `file` in their order.

        Args:
            file: to read.
            told: filled in; complete after the last block.
            mixed: columns whose values are given as JSON texts.
            size: bytes of the file that are parsed at a time, about.

        Raises:
            NeedsWholeError: `Reader.read` has to read the file.
            MixedColumnError: a column that is not among `mixed` has to be.
            InputError: see `Reader.read`.
        """
        ...
