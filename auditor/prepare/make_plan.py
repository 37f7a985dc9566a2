"""Make a plan from an audit: final texts, groups, split, decisions. `apply_plan` carries the plan out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from auditor.config.settings import PrepareSettings, Settings
from auditor.core.actions import PARTS, Action, Part
from auditor.core.findings import FINDINGS_SCHEMA, detail_of, findings, merge_findings
from auditor.core.policy import Policy
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import text_digests
from auditor.dedup.clusters import Clusters
from auditor.message import message
from auditor.pii.masking.columns import Rescan
from auditor.pii.masking.masker import Masker
from auditor.prepare.balance import balance_keys, undersample
from auditor.prepare.clean_corpus import clean_corpus
from auditor.prepare.cleaning import connected_groups, text_keys
from auditor.prepare.decide import DUPLICATES
from auditor.prepare.plan import (
    BALANCE_RULE,
    HELD_OUT_RULE,
    Decision,
    Plan,
    make_plan,
    masked_findings,
    with_decisions,
    with_masked_labels,
)
from auditor.prepare.recency_weights import recency_findings
from auditor.prepare.references import with_true_references
from auditor.prepare.second_pass_dedup import Recluster, without_remaining_duplicates
from auditor.prepare.split import assign_parts, group_keys, held_out
from auditor.text.normalise import text_sort_key


def draft_plan(
    corpus: Corpus,
    found: pa.Table,
    clusters: Clusters,
    settings: Settings,
    policy: Policy,
    reviewed: Mapping[int, Decision] | None = None,
    masker: Masker | None = None,
    rescan: Rescan | None = None,
    ages: np.ndarray | None = None,
    recluster: Recluster | None = None,
) -> Plan:
    """Make the plan for a corpus.

    Texts are masked and cleaned first, because different rows can become equal: equal final texts are put into the same
    part, and if a given split separates them, or they occur twice in a part, the policy is applied as to any duplicate.

    Args:
        corpus: the rows.
        found: the findings table.
        clusters: duplicate clusters of the corpus.
        settings: settings of the run.
        policy: rules in order of precedence (`chosen_rules`).
        reviewed: decisions of a review by position; they override the policy.
        masker: replaces personal data; None: made from the settings, without a key.
        rescan: finds spans to mask in changed texts; None: changed texts are not scanned again.
        ages: float64 days, one per row, NaN if unknown; for ``prepare.half_life``.
        recluster: finds the duplicates among the final texts of the kept rows; None: no second pass.

    Raises:
        InputError: the requested split is impossible, or the group column does not exist.
        CheckError: the text steps do not converge.
        SafetyError: masking does not converge.
        UsageError: ``prepare.half_life`` is set and the ages are unknown.
    """
    options = settings.prepare
    masker = masker or Masker(options)
    cleaned = clean_corpus(corpus, masked_findings(corpus, found, policy), options, masker, rescan)
    final = cleaned.final(corpus)
    digests = text_digests(final)
    keys = text_keys(final, digests)
    group_columns = [group_keys(corpus, options.group)] if options.group is not None else []
    groups = connected_groups(clusters.groups(), keys, *group_columns)
    parts = assign_parts(corpus, groups, options, settings.seed, settings.staleness.date_format, digests[:, 0])
    unmasked_keys = text_keys(cleaned.compared(corpus)) if cleaned.compared_texts else keys
    new_duplicates = duplicates_after_cleaning(corpus, found, final, (unmasked_keys, keys), parts, set(cleaned.texts))
    del final, keys, unmasked_keys
    all_findings = merge_findings([found, new_duplicates, recency_findings(corpus, ages, options.half_life, parts)])
    fixed = {**(reviewed or {}), **_held_out(corpus)}
    plan = make_plan(corpus, all_findings, clusters.twin, parts, policy, fixed)
    plan = replace(plan, cleaned=cleaned, groups=groups, steps=options.steps)
    if recluster is not None:
        plan = without_remaining_duplicates(plan, corpus, clusters, policy, recluster, fixed)
    if options.balance == "undersample":
        plan = _undersampled(plan, corpus, options, settings.seed, digests[:, 0], fixed)
    plan = with_masked_labels(plan, several=corpus.label_sets is not None)
    return with_true_references(plan, corpus, clusters)


def _held_out(corpus: Corpus) -> dict[int, Decision]:
    decision = Decision(
        Action.DROP, None, HELD_OUT_RULE, "its split value names no part, so it may be neither trained nor tested on"
    )
    return dict.fromkeys(np.flatnonzero(held_out(corpus)).tolist(), decision)


def duplicates_after_cleaning(
    corpus: Corpus,
    found: pa.Table,
    final: Sequence[str],
    keys: tuple[np.ndarray, np.ndarray],
    parts: np.ndarray,
    changed: set[int],
) -> pa.Table:
    """Findings about rows that equal another row only after masking and cleaning.

    The row in the latest part is kept; among several, one that is not already a duplicate, then the first by text and
    label. A copy in an earlier part is a leak (DUP004), one with another label a contradiction (DUP005), any other an
    exact duplicate (DUP001). Rows whose masked values differ are not duplicates, but in different parts they leak.

    Args:
        corpus, found: rows and findings.
        final: final texts.
        keys: two arrays, int64, one per row: equal for texts that are equal with their original masked values, and for
            equal final texts.
        parts: int8 part of each row.
        changed: positions of the rows whose text changes.
    """
    duplicate_ids = set(
        found.filter(pa.array([code in DUPLICATES for code in found.column("code").to_pylist()], pa.bool_()))
        .column("row_id")
        .to_pylist()
    )
    labels = corpus.labels

    def rank(i: int) -> tuple[int, bool, tuple[str, int, str], str, int]:
        label = (labels[i] or "") if labels is not None else ""
        return -int(parts[i]), int(corpus.row_id[i]) in duplicate_ids, text_sort_key(final[i]), label, i

    hits: dict[int, tuple[str, int, int]] = {}
    for row_keys, unmasked_equal in zip(keys, (True, False), strict=True):
        if not unmasked_equal and keys[0] is keys[1]:
            break
        for rows in _equal_rows(row_keys):
            if changed.isdisjoint(rows):
                continue  # equal in the input: reported by the duplicates check
            kept, *others = sorted(rows, key=rank)
            for row in others:
                if unmasked_equal or parts[row] < parts[kept]:
                    hits.setdefault(row, (_duplicate_code(corpus, parts, row, kept), row, kept))
    positions = np.array(list(hits), np.int64)
    return findings(
        "DUP001",
        "warn",
        corpus.row_id[positions],
        column=corpus.roles.text,
        confidence=1.0,
        ref_row=corpus.row_id[np.array([ref for *_, ref in hits.values()], np.int64)],
        value=[PARTS[parts[ref]] for *_, ref in hits.values()],
        detail=[detail_of(message(f"part.{PARTS[parts[ref]]}")) for *_, ref in hits.values()],
    ).set_column(0, FINDINGS_SCHEMA.field("code"), pa.array([code for code, *_ in hits.values()], pa.string()))


def _equal_rows(keys: np.ndarray) -> list[list[int]]:
    """Positions of the rows of each key that occurs more than once."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts[inverse] > 1)
    order = several[np.argsort(keys[several], kind="stable")]
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return [rows.tolist() for rows in np.split(order, starts[1:]) if len(rows)]


def _duplicate_code(corpus: Corpus, parts: np.ndarray, row: int, kept: int) -> str:
    if parts[row] < parts[kept]:
        return "DUP004"
    labels = corpus.labels
    differ = labels is not None and labels[row] is not None and labels[row] != labels[kept]
    return "DUP005" if differ else "DUP001"


def _undersampled(
    plan: Plan,
    corpus: Corpus,
    options: PrepareSettings,
    seed: int,
    content: np.ndarray,
    reviewed: Mapping[int, Decision],
) -> Plan:
    labels = plan.labels(corpus)
    if labels is None:
        return plan
    kept = np.flatnonzero((plan.parts() == Part.TRAIN) & (plan.actions() != Action.DROP))
    keys = balance_keys(corpus, labels, kept, options)
    omitted = [int(kept[i]) for i in undersample(keys, seed, options.balance_ratio, content[kept])]
    decision = Decision(Action.DROP, None, BALANCE_RULE, "the class has more rows than balancing leaves it")
    return with_decisions(plan, {row: decision for row in omitted if row not in reviewed})
