"""The comment of a pull request: rows that came, changed and went, with the findings in them."""

from __future__ import annotations

import re
from dataclasses import replace

import pyarrow as pa
import pytest

from auditor.core.audit import Audit
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.findings import findings
from auditor.core.results import Completed
from auditor.core.run_summary import RunSummary
from auditor.report.comment import MARK, ComparedRun, render_comment
from auditor.report.row_changes import row_changes


def rows(*contents: str, ids: list[str] | None = None) -> pa.Table:
    numbers = range(len(contents))
    return pa.table({"row_id": pa.array(numbers, pa.int64()), "id": pa.array(ids or [None] * len(contents), pa.string()),
                     "content": list(contents)})  # fmt: skip


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (rows("a.1", "b.1"), rows("b.1", "a.1"), ([], [], [], 2)),
        (rows("a.1", "b.1"), rows("a.1", "c.1"), ([1], [], [1], 1)),
        (rows("a.1", "b.1"), rows("a.1", "b.2"), ([], [1], [], 1)),
        (rows("a.1", "b.1", ids=["x", "y"]), rows("a.1", "c.3", ids=["x", "y"]), ([], [1], [], 1)),
        (rows("a.1", "a.1"), rows("a.1"), ([], [], [1], 1)),
        (rows("a.1"), rows("a.1", "a.1"), ([1], [], [], 1)),
        (rows(), rows("a.1"), ([0], [], [], 0)),
    ],
)
def test_rows_are_added_changed_removed_or_neither(before: pa.Table, after: pa.Table, expected) -> None:
    found = row_changes(before, after)
    assert (sorted(found.added), sorted(found.changed), sorted(found.removed), found.unchanged) == expected


def run(audit: Audit, contents: list[str], hit: list[int], benchmark: BenchmarkResult | None = None) -> ComparedRun:
    table = findings("DUP001", "warn", hit, content=[contents[row] for row in hit])
    made = replace(
        audit,
        corpus=replace(audit.corpus, content="1 x"),
        results={"duplicates": replace(audit.results["duplicates"], findings=table)},  # type: ignore[arg-type]
    )
    assert isinstance(made.results["duplicates"], Completed)
    return ComparedRun("runs/x", made, rows(*contents), benchmark)


def test_the_comment_tells_findings_by_the_rows_they_are_in(mail_audit: Audit) -> None:
    text = render_comment(run(mail_audit, ["a.1", "b.1"], [1]), run(mail_audit, ["a.1", "c.1", "d.1"], [1, 2]))
    assert text.startswith(MARK + "\n### spamassassin: D → D")
    assert "| added | 2 | DUP001 Exact duplicate × 2 |  |" in text
    assert "| removed | 1 |  | DUP001 Exact duplicate × 1 |" in text
    assert "| unchanged | 1 |  |  |" in text
    assert "| Duplicates | C | C |" in text
    assert len(text.splitlines()) <= 40


def test_names_in_a_comment_are_text(mail_audit: Audit) -> None:
    hostile = replace(mail_audit.corpus, name="<img src=x>@team|[a](b)")
    text = render_comment(*[run(replace(mail_audit, corpus=hostile), ["a.1"], [0])] * 2)
    assert not re.search(r"(?<!\\)(<img|@team|\[a\])", text)


def test_the_effect_is_that_of_the_same_model(mail_audit: Audit, mail_run: RunSummary) -> None:
    result = mail_run.benchmark
    assert result is not None
    old, new = (run(mail_audit, ["a.1"], [0], one) for one in (result, replace(result, model="another")))
    assert "+1.1 points" in render_comment(old, old, benchmark=result)
    assert "Accuracy: 95.1% → 96.2%" in render_comment(old, old, benchmark=result)
    own = render_comment(old, old)
    assert "each on its own test rows" in own and re.search(r"\\\+0.0 points \(-\d\.\d to \\\+\d\.\d", own), own
    assert "of other models" in render_comment(old, new)
    assert "trained on each" not in render_comment(run(mail_audit, ["a.1"], [0]), old)
    assert "准确率" in render_comment(old, old, "zh")
