"""Carry out a plan: clean, mask, balance and augment, with every row accounted for."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.config import PrepareSettings, Settings
from auditor.corpus.clusters import Clusters
from auditor.corpus.columns import named_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import SafetyError
from auditor.prepare.augment import augment
from auditor.prepare.balance import class_weights, oversample
from auditor.prepare.ledger import CHANGES_SCHEMA, REMOVED_SCHEMA, build_ledger, check_accounts
from auditor.prepare.mask import Masker
from auditor.prepare.mask_corpus import MaskedCorpus, Rescan, mask_corpus
from auditor.prepare.plan import Plan
from auditor.prepare.split import PARTS, prove_disjoint
from auditor.text.normalise import same_text

ADDED_COLUMNS = ("row_id", "parent_row_id", "recipe", "sample_weight")


@dataclass(frozen=True)
class Prepared:
    """The data set and its accounts.

    Attributes:
        parts: table by part: the user's columns, then `ADDED_COLUMNS`.
        ledger, removed, changes: see `auditor.prepare.ledger`.
        summary: counts for the manifest and the report.
        columns_left_out: text columns beside the roles that were not looked through for personal data.
        masks: where something was masked; `auditor.prepare.mask_corpus.MASKS_SCHEMA`.
    """

    parts: Mapping[str, pa.Table]
    ledger: pa.Table
    removed: pa.Table
    changes: pa.Table
    summary: Mapping[str, Any]
    columns_left_out: tuple[str, ...]
    masks: pa.Table


def apply_plan(
    corpus: Corpus,
    found: pa.Table,
    plan: Plan,
    clusters: Clusters,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    masker: Masker | None = None,
    rescan: Rescan | None = None,
) -> Prepared:
    """Prepare the data set a plan describes.

    Args:
        masker: what stands for personal data; None: by the settings, without a key.
        rescan: looks through masked texts again; None: they are taken as they are.

    Raises:
        SafetyError: the plan removes more rows than allowed.
        CheckError: the resulting split leaks, or the accounts do not add up.
    """
    own = settings.prepare
    _guard(plan, len(corpus), own)
    actions = np.array(plan.table.column("action").to_pylist())
    parts = np.array(plan.table.column("part").to_pylist())
    kept = actions != "drop"
    texts = corpus.texts
    masker = masker or Masker(own)
    masked = mask_corpus(corpus, found, plan.masked_codes, kept, masker, rescan)
    changed = masked.columns.get(corpus.roles.text, {})
    proof = prove_disjoint(
        parts[kept].tolist(),
        clusters.groups()[kept],
        [_hash(same_text(texts[i])) if texts[i].strip() else f"empty {i}" for i in np.flatnonzero(kept)],
        required=settings.wants("DUP004"),  # who asked for other codes only keeps the split as it came
    )
    columns, left_out = _output_columns(corpus, named_columns(corpus, settings.pii.columns))
    tables: dict[str, pa.Table] = {}
    added: list[tuple[int, str, str]] = []  # parent row, recipe, part
    for part in PARTS:
        rows = np.flatnonzero(kept & (parts == part))
        if len(rows) == 0:
            continue
        new: list[tuple[int, str, str]] = []
        if part == "train":
            new = _new_rows(corpus, rows, changed, settings, progress)
            added = [(parent, recipe, part) for parent, _, recipe in new]
        tables[part] = _part_table(corpus, rows, new, masked, columns, own, part)
    ledger = build_ledger(corpus, plan, masked.rows, added)
    check_accounts(ledger, corpus, sum(len(t) for t in tables.values()))
    return Prepared(
        tables,
        ledger,
        _removed(corpus, plan, clusters),
        _changes(corpus, masked, plan),
        {**_summary(corpus, plan, tables, masked, added, proof), "mask_key_id": masker.key.id},
        left_out,
        masked.masks,
    )


def _guard(plan: Plan, rows: int, settings: PrepareSettings) -> None:
    if plan.removed > settings.max_removed * rows:
        raise SafetyError(
            f"The plan removes {plan.removed:,} of {rows:,} rows ({plan.removed / rows:.0%}).",
            where=f"prepare.max_removed = {settings.max_removed:.0%}",
            fix="Read the plan; then raise --max-removed or take out rules with --skip.",
        )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _output_columns(corpus: Corpus, searched: Sequence[str]) -> tuple[list[str], tuple[str, ...]]:
    """Columns that go out: the roles, those looked through for personal data, and what holds no free text."""
    roles = {*corpus.roles.columns().values(), *searched}
    safe = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_temporal)
    keep = [
        n for n in corpus.table.column_names if n in roles or any(test(corpus.table.column(n).type) for test in safe)
    ]
    return keep, tuple(n for n in corpus.table.column_names if n not in keep)


def _new_rows(
    corpus: Corpus,
    rows: np.ndarray,
    changed: Mapping[int, str],
    settings: Settings,
    progress: Callable[[int, int], None],
) -> list[tuple[int, str, str]]:
    """(parent row, text, recipe) of augmented and repeated train rows."""
    own = settings.prepare
    texts = [changed.get(i, corpus.texts[i]) for i in rows.tolist()]
    labels = [corpus.labels[i] for i in rows.tolist()] if corpus.labels is not None else [None] * len(rows)
    new: list[tuple[int, str, str]] = []
    if own.augment != "none":
        made = augment(
            texts,
            labels,
            method=own.augment,
            budget=own.augment_budget,
            language=corpus.language,
            seed=settings.seed,
            progress=progress,
        )
        new = [(int(rows[one.parent]), one.text, one.recipe) for one in made]
    if own.balance == "oversample":
        every = list(zip(rows.tolist(), texts, strict=True)) + [(parent, text) for parent, text, _ in new]
        all_labels = labels + [corpus.labels[parent] if corpus.labels else None for parent, _, _ in new]
        new += [(*every[i], "oversample") for i in oversample(all_labels, settings.seed)]
    return new


def _part_table(
    corpus: Corpus,
    rows: np.ndarray,
    new: list[tuple[int, str, str]],
    masked: MaskedCorpus,
    columns: list[str],
    settings: PrepareSettings,
    part: str,
) -> pa.Table:
    parents = [parent for parent, _, _ in new]
    every = np.concatenate([rows, np.array(parents, np.int64)])
    table = corpus.table.select(columns).take(pa.array(every))
    for name in masked.columns.keys() - {corpus.roles.text}:
        table = _with_masked(table, name, masked.columns[name], every)
    changed = masked.columns.get(corpus.roles.text, {})
    texts = [changed.get(i, corpus.texts[i]) for i in rows.tolist()] + [text for _, text, _ in new]
    place = table.column_names.index(corpus.roles.text)
    table = table.set_column(place, corpus.roles.text, pa.array(texts, pa.large_string()))
    for name in set(ADDED_COLUMNS) & set(table.column_names):  # the user's own column of that name
        table = table.rename_columns([f"{n}_input" if n == name else n for n in table.column_names])
    labels = [corpus.labels[i] for i in every.tolist()] if corpus.labels is not None else [None] * len(every)
    weigh = settings.balance == "weights" and part == "train"
    nothing = [None] * len(new)
    extra = {
        "row_id": pa.array(corpus.row_id[rows].tolist() + nothing, pa.int64()),
        "parent_row_id": pa.array([None] * len(rows) + corpus.row_id[parents].tolist(), pa.int64()),
        "recipe": pa.array([None] * len(rows) + [recipe for _, _, recipe in new], pa.string()),
        "sample_weight": pa.array(class_weights(labels) if weigh else np.ones(len(every))),
    }
    for name, column in extra.items():
        table = table.append_column(name, column)
    return table.combine_chunks()


def _with_masked(table: pa.Table, name: str, changed: Mapping[int, str], every: np.ndarray) -> pa.Table:
    """`table` with the masked values of one column; rows are at the positions `every` of the corpus."""
    values = table.column(name).cast(pa.large_string()).to_pylist()
    new = [changed.get(i, value) for i, value in zip(every.tolist(), values, strict=True)]
    return table.set_column(table.column_names.index(name), name, pa.array(new, pa.large_string()))


def _removed(corpus: Corpus, plan: Plan, clusters: Clusters) -> pa.Table:
    """One row a removed row; its text stays with the input, here is its hash."""
    rows = [i for i, action in enumerate(plan.table.column("action").to_pylist()) if action == "drop"]
    picked = plan.table.take(pa.array(rows, pa.int64()))
    return pa.table(
        {
            **{name: picked.column(name) for name in ("row_id", "part", "code", "rule", "reason")},
            "kept_row_id": picked.column("ref_row"),
            "similarity": clusters.similarity[rows],
            "text_sha256": [_hash(corpus.texts[i]) for i in rows],
        },
        schema=REMOVED_SCHEMA,
    )


def _changes(corpus: Corpus, masked: MaskedCorpus, plan: Plan) -> pa.Table:
    """Hashes of texts before and after; a row where only another column changed has the same one twice."""
    rows, changed = sorted(masked.rows), masked.columns.get(corpus.roles.text, {})
    picked = plan.table.take(pa.array(rows, pa.int64()))
    return pa.table(
        {
            "row_id": picked.column("row_id"),
            "part": picked.column("part"),
            "step": ["mask"] * len(rows),
            "old_sha256": [_hash(corpus.texts[i]) for i in rows],
            "new_sha256": [_hash(changed.get(i, corpus.texts[i])) for i in rows],
        },
        schema=CHANGES_SCHEMA,
    )


def _summary(
    corpus: Corpus,
    plan: Plan,
    tables: Mapping[str, pa.Table],
    masked: MaskedCorpus,
    added: list[tuple[int, str, str]],
    proof: Mapping[str, int],
) -> dict[str, Any]:
    """Counts for the manifest and the report; see DESIGN for the two equations they obey."""
    label = corpus.roles.label
    before = Counter(corpus.labels or [])
    after: Counter[str] = Counter()
    if label is not None and "train" in tables:
        after.update(str(v) for v in tables["train"].column(label).cast(pa.large_string()).to_pylist() if v is not None)
    actions = Counter(plan.table.column("action").to_pylist())
    return {
        "rows_in": corpus.rows_read,
        "rows_kept": len(corpus) - plan.removed,
        "rows_removed": plan.removed,
        "rows_rejected": len(corpus.rejects),
        "rows_added": len(added),
        "rows_out": sum(len(table) for table in tables.values()),
        "rows_masked": len(masked.rows),
        "rows_to_review": actions["review"],
        "added_by_recipe": dict(sorted(Counter(recipe for _, recipe, _ in added).items())),
        "parts": {part: len(table) for part, table in tables.items()},
        "classes_in": {
            str(k): v for k, v in sorted(before.items(), key=lambda kv: (-kv[1], str(kv[0]))) if k is not None
        },
        "classes_train_out": dict(sorted(after.items(), key=lambda kv: (-kv[1], kv[0]))),
        "split_proof": dict(proof),
        "masked_places": masked.counts,
    }
