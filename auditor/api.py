"""The public API: audit, plan and prepare data in memory, and open finished runs.

import auditor
audited = auditor.audit(frame, label="topic", pii__ner="off")
audited.grades["overall"], audited.findings
prepared = audited.plan().prepare()
prepared.parts["train"]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Union, runtime_checkable

import pyarrow as pa

from auditor.checks.contents import with_contents
from auditor.checks.files import rows_table
from auditor.checks.reference import load_reference
from auditor.checks.run import scan_corpus
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.loading import load_settings
from auditor.config.plugins import import_plugins
from auditor.config.settings import Settings
from auditor.core.accounts import Accounts
from auditor.core.audit import Audit
from auditor.core.grades import LETTERS, is_below
from auditor.core.progress import Progress, silent
from auditor.core.results import Completed
from auditor.corpus.corpus import ROLES, TOKEN_ROLES, Corpus
from auditor.corpus.load import corpus_of_tables, load_corpus
from auditor.corpus.of_frame import require_distinct, table_of_frame, table_of_rows
from auditor.engine.choose import engine_for
from auditor.errors import UsageError
from auditor.pii.redaction import redaction
from auditor.pii.run_masking import Masking
from auditor.prepare.apply import Prepared
from auditor.prepare.plan import Plan
from auditor.prepare.run_summary import run_summary
from auditor.prepare.stage import draft, part_file, prepared_rows
from auditor.report.choose_excerpts import choose_excerpts
from auditor.report.excerpts import visible
from auditor.report.formats.html import render_html
from auditor.report.messages import Messages
from auditor.report.notebook import notebook_html
from auditor.report.notebook_progress import notebook_progress
from auditor.report.view import build_view
from auditor.report.view.context import Context
from auditor.report.view.overview import overall_because
from auditor.runs.finished import open_run
from auditor.runs.scan import Scan

if TYPE_CHECKING:
    import pandas as pd

    from auditor.core.benchmark_result import BenchmarkResult

__all__ = ["AuditedData", "PlannedData", "PreparedData", "audit", "benchmark", "open_run"]


@runtime_checkable
class ArrowExport(Protocol):
    """A table of another library, such as Polars, that exports an Arrow stream."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """See the Arrow PyCapsule interface."""


@runtime_checkable
class HubDataset(Protocol):
    """A ``datasets.Dataset``."""

    def with_format(self, type: str) -> Mapping[slice, pa.Table]:
        """The rows in another format."""


Data = Union[
    str, Path, Sequence[str | Path | Mapping[str, object]], pa.Table, "pd.DataFrame", ArrowExport, Mapping[str, object]
]
"""Paths, globs and folders; a table; or tables by part, such as ``{"train": ..., "test": ...}``.

A table is an Arrow table, a pandas ``DataFrame`` or ``Series`` of texts, a list of rows (``dict``), a
``datasets.Dataset`` or any object that exports Arrow.
"""


def audit(
    data: Data, *, settings: Settings | None = None, progress: Progress | None = None, **options: object
) -> AuditedData:
    """Run the checks on data, without writing files.

    Args:
        data: see `Data`.
        settings: settings of the run; None: from ``auditor.toml`` and the environment, as on the command line.
        progress: called with (stage, done, total); None: a progress bar in notebooks, nothing elsewhere.
        options: individual settings, with ``__`` in place of the dot, such as ``pii__ner="off"``; roles such as
            ``label="topic"`` are given without ``corpus__``.

    Raises:
        UsageError: a setting is unknown, or the type of the data is not supported.
        InputError: the data cannot be used.
    """
    updates = {_key(name): value for name, value in options.items()}
    if settings is None:
        settings = load_settings(options=updates)
    elif updates:
        settings = Settings.model_validate(_merge(settings.model_dump(), updates))
    import_plugins(settings.plugins)
    corpus = _corpus(data, settings.corpus)
    with nullcontext(progress) if progress is not None else notebook_progress() as shown:
        with engine_for(settings) as engine:
            scan = with_contents(scan_corpus(corpus, settings, engine, shown, load_reference(settings)), settings)
        excerpts = choose_excerpts(corpus, scan.audit, settings)
    return AuditedData(replace(scan, audit=replace(scan.audit, excerpts=excerpts)), settings, progress or silent)


def benchmark(
    before: str | Path,
    after: str | Path,
    *,
    out: str | Path,
    test: str | Path | None = None,
    settings: Settings | None = None,
    progress: Progress = silent,
) -> BenchmarkResult:
    """Fine-tune on two versions of a data set and compare them on the same test rows.

    Args:
        before, after: files or folders.
        out: the folder for ``benchmark/results.json``.
        test: the test rows; None: the test part of `before`.
        settings: settings of the run; None: from ``auditor.toml`` and the environment.
        progress: called with (stage, done, total).

    Raises:
        InputError, UsageError: the data or the model cannot be used.
        OutputError: the folder cannot be written.
    """
    from auditor.pipeline.benchmarking import compare_sets

    tested = None if test is None else str(test)
    options = settings or load_settings()
    import_plugins(options.plugins)
    return compare_sets(str(before), str(after), tested, options, Path(out), "auditor.benchmark", progress)


@dataclass(frozen=True)
class AuditedData:
    """The outcome of `audit`.

    Attributes:
        scan: rows, duplicate clusters and the original audit; names in it may contain personal data.
        settings: settings of the run.
        progress: called with (stage, done, total).
    """

    scan: Scan
    settings: Settings
    progress: Progress = silent

    @cached_property
    def audit(self) -> Audit:
        """The audit for display: names that contain personal data are replaced."""
        return redaction(self.scan.corpus, self._masking, self.scan.audit).audit(self.scan.audit)

    @cached_property
    def _masking(self) -> Masking:
        return Masking(self.scan.corpus, self.settings, Path(), is_used=False)

    @property
    def grades(self) -> dict[str, str | None]:
        """Letters by dimension, and ``overall``; None for dimensions that were not graded."""
        return {name: grade.letter for name, grade in self.audit.grades.items()}

    @property
    def findings(self) -> pd.DataFrame:
        """One row per finding, as in ``findings.parquet``; contains no texts of the data."""
        return _frame(self.audit.findings())

    @property
    def metrics(self) -> pd.DataFrame:
        """One row per metric value: dimension, name, slice, value, unit, status, low, high."""
        import pandas as pd

        rows = [
            (dimension, m.name, m.slice, m.value, m.unit, m.status, m.low, m.high)
            for dimension, result in self.audit.results.items()
            if isinstance(result, Completed)
            for m in result.metrics
        ]
        return pd.DataFrame(rows, columns=["dimension", "name", "slice", "value", "unit", "status", "low", "high"])

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row per readable row, as in ``rows.parquet``: finding codes, and measurements of the checks."""
        names = redaction(self.scan.corpus, self._masking, self.scan.audit)
        return _frame(
            names.table(rows_table(self.scan.corpus, self.scan.audit, self._masking.masker, self.scan.contents))
        )

    def assert_grade(self, least: str) -> None:
        """Assert that the overall letter is at least `least`, for data tests.

        Raises:
            AssertionError: it is worse, or there is none because a check failed or too little was graded.
            UsageError: `least` is not a grade.
        """
        if least not in LETTERS:
            raise UsageError("There is no such grade.", where=least, fix=f"Give one of {', '.join(LETTERS)}.")
        overall = self.audit.grades["overall"]
        if overall.letter is None or is_below(overall.letter, least):
            because = overall_because(Context(self.audit, Messages(self.settings.lang)))
            raise AssertionError(f"grade {overall.letter or '-'} is not {least} or better: {visible(because)}")

    def _repr_html_(self) -> str:
        """Grades, metrics and the most frequent findings, for notebooks."""
        lang = self.settings.lang
        summary = run_summary(self.scan.corpus, self.settings, None, None, None)
        codes = self.audit.findings().column("code").to_pylist()
        return notebook_html(build_view(self.audit, summary, lang), codes, lang)

    def report(self, lang: str | None = None) -> str:
        """The report as one HTML page.

        Args:
            lang: ``en`` or ``zh``; None: the language of the settings.
        """
        summary = run_summary(self.scan.corpus, self.settings, None, None, None)
        return render_html(build_view(self.audit, summary, lang or self.settings.lang))

    def plan(self) -> PlannedData:
        """Plan what the policy would do with each row.

        Raises:
            InputError, UsageError: the policy cannot be used.
            SafetyError: a key is required but not usable.
        """
        masking = Masking(self.scan.corpus, self.settings, Path(), is_used=True)
        return PlannedData(self, draft(self.scan, masking), masking)


@dataclass(frozen=True)
class PlannedData:
    """A plan: one decision per row."""

    audited: AuditedData
    plan: Plan
    masking: Masking

    @property
    def table(self) -> pd.DataFrame:
        """One row per row of the input, as in ``plan.parquet``."""
        return _frame(self.plan.table)

    def prepare(self) -> PreparedData:
        """Prepare the data set in memory.

        Raises:
            SafetyError: the plan removes too many rows, or rows were not searched as required.
            CheckError: the split has leaks.
        """
        self.masking.refuse_unchecked(self.audited.scan.audit)
        prepared = prepared_rows(self.audited.scan, self.plan, self.masking)
        return PreparedData(self, prepared)


@dataclass(frozen=True)
class PreparedData:
    """A prepared data set with its row counts."""

    planned: PlannedData
    prepared: Prepared

    @property
    def parts(self) -> dict[str, pa.Table]:
        """Tables by part."""
        return dict(self.prepared.parts)

    @property
    def accounts(self) -> Accounts:
        """Row counts: kept, removed, added, changed."""
        return self.prepared.accounts

    @property
    def ledger(self) -> pd.DataFrame:
        """What was done to each row, by which rule and why, as in ``ledger.parquet``."""
        return _frame(self.prepared.ledger)

    def report(self, lang: str | None = None) -> str:
        """The report of the input and of its preparation, as one HTML page."""
        audited = self.planned.audited
        summary = run_summary(audited.scan.corpus, audited.settings, self.planned.plan, self.prepared, None)
        return render_html(build_view(audited.audit, summary, lang or audited.settings.lang))


def _frame(table: pa.Table) -> pd.DataFrame:
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _key(name: str) -> str:
    return f"corpus.{name}" if name in (*ROLES, *TOKEN_ROLES) else name.replace("__", ".")


def _merge(tree: dict[str, object], updates: Mapping[str, object]) -> dict[str, object]:
    for key, value in updates.items():
        group, dot, name = key.partition(".")
        inner = tree.get(group)
        if dot and isinstance(inner, dict):
            inner[name] = value
        else:
            tree[key] = value
    return tree


def _corpus(data: Data, settings: CorpusSettings) -> Corpus:
    if isinstance(data, (str, Path)):
        return load_corpus([str(data)], settings)
    if isinstance(data, Mapping):
        tables = {part_file(str(part)): _table(one) for part, one in data.items()}
        return corpus_of_tables(dict(sorted(tables.items())), settings)
    if isinstance(data, Sequence) and all(isinstance(item, (str, Path)) for item in data):
        return load_corpus([str(item) for item in data], settings)
    return corpus_of_tables({"data.parquet": _table(data)}, settings)


def _table(data: object) -> pa.Table:
    """Convert a table to Arrow.

    Raises:
        UsageError: the type is not supported.
        InputError: columns have the same name.
    """
    if isinstance(data, pa.Table):
        require_distinct(data.column_names)
        return data
    if isinstance(data, HubDataset):
        return data.with_format("arrow")[:]
    import pandas as pd

    if isinstance(data, pd.Series):
        data = data.to_frame("text" if data.name is None else data.name)
    if isinstance(data, pd.DataFrame):
        return table_of_frame(data)
    if isinstance(data, Sequence) and data and all(isinstance(row, Mapping) for row in data):
        return table_of_rows(data)
    if isinstance(data, ArrowExport):
        with suppress(pa.ArrowInvalid):  # one column is not a table
            return _table(pa.table(data))
    raise UsageError(
        "Data of this type cannot be audited.",
        where=type(data).__name__,
        fix="Give a path, a pandas DataFrame, an Arrow table or a datasets.Dataset.",
    )
