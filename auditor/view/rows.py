"""The rows of a run as columns for filtering and sorting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import ACTIONS, PARTS
from auditor.core.findings import SEVERITIES
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.pii.redaction import Redaction
from auditor.review.loop import Contents
from auditor.runs.finished import FinishedRun
from auditor.store import read_outputs

NONE = -1
"""Missing value in columns of numbers."""


@dataclass(frozen=True)
class ValueColumn:
    """A multi-valued column: each row has zero or more values.

    Attributes:
        names: the distinct values, most frequent first.
        row: int64, ascending, positions of rows; one entry per value of a row.
        code: int32, one per entry: index in `names`.
    """

    names: tuple[str, ...] = ()
    row: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    code: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))

    def of(self, position: int) -> tuple[str, ...]:
        """The values of a row."""
        low, high = np.searchsorted(self.row, [position, position + 1])
        return tuple(self.names[code] for code in self.code[low:high].tolist())

    def having(self, name: str) -> np.ndarray:
        """int64: positions of the rows with a value; empty for an unknown value."""
        code = self.names.index(name) if name in self.names else NONE
        return np.asarray(self.row[self.code == code])


@dataclass(frozen=True)
class Rows:
    """The rows of a run; arrays have one value per row.

    Attributes:
        ids: int64, ascending, ``row_id``.
        labels, sources: classes and sources, redacted as in the run.
        part: int8, index in `PARTS`.
        action: int8, index in `ACTIONS` of the planned action; `NONE` if the run has no plan.
        plan: the plan with one line per row; None if the run has no plan.
        table: ``rows.parquet``.
        score: float32, label quality, NaN if no label was scored.
        found: the findings about rows, in the order of `found_row`.
        found_row: int64, one per finding: position of its row.
        found_code: int16, one per finding: index in `codes`.
        found_confidence: float32, one per finding: 0 to 1.
        codes: finding codes in alphabetical order.
        several: whether rows have several labels.
    """

    ids: np.ndarray
    labels: ValueColumn
    sources: ValueColumn
    part: np.ndarray
    action: np.ndarray
    plan: pa.Table | None
    table: pa.Table
    score: np.ndarray
    found: pa.Table
    found_row: np.ndarray
    found_code: np.ndarray
    found_confidence: np.ndarray
    codes: tuple[str, ...]
    several: bool

    def __len__(self) -> int:
        """Number of readable rows."""
        return len(self.ids)

    def position(self, row_id: int) -> int | None:
        """The position of a row; None if there is no such row."""
        index = int(np.searchsorted(self.ids, row_id))
        return index if index < len(self.ids) and self.ids[index] == row_id else None

    @cached_property
    def confidence(self) -> np.ndarray:
        """float32: highest confidence of its findings; 0 without findings."""
        highest = np.zeros(len(self), np.float32)
        np.maximum.at(highest, self.found_row, self.found_confidence)
        return highest

    @cached_property
    def severity(self) -> np.ndarray:
        """int8: index in `SEVERITIES` of its worst finding; `NONE` without findings."""
        worst = np.full(len(self), NONE, np.int8)
        ranks = np.asarray(pc.index_in(self.found.column("severity"), pa.array(SEVERITIES)), np.int8)
        np.maximum.at(worst, self.found_row, ranks)
        return worst

    def findings_of(self, position: int) -> pa.Table:
        """The findings about a row."""
        low, high = np.searchsorted(self.found_row, [position, position + 1])
        return self.found.slice(int(low), int(high - low))

    def codes_of(self, position: int) -> list[str]:
        """The distinct codes of a row's findings."""
        low, high = np.searchsorted(self.found_row, [position, position + 1])
        return [self.codes[code] for code in np.unique(self.found_code[low:high]).tolist()]

    def value(self, name: str, position: int) -> object:
        """The value of a row in a column of ``rows.parquet``; None if there is no such column."""
        return self.table.column(name)[position].as_py() if name in self.table.column_names else None


def load_rows(run: FinishedRun, corpus: Corpus | None, names: Redaction, contents: Contents | None) -> Rows:
    """Load the rows of a run.

    Args:
        run: a finished run.
        corpus: its input; None: labels are taken from `contents`.
        names: redaction of classes and sources with personal data.
        contents: contents of the run's data set; None: rows have no labels without a corpus.

    Raises:
        InputError, SafetyError: a file of the run is missing or was modified.
    """
    table = read_outputs(run.folder, run.manifest, ["rows.parquet"])["rows.parquet"]
    ids = table.column("row_id").to_numpy()
    plan = None
    if "plan.parquet" in run.manifest.outputs:
        plan = _aligned_plan(read_outputs(run.folder, run.manifest, ["plan.parquet"])["plan.parquet"], ids)
    findings, found_row = _row_findings(run.audit.findings(), ids)
    coded = pc.dictionary_encode(findings.column("code").combine_chunks())
    codes = coded.dictionary.to_pylist()
    ranks = {code: rank for rank, code in enumerate(sorted(codes))}
    code_ranks = np.array([ranks[code] for code in codes], np.int16)
    labels, several = _labels(corpus, contents, ids, names)
    return Rows(
        ids=ids,
        labels=labels,
        sources=_sources(corpus, names),
        part=_words(plan, "part", PARTS, len(ids)) if plan is not None else _parts(corpus, len(ids)),
        action=_words(plan, "action", ACTIONS, len(ids)),
        plan=plan,
        table=table,
        score=table.column("label_score").cast(pa.float32()).to_numpy(),
        found=findings,
        found_row=found_row,
        found_code=code_ranks[coded.indices.to_numpy()] if codes else np.empty(0, np.int16),
        found_confidence=pc.fill_null(findings.column("confidence"), 0.0).to_numpy(),
        codes=tuple(sorted(codes)),
        several=several,
    )


def _aligned_plan(plan: pa.Table, ids: np.ndarray) -> pa.Table:
    plan_ids = plan.column("row_id").to_numpy()
    if len(plan_ids) != len(ids) or not np.array_equal(np.sort(plan_ids), ids):
        raise InputError(
            "The plan of the run names other rows.", where="plan.parquet", fix="Give the run as it was written."
        )
    return plan if np.array_equal(plan_ids, ids) else plan.take(pa.array(np.argsort(plan_ids, kind="stable")))


def _row_findings(findings: pa.Table, ids: np.ndarray) -> tuple[pa.Table, np.ndarray]:
    """The findings about readable rows in row order, and the position of the row of each."""
    findings = findings.filter(findings.column("row_id").is_valid())
    row_ids = findings.column("row_id").to_numpy()
    positions = np.minimum(np.searchsorted(ids, row_ids), max(len(ids) - 1, 0))
    known = np.flatnonzero(ids[positions] == row_ids) if len(ids) else np.empty(0, np.int64)
    order = known[np.argsort(positions[known], kind="stable")]
    return findings.take(pa.array(order)), positions[order]


def _words(table: pa.Table | None, column: str, words: Sequence[str], rows: int) -> np.ndarray:
    if table is None:
        return np.full(rows, NONE, np.int8)
    return np.asarray(pc.fill_null(pc.index_in(table.column(column), pa.array(words)), NONE), np.int8)


def _parts(corpus: Corpus | None, rows: int) -> np.ndarray:
    part = corpus.part if corpus is not None else None
    return np.full(rows, NONE, np.int8) if part is None else part


def _labels(
    corpus: Corpus | None, contents: Contents | None, ids: np.ndarray, names: Redaction
) -> tuple[ValueColumn, bool]:
    if corpus is not None and corpus.label_sets is not None:
        return _of_lists(list(corpus.label_sets), names.classes), True
    if corpus is not None:
        return _of_column(pa.array(corpus.labels or [None] * len(ids), pa.large_string()), names.classes), False
    if contents is None:
        return ValueColumn(), False
    if contents.several:
        sets = [contents.labels.get(int(row)) for row in ids]
        return _of_lists([None if names is None else names.split(" | ") for names in sets], {}), True
    return _of_column(pa.array([contents.labels.get(int(row)) for row in ids], pa.large_string()), {}), False


def _sources(corpus: Corpus | None, names: Redaction) -> ValueColumn:
    column = corpus.role("source") if corpus is not None else None
    if column is None or pa.types.is_nested(column.type):
        return ValueColumn()
    return _of_column(column.cast(pa.large_string()).combine_chunks(), names.sources)


def _of_column(values: pa.Array, replacements: Mapping[str, str]) -> ValueColumn:
    coded = values.dictionary_encode()
    row = np.flatnonzero(np.asarray(coded.is_valid()))
    code = coded.indices.drop_null().to_numpy()
    return _ranked([replacements.get(name, name) for name in coded.dictionary.to_pylist()], row, code)


def _of_lists(values: Sequence[Sequence[str] | None], replacements: Mapping[str, str]) -> ValueColumn:
    codes: dict[str, int] = {}
    code = [codes.setdefault(name, len(codes)) for names in values for name in names or ()]
    row = np.repeat(np.arange(len(values)), [len(names or ()) for names in values])
    return _ranked([replacements.get(name, name) for name in codes], row, np.array(code, np.int64))


def _ranked(names: Sequence[str], row: np.ndarray, code: np.ndarray) -> ValueColumn:
    """Order the values by frequency, most frequent first."""
    order = np.argsort(-np.bincount(code, minlength=len(names)), kind="stable")
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return ValueColumn(
        tuple(names[index] for index in order), row.astype(np.int64), rank[code] if len(code) else rank[:0]
    )
