"""Explain one row on the terminal: its findings, its plan and its changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import PARTS
from auditor.errors import InputError, UsageError
from auditor.report.messages import Messages
from auditor.store import Journal, read_outputs
from auditor.view.rows import NONE
from auditor.view.texts import Pieces
from auditor.view.viewer import REVEALS, OpenedRun, log_reveal

INDENT = "  "


def explain_row(read: OpenedRun, row_id: int, *, reviewer: str = "", reveal: bool = False) -> list[str]:
    """The lines that explain a row.

    Args:
        read: the run.
        row_id: the row.
        reviewer: name of the user, for the log of revealed texts.
        reveal: whether to show the original text; this is logged in the run folder first.

    Raises:
        InputError: there is no such row, or a file of the run is missing.
        SafetyError: a file of the run was modified.
        UsageError: `reveal` is set without the input.
        OutputError: the log cannot be written; nothing is shown.
    """
    position = read.rows.position(row_id)
    if position is None:
        raise InputError("The run has no such row.", where=f"row {row_id}", fix="Give a row_id of its rows.parquet.")
    if reveal and not read.texts.has_raw:
        raise UsageError("Raw texts are not in the run.", where="--reveal", fix="Give the run's input after the row.")
    text = read.context.messages.text
    lines = [*_head(read, position), "", text("explain.raw" if reveal else "explain.text")]
    if reveal:
        log_reveal(Journal(read.run.folder / REVEALS), row_id, reviewer)
        shown = read.texts.raw(position) or ""
    else:
        shown = _plain(read.texts.whole(position))
    lines += [f"{INDENT}{line}" for line in shown.split("\n")]
    lines += ["", text("view.js.found"), *_found(read, position)]
    lines += ["", text("explain.planned"), *_planned(read, position)]
    lines += ["", text("explain.done"), *_done(read, row_id)]
    return [*lines, *_around(read, position)]


def _head(read: OpenedRun, position: int) -> Iterator[str]:
    text, rows = read.context.messages.text, read.rows
    part = [PARTS[rows.part[position]]] if rows.part[position] != NONE else []
    labels = [f"{text('view.js.label')} {' | '.join(names)}"] if (names := rows.labels.of(position)) else []
    yield " · ".join([text("view.js.row", row=int(rows.ids[position])), *part, *labels])
    suggested = read.details.suggested(position)
    facts = [f"{text('view.js.suggested')} {suggested}"] if suggested else []
    quality = [fact for fact in read.details.facts(position) if fact.name == text("view.score")]
    if facts or quality:
        yield INDENT + " · ".join([*facts, *(f"{fact.name} {fact.value}" for fact in quality)])


def _found(read: OpenedRun, position: int) -> Iterator[str]:
    findings = read.details.found(position)
    for finding in findings:
        facts = [f"{name} {value}" for name, value in finding.facts]
        confidence = [finding.confidence] if finding.confidence else []
        yield INDENT + " · ".join([f"{finding.word}: {finding.code} {finding.title}", *facts, *confidence])
    if not findings:
        yield INDENT + read.context.messages.text("view.js.nothing")


def _planned(read: OpenedRun, position: int) -> Iterator[str]:
    text, plan = read.context.messages.text, read.rows.plan
    if plan is None:
        yield INDENT + text("explain.no_plan")
        return
    action, code, rule, label = (plan.column(name)[position].as_py() for name in ("action", "code", "rule", "label"))
    words = [text(f"action.word.{action}") + (f" → {label}" if label else "")]
    yield INDENT + " · ".join(
        [*words, *([code] if code else []), *([f"{text('explain.rule')} {rule}"] if rule else [])]
    )


def _done(read: OpenedRun, row_id: int) -> Iterator[str]:
    messages, outputs = read.context.messages, read.run.manifest.outputs
    names = [name for name in ("ledger.parquet", "changes.parquet", "masks.parquet") if name in outputs]
    tables = read_outputs(read.run.folder, read.run.manifest, names)
    if "ledger.parquet" not in tables:
        yield INDENT + messages.text("explain.no_data_set")
        return
    for line in _of(tables["ledger.parquet"], row_id).select(["outcome", "part", "code", "rule"]).to_pylist():
        outcome = messages.text(f"explain.outcome.{line['outcome']}")
        rule = f"{messages.text('explain.rule')} {line['rule']}" if line["rule"] else None
        yield INDENT + " · ".join(word for word in (outcome, line["part"], line["code"], rule) if word)
    yield from _masks_and_steps(read, messages, tables, row_id)
    copies = pc.sum(pc.equal(tables["ledger.parquet"].column("parent_row_id"), row_id)).as_py()
    if copies:
        yield f"{INDENT}{messages.text('explain.copies')}: {copies:,}"


def _masks_and_steps(read: OpenedRun, messages: Messages, tables: dict[str, pa.Table], row_id: int) -> Iterator[str]:
    comma = messages.text("list.comma")
    if "masks.parquet" in tables:
        masks = _of(tables["masks.parquet"], row_id).select(["entity", "column"]).to_pylist()
        kinds = Counter(f"{read.context.entity(mask['entity'])} ({mask['column']})" for mask in masks)
        if kinds:
            shown = comma.join(name + (f" × {count}" if count > 1 else "") for name, count in kinds.items())
            yield f"{INDENT}{messages.text('explain.masked')}: {shown}"
    if "changes.parquet" in tables:
        steps = dict.fromkeys(_of(tables["changes.parquet"], row_id).column("step").to_pylist())
        steps.pop("mask", None)
        if steps:
            yield f"{INDENT}{messages.text('explain.steps')}: {comma.join(steps)}"


def _around(read: OpenedRun, position: int) -> Iterator[str]:
    text, around = read.context.messages.text, read.details.around(position)
    if around.pairs:
        yield from ("", text("view.js.pairs"))
    for pair in around.pairs:
        yield f"{INDENT}{pair.row} {pair.label}: {_short(_plain(pair.other) or text('pair.same'))}"
    if around.neighbours:
        yield from ("", text("view.js.neighbours"))
    for neighbour in around.neighbours:
        yield f"{INDENT}{neighbour.row} {neighbour.label}: {_short(_plain(neighbour.text))}"


def _of(table: pa.Table, row_id: int) -> pa.Table:
    return table.filter(pc.equal(table.column("row_id"), row_id))


def _plain(pieces: Pieces) -> str:
    return "".join(text for _, text in pieces)


def _short(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= 160 else f"{one_line[:160]}…"
