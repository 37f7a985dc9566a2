"""Comparison of the findings of an audit with those of an earlier one.

Two findings are equal if they agree in code, hash of the row, column, kind of personal data and questioned label. A row
that moved keeps its findings; a row that changed has new ones. If there are several equal findings, those beyond the
number in the earlier audit are new.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.core.findings import FINDINGS_SCHEMA, SEVERITIES, with_all_columns
from auditor.core.grades import is_below, metric_letter
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.errors import UsageError

IDENTITY = ("code", "content", "column", "entity", "label")
"""Columns in which equal findings agree."""
_IS_NEW = FINDINGS_SCHEMA.get_field_index("is_new")
_Key = tuple[str | None, ...]


@dataclass(frozen=True)
class Baseline:
    """An earlier audit whose findings are known.

    Attributes:
        audit: the earlier audit.
        name: its name in error messages, such as its folder.
    """

    audit: Audit
    name: str = ""

    def has_limit_crossed(self, metric: Metric, limit: float) -> bool:
        """Whether the metric already exceeded `limit`, and has not grown since."""
        earlier = self._metric(metric.name)
        return earlier is not None and earlier > limit and (metric.value or 0.0) <= earlier

    def is_as_bad(self, metric: Metric) -> bool:
        """Whether the metric already had its present letter or a worse one."""
        before, now = self._letters.get(metric.name), metric_letter(metric)
        return before is not None and now is not None and not is_below(now, before)

    def _metric(self, name: str) -> float | None:
        return next((m.value for m in self._metrics() if m.name == name), None)

    @property
    def _letters(self) -> Mapping[str, str | None]:
        return {metric.name: metric_letter(metric) for metric in self._metrics()}

    def _metrics(self) -> Iterator[Metric]:
        for result in self.audit.results.values():
            if isinstance(result, Completed):
                yield from (metric for metric in result.metrics if metric.slice is None)


def against(audit: Audit, baseline: Baseline) -> Audit:
    """The audit with ``is_new`` set in each finding.

    Raises:
        UsageError: the rows of the two cannot be compared.
    """
    require_comparable(audit, baseline)
    left = Counter(_keys(baseline.audit.findings()))
    results = {
        name: replace(result, findings=_marked(result.findings, left)) if isinstance(result, Completed) else result
        for name, result in audit.results.items()
    }
    return replace(audit, results=results)


def gone(audit: Audit, baseline: Baseline) -> pa.Table:
    """Findings of the earlier audit that this one lacks, in `FINDINGS_SCHEMA`.

    Raises:
        UsageError: the rows of the two cannot be compared.
    """
    require_comparable(audit, baseline)
    left = Counter(_keys(audit.findings()))
    earlier = with_all_columns(baseline.audit.findings())
    return earlier.filter(pa.array(_beyond(earlier, left), pa.bool_()))


def require_comparable(audit: Audit, baseline: Baseline) -> None:
    """Check that equal rows have equal hashes in both audits.

    Raises:
        UsageError: they do not.
    """
    made = audit.corpus.content, baseline.audit.corpus.content
    if made[0] and made[0] == made[1]:
        return
    what = "The baseline cannot be compared: its rows have no hash, or one of another key or other privacy settings."
    raise UsageError(
        what,
        where=baseline.name,
        fix="Make the baseline with this version, with the same key and privacy settings, and without --ignore PII.",
    )


def counts(found: pa.Table) -> tuple[int, int]:
    """Number of new and of known findings; zero if there was no baseline."""
    is_new = found.column("is_new").to_pylist()
    return is_new.count(True), is_new.count(False)


def worst_first(found: pa.Table) -> pa.Table:
    """Findings by severity, worst first, then by code."""
    ranks = pa.array([-SEVERITIES.index(severity) for severity in found.column("severity").to_pylist()], pa.int8())
    ordered = found.append_column("rank", ranks).sort_by([("rank", "ascending"), ("code", "ascending")])
    return ordered.drop_columns(["rank"])


def _keys(found: pa.Table) -> list[_Key]:
    return list(zip(*(found.column(name).to_pylist() for name in IDENTITY), strict=True))


def _beyond(found: pa.Table, left: Counter[_Key]) -> list[bool]:
    """Whether each finding exceeds the number of equal findings in `left`; matched findings are removed from `left`."""
    beyond = []
    for key in _keys(found):
        beyond.append(left[key] <= 0)
        left[key] -= 1
    return beyond


def _marked(found: pa.Table, left: Counter[_Key]) -> pa.Table:
    marks = pa.array(_beyond(found, left), pa.bool_())
    return found.set_column(_IS_NEW, FINDINGS_SCHEMA.field(_IS_NEW), marks)
