"""The plan: what would be done to each row, by which rule and why. Nothing is changed here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.corpus.clusters import Clusters
from auditor.corpus.corpus import Corpus
from auditor.prepare.split import PARTS
from auditor.rules import Action, PolicyRule

PLAN_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("part", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("code", pa.string()),  # of the finding that decided
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("ref_row", pa.int64()),  # the row kept instead
    ]
)
_STRENGTH: dict[str, int] = {"drop": 4, "review": 3, "mask": 2, "flag": 1, "keep": 0}
_DUPLICATE = ("DUP001", "DUP002")


@dataclass(frozen=True)
class Decision:
    """What is to happen to one row, and why."""

    action: Action
    code: str | None = None
    rule: str | None = None
    reason: str | None = None
    ref_row: int | None = None


@dataclass(frozen=True)
class Plan:
    """One decision a readable row, and the policy rules that mask.

    Attributes:
        table: `PLAN_SCHEMA`, in row order.
        masked_codes: finding codes whose spans are masked in every kept row.
    """

    table: pa.Table
    masked_codes: tuple[str, ...]

    def counts(self) -> list[tuple[str, str, int]]:
        """(rule, action, rows) of every rule that does something, most rows first."""
        acting = self.table.filter(pc.not_equal(self.table.column("action"), "keep"))
        groups = acting.group_by(["rule", "action"]).aggregate([("row_id", "count")]).to_pylist()
        rows = [(g["rule"], g["action"], g["row_id_count"]) for g in groups]
        return sorted(rows, key=lambda row: (-_STRENGTH[row[1]], -row[2], row[0]))

    @property
    def removed(self) -> int:
        """Rows the plan drops."""
        return int(pc.sum(pc.equal(self.table.column("action"), "drop")).as_py() or 0)


def make_plan(
    corpus: Corpus, found: pa.Table, clusters: Clusters, parts: np.ndarray, policy: Sequence[PolicyRule]
) -> Plan:
    """Turn findings into one decision a row.

    The first policy rule that names a finding's code decides what that finding asks for; of several findings
    on a row the strongest action wins (drop, review, mask, flag). Outside a rule's parts a drop becomes review.

    Args:
        corpus: the rows.
        found: the findings table.
        clusters: duplicate clusters of the corpus.
        parts: part of each row (`assign_parts`).
        policy: rules in order of precedence.
    """
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    decisions: dict[int, Decision] = {}
    spared: set[int] = set()  # duplicates that some other rule drops anyway
    columns = {name: found.column(name).to_pylist() for name in ("code", "row_id", "ref_row", "value")}
    for code, row_id, ref_row, value in zip(*columns.values(), strict=True):
        if row_id is None or row_id not in place:
            continue
        row = place[row_id]
        wish = _wish(code, value, PARTS[parts[row]], policy, ref_row)
        if wish.action == "drop" and code not in _DUPLICATE:
            spared.add(row)
        current = decisions.get(row)
        if current is None or _stronger(wish, current):
            decisions[row] = wish
    _re_elect(decisions, clusters, corpus, spared)
    codes = sorted(set(columns["code"]))
    masked = tuple(code for code in codes if _wish(code, None, "train", policy, None).action == "mask")
    return Plan(_table(corpus, [PARTS[part] for part in parts], decisions), masked)


def with_decisions(corpus: Corpus, plan: Plan, decisions: Mapping[int, Decision]) -> pa.Table:
    """The table of `plan` with other decisions (by position); all other rows are kept."""
    return _table(corpus, plan.table.column("part").to_pylist(), decisions)


def _wish(code: str, value: str | None, part: str, policy: Sequence[PolicyRule], ref_row: int | None) -> Decision:
    for rule in policy:
        if not code.startswith(rule.codes) or (rule.safe_only and value != "safe"):
            continue
        action: Action = rule.action
        if part not in rule.parts:
            action = "review" if action == "drop" else action
        return Decision(action, code, rule.name, rule.reason, ref_row)
    return Decision("flag", code, "no-rule", "no policy rule names this code", ref_row)


def _stronger(new: Decision, old: Decision) -> bool:
    """A stronger action; among drops, any reason of the row's own before being a duplicate."""
    if _STRENGTH[new.action] != _STRENGTH[old.action]:
        return _STRENGTH[new.action] > _STRENGTH[old.action]
    return new.action == "drop" and old.code in _DUPLICATE and new.code not in _DUPLICATE


def _re_elect(decisions: dict[int, Decision], clusters: Clusters, corpus: Corpus, spared: set[int]) -> None:
    """Where the row kept of a cluster is itself dropped, keep its first sound copy instead of losing all."""
    waiting: dict[int, list[int]] = {}
    for row, decision in decisions.items():
        kept = int(clusters.kept[row])
        if decision.action == "drop" and decision.code in _DUPLICATE and kept in spared:
            waiting.setdefault(kept, []).append(row)
    for rows in waiting.values():
        chosen, *others = sorted(rows)
        del decisions[chosen]
        for row in others:
            old = decisions[row]
            decisions[row] = Decision(old.action, old.code, old.rule, old.reason, int(corpus.row_id[chosen]))


def _table(corpus: Corpus, parts: list[str], decisions: Mapping[int, Decision]) -> pa.Table:
    each = [decisions.get(row, Decision("keep")) for row in range(len(corpus))]
    return pa.table(
        {
            "row_id": corpus.row_id,
            "part": parts,
            "action": [d.action for d in each],
            "code": [d.code for d in each],
            "rule": [d.rule for d in each],
            "reason": [d.reason for d in each],
            "ref_row": [d.ref_row for d in each],
        },
        schema=PLAN_SCHEMA,
    )
