"""The two sides of the benchmark and its test rows."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.benchmark.data import Arm, TestSet
from auditor.corpus.clusters import Clusters
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.findings import Audit
from auditor.prepare.apply import Prepared
from auditor.prepare.split import PARTS


def make_arms(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared, audit: Audit
) -> tuple[Arm, Arm, TestSet]:
    """Before: the train rows as they came. After: the prepared train part. Test: untouched test rows.

    Train rows that share a duplicate group with a test row are left out on both sides. Test rows are never
    cleaned, masked or augmented; those whose label the audit disputes are marked.

    Raises:
        InputError: no labels, or no test or train rows.
    """
    if corpus.label_sets is not None:
        raise InputError(
            "A before/after benchmark compares single labels; rows carry several labels each.",
            where="label column",
            fix="Name a column with one label a row with --label, or leave the benchmark out (--no-benchmark).",
        )
    labels = corpus.labels
    if labels is None or corpus.roles.label is None:
        raise InputError("A before/after benchmark needs labels.", where="label column", fix="Name one with --label.")
    labelled = np.array([label is not None for label in labels])
    filled = np.array([bool(text.strip()) for text in corpus.texts])
    groups = clusters.groups()
    test = np.flatnonzero((parts == PARTS.index("test")) & labelled & filled)
    train = np.flatnonzero((parts == PARTS.index("train")) & labelled & filled & ~np.isin(groups, groups[test]))
    if len(test) == 0 or len(train) == 0 or "train" not in prepared.parts:
        raise InputError(
            "The benchmark has no rows to train or to test on.",
            where="split",
            fix="Give a larger corpus or --set prepare.test=0.2.",
        )
    before = Arm(
        "before", [corpus.texts[i] for i in train], [str(labels[i]) for i in train], None, corpus.row_id[train]
    )
    after = _after(prepared.parts["train"], corpus.roles.text, corpus.roles.label, set(corpus.row_id[train].tolist()))
    found = audit.findings()
    disputed = {
        row
        for code, row in zip(found.column("code").to_pylist(), found.column("row_id").to_pylist(), strict=True)
        if code in ("LBL001", "DUP005")
    }
    return (
        before,
        after,
        TestSet(
            row_ids=corpus.row_id[test],
            texts=[corpus.texts[i] for i in test],
            labels=[str(labels[i]) for i in test],
            disputed=np.array([row_id in disputed for row_id in corpus.row_id[test].tolist()], bool),
        ),
    )


def _after(table: pa.Table, text: str, label: str, allowed: set[int]) -> Arm:
    """The prepared train part without rows (or children of rows) that share a group with a test row."""
    row_ids = table.column("row_id").to_pylist()
    parents = table.column("parent_row_id").to_pylist()
    labels = table.column(label).cast(pa.large_string()).to_pylist()
    texts = table.column(text).to_pylist()
    weights = table.column("sample_weight").to_numpy()
    keep = [
        i
        for i, (row, parent) in enumerate(zip(row_ids, parents, strict=True))
        if (row if row is not None else parent) in allowed and labels[i] is not None and (texts[i] or "").strip()
    ]
    ids = np.array([-1 if row_ids[i] is None else row_ids[i] for i in keep], np.int64)
    return Arm("after", [texts[i] for i in keep], [labels[i] for i in keep], weights[keep], ids)
