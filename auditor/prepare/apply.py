"""Carry out a plan: clean, mask, balance and augment, and account for every row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pyarrow as pa

from auditor.config.settings import PrepareSettings, Settings
from auditor.core.accounts import Accounts
from auditor.core.actions import PARTS, Action
from auditor.corpus.corpus import Corpus
from auditor.corpus.output_names import output_names
from auditor.dedup.clusters import Clusters
from auditor.errors import SafetyError
from auditor.pii.masking.columns import column_masker, masks_table
from auditor.pii.masking.key import Key
from auditor.pii.masking.masker import Masker
from auditor.prepare.audit_trail import changes_table, raw_tables, removed_table
from auditor.prepare.augment.stage import new_rows
from auditor.prepare.cleaning import Cleaned, text_keys
from auditor.prepare.ledger import AddedRow, build_ledger, check_accounts
from auditor.prepare.plan import BALANCE_RULE, HELD_OUT_RULE, Plan
from auditor.prepare.split import classes_outside, prove_disjoint
from auditor.prepare.tables import final_columns, output_columns, part_table


@dataclass(frozen=True)
class Prepared:
    """A data set and its accounts.

    Attributes:
        parts: table of each part: the columns of the input, then `output_names.ADDED_COLUMNS`.
        ledger, removed, changes: see `auditor.prepare.ledger`.
        accounts: counts for the manifest, the cards and the report.
        columns_left_out: columns that Parquet cannot hold, by their input names, masked if they are personal data.
        names: name in the data set of each column of the input.
        labels: name in the data set of each class whose name was masked.
        masks: the masked spans; `auditor.pii.masking.columns.MASKS_SCHEMA`.
        raw: tables of raw values by name, only with ``prepare.keep_raw``.
    """

    parts: Mapping[str, pa.Table]
    ledger: pa.Table
    removed: pa.Table
    changes: pa.Table
    accounts: Accounts
    columns_left_out: tuple[str, ...]
    masks: pa.Table
    raw: Mapping[str, pa.Table] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)

    def column(self, part: str, name: str) -> pa.ChunkedArray:
        """A column of a part, by its input name."""
        return self.parts[part].column(self.names.get(name, name))


def apply_plan(
    corpus: Corpus,
    plan: Plan,
    clusters: Clusters,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    key_id: str | None = None,
) -> Prepared:
    """Prepare the data set that a plan describes.

    Args:
        corpus, plan, clusters, settings: the rows, their plan, their duplicate clusters, and the settings of the run.
        progress: called with (rows made, rows wanted) during augmentation.
        key_id: id of the key of pseudonyms, for the accounts.

    Raises:
        SafetyError: the plan removes more rows than allowed, or all train rows of a class.
        CheckError: the resulting split leaks, or the accounts do not add up.
        UsageError: an augmenter lacks its data or models.
        InputError: a model of an augmenter cannot be loaded.
    """
    options = settings.prepare
    _refuse_excessive_removal(plan, corpus, options)
    actions, parts = plan.actions(), plan.parts()
    kept = actions != Action.DROP
    groups = plan.groups if plan.groups is not None else clusters.groups()
    texts = plan.cleaned.final(corpus)
    keys = text_keys(texts)
    required = settings.wants("DUP004") and plan.leaks_matter  # without its rule, the given split is kept
    proof = prove_disjoint(parts[kept], groups[kept], keys[kept], required=required)
    columns, left_out = output_columns(corpus)
    names = output_names(corpus.table.column_names, plan.cleaned.names)
    tables, added = _part_tables(corpus, plan, final_columns(corpus, plan, columns), texts, settings, names, progress)
    changed = _changed(corpus, plan, kept)
    ledger = build_ledger(corpus, plan, changed, added)
    check_accounts(ledger, corpus, sum(len(t) for t in tables.values()))
    method = partial(_masking_method, corpus, options)
    masks = masks_table(corpus, plan.cleaned.inserted, method, names, kept)
    return Prepared(
        tables,
        ledger,
        removed_table(corpus, plan, clusters),
        changes_table(corpus, plan, kept, names),
        replace(
            _accounts(corpus, plan, tables, changed, added, names),
            split_proof=proof,
            classes_not_in_part=classes_outside(corpus, parts),
            masked_places=_masked_places(masks),
            mask_key_id=key_id,
            is_augmentable=options.augment == "none" or not corpus.shape.is_composed,
            columns_left_out=tuple(names[name] for name in left_out),
            columns_renamed=_renamed(names, plan),
        ),
        tuple(names[name] for name in left_out),
        masks,
        raw_tables(corpus, plan, changed, kept, left_out) if options.keep_raw else {},
        names,
        plan.cleaned.labels,
    )


def _part_tables(
    corpus: Corpus,
    plan: Plan,
    final: pa.Table,
    texts: Sequence[str],
    settings: Settings,
    names: Mapping[str, str],
    progress: Callable[[int, int], None],
) -> tuple[dict[str, pa.Table], list[AddedRow]]:
    """The table of each non-empty part, and the rows generated for the train part."""
    options, actions, parts = settings.prepare, plan.actions(), plan.parts()
    labels, replacements = plan.labels(corpus), _replacements(plan.cleaned, corpus.roles.text, texts)
    tables: dict[str, pa.Table] = {}
    added: list[AddedRow] = []
    for number, part in enumerate(PARTS):
        rows = np.flatnonzero((actions != Action.DROP) & (parts == number))
        if len(rows):
            new = new_rows(corpus, rows, texts, labels, replacements, settings, progress) if part == "train" else []
            added += new
            tables[part] = part_table(corpus, plan, final, rows, new, labels, options, part, names)
    return tables, added


def _masking_method(corpus: Corpus, options: PrepareSettings, column: str, entity: str) -> str:
    return column_masker(corpus, column, Masker(options, Key(b"")), options.group).way(entity)


def _renamed(names: Mapping[str, str], plan: Plan) -> dict[str, str]:
    """New names of renamed columns, by old name; of masked names only the replacement appears."""
    return {plan.cleaned.names.get(name, name): new for name, new in names.items() if new != name}


def _replacements(cleaned: Cleaned, column: str, texts: Sequence[str]) -> dict[int, list[str]]:
    """The replacements that masking inserted into each text, by row."""
    inserted = cleaned.inserted.get(column, {})  # empty for rows with several fields, which are not augmented
    return {row: [texts[row][start:end] for start, end, _ in spans if end > start] for row, spans in inserted.items()}


def _refuse_excessive_removal(plan: Plan, corpus: Corpus, settings: PrepareSettings) -> None:
    rows = len(corpus)
    rules = Counter(plan.table.column("rule").to_pylist())
    removed = plan.removed - rules[BALANCE_RULE] - rules[HELD_OUT_RULE]  # requested, not caused by findings
    if removed > settings.max_removed * rows:
        raise SafetyError(
            f"The plan removes {removed:,} of {rows:,} rows ({removed / rows:.0%}).",
            where=f"prepare.max_removed = {settings.max_removed:.0%}",
            fix="Read the plan; then raise --max-removed or take out rules with --skip.",
        )
    if settings.vanishing == "refuse" and (gone := vanishing(plan, corpus)):
        raise SafetyError(
            f"The plan takes all train rows of {gone} class{'es' if gone > 1 else ''}.",
            where="prepare.vanishing = refuse",
            fix="Keep some of them (--skip, an edited plan, a review), or --set prepare.vanishing=allow.",
        )


def vanishing(plan: Plan, corpus: Corpus) -> int:
    """Number of classes whose train rows are all dropped; a class whose rows are relabelled is not counted."""
    if corpus.labels is None:
        return 0
    names = plan.cleaned.labels
    positions = np.flatnonzero(plan.actions() == Action.RELABEL).tolist()
    relabelled = {names.get(label, label) for i in positions if (label := corpus.labels[i]) is not None}
    return sum(before > 0 and after == 0 and n not in relabelled for n, before, after in plan.class_counts(corpus))


def _changed(corpus: Corpus, plan: Plan, kept: np.ndarray) -> np.ndarray:
    """bool, one per row: kept with a changed text or label."""
    changed = plan.actions() == Action.RELABEL
    changed[list(plan.cleaned.rows())] = True
    return np.asarray(changed & kept)


def _accounts(
    corpus: Corpus,
    plan: Plan,
    tables: Mapping[str, pa.Table],
    changed: np.ndarray,
    added: list[AddedRow],
    names: Mapping[str, str],
) -> Accounts:
    label = corpus.roles.label
    masked = plan.cleaned.labels
    before = Counter(masked.get(label, label) for label in corpus.labels or [] if label is not None)
    after: Counter[str] = Counter()
    if label is not None and corpus.labels is not None and "train" in tables:
        after.update(v for v in corpus.classes_in(tables["train"].column(names[label])) if v is not None)
    actions = Counter(plan.table.column("action").to_pylist())
    steps = Counter(
        step
        for row, changes in plan.cleaned.changes.items()
        if changed[row]
        for step in {change.step for change in changes}
    )
    masked_rows = {row for places in plan.cleaned.inserted.values() for row in places if changed[row]}
    return Accounts(
        rows_in=corpus.rows_read,
        rows_kept=len(corpus) - plan.removed,
        rows_removed=plan.removed,
        rows_rejected=len(corpus.rejects),
        rows_added=len(added),
        rows_out=sum(len(table) for table in tables.values()),
        rows_changed=int(changed.sum()),
        rows_masked=len(masked_rows),
        rows_relabelled=actions["relabel"],
        rows_down_weighted=len(plan.table) - plan.table.column("weight").null_count,
        rows_to_review=actions["review"],
        rows_by_step=dict(sorted(steps.items())),
        added_by_recipe=dict(sorted(Counter(row.recipe for row in added).items())),
        parts={part: len(table) for part, table in tables.items()},
        classes_in=_ordered(before),
        classes_train_out=_ordered(after),
    )


def _masked_places(masks: pa.Table) -> dict[str, int]:
    """Number of masked spans by entity type, most frequent first."""
    return _ordered(Counter(masks.column("entity").to_pylist()))


def _ordered(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
