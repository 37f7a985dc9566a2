"""Second deduplication pass over the final texts of the rows that a plan keeps.

The audit compares the original texts. It misses two cases: rows that become near duplicates once both are cleaned, and
duplicates of a row that is itself dropped for another reason, which were never compared with each other. An audit of
the data set would find both, so they are removed here: cleaning a cleaned data set removes nothing. Masked values count
as different words if the original values differ, so rows that only masking makes equal are not duplicates.
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
"""Find the duplicate clusters of a corpus with the settings of the run."""
_DECIDING = ("label", "split", "date", "annotator")
"""Roles that determine which of several duplicates is kept."""


def without_remaining_duplicates(
    plan: Plan,
    corpus: Corpus,
    clusters: Clusters,
    policy: Policy,
    recluster: Recluster,
    reviewed: Mapping[int, Decision],
) -> Plan:
    """`plan` without the duplicates that remain among the rows it keeps.

    Args:
        plan: plan for the corpus.
        corpus: the rows.
        clusters: duplicate clusters of the original texts.
        policy: rules in order of precedence; if none drops duplicates, the plan is returned unchanged.
        recluster: see `Recluster`.
        reviewed: decisions of a review by position; they are kept.
    """
    kept = np.flatnonzero(plan.actions() != Action.DROP)
    if len(kept) == 0 or not _is_needed(plan, clusters, kept) or _rule("DUP002", policy, Part.TRAIN, 1.0) is None:
        return plan
    pa.default_memory_pool().release_unused()  # the texts are about to be copied
    remaining = recluster(_final_corpus(plan, corpus, kept))
    parts = plan.parts()[kept]
    decisions: dict[int, Decision] = {}
    for k in np.flatnonzero(remaining.kept != np.arange(len(kept))).tolist():
        row, other = int(kept[k]), int(remaining.kept[k])
        copy_code = "DUP001" if remaining.twin[k] != k else "DUP002"
        code = "DUP004" if parts[k] < parts[other] else copy_code
        rule = _rule(code, policy, int(parts[k]), float(remaining.similarity[k]))
        if rule is not None and row not in reviewed:
            ref = int(corpus.row_id[kept[other]])
            decisions[row] = Decision(Action.DROP, code, rule.name, rule.reason, ref)
    return with_decisions(plan, decisions) if decisions else plan


def _is_needed(plan: Plan, clusters: Clusters, kept: np.ndarray) -> bool:
    """Whether a kept text has changed in more than white space, or a row kept in place of duplicates is dropped."""
    is_kept = np.zeros(len(clusters.kept), bool)
    is_kept[kept] = True
    if not is_kept[clusters.kept[kept]].all():
        return True
    changes = plan.cleaned.changes
    return any(is_kept[row] and any(c.step != "whitespace" for c in changes[row]) for row in plan.cleaned.texts)


def _final_corpus(plan: Plan, corpus: Corpus, kept: np.ndarray) -> Corpus:
    """The kept rows with the final texts used for comparison, final labels, and the parts of the plan as split."""
    labels, parts = plan.labels(corpus), plan.parts()[kept]
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"split": pa.array(PARTS).take(pa.array(parts))}
    if labels is not None:
        columns["label"] = pa.array([labels[i] for i in kept.tolist()], pa.large_string())
    for role in ("date", "annotator"):
        values = corpus.role(role)
        if values is not None:
            columns[role] = gather(values, kept)
    role_columns: dict[str, Any] = {role: f" {role}" for role in _DECIDING if role in columns}
    columns = {role_columns[role]: values for role, values in columns.items()}  # names that no field can have
    if corpus.shape.is_composed:
        columns |= plan.cleaned.compared_fields(corpus, kept)
    else:
        columns[corpus.roles.text] = _texts(plan.cleaned.compared(corpus), kept, corpus.stored)
    roles = Roles(corpus.roles.text, **role_columns)
    table, rows = pa.table(columns), np.arange(len(kept))
    return Corpus(corpus.name, corpus.files, table, rows, roles, (), corpus.language, shape=corpus.shape)


def _texts(final: Texts, rows: np.ndarray, beside: Path | None) -> pa.ChunkedArray:
    """The texts of `rows` as a column; in a memory-mapped file beside `beside` unless it is None."""
    slices = (rows[start : start + SLICE] for start in range(0, len(rows), SLICE))
    chunks = (pa.array(final.take(part), pa.large_string()) for part in slices)
    if beside is None:
        return pa.chunked_array(chunks, pa.large_string())
    return column_on_disk(chunks, pa.large_string(), beside)


def _rule(code: str, policy: Policy, part: int, similarity: float) -> PolicyRule | None:
    """The rule that applies to `code` at a similarity, if it drops rows of the part."""
    rules = (rule for rule in policy.rules if rule.covers(code, score=similarity) and not rule.safe_only)
    rule = next(rules, None)
    return rule if rule is not None and rule.action == Action.DROP and part in rule.parts else None
