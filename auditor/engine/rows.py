"""Send a corpus to other processes, and build batches of its rows there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import BATCH_ROWS, Corpus
from auditor.corpus.mapped import ROW_ID, mapped, release
from auditor.engine.base import Batches, Handle
from auditor.text.language import RowLanguages


class SharedCorpus:
    """A corpus that pickles without its table if that is stored in a file, which is memory-mapped when it is unpickled.

    Of the corpus's cached properties only the languages of the rows are pickled: slow to compute and small.
    """

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus

    def __reduce__(self) -> _Reduced:
        """See `pickle`."""
        corpus = self.corpus
        if is_stored(corpus):
            bare = replace(corpus, table=corpus.table.schema.empty_table(), row_id=np.empty(0, np.int64))
        else:
            bare = replace(corpus, stored=None)
        return _opened, (bare, corpus.row_language)


_Reduced: TypeAlias = tuple[object, tuple[Corpus, RowLanguages]]


def is_stored(corpus: Corpus) -> bool:
    """Whether the stored file holds exactly this corpus; False for one derived from it with other columns or rows."""
    if corpus.stored is None or not corpus.stored.is_file():
        return False
    with pa.memory_map(str(corpus.stored)) as file:
        opened = pa.ipc.open_file(file)
        names = [name for name in opened.schema.names if name != ROW_ID]
        rows = sum(opened.get_batch(k).num_rows for k in range(opened.num_record_batches))
    return bool(names == corpus.table.column_names and rows == len(corpus))


def open_stored(path: Path) -> tuple[pa.Table, np.ndarray]:
    """The memory-mapped table of a stored corpus, and its row numbers (int64)."""
    table = mapped(path)
    row_id = np.asarray(table.column(ROW_ID).combine_chunks().to_numpy())
    return table.drop_columns([ROW_ID]), row_id


def _opened(bare: Corpus, language: RowLanguages) -> SharedCorpus:
    corpus = bare
    if bare.stored is not None:
        table, row_id = open_stored(bare.stored)
        corpus = replace(bare, table=table, row_id=row_id)
    corpus.__dict__["row_language"] = language  # fills the cached property
    return SharedCorpus(corpus)


RELEASE_EVERY = 16
"""The mapped pages of a stored corpus are released after this many batches."""


@dataclass(frozen=True)
class CorpusBatches:
    """Consecutive batches of the rows of a corpus: ``row_id`` and the columns of the given roles, named by role.

    Attributes:
        corpus: handle on the corpus.
        roles: columns of a batch; roles that the corpus lacks are left out.
        count: number of rows of the corpus.
        rows: rows per batch; the last one may be smaller.
    """

    corpus: Handle[SharedCorpus]
    roles: tuple[str, ...]
    count: int
    rows: int = BATCH_ROWS

    def __len__(self) -> int:
        """How many batches there are."""
        return -(-self.count // self.rows)

    def __getitem__(self, number: int, /) -> pa.RecordBatch:
        """Build one batch; the joined texts of rows with several fields are built for this batch only."""
        if not 0 <= number < len(self):
            raise IndexError(number)
        whole, start = self.corpus.get().corpus, number * self.rows
        if number % RELEASE_EVERY == 0:
            release(whole.stored)
        part = replace(
            whole,
            table=whole.table.slice(start, self.rows),
            row_id=whole.row_id[start : start + self.rows],
            stored=None,
        )
        return next(part.batches(self.roles, self.rows))


@dataclass(frozen=True)
class SomeBatches:
    """A subset of the batches of another `Batches`.

    Attributes:
        whole: all batches.
        numbers: indexes of the selected batches.
    """

    whole: Batches
    numbers: tuple[int, ...]

    def __len__(self) -> int:
        """How many batches there are."""
        return len(self.numbers)

    def __getitem__(self, number: int, /) -> pa.RecordBatch:
        """One batch."""
        return self.whole[self.numbers[number]]
