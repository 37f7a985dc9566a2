"""A plan as a file that a person can edit: JSON with one line a row on which something is to be done.

Rows that are not listed are kept. The file names the corpus it was made for; it is refused for another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from auditor.corpus.corpus import Corpus
from auditor.errors import InputError, SafetyError, nearest
from auditor.prepare.plan import Decision, Plan, with_decisions
from auditor.rules import ACTIONS

_KEYS = ("row_id", "action", "code", "rule", "reason", "ref_row")


def plan_json(plan: Plan, corpus: Corpus) -> str:
    """The plan as text: a head, then one line a row with an action."""
    acting = plan.table.filter(pc.not_equal(plan.table.column("action"), "keep")).select([*_KEYS, "part"])
    rows = ",\n".join(json.dumps(row, ensure_ascii=False) for row in acting.to_pylist())
    head = json.dumps(
        {"corpus_digest": corpus.digest, "corpus": corpus.name, "actions": list(ACTIONS)}, ensure_ascii=False
    )
    return f'{{"plan": {head},\n"rows": [\n{rows}\n]}}\n'


def read_plan(path: Path, corpus: Corpus, made: Plan) -> Plan:
    """The plan of the file, with the parts of the plan `made` anew.

    Raises:
        InputError: not a plan, or an unknown row or action.
        SafetyError: it was made for another corpus.
    """
    try:
        data = json.loads(path.read_text("utf-8"))
        digest, rows = data["plan"]["corpus_digest"], data["rows"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(
            "This is not a plan.", where=str(path), fix="Give the plan.json of `auditor clean --plan`."
        ) from None
    if digest != corpus.digest:
        raise SafetyError(
            "The plan was made for another data set.",
            where=str(path),
            fix="Make a new plan with `auditor clean --plan`.",
        )
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    decisions = {}
    for number, row in enumerate(rows, 1):
        decision = _decision(row, place, f"{path}, row {number}")
        decisions[place[row["row_id"]]] = decision
    return Plan(with_decisions(corpus, made, decisions), made.masked_codes)


def _decision(row: Any, place: dict[int, int], where: str) -> Decision:
    if not isinstance(row, dict) or row.get("row_id") not in place:
        raise InputError("The plan names a row that the corpus does not have.", where=where, fix="Take the line out.")
    if row.get("action") not in ACTIONS:
        raise InputError("The plan has an unknown action.", where=where, fix=nearest(str(row.get("action")), ACTIONS))
    return Decision(row["action"], row.get("code"), row.get("rule") or "edited", row.get("reason"), row.get("ref_row"))
