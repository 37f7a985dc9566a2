"""Common input of all parts of the view: the audit, counts of its findings, and the language."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.audit import Audit, Excerpt
from auditor.core.findings import SEVERITIES
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Skipped
from auditor.core.run_summary import RunSummary
from auditor.report.excerpts import SAME, visible
from auditor.report.messages import Messages
from auditor.report.view import model
from auditor.rules import CodeDoc, code_docs

NO_LETTER = "–"
TIMELINES = ("figure.rows_per_month", "figure.rows_per_year")
_PLACEHOLDER = re.compile(r"⟦([A-Z_]+)⟧")


@dataclass(frozen=True)
class Tally:
    """Counts of the findings of one code."""

    code: str
    findings: int
    rows: int
    """Number of distinct rows; 0 if the findings are about the whole corpus."""
    lines: int
    """Number of lines in the findings table: one per row, and one per finding about the whole corpus."""
    severity: str
    """The worst severity."""


@dataclass(frozen=True)
class Context:
    """An audit in one language."""

    audit: Audit
    messages: Messages
    run: RunSummary = field(default_factory=RunSummary)

    @cached_property
    def findings(self) -> pa.Table:
        """All findings with ``rank``, the severity as a number, and ``shown_line``, one per row or corpus finding."""
        table = self.audit.findings()
        ranks = pc.index_in(table.column("severity"), pa.array(SEVERITIES))
        corpus_lines = pa.array(range(-table.num_rows, 0), pa.int64())
        lines = pc.coalesce(table.column("row_id"), corpus_lines)
        return table.append_column("rank", ranks).append_column("shown_line", lines)

    @cached_property
    def tallies(self) -> dict[str, Tally]:
        """Counts by code, in alphabetical order."""
        grouped = self.findings.group_by("code", use_threads=False).aggregate(
            [("row_id", "count_distinct"), ("shown_line", "count_distinct"), ("code", "count"), ("rank", "max")]
        )
        tallies = [
            Tally(
                code=item["code"],
                findings=item["code_count"],
                rows=item["row_id_count_distinct"],
                lines=item["shown_line_count_distinct"],
                severity=SEVERITIES[item["rank_max"]],
            )
            for item in grouped.to_pylist()
        ]
        return {tally.code: tally for tally in sorted(tallies, key=lambda tally: tally.code)}

    @cached_property
    def excerpts(self) -> dict[tuple[int, str], Excerpt]:
        """The first excerpt of each row and code."""
        return {(excerpt.row_id, excerpt.code): excerpt for excerpt in reversed(self.audit.excerpts)}

    @cached_property
    def texts(self) -> dict[int, Excerpt]:
        """An excerpt of the text of each row, for any code; excerpts from other columns are excluded."""
        shown = pa.array(sorted({excerpt.row_id for excerpt in self.audit.excerpts}), pa.int64())
        column, text = self.findings.column("column"), self.audit.corpus.roles.get("text", "")
        other = pc.fill_null(pc.not_equal(column, text), False)
        in_other_columns = self.findings.filter(pc.and_(other, pc.is_in(self.findings.column("row_id"), shown)))
        excluded = set(
            zip(in_other_columns.column("row_id").to_pylist(), in_other_columns.column("code").to_pylist(), strict=True)
        )
        return {
            excerpt.row_id: excerpt
            for excerpt in reversed(self.audit.excerpts)
            if (excerpt.row_id, excerpt.code) not in excluded and all(kind != SAME for kind, _ in excerpt.parts)
        }

    @cached_property
    def large_clusters(self) -> frozenset[int]:
        """Duplicate clusters in which at least two rows have a finding."""
        rows = self.findings.select(["group", "shown_line"]).group_by("group", use_threads=False)
        counted = rows.aggregate([("shown_line", "count_distinct")])
        large = counted.filter(pc.greater(counted.column("shown_line_count_distinct"), 1)).column("group")
        return frozenset(large.drop_null().to_pylist())

    def doc(self, code: str) -> CodeDoc | None:
        """The documentation of a code, or None."""
        return code_docs().get(code)

    def title(self, code: str) -> str:
        """The title of a code in the reader's language, or the code itself."""
        doc = self.doc(code)
        return doc.title.get(self.messages.lang, code) if doc else code

    def entity(self, name: str) -> str:
        """The title of an entity type, or its name."""
        return self._entity_titles.get(name, visible(name))

    def with_titles(self, text: str) -> str:
        """`text` of an excerpt with placeholders such as ``⟦PERSON⟧`` in the reader's language."""
        return _PLACEHOLDER.sub(lambda match: f"⟦{self.entity(match[1])}⟧", text)

    def series(self, figure: str, name: str) -> str:
        """The name of a series of a figure: translated for scripts and timelines, unchanged for classes."""
        kind = "script" if figure == "figure.label_by_script" else "series"
        is_word = kind == "script" or figure in TIMELINES
        return self.messages.either(f"{kind}.{name}", name) if is_word else name

    @cached_property
    def _entity_titles(self) -> dict[str, str]:
        docs = [doc for doc in code_docs().values() if doc.dimension == "privacy"]
        return {doc.name.upper().replace("-", "_"): self.title(doc.code) for doc in docs}

    def dimension_name(self, key: str) -> str:
        """The name of a dimension, or its key."""
        return self.messages.either(f"dimension.{key}", visible(key))

    def metric_label(self, name: str) -> str:
        """The label of a metric, or its name."""
        return self.messages.either(f"metric.{name}", visible(name))

    def metrics(self, dimension: str) -> tuple[Metric, ...]:
        """The metrics of a check; empty if it was not completed."""
        result = self.audit.results.get(dimension)
        return result.metrics if isinstance(result, Completed) else ()

    def metric(self, name: str) -> Metric | None:
        """The metric of the whole corpus with this name, of any dimension."""
        matches = (m for key in self.audit.results for m in self.metrics(key) if m.name == name and m.slice is None)
        return next(matches, None)

    def grade(self, dimension: str) -> model.Grade:
        """The letter of a dimension with its status; a check that did not run never passes."""
        result = self.audit.results.get(dimension)
        grade = self.audit.grades.get(dimension)
        if not isinstance(result, Completed):
            status = "skipped" if result is None or isinstance(result, Skipped) else "failed"
            return model.Grade(NO_LETTER, status, self.word(status))
        return self.letter(grade.letter if grade else None)

    def letter(self, letter: str | None) -> model.Grade:
        """A letter with its status: pass for A and B, warn for C, fail for D and F."""
        if letter is None:
            return model.Grade(NO_LETTER, "info", self.word("info"))
        status = "pass" if letter in "AB" else "warn" if letter == "C" else "fail"
        return model.Grade(letter, status, self.word(status))

    def word(self, status: str) -> str:
        """A status as a word."""
        return self.messages.text(f"status.{status}")
