"""Findings by row, examples and duplicate pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TypedDict, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.audit import Audit, Excerpt
from auditor.core.findings import SEVERITIES, FindingRow, Severity
from auditor.message import Message
from auditor.report.excerpts import SAME, visible
from auditor.report.messages import Messages, share
from auditor.report.view import model
from auditor.report.view.context import Context
from auditor.report.view.values import TIME_BOUND, finding_value

ROWS_SHOWN = 2_000
EXAMPLES_SHOWN = 10
PAIRS_SHOWN = 10
PAIR_CODES = ("DUP001", "DUP002", "DUP003", "DUP004", "DUP005")
_Shown = TypeVar("_Shown")
LABEL = "label"
"""Kind of the excerpt piece with the label of the row."""
IN_COLUMNS = ("PII", "STL")
"""Prefixes of codes whose findings can be in any column; the column is shown if it is not the default one."""
EMPTY: model.Pieces = (("empty", ""),)
"""The pieces of a text without visible characters."""
WHY = "why"
"""Kind of the only piece of a line without a text, which gives the reason."""
_FIRST = ("value", "kept_because", "detail", "suggestion", "ref_row", "group", "score", "column")


class _Line(TypedDict):
    """The findings of one code about one row."""

    line: int
    row_id: int | None
    code: str
    severity: Severity
    rank_max: int
    confidence_max: float | None
    code_count: int
    value_first: str | None
    kept_because_first: str | None
    detail_first: str | None
    suggestion_first: str | None
    ref_row_first: int | None
    group_first: int | None
    score_first: float | None
    column_first: str | None
    unseen: bool


def findings_view(context: Context, limit: int = ROWS_SHOWN) -> model.Findings:
    """At most `limit` lines of findings, divided among the codes, worst first."""
    tallies = context.tallies
    shares = _fair_shares({code: tally.lines for code, tally in tallies.items()}, limit)
    rows = [row for code, wanted in shares.items() for row in _rows_of(context, code, wanted)]
    rows.sort(key=lambda row: (-SEVERITIES.index(row["severity"]), row["code"]))
    total = sum(tally.lines for tally in tallies.values())
    text = context.messages.text
    is_part = len(rows) < total
    return model.Findings(
        rows=tuple(_finding_row(context, row) for row in rows),
        codes=tuple(model.Fact(code, context.title(code)) for code in tallies),
        caption=text("findings.part" if is_part else "findings.all", shown=f"{len(rows):,}", total=f"{total:,}"),
        is_part=is_part,
    )


def _fair_shares(rows: Mapping[str, int], limit: int) -> dict[str, int]:
    """Number of lines for each code: all for codes with few lines, equal parts of the rest for the others."""
    shares: dict[str, int] = {}
    remaining = limit
    for index, code in enumerate(sorted(rows, key=lambda code: (rows[code], code))):
        shares[code] = min(rows[code], remaining // (len(rows) - index))
        remaining -= shares[code]
    return dict(sorted(shares.items()))


def _rows_of(context: Context, code: str, limit: int) -> list[_Line]:
    """The findings of a code, one entry per row: rows with an excerpt first, then by severity and confidence."""
    table = context.findings.filter(pc.equal(context.findings.column("code"), code))
    grouped = table.group_by(["shown_line", "row_id"], use_threads=False).aggregate(
        [("rank", "max"), ("confidence", "max"), ("code", "count"), *((name, "first") for name in _FIRST)]
    )
    shown = pa.array([row_id for row_id, excerpt_code in context.excerpts if excerpt_code == code], pa.int64())
    grouped = grouped.append_column("unseen", pc.invert(pc.is_in(grouped.column("row_id"), shown)))
    order = [
        ("unseen", "ascending"),
        ("rank_max", "descending"),
        ("confidence_max", "descending"),
        ("shown_line", "ascending"),
    ]
    rows: list[_Line] = grouped.sort_by(order).slice(0, limit).to_pylist()
    for row in rows:
        row["code"], row["severity"] = code, SEVERITIES[row["rank_max"]]
    return rows


def _finding_row(context: Context, row: _Line) -> model.FindingRow:
    confidence = row["confidence_max"]
    return model.FindingRow(
        row=_row_name(context, row["row_id"]),
        row_id=-1 if row["row_id"] is None else row["row_id"],
        code=row["code"],
        title=context.title(row["code"]),
        status=row["severity"],
        word=context.messages.text(f"severity.{row['severity']}"),
        confidence="" if confidence is None else share(round(confidence, 2)),
        confidence_value=-1 if confidence is None else round(confidence, 2),
        detail=_detail(context, row),
        pieces=_text_or_reason(context, row),
    )


def _text_or_reason(context: Context, row: _Line) -> model.Pieces:
    """The masked text of a line: the excerpt of its finding, else one of the same row, else the reason for none."""
    if row["row_id"] is None:
        return ((WHY, context.messages.text("text.corpus")),)
    excerpt, other = _excerpt(context, row), context.texts.get(row["row_id"])
    if excerpt and all(kind != SAME for kind, _ in excerpt.parts):
        return _pieces(context, excerpt)
    if other:
        return tuple(
            ("mask" if kind == "mark" and text.startswith("⟦") else "text" if kind == "mark" else kind, text)
            for kind, text in _pieces(context, other)
        )
    is_off = context.audit.config.get("excerpts") == "none"
    return (
        _pieces(context, excerpt)
        if excerpt
        else ((WHY, context.messages.text("text.off" if is_off else "text.other")),)
    )


def _pieces(context: Context, excerpt: Excerpt) -> model.Pieces:
    """The shown pieces of an excerpt; it can come from a file, so invisible characters are written out here too."""
    pieces = tuple((kind, context.with_titles(visible(text))) for kind, text in excerpt.parts if kind != LABEL)
    return pieces if any(kind == SAME or text.strip() for kind, text in pieces) else EMPTY


def _excerpt(context: Context, row: _Line) -> Excerpt | None:
    return None if row["row_id"] is None else context.excerpts.get((row["row_id"], row["code"]))


def _row_name(context: Context, row_id: int | None) -> str:
    return context.messages.text("row.corpus") if row_id is None else str(row_id)


def _detail(context: Context, row: _Line) -> tuple[model.Fact, ...]:
    """Details of a finding: the other row, labels, kind of data, action."""
    text, code = context.messages.text, row["code"]
    value, suggestion = visible(row["value_first"] or ""), visible(row["suggestion_first"] or "")
    excerpt = _excerpt(context, row)
    label = _label(excerpt) if excerpt else ""
    facts = [model.Fact(text("detail.label"), label, is_name=True)] if label else []
    if row["ref_row_first"] is not None:
        facts.append(model.Fact(text("detail.ref_row"), str(row["ref_row_first"]), is_name=True, leads_to="row"))
        if code.startswith(PAIR_CODES) and row["score_first"] is not None:
            facts.append(model.Fact(text("detail.similarity"), f"{row['score_first']:.2f}"))
    if code.startswith(PAIR_CODES) and row["group_first"] in context.large_clusters:
        cluster = str(row["group_first"])
        facts.append(model.Fact(text("detail.cluster"), cluster, is_name=True, leads_to="cluster"))
    if kept := row["kept_because_first"]:
        facts.append(model.Fact(text("detail.kept"), text(f"kept.{kept}")))
    elif context.messages.has(f"verdict.label.{value}"):
        facts.append(model.Fact(text("detail.verdict"), text(f"verdict.label.{value}")))
    elif value:
        times = f" × {row['code_count']}" if row["code_count"] > 1 else ""
        facts.append(
            model.Fact(
                _value_name(context, code),
                finding_value(context, code, value, detail=row["detail_first"]) + times,
                is_name=True,
            )
        )
    usual = [context.audit.corpus.roles.get(role) for role in ("text", *(["date"] if code.startswith("STL") else []))]
    column = row["column_first"]
    if code.startswith(IN_COLUMNS) and column is not None and column not in usual:
        facts.append(model.Fact(text("detail.column"), visible(column), is_name=True))
    if suggestion and not context.messages.has(f"action.word.{suggestion}"):
        shown = context.messages.message(Message(suggestion)) if code == TIME_BOUND else suggestion
        facts.append(model.Fact(text("detail.suggested"), shown, is_name=True))
    fate = _fate(context, row, value)
    return (
        (*facts, model.Fact(text("detail.done" if context.run.prepared else "detail.planned"), fate))
        if fate
        else (*facts,)
    )


def _fate(context: Context, row: _Line, value: str) -> str:
    """What the plan does to the row of a finding, including masks; empty without a plan."""
    fates, row_id = context.run.fates, str(row["row_id"])
    if fates is None or row["row_id"] is None or row_id not in fates.rows:
        return ""
    action = fates.rows[row_id]
    if row["code"].startswith("PII") and action != "drop":
        return context.messages.text("fate.masked" if value in fates.masked.get(row_id, ()) else "fate.left")
    if action in ("keep", "flag", "mask"):
        return context.messages.text("fate.repaired" if fates.steps.get(row_id) else "fate.kept")
    return context.messages.text(f"fate.{action}")


def shown_rows(audit: Audit, lang: str) -> set[int]:
    """``row_id`` of the rows that a report of `audit` shows."""
    lines = findings_view(Context(audit, Messages(lang))).rows
    return {line.row_id for line in lines if line.row_id >= 0} | {excerpt.row_id for excerpt in audit.excerpts}


def _value_name(context: Context, code: str) -> str:
    """The name of the ``value`` of a finding, by its code or the prefix of its code."""
    either = context.messages.either
    return either(f"detail.value.{code}", either(f"detail.value.{code[:3]}", context.messages.text("detail.value")))


def _label(excerpt: Excerpt) -> str:
    return next((visible(text) for kind, text in excerpt.parts if kind == LABEL), "")


def examples(context: Context, codes: Sequence[str]) -> tuple[model.Example, ...]:
    """Up to `EXAMPLES_SHOWN` rows with an excerpt, alternating between codes."""
    columns = [_examples_of(context, code) for code in codes if not code.startswith(PAIR_CODES)]
    return tuple(_interleaved(columns)[:EXAMPLES_SHOWN])


def _interleaved(columns: Sequence[Sequence[_Shown]]) -> list[_Shown]:
    """Interleave the columns: the first item of each, then the second of each, and so on."""
    longest = max(map(len, columns), default=0)
    return [column[index] for index in range(longest) for column in columns if index < len(column)]


def _examples_of(context: Context, code: str) -> list[model.Example]:
    rows = _rows_of(context, code, EXAMPLES_SHOWN)
    return [
        model.Example(
            row=_row_name(context, row["row_id"]),
            row_id=-1 if row["row_id"] is None else row["row_id"],
            code=code,
            title=context.title(code),
            detail=_detail(context, row),
            pieces=_pieces(context, excerpt),
        )
        for row in rows
        if (excerpt := _excerpt(context, row))
    ]


def pairs(context: Context, codes: Sequence[str]) -> tuple[model.Pair, ...]:
    """Up to `PAIRS_SHOWN` duplicates with the rows that they repeat, alternating between codes.

    A pair is two consecutive excerpts of one duplicate code.
    """
    excerpts = context.audit.excerpts
    by_code: dict[str, list[model.Pair]] = {code: [] for code in codes}
    for left, right in pairwise(excerpts):
        if left.code != right.code or left.code not in codes or not left.code.startswith(PAIR_CODES):
            continue
        finding = _finding_of(context, left.code, left.row_id, right.row_id)
        if finding is None:
            continue
        score = finding["score"]
        by_code[left.code].append(
            model.Pair(
                row=str(left.row_id),
                other=str(right.row_id),
                code=left.code,
                title=context.title(left.code),
                similarity="" if score is None else f"{score:.2f}",
                left=_pieces(context, left),
                right=_pieces(context, right),
                labels=(_label(left), _label(right)),
                why=_preferred(context, right.row_id, finding["kept_because"]),
            )
        )
    return tuple(_interleaved(list(by_code.values()))[:PAIRS_SHOWN])


def _preferred(context: Context, other: int, why: str | None) -> str:
    """Why the other row of a pair was preferred, and whether it is dropped as well."""
    key = f"kept.{why}"
    if not context.messages.has(key):
        return ""
    is_dropped = context.run.fates is not None and context.run.fates.rows.get(str(other)) == "drop"
    kind = "pair.dropped" if is_dropped else "pair.why"
    return context.messages.text(kind, row=other, why=context.messages.text(key))


def _finding_of(context: Context, code: str, row_id: int, ref_row: int) -> FindingRow | None:
    table = context.findings
    same = pc.and_(pc.equal(table.column("code"), code), pc.equal(table.column("row_id"), row_id))
    matching: list[FindingRow] = (
        table.filter(pc.and_(same, pc.equal(table.column("ref_row"), ref_row))).slice(0, 1).to_pylist()
    )
    return matching[0] if matching else None
