"""Plan and prepared data set as stages of a run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from auditor.config import Settings
from auditor.findings import Completed
from auditor.pipeline.decisions import reviewed_rows
from auditor.pipeline.scan import Progress, Scan
from auditor.prepare.apply import Prepared, apply_plan
from auditor.prepare.card import CardFacts, render_card
from auditor.prepare.cleaning import Recheck
from auditor.prepare.croissant import render_croissant
from auditor.prepare.decide import chosen_rules
from auditor.prepare.draft import draft_plan
from auditor.prepare.mask import Span
from auditor.prepare.plan import Plan, masks, with_decisions
from auditor.prepare.plan_file import plan_csv, plan_json, plan_table, read_plan
from auditor.rules import PolicyRule, load_policy
from auditor.store import RunFolder, sha256


def policy_of(settings: Settings) -> tuple[PolicyRule, ...]:
    """The policy of a run, without what --only and --skip leave out.

    Raises:
        InputError: the policy file is not valid.
        UsageError: a word of --only or --skip names nothing.
    """
    own = settings.prepare
    rules = load_policy(Path(own.policy) if own.policy is not None else None)
    active = [rule for rule in rules if not (rule.unless_ner_full and settings.pii.ner == "full")]
    return chosen_rules(active, own.only, own.skip)


def plan_stage(
    folder: RunFolder, scan: Scan, settings: Settings, plan_file: Path | None, review_file: Path | None
) -> Plan:
    """Make the plan, or read it; write it as Parquet, JSON and CSV.

    Raises:
        InputError, SafetyError, UsageError, CheckError: see `draft_plan`, `read_plan` and `reviewed_rows`.
    """
    policy = policy_of(settings)
    reviewed = reviewed_rows(review_file, scan.corpus) if review_file is not None else {}
    recheck = _recheck(scan, settings, policy)
    plan = draft_plan(scan.corpus, scan.audit.findings(), scan.clusters, settings, policy, reviewed, recheck)
    if plan_file is not None:
        plan = read_plan(plan_file, scan.corpus, plan)
        plan = with_decisions(plan, reviewed) if reviewed else plan
    plan = replace(plan, classes=tuple(plan.class_counts(scan.corpus)))
    folder.write_table("plan.parquet", plan_table(plan, scan.corpus))
    folder.write_text("plan.json", plan_json(plan, scan.corpus))
    folder.write_text("plan.csv", plan_csv(plan, scan.corpus))
    return plan


def _recheck(scan: Scan, settings: Settings, policy: Sequence[PolicyRule]) -> Recheck | None:
    """Personal data in cleaned texts, of the kinds that the policy masks; None where privacy was not checked."""
    if not isinstance(scan.audit.results.get("privacy"), Completed):
        return None
    from auditor.checks.pii.detector import detector
    from auditor.checks.pii.entities import entity

    own = detector(settings.pii, scan.corpus.language, settings.today())

    def masked(name: str) -> bool:
        code = entity(name).code
        return settings.wants(code) and masks(code, policy)

    def look(texts: Sequence[str]) -> list[list[Span]]:
        found = own.spans(texts, ner=settings.pii.ner == "full")
        return [[(s.start, s.end, s.entity) for s in spans if masked(s.entity)] for spans in found]

    return look


def clean_stage(folder: RunFolder, scan: Scan, plan: Plan, settings: Settings, progress: Progress) -> Prepared:
    """Prepare the data set and write it with its accounts.

    Raises:
        SafetyError, CheckError, UsageError: see `apply_plan`.
    """
    progress("clean", 0, 1)
    prepared = apply_plan(
        scan.corpus, plan, scan.clusters, settings, lambda done, total: progress("augment", done, total)
    )
    folder.write_table("ledger.parquet", prepared.ledger)
    folder.write_table("removed.parquet", prepared.removed)
    folder.write_table("changes.parquet", prepared.changes)
    for part, table in prepared.parts.items():
        folder.write_table(f"dataset/{_file(part)}", table)
    facts = _facts(folder, scan, plan, prepared)
    folder.write_text("dataset/README.md", render_card(facts))
    folder.write_text("dataset/croissant.json", render_croissant(facts))
    for name, table in prepared.raw.items():
        folder.write_table(f"raw/{name}.parquet", table, private=True)
    progress("clean", 1, 1)
    return prepared


def _file(part: str) -> str:
    return f"{part}-00000-of-00001.parquet"


def _facts(folder: RunFolder, scan: Scan, plan: Plan, prepared: Prepared) -> CardFacts:
    schema = next((table.schema for table in prepared.parts.values()), pa.schema([]))
    return CardFacts(
        audit=scan.audit,
        plan=plan,
        accounts=prepared.summary,
        columns={f.name: str(f.type) for f in schema},
        left_out=prepared.columns_left_out,
        files={part: (_file(part), sha256(folder.path / "dataset" / _file(part))) for part in prepared.parts},
    )
