"""Scheduling of checks on an engine: scans first, then the steps that compute results from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias, TypeVar, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import AnyCheck, Check, Shared, no_column
from auditor.checks.guard import guarded, settings_for_columns
from auditor.config.settings import Settings
from auditor.core.progress import Progress
from auditor.core.results import CheckResult, Skipped
from auditor.corpus.corpus import BATCH_ROWS, Corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.reference import Matches
from auditor.engine.base import Engine, Handle, Pending, Task
from auditor.engine.rows import CorpusBatches, SharedCorpus, SomeBatches
from auditor.engine.task_progress import report_progress
from auditor.engine.transport import picklable_error, restored_error
from auditor.message import message
from auditor.runs.marks import Marks

T = TypeVar("T")
Outcome: TypeAlias = tuple[CheckResult, BaseException | None]
"""A check's result and, if it failed, the error."""
_Scanned: TypeAlias = tuple[object, BaseException | None]
"""A check's partial of one batch, of any type, or the error."""
_Vectors: TypeAlias = tuple[np.ndarray | None]
VECTORS = "vectors"
BATCH_BYTES = 16 << 20
"""Bytes of text per batch; a scan needs several times as much."""
SECONDS_OF_ROW, SECONDS_OF_CHARACTER = 0.8e-3, 2.4e-6
"""The cost of all checks on one core, see docs/results.md."""


@dataclass(frozen=True)
class Needs:
    """The dependencies and cost of a check's `finish`.

    Attributes:
        results: dimensions whose results it reads; None: those of all checks before it, after which it runs in the main
            process: the dependencies of a plugin's check are unknown.
        vectors: whether it reads the static vectors of the rows.
        cost: approximate seconds for 20,000 rows; the longest start first.
    """

    results: tuple[str, ...] | None = None
    vectors: bool = False
    cost: float = 1.0


NEEDS: Mapping[str, Needs] = {
    "balance": Needs((), cost=0.3),
    "duplicates": Needs((), cost=0.3),
    "labels": Needs((), vectors=True, cost=20),
    "staleness": Needs((), cost=7),
    "privacy": Needs((), cost=6),
    "quality": Needs((), cost=0.3),
    "diversity": Needs((), vectors=True, cost=2),
    "bias": Needs((), cost=2),
    "conversations": Needs((), cost=2),
    "pairs": Needs((), cost=2),
    "agreement": Needs((), cost=2),
}
"""By dimension. Excludes the batch check: it fills the history, which the run uses afterwards."""


@dataclass(frozen=True)
class _Common:
    """The shared values of all checks, sent to each process once."""

    clusters: Clusters | None
    matches: Matches | None
    reference: SharedCorpus | None


@dataclass
class _Planned:
    """The state of one check."""

    check: AnyCheck
    needs: Needs
    partials: list[object] = field(default_factory=list)
    left: int = 0
    error: BaseException | None = None
    failed_at: int = -1
    is_begun: bool = False

    @property
    def name(self) -> str:
        return self.check.dimension


class Schedule:
    """The checks of one run over one corpus.

    Args:
        kinds: the checks in order; only those that are part of the run.
        corpus, settings, engine, progress: the corpus, the settings, the engine, and the progress callback.
        shared: the shared values; `Shared.results` contains the reused results.
        marks: the checkpoints of the same scan when it was interrupted; None: no checkpoints.
    """

    def __init__(
        self,
        kinds: Sequence[type[AnyCheck]],
        corpus: Corpus,
        settings: Settings,
        engine: Engine,
        shared: Shared,
        progress: Progress,
        marks: Marks | None = None,
    ) -> None:
        self._marks = marks = marks or Marks()
        self._corpus, self._settings, self._engine = corpus, settings, engine
        self._shared, self._progress = shared, progress
        self._order = [kind.dimension for kind in kinds]
        self._done: dict[str, Outcome] = {}
        self._planned: dict[str, _Planned] = {}
        for kind in kinds:
            reason = _left_out(kind, corpus, settings)
            needs = _needs(kind.dimension, settings)
            if reason is not None:
                self._done[kind.dimension] = (reason, None)
            elif needs.results is not None and (known := marks.found(_result_mark(kind.dimension))) is not None:
                self._done[kind.dimension] = (cast(CheckResult, known), None)
            else:
                self._planned[kind.dimension] = _Planned(kind(settings, corpus.language), needs)
        self._handles: list[Handle[object]] = []
        self._waiting: dict[Pending, tuple[str, int]] = {}
        self._vectors: Handle[_Vectors | None] | None = None
        self._vectors_made: tuple[Pending, ...] = ()

    def run(self) -> dict[str, Outcome]:
        """The outcome of each check, in the order of the checks."""
        self._rows: Handle[SharedCorpus] = self._share(SharedCorpus(self._corpus))
        reference = None if self._shared.reference is None else SharedCorpus(self._shared.reference)
        common = _Common(self._shared.clusters, self._shared.matches, reference)
        self._common: Handle[_Common] = self._share(common)
        try:
            is_small = len(self._corpus) <= self._settings.labels.sample_rows
            if is_small and sum(planned.needs.vectors for planned in self._planned.values()) > 1:
                self._vectors, made = self._engine.keep(Task(VECTORS, vectors_of, (self._rows,), cost=30.0))
                self._handles.append(self._vectors)
                self._vectors_made = (made,)
            self._scan()
            self._finish_what_can()
            while self._waiting:
                for future in self._engine.wait(list(self._waiting)):
                    self._take(future)
                self._finish_what_can()
        finally:
            for handle in self._handles:
                self._engine.drop(handle)
        return {name: self._done[name] for name in self._order}

    def _share(self, value: T) -> Handle[T]:
        handle = self._engine.share(value)
        self._handles.append(handle)
        return handle

    def _submit(self, task: Task[T], name: str, number: int) -> None:
        self._waiting[self._engine.submit(task)] = (name, number)

    def _scan(self) -> None:
        """Submit one scan per batch for all checks that scan, so that each batch is built once."""
        scanning = [planned for planned in self._planned.values() if type(planned.check).scan is not Check.scan]
        if not scanning:
            return
        roles = tuple(dict.fromkeys(role for planned in scanning for role in planned.check.roles))
        batches = CorpusBatches(self._rows, roles, len(self._corpus), rows_of_batch(self._corpus))
        scans: Handle[tuple[AnyCheck, ...]] = self._share(tuple(planned.check for planned in scanning))
        for planned in scanning:
            planned.left, planned.partials = len(batches), [None] * len(batches)
        self._scanning = scanning
        left = [number for number in range(len(batches)) if not self._is_known(number, len(batches))]
        if len(left) < len(batches):
            self._progress("resumed", len(batches) - len(left), len(batches))
        some = SomeBatches(batches, tuple(left))
        futures = self._engine.map("scan", AllScans(scans), some, max(planned.needs.cost for planned in scanning))
        self._waiting |= {future: ("", number) for number, future in zip(left, futures, strict=True)}

    def _is_known(self, number: int, batches: int) -> bool:
        """Whether an earlier run has scanned a batch; its partials are then used."""
        known = self._marks.found(_batch_mark(number, batches))
        if not isinstance(known, dict) or any(planned.name not in known for planned in self._scanning):
            return False
        for planned in self._scanning:
            self._take_partial(planned, number, known[planned.name], None)
        return True

    def _take(self, future: Pending) -> None:
        """Process the outcome of a task."""
        name, number = self._waiting.pop(future)
        error = future.exception()
        if name:
            result, crash = future.result() if error is None else guarded(lambda: _raised(error))
            self._end(name, result, None if crash is None else restored_error(crash))
        else:
            scanned = [(None, error) for _ in self._scanning] if error is not None else future.result()
            for planned, (partial, crash) in zip(self._scanning, scanned, strict=True):
                self._take_partial(planned, number, partial, crash)
            if all(crash is None for _, crash in scanned):
                partials = {
                    planned.name: partial for planned, (partial, _) in zip(self._scanning, scanned, strict=True)
                }
                self._marks.keep(_batch_mark(number, len(self._scanning[0].partials)), partials)

    def _take_partial(self, planned: _Planned, number: int, partial: object, error: BaseException | None) -> None:
        planned.partials[number] = partial
        planned.left -= 1
        if error is not None and (planned.error is None or number < planned.failed_at):
            planned.error, planned.failed_at = restored_error(error), number
        self._progress(planned.name, len(planned.partials) - planned.left, len(planned.partials))

    def _finish_what_can(self) -> None:
        """Submit the last step of every check without pending dependencies; failed scans fail their checks."""
        is_moving = True
        while is_moving:
            is_moving = False
            for planned in self._planned.values():
                if planned.is_begun or planned.left or not self._is_ready(planned):
                    continue
                planned.is_begun = is_moving = True
                if (error := planned.error) is not None:
                    self._end(planned.name, *guarded(lambda error=error: _raised(error)))  # type: ignore[misc]
                else:
                    self._finish(planned)

    def _is_ready(self, planned: _Planned) -> bool:
        return all(name in self._done for name in self._before(planned) if name in self._order)

    def _before(self, planned: _Planned) -> Sequence[str]:
        """The dimensions whose results a check may read."""
        return (
            self._order[: self._order.index(planned.name)] if planned.needs.results is None else planned.needs.results
        )

    def _finish(self, planned: _Planned) -> None:
        if not planned.partials:
            self._progress(planned.name, 0, 1)
        if planned.needs.results is None:
            known = dict(self._shared.results)
            known |= {name: self._done[name][0] for name in self._before(planned) if name in self._done}
            shared = replace(self._shared, results=known)
            args: tuple[object, ...] = (planned.check, planned.partials, self._corpus, shared)
            task: Task[Outcome] = Task(planned.name, finish_here, args, is_local=True)
        else:
            vectors = self._vectors if planned.needs.vectors else None
            args = (planned.check, planned.partials, self._rows, self._common, vectors)
            is_local, depends_on = (
                _is_alone(planned.name, self._settings),
                self._vectors_made if planned.needs.vectors else (),
            )
            task = Task(planned.name, finish_anywhere, args, planned.needs.cost, is_local, depends_on=depends_on)
        planned.partials = []
        self._submit(task, planned.name, 0)

    def _end(self, name: str, result: CheckResult, crash: BaseException | None) -> None:
        self._done[name] = (result, crash)
        if crash is None and self._planned[name].needs.results is not None:
            self._marks.keep(_result_mark(name), result)
        self._progress(name, 1, 1)


def _batch_mark(number: int, batches: int) -> str:
    return f"batch-{number}-of-{batches}"


def _result_mark(dimension: str) -> str:
    return f"result-{dimension}"


@dataclass(frozen=True)
class AllScans:
    """The scans of several checks as one function of a batch."""

    checks: Handle[tuple[AnyCheck, ...]]

    def __call__(self, batch: pa.RecordBatch) -> list[_Scanned]:
        """The partial of each check, or its error."""
        return [_scanned(check, batch) for check in self.checks.get()]


def _scanned(check: AnyCheck, batch: pa.RecordBatch) -> _Scanned:
    columns = [name for name in batch.schema.names if name == "row_id" or name in check.roles]
    try:
        return check.scan(batch.select(columns)), None
    except Exception as error:  # noqa: BLE001 - reported as failed, exit code 5
        return None, picklable_error(error)


def finish_anywhere(
    check: AnyCheck,
    partials: Sequence[object],
    rows: Handle[SharedCorpus],
    common: Handle[_Common],
    vectors: Handle[_Vectors | None] | None,
) -> Outcome:
    """The result of a check that does not read other results, in any process."""
    given, corpus = common.get(), rows.get().corpus
    reference = None if given.reference is None else given.reference.corpus
    shared = Shared(given.clusters, given.matches, reference, tell=report_progress)
    if vectors is not None and (made := vectors.get()) is not None:  # else the check determines the reason itself
        shared = replace(shared, _vectors=list(made))
    result, crash = finish_here(check, partials, corpus, shared)
    return result, None if crash is None else picklable_error(crash)


def finish_here(check: AnyCheck, partials: Sequence[object], corpus: Corpus, shared: Shared) -> Outcome:
    """The result of a check; a crash is also a result, without its message, which may quote data."""
    result, crash = guarded(lambda: check.finish(partials, corpus, shared))
    return settings_for_columns(result, check.settings, corpus), crash


def vectors_of(rows: Handle[SharedCorpus]) -> _Vectors:
    """The static vectors of the rows, if any; see `Shared.vectors`."""
    return (Shared().vectors(rows.get().corpus),)


def rows_of_batch(corpus: Corpus) -> int:
    """`BATCH_ROWS`, or fewer where rows are long, so that a batch stays within `BATCH_BYTES` on average."""
    size = pc.sum(pc.binary_length(corpus.text)).as_py() or 0
    return max(min(BATCH_ROWS, BATCH_BYTES * len(corpus) // max(size, 1)), 1)


def expected_seconds(kinds: Sequence[type[AnyCheck]], rows: int, characters: int) -> float:
    """The approximate cost of checks on one core, for choosing the number of processes."""
    costs = [NEEDS.get(kind.dimension, Needs()).cost for kind in kinds]
    share = sum(costs) / sum(needs.cost for needs in NEEDS.values())
    return share * (rows * SECONDS_OF_ROW + characters * SECONDS_OF_CHARACTER)


def _left_out(kind: type[AnyCheck], corpus: Corpus, settings: Settings) -> Skipped | None:
    """The reason why a check does not run."""
    if not settings.wants(kind.prefix):
        return Skipped(message("reason.not_selected"))
    missing = [role for role in kind.requires if getattr(corpus.roles, role) is None]
    if missing:
        return Skipped(no_column(corpus, missing[0]))
    return Skipped(message("reason.no_rows")) if len(corpus) == 0 else None


def _needs(dimension: str, settings: Settings) -> Needs:
    needs = NEEDS.get(dimension, Needs())
    return replace(needs, cost=100.0) if _is_alone(dimension, settings) else needs


def _is_alone(dimension: str, settings: Settings) -> bool:
    """Whether a check trains or runs a network over all rows: these use all threads of one process."""
    return (dimension == "labels" and settings.labels.model != "linear") or (
        dimension == "privacy" and settings.pii.ner == "full"
    )


def _raised(error: BaseException) -> CheckResult:
    raise error
