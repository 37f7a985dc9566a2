"""A last look for duplicates among the rows that a plan keeps, as they will be.

The audit compares texts as they came, and drops a duplicate for the sake of the row kept. Two things it cannot see:
rows that become near duplicates when both are cleaned, and duplicates of a row that is itself dropped for
another reason, which were never compared with each other. Both would be found by an audit of the data set. So it is
made here, and cleaning what was cleaned removes nothing. Masked values count as different words where they differ: rows
that only masking makes alike are no duplicates.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.core.actions import PARTS, Action, Part
from auditor.core.policy import Policy, PolicyRule
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.mapped import column_on_disk
from auditor.corpus.texts import SLICE, Texts, gather
from auditor.dedup.clusters import Clusters
from auditor.prepare.plan import Decision, Plan, with_decisions

Recluster = Callable[[Corpus], Clusters]
"""The duplicate clusters of a corpus, by the settings of the run."""
_DECIDING = ("label", "split", "date", "annotator")
"""Roles that decide which of several duplicates is kept."""


def swept(
    plan: Plan,
    corpus: Corpus,
    clusters: Clusters,
    policy: Policy,
    recluster: Recluster,
    reviewed: Mapping[int, Decision],
) -> Plan:
    """`plan` with the duplicates dropped that are left among the rows it keeps.

    Args:
        plan: for the corpus.
        corpus: the rows.
        clusters: of the texts as they came.
        policy: rules in order of precedence; where none drops duplicates the plan stays as it is.
        recluster: see `Recluster`.
        reviewed: decisions of a review by position; they are kept.
    """
    kept = np.flatnonzero(plan.actions() != Action.DROP)
    if len(kept) == 0 or not _is_needed(plan, clusters, kept) or _rule("DUP002", policy, Part.TRAIN, 1.0) is None:
        return plan
    pa.default_memory_pool().release_unused()  # as many texts again are about to be held
    found = recluster(_as_it_will_be(plan, corpus, kept))
    parts = plan.parts()[kept]
    decisions: dict[int, Decision] = {}
    for k in np.flatnonzero(found.kept != np.arange(len(kept))).tolist():
        row, other = int(kept[k]), int(found.kept[k])
        exact = "DUP001" if found.twin[k] != k else "DUP002"
        code = "DUP004" if parts[k] < parts[other] else exact
        rule = _rule(code, policy, int(parts[k]), float(found.similarity[k]))
        if rule is not None and row not in reviewed:
            ref = int(corpus.row_id[kept[other]])
            decisions[row] = Decision(Action.DROP, code, rule.name, rule.reason, ref)
    return with_decisions(plan, decisions) if decisions else plan


def _is_needed(plan: Plan, clusters: Clusters, kept: np.ndarray) -> bool:
    """Whether a text that is kept has changed in more than white space, or a row kept for another is dropped."""
    alive = np.zeros(len(clusters.kept), bool)
    alive[kept] = True
    if not alive[clusters.kept[kept]].all():
        return True
    changes = plan.cleaned.changes
    return any(alive[row] and any(c.step != "whitespace" for c in changes[row]) for row in plan.cleaned.texts)


def _as_it_will_be(plan: Plan, corpus: Corpus, kept: np.ndarray) -> Corpus:
    """The kept rows with the texts they are compared by, final labels, and the plan's parts as their split."""
    labels, parts = plan.labels(corpus), plan.parts()[kept]
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"split": pa.array(PARTS).take(pa.array(parts))}
    if labels is not None:
        columns["label"] = pa.array([labels[i] for i in kept.tolist()], pa.large_string())
    for role in ("date", "annotator"):
        values = corpus.role(role)
        if values is not None:
            columns[role] = gather(values, kept)
    given: dict[str, Any] = {role: f" {role}" for role in _DECIDING if role in columns}
    columns = {given[role]: values for role, values in columns.items()}  # no field has such a name
    if corpus.shape.is_composed:
        columns |= plan.cleaned.compared_fields(corpus, kept)
    else:
        columns[corpus.roles.text] = _texts(plan.cleaned.compared(corpus), kept, corpus.stored)
    roles = Roles(corpus.roles.text, **given)
    table, rows = pa.table(columns), np.arange(len(kept))
    return Corpus(corpus.name, corpus.files, table, rows, roles, (), corpus.language, shape=corpus.shape)


def _texts(final: Texts, rows: np.ndarray, beside: Path | None) -> pa.ChunkedArray:
    """The texts of some rows as a column, beside a file on the disk where there is one."""
    slices = (rows[start : start + SLICE] for start in range(0, len(rows), SLICE))
    chunks = (pa.array(final.take(some), pa.large_string()) for some in slices)
    if beside is None:
        return pa.chunked_array(chunks, pa.large_string())
    return column_on_disk(chunks, pa.large_string(), beside)


def _rule(code: str, policy: Policy, part: int, similarity: float) -> PolicyRule | None:
    """The rule that decides about `code` at a similarity, where it drops rows of the part."""
    rules = (rule for rule in policy.rules if rule.covers(code, score=similarity) and not rule.safe_only)
    rule = next(rules, None)
    return rule if rule is not None and rule.action == Action.DROP and part in rule.parts else None
