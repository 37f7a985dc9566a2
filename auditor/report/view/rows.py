"""Findings row by row, examples and duplicate pairs."""

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
"""Kind of the excerpt piece that tells the row's label."""
IN_COLUMNS = ("PII", "STL")
"""Prefixes of codes whose findings may be in any column: it is named where it is not the usual one."""
EMPTY: model.Pieces = (("empty", ""),)
"""The pieces of a text in which nothing is seen."""
WHY = "why"
"""Kind of the only piece of a line without a text: the reason."""
_FIRST = ("value", "kept_because", "detail", "suggestion", "ref_row", "group", "score", "column")


class _Line(TypedDict):
    """The findings of one code in one row."""

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
    """The findings, at most `limit` lines, every code with a fair part of them; the worst first."""
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
    """How many lines each code gets: small codes all they have, large ones equal parts of the rest."""
    shares: dict[str, int] = {}
    left = limit
    for place, code in enumerate(sorted(rows, key=lambda code: (rows[code], code))):
        shares[code] = min(rows[code], left // (len(rows) - place))
        left -= shares[code]
    return dict(sorted(shares.items()))


def _rows_of(context: Context, code: str, limit: int) -> list[_Line]:
    """The rows a code hit, one entry per row: those with an excerpt first, then the surest."""
    table = context.findings.filter(pc.equal(context.findings.column("code"), code))
    grouped = table.group_by(["shown_line", "row_id"], use_threads=False).aggregate(
        [("rank", "max"), ("confidence", "max"), ("code", "count"), *((name, "first") for name in _FIRST)]
    )
    shown = pa.array([row_id for row_id, its_code in context.excerpts if its_code == code], pa.int64())
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
    """The masked text of a line: that of its finding, else one of the same row; where there is none, why not."""
    if row["row_id"] is None:
        return ((WHY, context.messages.text("text.corpus")),)
    own, other = _excerpt(context, row), context.texts.get(row["row_id"])
    if own and all(kind != SAME for kind, _ in own.parts):
        return _pieces(context, own)
    if other:
        return tuple(
            ("mask" if kind == "mark" and text.startswith("⟦") else "text" if kind == "mark" else kind, text)
            for kind, text in _pieces(context, other)
        )
    is_off = context.audit.config.get("excerpts") == "none"
    return _pieces(context, own) if own else ((WHY, context.messages.text("text.off" if is_off else "text.other")),)


def _pieces(context: Context, excerpt: Excerpt) -> model.Pieces:
    """What is shown of an excerpt; it may come from a file, so unseen characters are written out here too."""
    pieces = tuple((kind, context.with_titles(visible(text))) for kind, text in excerpt.parts if kind != LABEL)
    return pieces if any(kind == SAME or text.strip() for kind, text in pieces) else EMPTY


def _excerpt(context: Context, row: _Line) -> Excerpt | None:
    return None if row["row_id"] is None else context.excerpts.get((row["row_id"], row["code"]))


def _row_name(context: Context, row_id: int | None) -> str:
    return context.messages.text("row.corpus") if row_id is None else str(row_id)


def _detail(context: Context, row: _Line) -> tuple[model.Fact, ...]:
    """What a finding says beside its code: the other row, the labels, the kind of data, the action."""
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
    """What the plan does to the row of a finding, masks included; empty where nothing was planned."""
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
    """What the ``value`` of a finding is, by its code or its code's prefix."""
    either = context.messages.either
    return either(f"detail.value.{code}", either(f"detail.value.{code[:3]}", context.messages.text("detail.value")))


def _label(excerpt: Excerpt) -> str:
    return next((visible(text) for kind, text in excerpt.parts if kind == LABEL), "")


def examples(context: Context, codes: Sequence[str]) -> tuple[model.Example, ...]:
    """Up to ten rows with an excerpt, taken in turn from the codes."""
    columns = [_examples_of(context, code) for code in codes if not code.startswith(PAIR_CODES)]
    return tuple(_in_turn(columns)[:EXAMPLES_SHOWN])


def _in_turn(columns: Sequence[Sequence[_Shown]]) -> list[_Shown]:
    """The first of each column, then the second of each, and so on."""
    longest = max(map(len, columns), default=0)
    return [column[place] for place in range(longest) for column in columns if place < len(column)]


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
    """Up to ten duplicates beside the rows they repeat, taken in turn from the codes.

    A pair is two neighbouring excerpts of one duplicate code.
    """
    shown = context.audit.excerpts
    found: dict[str, list[model.Pair]] = {code: [] for code in codes}
    for left, right in pairwise(shown):
        if left.code != right.code or left.code not in codes or not left.code.startswith(PAIR_CODES):
            continue
        finding = _finding_of(context, left.code, left.row_id, right.row_id)
        if finding is None:
            continue
        score = finding["score"]
        found[left.code].append(
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
    return tuple(_in_turn(list(found.values()))[:PAIRS_SHOWN])


def _preferred(context: Context, other: int, why: str | None) -> str:
    """Why the other row of a pair was preferred, and what the plan does to it where it is not kept either."""
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
