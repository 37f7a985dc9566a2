"""All rows of a run in columns: what the list is filtered and sorted by."""

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
"""In columns of numbers: nothing."""


@dataclass(frozen=True)
class Named:
    """Values that rows have: of each row none, one or several.

    Attributes:
        names: the different values, the most frequent first.
        row: int64, ascending, positions of rows; a row is named once for each of its values.
        code: int32, the place in `names`.
    """

    names: tuple[str, ...] = ()
    row: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    code: np.ndarray = field(default_factory=lambda: np.empty(0, np.int32))

    def of(self, position: int) -> tuple[str, ...]:
        """The values of a row."""
        low, high = np.searchsorted(self.row, [position, position + 1])
        return tuple(self.names[code] for code in self.code[low:high].tolist())

    def having(self, name: str) -> np.ndarray:
        """int64: positions of the rows with a value; none where there is no such value."""
        code = self.names.index(name) if name in self.names else NONE
        return np.asarray(self.row[self.code == code])


@dataclass(frozen=True)
class Rows:
    """The rows of a run; arrays have one value per row.

    Attributes:
        ids: int64, ascending, ``row_id``.
        labels, sources: classes and sources, as the run names them.
        part: int8, place in `PARTS`.
        action: int8, place in `ACTIONS`, of the plan; none everywhere where the run has no plan.
        plan: the plan with one line per row; None where the run has none.
        table: ``rows.parquet``.
        score: float32, label quality, not a number where no label was judged.
        found: the findings on rows, in the order of `found_row`.
        found_row: int64, positions.
        found_code: int16, place in `codes`.
        found_confidence: float32, 0 to 1.
        codes: finding codes in alphabetical order.
        several: whether rows have several labels.
    """

    ids: np.ndarray
    labels: Named
    sources: Named
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
        """Readable rows."""
        return len(self.ids)

    def position(self, row_id: int) -> int | None:
        """The position of a row; None where there is no such row."""
        at = int(np.searchsorted(self.ids, row_id))
        return at if at < len(self.ids) and self.ids[at] == row_id else None

    @cached_property
    def confidence(self) -> np.ndarray:
        """float32: that of the surest finding; 0 where there is none."""
        surest = np.zeros(len(self), np.float32)
        np.maximum.at(surest, self.found_row, self.found_confidence)
        return surest

    @cached_property
    def severity(self) -> np.ndarray:
        """int8: place of the worst finding in `SEVERITIES`; none where there is none."""
        worst = np.full(len(self), NONE, np.int8)
        ranks = np.asarray(pc.index_in(self.found.column("severity"), pa.array(SEVERITIES)), np.int8)
        np.maximum.at(worst, self.found_row, ranks)
        return worst

    def findings_of(self, position: int) -> pa.Table:
        """The findings on a row."""
        low, high = np.searchsorted(self.found_row, [position, position + 1])
        return self.found.slice(int(low), int(high - low))

    def codes_of(self, position: int) -> list[str]:
        """The codes of a row's findings, each once."""
        low, high = np.searchsorted(self.found_row, [position, position + 1])
        return [self.codes[code] for code in np.unique(self.found_code[low:high]).tolist()]

    def value(self, name: str, position: int) -> object:
        """What ``rows.parquet`` says of a row in a column; None where it has no such column."""
        return self.table.column(name)[position].as_py() if name in self.table.column_names else None


def load_rows(run: FinishedRun, corpus: Corpus | None, names: Redaction, contents: Contents | None) -> Rows:
    """The rows of a run.

    Args:
        run: a finished run.
        corpus: its input; None: labels are those of `contents`.
        names: what replaces classes and sources that hold personal data.
        contents: of the run's data set; None: rows have no label then.

    Raises:
        InputError, SafetyError: the run lacks a file or it was changed.
    """
    table = read_outputs(run.folder, run.manifest, ["rows.parquet"])["rows.parquet"]
    ids = table.column("row_id").to_numpy()
    plan = None
    if "plan.parquet" in run.manifest.outputs:
        plan = _one_a_row(read_outputs(run.folder, run.manifest, ["plan.parquet"])["plan.parquet"], ids)
    found, at = _on_rows(run.audit.findings(), ids)
    coded = pc.dictionary_encode(found.column("code").combine_chunks())
    codes = coded.dictionary.to_pylist()
    order = {code: place for place, code in enumerate(sorted(codes))}
    places = np.array([order[code] for code in codes], np.int16)
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
        found=found,
        found_row=at,
        found_code=places[coded.indices.to_numpy()] if codes else np.empty(0, np.int16),
        found_confidence=pc.fill_null(found.column("confidence"), 0.0).to_numpy(),
        codes=tuple(sorted(codes)),
        several=several,
    )


def _one_a_row(plan: pa.Table, ids: np.ndarray) -> pa.Table:
    own = plan.column("row_id").to_numpy()
    if len(own) != len(ids) or not np.array_equal(np.sort(own), ids):
        raise InputError(
            "The plan of the run names other rows.", where="plan.parquet", fix="Give the run as it was written."
        )
    return plan if np.array_equal(own, ids) else plan.take(pa.array(np.argsort(own, kind="stable")))


def _on_rows(found: pa.Table, ids: np.ndarray) -> tuple[pa.Table, np.ndarray]:
    """The findings on readable rows in the order of the rows, and the positions of these."""
    found = found.filter(found.column("row_id").is_valid())
    own = found.column("row_id").to_numpy()
    at = np.minimum(np.searchsorted(ids, own), max(len(ids) - 1, 0))
    known = np.flatnonzero(ids[at] == own) if len(ids) else np.empty(0, np.int64)
    order = known[np.argsort(at[known], kind="stable")]
    return found.take(pa.array(order)), at[order]


def _words(table: pa.Table | None, column: str, words: Sequence[str], rows: int) -> np.ndarray:
    if table is None:
        return np.full(rows, NONE, np.int8)
    return np.asarray(pc.fill_null(pc.index_in(table.column(column), pa.array(words)), NONE), np.int8)


def _parts(corpus: Corpus | None, rows: int) -> np.ndarray:
    part = corpus.part if corpus is not None else None
    return np.full(rows, NONE, np.int8) if part is None else part


def _labels(corpus: Corpus | None, contents: Contents | None, ids: np.ndarray, names: Redaction) -> tuple[Named, bool]:
    if corpus is not None and corpus.label_sets is not None:
        return _of_lists(list(corpus.label_sets), names.classes), True
    if corpus is not None:
        return _of_column(pa.array(corpus.labels or [None] * len(ids), pa.large_string()), names.classes), False
    if contents is None:
        return Named(), False
    if contents.several:
        sets = [contents.labels.get(int(row)) for row in ids]
        return _of_lists([None if one is None else one.split(" | ") for one in sets], {}), True
    return _of_column(pa.array([contents.labels.get(int(row)) for row in ids], pa.large_string()), {}), False


def _sources(corpus: Corpus | None, names: Redaction) -> Named:
    column = corpus.role("source") if corpus is not None else None
    if column is None or pa.types.is_nested(column.type):
        return Named()
    return _of_column(column.cast(pa.large_string()).combine_chunks(), names.sources)


def _of_column(values: pa.Array, instead: Mapping[str, str]) -> Named:
    coded = values.dictionary_encode()
    row = np.flatnonzero(np.asarray(coded.is_valid()))
    code = coded.indices.drop_null().to_numpy()
    return _ranked([instead.get(name, name) for name in coded.dictionary.to_pylist()], row, code)


def _of_lists(values: Sequence[Sequence[str] | None], instead: Mapping[str, str]) -> Named:
    places: dict[str, int] = {}
    code = [places.setdefault(name, len(places)) for own in values for name in own or ()]
    row = np.repeat(np.arange(len(values)), [len(own or ()) for own in values])
    return _ranked([instead.get(name, name) for name in places], row, np.array(code, np.int64))


def _ranked(names: Sequence[str], row: np.ndarray, code: np.ndarray) -> Named:
    """The most frequent values first."""
    order = np.argsort(-np.bincount(code, minlength=len(names)), kind="stable")
    rank = np.empty(len(names), np.int32)
    rank[order] = np.arange(len(names), dtype=np.int32)
    return Named(tuple(names[place] for place in order), row.astype(np.int64), rank[code] if len(code) else rank[:0])
