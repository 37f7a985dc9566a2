"""From audit to plan: final texts, groups, split, decisions. What the plan says, `apply_plan` does."""

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
from auditor.prepare.cleaning import joined_groups, text_keys
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
from auditor.prepare.recency_weights import aged
from auditor.prepare.references import with_true_references
from auditor.prepare.second_pass_dedup import Recluster, swept
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
    """The plan for a corpus.

    Texts are masked and cleaned first, because rows that differ before can be equal after: equal final texts are
    kept in one part, and where a given split tears them apart, or they occur twice in a part, the policy is asked
    as for any duplicate.

    Args:
        corpus: the rows.
        found: the findings table.
        clusters: duplicate clusters of the corpus.
        settings: of the run.
        policy: rules in order of precedence (`chosen_rules`).
        reviewed: decisions of a review by position; they override the policy.
        masker: what replaces personal data; None: by the settings, without a key.
        rescan: looks through changed texts again; None: they are taken as they are.
        ages: float64 days, one per row, NaN where not known; for ``prepare.half_life``.
        recluster: finds the duplicates among the rows that are left, as they will be; None: nothing more is removed.

    Raises:
        InputError: the split asked for cannot be made, or the group column does not exist.
        CheckError: the text steps do not converge.
        SafetyError: masking does not converge.
        UsageError: ``prepare.half_life`` is set and ages are not known.
    """
    options = settings.prepare
    masker = masker or Masker(options)
    cleaned = clean_corpus(corpus, masked_findings(corpus, found, policy), options, masker, rescan)
    final = cleaned.final(corpus)
    digests = text_digests(final)
    keys = text_keys(final, digests)
    extra = [group_keys(corpus, options.group)] if options.group is not None else []
    groups = joined_groups(clusters.groups(), keys, *extra)
    parts = assign_parts(corpus, groups, options, settings.seed, settings.staleness.date_format, digests[:, 0])
    own_keys = text_keys(cleaned.compared(corpus)) if cleaned.compared_texts else keys
    again = equal_once_cleaned(corpus, found, final, (own_keys, keys), parts, set(cleaned.texts))
    del final, keys, own_keys
    everything = merge_findings([found, again, aged(corpus, ages, options.half_life, parts)])
    decided = {**(reviewed or {}), **_held_out(corpus)}
    plan = make_plan(corpus, everything, clusters.twin, parts, policy, decided)
    plan = replace(plan, cleaned=cleaned, groups=groups, steps=options.steps)
    if recluster is not None:
        plan = swept(plan, corpus, clusters, policy, recluster, decided)
    if options.balance == "undersample":
        plan = _undersampled(plan, corpus, options, settings.seed, digests[:, 0], decided)
    plan = with_masked_labels(plan, several=corpus.label_sets is not None)
    return with_true_references(plan, corpus, clusters)


def _held_out(corpus: Corpus) -> dict[int, Decision]:
    why = Decision(
        Action.DROP, None, HELD_OUT_RULE, "its split value names no part, so it may be neither trained nor tested on"
    )
    return dict.fromkeys(np.flatnonzero(held_out(corpus)).tolist(), why)


def equal_once_cleaned(
    corpus: Corpus,
    found: pa.Table,
    final: Sequence[str],
    keys: tuple[np.ndarray, np.ndarray],
    parts: np.ndarray,
    changed: set[int],
) -> pa.Table:
    """Findings on rows that equal another one only after masking and cleaning.

    The row in the latest part is kept, then the one that is no duplicate already, then the first by text and label. A
    copy in an earlier part leaks (DUP004), one with another label contradicts (DUP005), any other is a copy (DUP001).
    Rows that differ in what was masked are no copies; in different parts they leak all the same.

    Args:
        corpus, found: rows and findings.
        final: final texts.
        keys: int64, one per row: equal where the texts are equal with their masked values, and as they will be.
        parts: int8 part of each row.
        changed: positions of the rows whose text changes.
    """
    again = set(
        found.filter(pa.array([code in DUPLICATES for code in found.column("code").to_pylist()], pa.bool_()))
        .column("row_id")
        .to_pylist()
    )
    labels = corpus.labels

    def rank(i: int) -> tuple[int, bool, tuple[str, int, str], str, int]:
        label = (labels[i] or "") if labels is not None else ""
        return -int(parts[i]), int(corpus.row_id[i]) in again, text_sort_key(final[i]), label, i

    hits: dict[int, tuple[str, int, int]] = {}
    for equal, is_same in zip(keys, (True, False), strict=True):
        if not is_same and keys[0] is keys[1]:
            break
        for rows in _equal_rows(equal):
            if changed.isdisjoint(rows):
                continue  # equal from the start: the duplicate check has judged them
            first, *others = sorted(rows, key=rank)
            for row in others:
                if is_same or parts[row] < parts[first]:
                    hits.setdefault(row, (_kind(corpus, parts, row, first), row, first))
    at = np.array(list(hits), np.int64)
    return findings(
        "DUP001",
        "warn",
        corpus.row_id[at],
        column=corpus.roles.text,
        confidence=1.0,
        ref_row=corpus.row_id[np.array([ref for *_, ref in hits.values()], np.int64)],
        value=[PARTS[parts[ref]] for *_, ref in hits.values()],
        detail=[detail_of(message(f"part.{PARTS[parts[ref]]}")) for *_, ref in hits.values()],
    ).set_column(0, FINDINGS_SCHEMA.field("code"), pa.array([code for code, *_ in hits.values()], pa.string()))


def _equal_rows(keys: np.ndarray) -> list[list[int]]:
    """Positions of the rows of each key that several rows have."""
    _, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
    several = np.flatnonzero(counts[inverse] > 1)
    order = several[np.argsort(keys[several], kind="stable")]
    starts = np.flatnonzero(np.diff(keys[order], prepend=-1))
    return [rows.tolist() for rows in np.split(order, starts[1:]) if len(rows)]


def _kind(corpus: Corpus, parts: np.ndarray, row: int, kept: int) -> str:
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
    out = [int(kept[i]) for i in undersample(keys, seed, options.balance_ratio, content[kept])]
    why = Decision(Action.DROP, None, BALANCE_RULE, "the class has more rows than balancing leaves it")
    return with_decisions(plan, {row: why for row in out if row not in reviewed})
