"""A plan as a file that a person can edit: JSON or CSV with one line a row that something is done to, or Parquet.

Rows that are not listed are kept. The file names the corpus, and the split, masks and text steps, it was made with;
it is refused for others, so that what is carried out is what was read.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import known_labels, set_of, set_text
from auditor.errors import InputError, SafetyError, nearest
from auditor.prepare.plan import Decision, Plan, with_decisions
from auditor.rules import ACTIONS
from auditor.text.formula import neutral, restored

_KEYS = ("row_id", "part", "action", "code", "rule", "reason", "ref_row", "label", "weight")
_MADE_FOR = ("corpus_digest", "made_with")
_SLICE = 20_000
FILES = ("plan.json", "plan.csv", "plan.parquet")


def made_with(plan: Plan) -> str:
    """sha256 over what a plan rests on beside the corpus: the part of each row, masks and text steps."""
    sha = hashlib.sha256(plan.parts().tobytes())
    sha.update("\x1f".join([*plan.masked_codes, "", *plan.steps]).encode())
    return sha.hexdigest()


def plan_json(plan: Plan, corpus: Corpus) -> str:
    """The plan as text: a head, then one line a row with an action."""
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
    """The plan as CSV, formula-safe; every line names what it was made for."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, [*_KEYS, *_MADE_FOR], lineterminator="\n")
    writer.writeheader()
    made = dict(zip(_MADE_FOR, (corpus.digest, made_with(plan)), strict=True))
    for row in _acting(plan):
        writer.writerow({k: neutral(v) if isinstance(v, str) else v for k, v in {**row, **made}.items()})
    return stream.getvalue()


def plan_table(plan: Plan, corpus: Corpus) -> pa.Table:
    """The plan of all rows, with what it was made for."""
    table = plan.table
    for name, value in zip(_MADE_FOR, (corpus.digest, made_with(plan)), strict=True):
        column = pa.DictionaryArray.from_arrays(pa.repeat(pa.scalar(0, pa.int8()), len(table)), [value])
        table = table.append_column(name, column)
    return table


def _acting(plan: Plan) -> Iterator[dict[str, Any]]:
    acting = plan.table.select(_KEYS).filter(pc.not_equal(plan.table.column("action"), "keep"))
    for start in range(0, len(acting), _SLICE):
        yield from acting.slice(start, _SLICE).to_pylist()


def read_plan(path: Path, corpus: Corpus, made: Plan) -> Plan:
    """The plan of the file, with the split, masks and texts of the plan `made` anew.

    Raises:
        InputError: not a plan, or an unknown row, action, rule or part.
        SafetyError: it was made for another corpus, or with another split, masks or text steps.
    """
    head, rows = _read(path)
    if head["corpus_digest"] != corpus.digest:
        raise SafetyError(
            "The plan was made for another data set.",
            where=str(path),
            fix="Make a new plan with `auditor clean --plan`.",
        )
    if head["made_with"] != made_with(made):
        raise SafetyError(
            "The plan was made with another split, other masks or other text steps.",
            where=str(path),
            fix="Give the same options and seed as when it was made, or make a new one.",
        )
    places = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    parts = made.table.column("part").to_pylist()
    known, sets = set(corpus.labels or ()) - {None}, corpus.label_sets
    if sets is not None:
        known = set(known_labels(sets))
    decisions: dict[int, Decision] = {}
    for number, row in enumerate(rows, 1):
        where = f"{path}, row {number}"
        row = _checked(row, places, made, where)
        place = places[row["row_id"]]
        if place in decisions:
            raise InputError("The plan names a row twice.", where=where, fix="Take one of the lines out.")
        if row.get("part") not in (None, parts[place]):
            raise InputError(
                "The part of a row cannot be edited: the split could leak.", where=where, fix="Put the old part back."
            )
        decisions[place] = _decision(row, known, where, several=sets is not None)
    return with_decisions(made, decisions, others=False)


def _read(path: Path) -> tuple[Mapping[str, str], list[dict[str, Any]]]:
    try:
        kind = path.suffix.lower()
        if kind == ".parquet":
            rows = pq.read_table(path).to_pylist()
        elif kind == ".csv":
            with path.open(newline="", encoding="utf-8-sig") as stream:
                rows = [_typed(row) for row in csv.DictReader(stream)]
        else:
            data = json.loads(path.read_text("utf-8"))
            return {key: str(data["plan"][key]) for key in _MADE_FOR}, list(data["rows"])
        heads = {tuple(str(row[key]) for key in _MADE_FOR) for row in rows}
        if len(heads) != 1:
            raise ValueError("no head, or several")
    except (OSError, ValueError, KeyError, TypeError, csv.Error, pa.ArrowException):
        raise InputError(
            "This is not a plan.",
            where=str(path),
            fix=f"Give a {', '.join(FILES[:2])} or {FILES[2]} of `auditor clean --plan`.",
        ) from None
    return dict(zip(_MADE_FOR, heads.pop(), strict=True)), rows


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """A line of CSV: empty cells are nothing, numbers are numbers where they can be."""
    typed: dict[str, Any] = {k: restored(v) or None for k, v in row.items() if k is not None and isinstance(v, str)}
    for key, kind in (("row_id", int), ("ref_row", int), ("weight", float)):
        try:
            typed[key] = kind(typed[key]) if typed.get(key) is not None else None
        except ValueError:
            typed[key] = "?"
    return typed


def _checked(row: Any, places: Mapping[int, int], made: Plan, where: str) -> dict[str, Any]:
    if not isinstance(row, dict) or not _is_int(row.get("row_id")) or row["row_id"] not in places:
        raise InputError("The plan names a row that the corpus does not have.", where=where, fix="Take the line out.")
    if row.get("action") not in ACTIONS:
        raise InputError("The plan has an unknown action.", where=where, fix=nearest(str(row.get("action")), ACTIONS))
    if row.get("rule") is not None and row["rule"] not in made.rules:
        raise InputError("The plan names an unknown rule.", where=where, fix=nearest(str(row["rule"]), made.rules))
    return row


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _decision(row: dict[str, Any], labels: set[Any], where: str, *, several: bool) -> Decision:
    action, label, weight = row["action"], row.get("label"), row.get("weight")
    if action == "relabel" and several:
        new = set_of(label) if isinstance(label, str) else None
        if new is None:
            raise InputError(
                "Rows have several labels, and the plan gives one no list of them.",
                where=where,
                fix='Write `label` as a JSON array, such as ["a", "b"].',
            )
        label = set_text(new)
    if action == "relabel" and not labels.issuperset(set_of(label) or () if several else [label]):
        raise InputError(
            "The plan gives a row a label that no row of the corpus has.", where=where, fix="Correct `label`."
        )
    is_weighed = action == "down-weight" or (action != "drop" and weight is not None)
    if is_weighed and not (isinstance(weight, (int, float)) and 0 <= weight <= 1):
        raise InputError("The plan gives no weight from 0 to 1.", where=where, fix="Correct `weight`.")
    ref = row.get("ref_row")
    return Decision(
        action,
        row.get("code"),
        row.get("rule") or ("edited" if action != "keep" else None),
        row.get("reason"),
        ref if _is_int(ref) else None,
        label if action == "relabel" else None,
        float(weight) if is_weighed and weight is not None else None,
    )
