"""Plans as files that users can edit: JSON or CSV with one line per row with an action, or Parquet.

Rows that are not listed are kept. The file identifies the corpus, split, masks and text steps it was made with and is
refused for others, so that exactly the plan that was reviewed is carried out.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditor.core.actions import ACTIONS, PARTS, Action
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import known_labels, labels_from_json, labels_to_json
from auditor.errors import InputError, SafetyError, nearest
from auditor.prepare.plan import EDITED_RULE, Decision, Plan, with_decisions, with_masked_labels
from auditor.prepare.split import held_out
from auditor.text.csv_injection import escape_cell, unescape_cell

_KEYS = ("row_id", "part", "action", "code", "rule", "reason", "ref_row", "label", "weight")
_MADE_FOR = ("corpus_digest", "made_with")
_SLICE = 20_000
_Row: TypeAlias = dict[str, Any]
"""A line of a plan file, which may have been edited."""
FILES = ("plan.json", "plan.csv", "plan.parquet")


def made_with(plan: Plan) -> str:
    """sha256 of what a plan depends on besides the corpus: the part of each row, masks and text steps."""
    sha = hashlib.sha256(plan.parts().tobytes())
    sha.update("\x1f".join([*plan.masked_codes, "", *plan.steps]).encode())
    return sha.hexdigest()


def plan_json(plan: Plan, corpus: Corpus) -> str:
    """The plan as JSON: a header, then one line per row with an action."""
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in _acting(plan))
    head = {
        "corpus_digest": corpus.digest,
        "made_with": made_with(plan),
        "corpus": corpus.name,
        "actions": list(ACTIONS),
        "masked_codes": list(plan.masked_codes),
        "steps": list(plan.steps),
    }
    return f'{{"plan": {json.dumps(head, ensure_ascii=False)},\n"rows": [\n{rows}\n]}}\n'


def plan_csv(plan: Plan, corpus: Corpus) -> str:
    """The plan as CSV, safe against formula injection. Every line has the header fields, so at least one is written."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*_KEYS, *_MADE_FOR], lineterminator="\n")
    writer.writeheader()
    header = dict(zip(_MADE_FOR, (corpus.digest, made_with(plan)), strict=True))
    for row in list(_acting(plan)) or plan.table.select(_KEYS).slice(0, 1).to_pylist():
        writer.writerow({k: escape_cell(v) if isinstance(v, str) else v for k, v in {**row, **header}.items()})
    return stream.getvalue()


def plan_table(plan: Plan, corpus: Corpus) -> pa.Table:
    """The plan of all rows, with the header fields as columns."""
    table = plan.table
    for name, value in zip(_MADE_FOR, (corpus.digest, made_with(plan)), strict=True):
        column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), len(table)), [value])
        table = table.append_column(name, column)
    return table


def _acting(plan: Plan) -> Iterator[dict[str, object]]:
    acting = plan.table.select(_KEYS).filter(pc.not_equal(plan.table.column("action"), "keep"))
    for start in range(0, len(acting), _SLICE):
        yield from acting.slice(start, _SLICE).to_pylist()


def read_plan(
    path: Path, corpus: Corpus, drafted: Plan, original: Callable[[str | None], str | None] = lambda label: label
) -> Plan:
    """The plan in a file, with the split, masks and texts of the newly drafted plan `drafted`; see `edited_masks`.

    Args:
        path: the file.
        corpus: the input.
        drafted: the plan that the policy makes.
        original: maps a redacted label to the label in the input.

    Raises:
        InputError: the file is not a plan, has an unknown row, action, rule or part, or keeps a row that must be
            dropped.
        SafetyError: the plan was made for another corpus, or with another split, masks or text steps.
    """
    head, rows, lines = _read(path)
    if head["corpus_digest"] != corpus.digest:
        raise SafetyError(
            "The plan was made for another data set.",
            where=str(path),
            fix="Make a new plan with `auditor clean --plan`.",
        )
    if head["made_with"] != made_with(drafted):
        raise SafetyError(
            "The plan was made with another split, other masks or other text steps.",
            where=str(path),
            fix="Give the same options and seed as when it was made, or make a new one.",
        )
    positions = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    parts = drafted.table.column("part").to_pylist()
    allowed_labels, label_sets = set(corpus.labels or ()) - {None}, corpus.label_sets
    if label_sets is not None:
        allowed_labels = set(known_labels(label_sets))
    allowed_labels |= set(drafted.cleaned.labels.values())
    decisions: dict[int, Decision] = {}
    locations: dict[int, str] = {}
    actions = drafted.actions()
    for line, row in zip(lines, rows, strict=True):
        where = f"{path}, {line}"
        row = _checked(row, positions, drafted, where)
        if isinstance(row.get("label"), str):
            row = {**row, "label": original(row["label"])}
        position = positions[row["row_id"]]
        where = locations[position] = f"{where}, row_id {row['row_id']}"
        if position in decisions:
            raise InputError("The plan names a row twice.", where=where, fix="Take one of the lines out.")
        if row.get("part") not in (None, parts[position]):
            raise InputError(
                "The part of a row cannot be edited: the split could leak.", where=where, fix="Put the old part back."
            )
        decision = _decision(row, allowed_labels, where, several=label_sets is not None)
        decisions[position] = (
            decision if decision.action == actions[position] else _edited_decision(decision, drafted, position)
        )
    edited = with_decisions(drafted, decisions, others=False)
    _refuse_kept_leaks(edited, drafted, corpus, path, locations)
    return with_masked_labels(edited, several=label_sets is not None)


def edited_masks(edited: Plan, drafted: Plan) -> tuple[set[int], set[int]]:
    """Positions of the rows whose masks an edited plan changes.

    Returns:
        Rows in which all findings are masked, because the file says ``mask`` and the policy something else; and rows
        in which nothing is masked, because the file says ``flag`` or ``keep`` (or has no line) and the policy masks.
        Rows with other actions are masked as in the policy: masks can be combined with them.
    """
    new, old = edited.actions(), drafted.actions()
    fully = (new == Action.MASK) & (old != Action.MASK)
    unmasked = np.isin(new, [Action.FLAG, Action.KEEP]) & (old == Action.MASK)
    return set(np.flatnonzero(fully).tolist()), set(np.flatnonzero(unmasked).tolist())


def refuse_empty_masks(edited: Plan, rows: Collection[int], corpus: Corpus, path: Path) -> None:
    """Refuse a plan that masks rows without anything to mask.

    Raises:
        InputError: there is such a row.
    """
    masked = {row for inserted in edited.cleaned.inserted.values() for row, spans in inserted.items() if spans}
    if empty := sorted(set(rows) - masked):
        raise InputError(
            f"The plan masks {len(empty):,} rows in which nothing was found that could be masked.",
            where=f"{path}, row_id {', '.join(str(int(corpus.row_id[row])) for row in empty[:5])}",
            fix="Write another action for them, such as drop or keep.",
        )


def _edited_decision(decision: Decision, drafted: Plan, position: int) -> Decision:
    """A decision that was edited; the reason of the policy is discarded unless it was edited as well."""
    reason = decision.reason if decision.reason != drafted.table.column("reason")[position].as_py() else None
    return replace(
        decision, rule=EDITED_RULE if decision.action != Action.KEEP else None, reason=reason or "edited by hand"
    )


def _refuse_kept_leaks(edited: Plan, drafted: Plan, corpus: Corpus, path: Path, locations: Mapping[int, str]) -> None:
    """Refuse edited decisions to keep rows that leak across the split or belong to no part.

    Raises:
        InputError: there is such a row.
    """
    kept = edited.actions() != Action.DROP
    newly_kept = kept & (drafted.actions() == Action.DROP)
    refused = newly_kept & held_out(corpus)
    if drafted.leaks_matter and drafted.groups is not None:
        parts = edited.parts()
        groups = np.unique(drafted.groups, return_inverse=True)[1]
        count = np.zeros((int(groups.max(initial=-1)) + 1, len(PARTS)), np.int64)
        np.add.at(count, (groups[kept], parts[kept]), 1)
        refused |= newly_kept & ((count[groups] > 0).sum(axis=1) > 1)
    if refused.any():
        position = int(np.flatnonzero(refused)[0])
        raise InputError(
            "The plan keeps a row that has a copy in another part, or whose split value names no part.",
            where=locations.get(position, f"{path}, no line for row_id {int(corpus.row_id[position])}"),
            fix="Write drop for it, or for its copies; another split takes a new plan.",
        )


def _read(path: Path) -> tuple[Mapping[str, str], list[_Row], list[str]]:
    """The header of a plan file, its rows, and the location of each row in the file."""
    lines: list[str] = []
    try:
        kind = path.suffix.lower()
        if kind == ".parquet":
            rows = pq.read_table(path).to_pylist()
        elif kind == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as stream:
                reader = csv.DictReader(stream)
                rows = []
                for row in reader:
                    rows.append(_typed(row))
                    lines.append(f"line {reader.line_num}")
        else:
            data = json.loads(path.read_text("utf-8"))
            rows = list(data["rows"])
            header = {key: str(data["plan"][key]) for key in _MADE_FOR}
            return header, rows, [f"entry {number} of rows" for number in range(1, len(rows) + 1)]
        headers = {tuple(str(row[key]) for key in _MADE_FOR) for row in rows}
        if len(headers) != 1:
            raise ValueError("no head, or several")
    except (OSError, ValueError, KeyError, TypeError, RecursionError, csv.Error, pa.ArrowException):
        raise InputError(
            "This is not a plan.",
            where=str(path),
            fix=f"Give a {', '.join(FILES[:2])} or {FILES[2]} of `auditor clean --plan`.",
        ) from None
    lines = lines or [f"row {number}" for number in range(1, len(rows) + 1)]
    return dict(zip(_MADE_FOR, headers.pop(), strict=True)), rows, lines


def _typed(row: _Row) -> _Row:
    """A line of CSV with None for empty cells, and numbers parsed; a number that cannot be parsed becomes ``?``."""
    typed: _Row = {k: unescape_cell(v) or None for k, v in row.items() if k is not None and isinstance(v, str)}
    for key, kind in (("row_id", int), ("ref_row", int), ("weight", float)):
        try:
            typed[key] = kind(typed[key]) if typed.get(key) is not None else None
        except ValueError:
            typed[key] = "?"
    return typed


def _checked(row: object, positions: Mapping[int, int], drafted: Plan, where: str) -> _Row:
    if not isinstance(row, dict) or not _is_int(row.get("row_id")) or row["row_id"] not in positions:
        raise InputError("The plan names a row that the corpus does not have.", where=where, fix="Take the line out.")
    if row.get("action") not in ACTIONS:
        raise InputError("The plan has an unknown action.", where=where, fix=nearest(str(row.get("action")), ACTIONS))
    if row.get("rule") is not None and row["rule"] not in drafted.rules:
        raise InputError("The plan names an unknown rule.", where=where, fix=nearest(str(row["rule"]), drafted.rules))
    return row


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _decision(row: _Row, labels: Collection[str | None], where: str, *, several: bool) -> Decision:
    action, label, weight = row["action"], row.get("label"), row.get("weight")
    if action == "relabel" and several:
        new = labels_from_json(label) if isinstance(label, str) else None
        if new is None:
            raise InputError(
                "Rows have several labels, and the plan gives one no list of them.",
                where=where,
                fix='Write `label` as a JSON array, such as ["a", "b"].',
            )
        label = labels_to_json(new)
    if action == "relabel" and not set(labels_from_json(label) or () if several else [label]) <= set(labels):
        raise InputError(
            "The plan gives a row a label that no row of the corpus has.", where=where, fix="Correct `label`."
        )
    is_weighted = action == "down-weight" or (action != "drop" and weight is not None)
    if is_weighted and not (isinstance(weight, (int, float)) and 0 <= weight <= 1):
        raise InputError("The plan gives no weight from 0 to 1.", where=where, fix="Correct `weight`.")
    ref = row.get("ref_row")
    return Decision(
        Action.of(action),
        row.get("code"),
        row.get("rule") or (EDITED_RULE if action != "keep" else None),
        row.get("reason"),
        ref if _is_int(ref) else None,
        label if action == "relabel" else None,
        float(weight) if is_weighted and weight is not None else None,
    )
