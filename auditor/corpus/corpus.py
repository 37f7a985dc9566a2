"""The corpus: an immutable handle on the rows that were read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import Part
from auditor.core.audit import ReadNotice, RoleOffer
from auditor.corpus.annotations import annotations_from_columns, annotations_from_rows
from auditor.corpus.file_places import FilePlaces
from auditor.corpus.hidden_labels import hidden_label
from auditor.corpus.label_kinds import LabelKinds
from auditor.corpus.label_sets import LabelSets, binary_labels, label_sets
from auditor.corpus.mapped import RELEASE_BYTES, release
from auditor.corpus.rejects import Reject
from auditor.corpus.scores import scores_of
from auditor.corpus.shape import BETWEEN_SIDES, ONE_TEXT, Segment, Shape, ShapeKind, Side
from auditor.corpus.source import Stamp
from auditor.corpus.splits import part_of
from auditor.corpus.target import MultiLabel, NoTarget, Score, SingleLabel, Target, TokenTags
from auditor.corpus.texts import Texts
from auditor.message import Message
from auditor.text.language import RowLanguages, row_languages

ROLES = ("text", "label", "id", "date", "split", "source", "annotator")
TOKEN_ROLES = ("tokens", "tags")
"""Lists of words and of their tags. Only the label check reads them; they are not columns of batches."""
BATCH_ROWS = 4_000


@dataclass(frozen=True)
class Roles:
    """The column of each role. Only `text` is required; for rows with several text fields it is not a column name.

    Attributes:
        reasons: by role, why the column was chosen.
    """

    text: str
    label: str | None = None
    id: str | None = None
    date: str | None = None
    split: str | None = None
    source: str | None = None
    annotator: str | None = None
    tokens: str | None = None
    tags: str | None = None
    reasons: Mapping[str, Message] = field(default_factory=dict)

    def columns(self) -> dict[str, str]:
        """The assigned roles and their columns."""
        return {role: column for role in ROLES if (column := getattr(self, role)) is not None}

    def token_columns(self) -> dict[str, str]:
        """The assigned roles of `TOKEN_ROLES` and their columns."""
        return {role: column for role in TOKEN_ROLES if (column := getattr(self, role)) is not None}


@dataclass(frozen=True)
class Corpus:
    """The readable rows, their roles, and the rejected rows.

    Attributes:
        name: short name for reports, derived from the file names.
        files: the input files, as absolute paths or addresses.
        table: the user's columns as read, without `row_id`; text columns are ``large_string``.
        row_id: int64, ascending: position of the row among all input rows, including rejected ones. It is stable as
            long as the input does not change.
        roles: the column of each role.
        rejects: rows that could not be read.
        language: main language: ``en``, ``zh`` or ``other``; see `row_language` for each row.
        label_kinds: types of the labels before their conversion to strings.
        label_separator: separator of several labels in a text column; None: one label per row.
        label_columns: 0/1 columns that together are the labels; the label role then names no column.
        annotator_columns: label columns, one per annotator, or one nested column.
        class_names: class name by code in the label column, if the files define the codes.
        shape: the fields that make up a row; by default only the column of the text role.
        offers: columns that fit a role that no column has.
        notices: what was repaired or decided while reading.
        fetched: SHA-256 of the files that are not on a local disk, by name in `files`.
        stamps: stamps of the local files when reading began, by name in `files`; see `auditor.corpus.source.Stamp`.
        stored: Arrow IPC file of which `table` and `row_id` are a memory-mapped view, see `auditor.corpus.mapped`;
            None: the table is in memory.
        file_places: file and line of each row.
        split_parts: user-defined meanings of values of the split column; see `auditor.corpus.splits.part_of`.
    """

    name: str
    files: tuple[str, ...]
    table: pa.Table
    row_id: np.ndarray
    roles: Roles
    rejects: tuple[Reject, ...] = ()
    language: str = "en"
    label_kinds: LabelKinds = field(default_factory=LabelKinds)
    label_separator: str | None = None
    split_parts: Mapping[str, str] = field(default_factory=dict)
    offers: tuple[RoleOffer, ...] = ()
    shape: Shape = ONE_TEXT
    label_columns: tuple[str, ...] = ()
    annotator_columns: tuple[str, ...] = ()
    notices: tuple[ReadNotice, ...] = ()
    fetched: Mapping[str, str] = field(default_factory=dict)
    class_names: Mapping[str, str] = field(default_factory=dict)
    stamps: Mapping[str, Stamp] = field(default_factory=dict)
    stored: Path | None = None
    file_places: FilePlaces = field(default_factory=FilePlaces)

    def __len__(self) -> int:
        """Number of readable rows."""
        return int(self.table.num_rows)

    @property
    def on_disk(self) -> tuple[str, ...]:
        """The input files on a local disk."""
        return tuple(file for file in self.files if file not in self.fetched)

    @property
    def rows_read(self) -> int:
        """Number of rows of the input, readable or rejected."""
        return len(self) + len(self.rejects)

    @cached_property
    def text(self) -> pa.ChunkedArray:
        """The texts as ``large_string`` with nulls; for rows with several fields, their views."""
        return self.shape.view(self.table) if self.shape.is_composed else self.table.column(self.roles.text)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """The columns that contain the texts."""
        return self.shape.columns or (self.roles.text,)

    @cached_property
    def segments(self) -> list[list[Segment]]:
        """The segments of each row's view; see `auditor.corpus.shape`."""
        return self.shape.segments(self.table)

    @cached_property
    def sides(self) -> dict[Side, pa.ChunkedArray]:
        """The texts of each side of the rows, such as question and answer; otherwise the whole text as one side."""
        return self.shape.sides(self.table) if self.shape.is_composed else {Side.TEXT: self.text}

    @cached_property
    def target(self) -> Target:
        """The labels of the rows as a sum type; `Annotations` if there are several annotators."""
        if self.annotator_columns:
            return annotations_from_columns(self.table, self.annotator_columns)
        annotator = self.role("annotator")
        if annotator is not None:
            return annotations_from_rows(self.texts, annotator, self.labels)
        if self.token_rows is not None and self.tag_rows is not None:
            return TokenTags(self.token_rows, self.tag_rows)
        if self.label_sets is not None:
            return MultiLabel(self.label_sets)
        if self.scores is not None:
            return Score(self.scores)
        return NoTarget() if self.labels is None else SingleLabel(self.labels)

    @cached_property
    def texts(self) -> Texts:
        """The texts as Python strings, converted lazily; nulls become empty strings."""
        return Texts(self.text)

    @cached_property
    def row_language(self) -> RowLanguages:
        """The language of each row, detected at the first access."""
        return row_languages(self.text, self.language)

    @cached_property
    def inputs(self) -> Sequence[str]:
        """The texts as models read them: for rows with two sides (see `sides`), both, separated by `BETWEEN_SIDES`."""
        if len(self.sides) != 2 or self.shape.kind is ShapeKind.CHAT:
            return self.texts
        first, second = ([text or "" for text in side.to_pylist()] for side in self.sides.values())
        return [f"{a}{BETWEEN_SIDES}{b}" for a, b in zip(first, second, strict=True)]

    @cached_property
    def labels(self) -> list[str | None] | None:
        """The labels as strings, None where missing, blank or NaN; None unless a column has one label per row."""
        if self.roles.label is None or self.label_sets is not None or self.scores is not None:
            return None
        return self.classes_in(self.table.column(self.roles.label), self.part)

    def classes_in(self, column: pa.ChunkedArray, part: np.ndarray | None = None) -> list[str | None]:
        """The class names in a label column of this corpus or of a data set derived from it; None where missing.

        Args:
            column: single labels.
            part: `Part` of each row, used to treat hidden labels as missing.
        """
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), None, column)
        coded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
        names = [value if value.strip() else None for value in coded.dictionary.to_pylist()]
        hidden = hidden_label(names, coded.indices.fill_null(len(names)).to_numpy(), part, self.class_names)
        names = [None if name is None or name == hidden else self.class_names.get(name, name) for name in names]
        names.append(None)
        return [
            names[i] for i in coded.indices.fill_null(len(names) - 1).to_pylist()
        ]  # one string object per class, not per row

    def class_codes(self, names: Sequence[str | None]) -> list[str | None]:
        """The codes in the label column for class names."""
        codes = {name: code for code, name in self.class_names.items()}
        return [None if name is None else codes.get(name, name) for name in names]

    @cached_property
    def scores(self) -> np.ndarray | None:
        """float64, one per row (NaN: missing), if the labels are real numbers rather than classes; otherwise None."""
        column = self.role("label")
        return None if column is None else scores_of(column)

    @cached_property
    def part(self) -> np.ndarray | None:
        """int8, one per row: a `Part`, train for missing values; None without a split column."""
        column = self.role("split")
        if column is None:
            return None
        coded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
        parts = [Part.of(part_of(value, self.split_parts) or "train") for value in coded.dictionary.to_pylist()]
        return np.asarray(np.array([*parts, 0], np.int8)[coded.indices.fill_null(len(parts)).to_numpy()])

    @cached_property
    def label_sets(self) -> LabelSets | None:
        """The labels of each row if rows can have several; otherwise None. See `auditor.corpus.label_sets`."""
        column = self.role("label")
        if column is None:
            return None
        return label_sets(column, self.label_separator)

    @cached_property
    def token_rows(self) -> list[list[str]] | None:
        """The words of each row; None without a column of lists of words."""
        return self._lists("tokens")

    @cached_property
    def tag_rows(self) -> list[list[str]] | None:
        """The tags of each row's words; None without a column of tags."""
        return self._lists("tags")

    def _lists(self, role: str) -> list[list[str]] | None:
        column = self.role(role)
        return None if column is None else [[str(v) for v in values or ()] for values in column.to_pylist()]

    def positions(self, row_ids: np.ndarray | Sequence[int]) -> np.ndarray:
        """int64, one per row id: its position among the readable rows; -1 if there is no such row."""
        ids = np.asarray(row_ids, np.int64)
        place = np.searchsorted(self.row_id, ids)
        inside = np.minimum(place, max(len(self) - 1, 0))
        known = (place < len(self)) & (self.row_id[inside] == ids) if len(self) else np.zeros(len(ids), bool)
        return np.where(known, place, -1)

    def with_texts(self, texts: Sequence[str | None]) -> Corpus:
        """The same rows with other texts, one per row.

        Raises:
            ValueError: rows have several text fields.
        """
        if self.shape.is_composed:
            raise ValueError("rows with several fields have no text column")
        return self.with_column(self.roles.text, pa.array(texts, pa.large_string()))

    def with_column(self, name: str, values: pa.Array | pa.ChunkedArray) -> Corpus:
        """The same rows with other values in one column of `table`."""
        place = self.table.column_names.index(name)
        return replace(self, table=self.table.set_column(place, name, values), stored=None)

    def role(self, name: str) -> pa.ChunkedArray | None:
        """The values of a role; None if no column has it."""
        if name == "text":
            return self.text
        if name == "label" and self.label_columns:
            return binary_labels(self.table, self.label_columns)
        column = getattr(self.roles, name)
        return None if column is None else self.table.column(column)

    def batches(self, roles: tuple[str, ...], rows: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """Batches of at most `rows` rows with ``row_id`` and the assigned ones of `roles`, named by role."""
        names = [role for role in self.roles.columns() if role in roles]
        view = pa.table({"row_id": pa.array(self.row_id), **{role: self.role(role) for role in names}})
        for start in range(0, len(view), rows):
            yield view.slice(start, rows).combine_chunks().to_batches()[0]

    @cached_property
    def digest(self) -> str:
        """SHA-256 over column names, values and row ids: equal for equal content, in any file format."""
        return self._hashed(b"").hex()

    @cached_property
    def secret(self) -> bytes:
        """32 bytes that can be computed only from the whole content, and not from the published digest."""
        return self._hashed(b"auditor secret of the content\x00")

    def _hashed(self, prefix: bytes) -> bytes:
        sha = hashlib.sha256(prefix)
        sha.update("\x1f".join(self.table.column_names).encode())
        sha.update(np.ascontiguousarray(self.row_id).data)
        for name in self.table.column_names:
            column, read = self.table.column(name), 0
            for start in range(0, len(column), 65_536):
                part = column.slice(start, 65_536)
                _hash_into(sha, part)
                read += part.nbytes
                if read > RELEASE_BYTES:
                    release(self.stored)
                    read = 0
        release(self.stored)
        return sha.digest()


def _hash_into(sha: hashlib._Hash, column: pa.ChunkedArray) -> None:
    """Hash the lengths (-1 for nulls) and bytes of values as texts; values without a text form by their repr."""
    try:
        values = column.cast(pa.large_binary() if pa.types.is_large_string(column.type) else pa.large_string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        sha.update(repr(column.type).encode())
        sha.update(b"[")
        for place, start in enumerate(range(0, len(column), 1_024)):
            sha.update(b", " if place else b"")
            sha.update(repr(column.slice(start, 1_024).to_pylist())[1:-1].encode())
        sha.update(b"]")
        return
    for chunk in values.chunks:
        lengths = pc.binary_length(chunk).fill_null(-1).cast(pa.int64())
        sha.update(lengths.to_numpy())
    for chunk in values.chunks:
        offsets = np.frombuffer(chunk.buffers()[1], np.int64)[chunk.offset : chunk.offset + len(chunk) + 1]
        data = chunk.buffers()[2]
        if data is not None and not chunk.null_count:
            sha.update(memoryview(data)[offsets[0] : offsets[-1]])
        elif data is not None:  # the bytes of a null are undefined
            for start in range(0, len(chunk), 1_024):
                part = chunk.slice(start, 1_024).cast(pa.large_binary()).to_pylist()
                sha.update(b"".join(value for value in part if value is not None))
