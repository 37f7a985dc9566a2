"""The plan: the action for each row, with its rule and reason. Making a plan changes no data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.core.actions import ACTIONS, PARTS, Action, Part
from auditor.core.policy import Policy, RequestedActions
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import labels_from_json, labels_to_json
from auditor.prepare.cleaning import Cleaned
from auditor.prepare.decide import decide, requested_actions

PLAN_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("part", pa.string(), nullable=False),
        pa.field("action", pa.string(), nullable=False),
        pa.field("code", pa.string()),  # code of the deciding finding
        pa.field("rule", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("ref_row", pa.int64()),  # the row kept instead
        pa.field("label", pa.string()),  # for relabel: the new label
        pa.field("weight", pa.float64()),  # factor of the row's weight, if it is weighted down
    ]
)
REVIEW_RULE, BALANCE_RULE, EDITED_RULE, HELD_OUT_RULE = "review-decision", "undersample", "edited", "held-out"
BUILT_IN_RULES = (REVIEW_RULE, BALANCE_RULE, EDITED_RULE, HELD_OUT_RULE, "no-rule")
"""Names of rules that a plan can have in addition to those of the policy."""


@dataclass(frozen=True)
class Decision:
    """The action for one row, and its reason."""

    action: Action
    code: str | None = None
    rule: str | None = None
    reason: str | None = None
    ref_row: int | None = None
    label: str | None = None
    weight: float | None = None


@dataclass(frozen=True)
class Plan:
    """One decision per readable row, and what the decisions are based on.

    Attributes:
        table: `PLAN_SCHEMA`, in row order.
        masked_codes: finding codes whose spans are masked in every kept row.
        rules: names of rules that the plan can have.
        cleaned: final texts.
        groups: int64, one per row: rows that no split may separate (duplicates, equal final texts, the group column).
        steps: text steps applied.
        classes: see `class_counts`.
        leaks_matter: whether a leak across the split is an error; False if its rule is not in the policy.
    """

    table: pa.Table
    masked_codes: tuple[str, ...]
    rules: frozenset[str] = frozenset()
    cleaned: Cleaned = field(default_factory=Cleaned)
    groups: np.ndarray | None = None
    steps: tuple[str, ...] = ()
    classes: tuple[tuple[str, int, int], ...] = ()
    leaks_matter: bool = True

    def counts(self) -> list[tuple[str, str, int]]:
        """(rule, action, rows) of every rule that changes rows, strongest action and most rows first."""
        acting = self.table.filter(pc.not_equal(self.table.column("action"), "keep"))
        groups = acting.group_by(["rule", "action"]).aggregate([("row_id", "count")]).to_pylist()
        rows = [(g["rule"], g["action"], g["row_id_count"]) for g in groups]
        return sorted(rows, key=lambda row: (Action.of(row[1]), -row[2], row[0]))

    @property
    def removed(self) -> int:
        """Number of rows that the plan drops."""
        return int(pc.sum(pc.equal(self.table.column("action"), "drop")).as_py() or 0)

    def actions(self) -> np.ndarray:
        """int8, one per row: its `Action`."""
        return codes_of(self.table.column("action"), ACTIONS)

    def parts(self) -> np.ndarray:
        """int8, one per row: its `Part`."""
        return codes_of(self.table.column("part"), PARTS)

    def labels(self, corpus: Corpus) -> list[str | None] | None:
        """Final label of each row, masked ones as their replacements; None without a label column."""
        if corpus.labels is None:
            return None
        labels = [self._name_of(label) for label in corpus.labels]
        positions = np.flatnonzero(self.actions() == Action.RELABEL)
        for row, label in zip(
            positions.tolist(), self.table.column("label").take(pa.array(positions)).to_pylist(), strict=True
        ):
            labels[row] = label
        return labels

    def _name_of(self, label: str | None) -> str | None:
        return label if label is None else self.cleaned.labels.get(label, label)

    def class_counts(self, corpus: Corpus) -> list[tuple[str, int, int]]:
        """(class, train rows before, train rows that the plan keeps), largest first; empty without labels."""
        after = self.labels(corpus)
        if corpus.labels is None or after is None:
            return []
        train = self.parts() == Part.TRAIN
        kept = train & (self.actions() != Action.DROP)
        old = Counter(self._name_of(corpus.labels[i]) for i in np.flatnonzero(train).tolist())
        new = Counter(after[i] for i in np.flatnonzero(kept).tolist())
        names = {name for name in (*old, *new) if name is not None}
        return sorted(((n, old[n], new[n]) for n in names), key=lambda item: (-item[1], item[0]))


def codes_of(column: pa.ChunkedArray, values: Sequence[str]) -> np.ndarray:
    """int8, one per row: index of its value in `values`."""
    return np.asarray(pc.index_in(column, pa.array(values)).to_numpy()).astype(np.int8)


def make_plan(
    corpus: Corpus,
    findings: pa.Table,
    twins: np.ndarray,
    parts: np.ndarray,
    policy: Policy,
    reviewed: Mapping[int, Decision] | None = None,
) -> Plan:
    """Turn findings into one decision per row.

    The first policy rule that matches a finding determines the action requested for it; of several findings about a
    row, the strongest action wins (`Action`). Outside the parts of a rule, drop, relabel and down-weight become review.
    Decisions of a review override the policy.

    Args:
        corpus: the rows.
        findings: the findings table.
        twins: int64, equal for rows with equal text (`Clusters.twin`).
        parts: int8 part of each row (`assign_parts`).
        policy: rules in order of precedence.
        reviewed: decisions of a review by position.
    """
    reviewed = reviewed or {}
    requested = requested_actions(corpus, findings, parts, policy)
    dropped = np.zeros(len(corpus), bool)
    dropped[[row for row, decision in reviewed.items() if decision.action == Action.DROP]] = True
    best, instead = decide(corpus, findings, twins, requested, dropped)
    table = _table(corpus, findings, parts, requested, best, instead)
    names = frozenset({rule.name for rule in policy.rules} | set(BUILT_IN_RULES))
    codes = tuple(sorted(masked_findings(corpus, findings, policy).column("code").unique().to_pylist()))
    plan = Plan(table, codes, names, leaks_matter=_drops_leaks(policy))
    return with_decisions(plan, reviewed) if reviewed else plan


def masked_findings(corpus: Corpus, findings: pa.Table, policy: Policy) -> pa.Table:
    """The findings whose spans the policy masks."""
    requested = requested_actions(corpus, findings, np.zeros(len(corpus), np.int8), policy)
    return findings.take(pa.array(np.sort(requested.finding[requested.action == Action.MASK])))


def _drops_leaks(policy: Policy) -> bool:
    rule = policy.rule_for("DUP004")
    return rule is not None and rule.action == Action.DROP


def _table(
    corpus: Corpus,
    findings: pa.Table,
    parts: np.ndarray,
    requested: RequestedActions,
    best: np.ndarray,
    instead: np.ndarray,
) -> pa.Table:
    decided = np.flatnonzero(best >= 0)
    deciding = best[decided]
    action = np.full(len(corpus), Action.KEEP, np.int8)
    action[decided] = requested.action[deciding]
    rule = np.full(len(corpus), -1)
    rule[decided] = requested.rule[deciding]
    picked = findings.take(pa.array(requested.finding[deciding]))
    relabels = action[decided] == Action.RELABEL
    ref = pa.array(np.where(instead >= 0, corpus.row_id[np.maximum(instead, 0)], 0), mask=instead < 0)
    other = _spread(picked.column("ref_row"), decided, len(corpus), pa.int64())
    weighted = np.flatnonzero((requested.action == Action.DOWN_WEIGHT) & (action[requested.row] != Action.DROP))
    weight, is_weighted = np.ones(len(corpus)), np.zeros(len(corpus), bool)
    np.multiply.at(weight, requested.row[weighted], requested.weight[weighted])
    is_weighted[requested.row[weighted]] = True
    columns = {
        "row_id": pa.array(corpus.row_id),
        "part": pa.array(PARTS).take(pa.array(parts)),
        "action": pa.array(ACTIONS).take(pa.array(action)),
        "code": _spread(picked.column("code"), decided, len(corpus), pa.string()),
        "rule": _named([r.name for r in requested.rules], rule),
        "reason": _named([r.reason for r in requested.rules], rule),
        "ref_row": pc.coalesce(ref, other),
        "label": _spread(pc.if_else(pa.array(relabels), picked.column("suggestion"), None), decided, len(corpus)),
        "weight": pa.array(weight, mask=~is_weighted),
    }
    return pa.table([columns[f.name].cast(f.type) for f in PLAN_SCHEMA], schema=PLAN_SCHEMA)


def _spread(values: pa.ChunkedArray, positions: np.ndarray, rows: int, kind: pa.DataType | None = None) -> pa.Array:
    """A column of `rows` values: `values` at `positions`, null elsewhere."""
    index = np.full(rows, -1)
    index[positions] = np.arange(len(positions))
    joined = pa.array(values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values)
    return joined.cast(kind or pa.string()).take(pa.array(index, mask=index < 0))


def _named(names: Sequence[str], index: np.ndarray) -> pa.Array:
    return pa.array(names, pa.string()).take(pa.array(index, mask=index < 0))


def with_decisions(plan: Plan, decisions: Mapping[int, Decision], *, others: bool = True) -> Plan:
    """`plan` with some decisions replaced.

    Args:
        plan: the plan.
        decisions: the new decisions, by position.
        others: whether other rows retain the decision of `plan`; otherwise their action becomes keep.
    """
    table = plan.table if others else _all_kept(plan.table)
    rows = sorted(decisions)
    order = np.full(len(table), -1)
    order[rows] = np.arange(len(rows))
    index, is_replaced = pa.array(order, mask=order < 0), pa.array(order >= 0)
    columns = {name: table.column(name) for name in table.column_names}
    for name in ("action", "code", "rule", "reason", "ref_row", "label", "weight"):
        kind = PLAN_SCHEMA.field(name).type
        new = pa.array([_cell(decisions[row], name) for row in rows], kind).take(index)
        columns[name] = pc.if_else(is_replaced, new, columns[name].combine_chunks())
    return replace(plan, table=pa.table(columns, schema=PLAN_SCHEMA))


def _cell(decision: Decision, column: str) -> str | int | float | None:
    if column == "action":
        return decision.action.word
    value: str | int | float | None = getattr(decision, column)
    return value


def with_masked_labels(plan: Plan, *, several: bool) -> Plan:
    """`plan` with the replacements of masked labels as new labels.

    Args:
        plan: a plan whose `cleaned` contains the masked labels.
        several: whether rows have several labels, so that a new label is a JSON array.
    """
    names = plan.cleaned.labels
    if not names:
        return plan
    labels = plan.table.column("label").to_pylist()
    if several:
        new = [
            None if x is None else labels_to_json(names.get(label, label) for label in labels_from_json(x) or ())
            for x in labels
        ]
    else:
        new = [None if x is None else names.get(x, x) for x in labels]
    index = plan.table.column_names.index("label")
    return replace(plan, table=plan.table.set_column(index, PLAN_SCHEMA.field("label"), pa.array(new, pa.string())))


def _all_kept(table: pa.Table) -> pa.Table:
    columns = {name: table.column(name) for name in ("row_id", "part")}
    empty = {f.name: pa.nulls(len(table), f.type) for f in PLAN_SCHEMA if f.name not in columns}
    empty["action"] = pa.array([Action.KEEP.word] * len(table))
    return pa.table({**columns, **empty}, schema=PLAN_SCHEMA)
