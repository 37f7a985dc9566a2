"""The stages of a run that make the plan and the prepared data set."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.config.settings import Settings
from auditor.core.actions import Action
from auditor.core.audit import Audit
from auditor.core.progress import Progress
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.find import find_clusters
from auditor.dedup.tables import clusters_table
from auditor.pii.redaction import Redaction
from auditor.pii.run_masking import Masking
from auditor.prepare.apply import Prepared, apply_plan
from auditor.prepare.card import CardFacts, render_card
from auditor.prepare.clean_corpus import remasked
from auditor.prepare.croissant import render_croissant
from auditor.prepare.make_plan import draft_plan
from auditor.prepare.plan import Decision, Plan, with_decisions, with_masked_labels
from auditor.prepare.plan_file import edited_masks, plan_csv, plan_json, plan_table, read_plan, refuse_empty_masks
from auditor.prepare.references import references, with_true_references
from auditor.runs.scan import Scan
from auditor.store import RunFolder, sha256


def plan_stage(
    folder: RunFolder,
    scan: Scan,
    masking: Masking,
    plan_file: Path | None,
    reviewed: Mapping[int, Decision],
    names: Redaction,
) -> Plan:
    """Make the plan, or read it from a file; write it as Parquet, JSON and CSV, redacting `names` with personal data.

    Raises:
        InputError, SafetyError, UsageError, CheckError: see `draft_plan` and `read_plan`.
    """
    plan = draft(scan, masking, reviewed)
    if plan_file is not None:
        plan = _edited_plan(plan, plan_file, scan, masking, names)
        plan = with_decisions(plan, reviewed) if reviewed else plan
    to_mask = {row for row, decision in reviewed.items() if decision.action == Action.MASK}
    if to_mask:
        plan = _masked_fully(plan, to_mask, scan, masking)
    plan = with_masked_labels(plan, several=scan.corpus.label_sets is not None)
    plan = with_true_references(plan, scan.corpus, scan.clusters)
    plan = replace(plan, classes=names.value(tuple(plan.class_counts(scan.corpus))))
    kept = plan.actions() != Action.DROP
    folder.write_table(
        "clusters.parquet", clusters_table(scan.corpus, scan.clusters, kept, references(plan, scan.corpus))
    )
    redacted = replace(plan, table=names.table(plan.table))
    folder.write_table("plan.parquet", plan_table(redacted, scan.corpus))
    folder.write_text("plan.json", plan_json(redacted, scan.corpus))
    folder.write_text("plan.csv", plan_csv(redacted, scan.corpus))
    return plan


def draft(scan: Scan, masking: Masking, reviewed: Mapping[int, Decision] | None = None) -> Plan:
    """The plan that the policy makes from an audit; see `draft_plan`."""
    rescan = masking.rescan if isinstance(scan.audit.results.get("privacy"), Completed) else None
    return draft_plan(
        scan.corpus,
        scan.audit.findings(),
        scan.clusters,
        masking.settings,
        masking.policy,
        reviewed or {},
        masking.masker,
        rescan,
        _ages(scan),
        lambda corpus: _lexical_clusters(corpus, masking.settings),
    )


def prepared_rows(
    scan: Scan, plan: Plan, masking: Masking, report: Callable[[int, int], None] = lambda done, total: None
) -> Prepared:
    """The data set of a plan; see `apply_plan`."""
    return apply_plan(scan.corpus, plan, scan.clusters, masking.settings, report, masking.masker.key.id)


def _masked_fully(plan: Plan, rows: set[int], scan: Scan, masking: Masking) -> Plan:
    """`plan` with all findings in some rows masked; rows without findings stay unchanged."""
    options, findings = masking.settings.prepare, scan.audit.findings()
    cleaned = remasked(plan.cleaned, scan.corpus, findings, options, masking.masker, masking.rescan_all, rows, set())
    return replace(plan, cleaned=cleaned)


def _edited_plan(drafted: Plan, file: Path, scan: Scan, masking: Masking, names: Redaction) -> Plan:
    """The plan in an edited file, with the masks that it requests."""
    corpus = scan.corpus
    plan = read_plan(file, corpus, drafted, names.original)
    fully, unmasked = edited_masks(plan, drafted)
    if not fully and not unmasked:
        return plan
    findings = scan.audit.findings()
    options = masking.settings.prepare
    cleaned = remasked(drafted.cleaned, corpus, findings, options, masking.masker, masking.rescan_all, fully, unmasked)
    plan = replace(plan, cleaned=cleaned)
    refuse_empty_masks(plan, fully, corpus, file)
    return plan


def clean_stage(
    folder: RunFolder, scan: Scan, plan: Plan, masking: Masking, progress: Progress, shown: Audit
) -> Prepared:
    """Prepare the data set and write it with its accounts and cards; `shown` is the redacted audit for the cards.

    Raises:
        SafetyError, CheckError, UsageError: see `apply_plan`.
    """
    progress("clean", 0, 1)
    masking.refuse_unchecked(scan.audit)
    prepared = prepared_rows(scan, plan, masking, lambda done, total: progress("augment", done, total))
    folder.write_table("ledger.parquet", prepared.ledger)
    folder.write_table("removed.parquet", prepared.removed)
    folder.write_table("changes.parquet", prepared.changes)
    folder.write_table("masks.parquet", prepared.masks)
    for part, table in prepared.parts.items():
        folder.write_table(f"dataset/{part_file(part)}", table)
    facts = _facts(folder, scan, plan, prepared, shown)
    folder.write_text("dataset/README.md", render_card(facts))
    folder.write_text("dataset/croissant.json", render_croissant(facts))
    for name, table in prepared.raw.items():
        folder.write_table(f"raw/{name}.parquet", table, private=True)
    progress("clean", 1, 1)
    return prepared


def _ages(scan: Scan) -> np.ndarray | None:
    """Age of each row in days, NaN without a valid date; None if the staleness check found no ages."""
    result = scan.audit.results.get("staleness")
    column = result.per_row.get("age_days") if isinstance(result, Completed) else None
    return None if column is None else np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False))


def _lexical_clusters(corpus: Corpus, settings: Settings) -> Clusters:
    options = settings.duplicates.model_copy(update={"semantic": None})  # semantic duplicates are not dropped here
    return find_clusters(corpus, options, threads=settings.threads())


def part_file(part: str) -> str:
    """File name of a part."""
    return f"{part}-00000-of-00001.parquet"


def _facts(folder: RunFolder, scan: Scan, plan: Plan, prepared: Prepared, shown: Audit) -> CardFacts:
    schema = next((table.schema for table in prepared.parts.values()), pa.schema([]))
    return CardFacts(
        audit=shown,
        plan=plan,
        accounts=prepared.accounts,
        columns={f.name: str(f.type) for f in schema},
        left_out=prepared.columns_left_out,
        roles={role: prepared.names.get(name, name) for role, name in scan.corpus.roles.columns().items()},
        files={part: (part_file(part), sha256(folder.path / "dataset" / part_file(part))) for part in prepared.parts},
    )
