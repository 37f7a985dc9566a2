"""The two sides of the benchmark and its test rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from auditor.benchmark.data import Arm, TestSet
from auditor.benchmark.several.data import LabelledTexts
from auditor.benchmark.tagging import TaggedRows
from auditor.core.actions import Part
from auditor.core.audit import Audit
from auditor.corpus.corpus import Corpus
from auditor.corpus.label_sets import label_sets
from auditor.dedup.clusters import Clusters
from auditor.errors import InputError
from auditor.prepare.apply import Prepared
from auditor.prepare.split import held_out
from auditor.rules import identity_groups
from auditor.text.terms import TermIndex


def make_arms(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared, audit: Audit
) -> tuple[Arm, Arm, TestSet]:
    """Before: the train rows as they came. After: the prepared train part. Test: untouched test rows.

    Train rows that share a duplicate group with a test row are left out on both sides. Test rows are never
    cleaned, masked or augmented; those whose label the audit disputes are marked.

    Raises:
        InputError: no labels, or no test or train rows.
    """
    labels = corpus.labels
    if labels is None or corpus.roles.label is None:
        raise InputError(
            "A before/after benchmark of classification needs one label per row.",
            where="label column",
            fix="Name one with --label, or set benchmark.task=language.",
        )
    labels = [None if label is None else prepared.labels.get(label, label) for label in labels]
    labelled = np.array([label is not None for label in labels])
    train, test = _sides(corpus, clusters, parts, prepared, labelled)
    before = Arm(
        "before", [corpus.texts[i] for i in train], [str(labels[i]) for i in train], None, corpus.row_id[train]
    )
    after = _after(prepared, corpus.roles.text, corpus.roles.label, set(corpus.row_id[train].tolist()))
    return (
        before,
        after,
        TestSet(
            row_ids=corpus.row_id[test],
            texts=[corpus.texts[i] for i in test],
            labels=[str(labels[i]) for i in test],
            disputed=_disputed(audit, corpus.row_id[test], ("LBL001", "DUP005")),
            groups=_groups(corpus, test),
        ),
    )


def make_several(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared, audit: Audit
) -> tuple[LabelledTexts, LabelledTexts, LabelledTexts]:
    """`make_arms` where rows carry several labels each: before, after and test rows.

    Raises:
        InputError: no labels, or no test or train rows.
    """
    sets = corpus.label_sets
    if sets is None or corpus.roles.label is None:
        raise InputError(
            "A benchmark of several labels per row needs a column that holds them.",
            where="label column",
            fix="Name one with --label, and the separator of labels in a text with --set corpus.label_separator=,",
        )
    train, test = _sides(corpus, clusters, parts, prepared, np.array([labels is not None for labels in sets]))

    def rows(name: str, at: np.ndarray) -> LabelledTexts:
        labels = [tuple(prepared.labels.get(label, label) for label in sets[i] or ()) for i in at.tolist()]
        return LabelledTexts(name, [corpus.texts[i] for i in at.tolist()], labels, None, corpus.row_id[at])

    table = prepared.parts["train"]
    given = label_sets(prepared.column("train", corpus.roles.label), corpus.label_separator)
    texts, weights = prepared.column("train", corpus.roles.text).to_pylist(), table.column("sample_weight").to_numpy()
    keep, ids = _kept(table, texts, given or [None] * len(table), set(corpus.row_id[train].tolist()))
    labels = [] if given is None else [given[i] or () for i in keep]
    after = LabelledTexts("after", [texts[i] for i in keep], labels, weights[keep], ids)
    disputed = _disputed(audit, corpus.row_id[test], ("LBL009", "LBL010", "DUP005"))
    return rows("before", train), after, replace(rows("test", test), disputed=disputed, groups=_groups(corpus, test))


def _disputed(audit: Audit, row_ids: np.ndarray, codes: tuple[str, ...]) -> np.ndarray:
    """bool, one a row of `row_ids`: whether a finding of `codes` doubts it."""
    found = audit.findings()
    rows = {
        row
        for code, row in zip(found.column("code").to_pylist(), found.column("row_id").to_pylist(), strict=True)
        if code in codes
    }
    return np.array([row_id in rows for row_id in row_ids.tolist()], bool)


def make_steps(corpus: Corpus, before: Arm, after: Arm, prepared: Prepared) -> list[Arm]:
    """`before`, then the data after each step of the preparation that changed something, the last one `after`.

    The steps: without duplicates, with labels corrected, with texts cleaned and masked (and what else was removed),
    balanced, augmented.
    """
    assert before.row_ids is not None and after.row_ids is not None
    removed = dict(
        zip(prepared.removed.column("row_id").to_pylist(), prepared.removed.column("code").to_pylist(), strict=True)
    )
    final = {row: i for i, row in enumerate(after.row_ids.tolist()) if row >= 0}
    ids = before.row_ids.tolist()
    steps = [before]

    def add(name: str, arm: Arm) -> None:
        last = steps[-1]
        same_weights = (arm.weights is None) == (last.weights is None) and np.array_equal(
            arm.weights if arm.weights is not None else [], last.weights if last.weights is not None else []
        )
        if (arm.texts, arm.labels) != (last.texts, last.labels) or not same_weights:
            steps.append(replace(arm, name=name))

    kept = [i for i in range(len(ids)) if not (removed.get(ids[i]) or "").startswith("DUP")]
    add("duplicates", before.take(np.array(kept, np.int64)))
    kept = [i for i in kept if not (removed.get(ids[i]) or "").startswith("LBL")]
    labels = [after.labels[final[ids[i]]] if ids[i] in final else before.labels[i] for i in kept]
    add("labels", replace(before.take(np.array(kept, np.int64)), labels=labels))
    own = np.array([i for i, row in enumerate(after.row_ids.tolist()) if row >= 0], np.int64)
    plain = after.take(own)
    add("texts", replace(plain, weights=None))
    copies = set(plain.texts)
    balanced = [i for i, row in enumerate(after.row_ids.tolist()) if row >= 0 or after.texts[i] in copies]
    add("balance", after.take(np.array(balanced, np.int64)))
    add("augmentation", after)
    return [*steps[:-1], after] if len(steps) > 1 else [before, after]


def make_tagged(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared
) -> tuple[TaggedRows, TaggedRows, TaggedRows]:
    """Sentences with their tags: train rows as they came, those that preparation keeps, and untouched test rows.

    Cleaning and masking of texts do not reach lists of words: after differs from before by the rows it lost.

    Raises:
        InputError: no test or train rows.
    """
    tokens, tags = corpus.token_rows or [], corpus.tag_rows or []
    fits = np.array([bool(a) and len(a) == len(b) for a, b in zip(tokens, tags, strict=True)], bool)
    train, test = _sides(corpus, clusters, parts, prepared, fits)
    kept = set(prepared.parts["train"].column("row_id").to_pylist())
    after = [i for i in train.tolist() if int(corpus.row_id[i]) in kept]

    def rows(name: str, at: list[int]) -> TaggedRows:
        return TaggedRows(name, [tokens[i] for i in at], [tags[i] for i in at])

    return rows("before", train.tolist()), rows("after", after), rows("test", test.tolist())


def make_texts(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared
) -> tuple[list[str], list[str], list[str]]:
    """Texts before, after and held out, for masked-language modelling.

    Raises:
        InputError: no test or train rows.
    """
    train, test = _sides(corpus, clusters, parts, prepared, np.ones(len(corpus), bool))
    allowed = set(corpus.row_id[train].tolist())
    table = prepared.parts["train"]
    after = [
        text
        for row, text in zip(
            table.column("row_id").to_pylist(), prepared.column("train", corpus.roles.text).to_pylist(), strict=True
        )
        if row in allowed and (text or "").strip()
    ]
    return [corpus.texts[i] for i in train], after, [corpus.texts[i] for i in test]


def _sides(
    corpus: Corpus, clusters: Clusters, parts: np.ndarray, prepared: Prepared, usable: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of the train and the test rows; no train row shares a duplicate group with a test row."""
    usable = usable & np.array([bool(text.strip()) for text in corpus.texts]) & ~held_out(corpus)
    groups = clusters.groups()
    test = np.flatnonzero((parts == Part.TEST) & usable)
    train = np.flatnonzero((parts == Part.TRAIN) & usable & ~np.isin(groups, groups[test]))
    if len(test) == 0 or len(train) == 0 or "train" not in prepared.parts:
        raise InputError(
            "The benchmark has no rows to train or to test on.",
            where="split",
            fix="Give a larger corpus or --set prepare.test=0.2.",
        )
    return train, test


def _groups(corpus: Corpus, rows: np.ndarray) -> dict[str, list[str | None]]:
    """Columns to tell the result by: the source, and for each kind of identity group which one the text names.

    A text that names several groups of a kind, or none, belongs to no group of it.
    """
    columns: dict[str, list[str | None]] = {}
    source = corpus.role("source")
    if source is not None:
        values = source.cast(pa.large_string()).to_pylist()
        columns["source"] = [values[i] for i in rows]
    if corpus.language not in ("en", "zh"):
        return columns
    index = TermIndex(corpus.text.take(pa.array(rows)))
    kinds: dict[str, dict[str, np.ndarray]] = {}
    for key, group in identity_groups().items():
        kind, _, name = key.partition(".")
        kinds.setdefault(kind, {})[name] = index.rows_with_any(group.words[corpus.language])
    for kind, hits in kinds.items():
        single = np.sum(list(hits.values()), axis=0) == 1
        column: list[str | None] = [None] * len(rows)
        for name, hit in hits.items():
            for i in np.flatnonzero(hit & single).tolist():
                column[i] = name
        if any(column):
            columns[kind] = column
    return columns


def _after(prepared: Prepared, text: str, label: str, allowed: set[int]) -> Arm:
    """The prepared train part without rows (or children of rows) that share a group with a test row."""
    table = prepared.parts["train"]
    labels = prepared.column("train", label).cast(pa.large_string()).to_pylist()
    texts = prepared.column("train", text).to_pylist()
    weights = table.column("sample_weight").to_numpy()
    keep, ids = _kept(table, texts, labels, allowed)
    return Arm("after", [texts[i] for i in keep], [labels[i] for i in keep], weights[keep], ids)


def _kept(
    table: pa.Table, texts: Sequence[str | None], labels: Sequence[object], allowed: set[int]
) -> tuple[list[int], np.ndarray]:
    """Positions of labelled, non-empty rows that are, or are children of, allowed rows; and their ids, -1 if added."""
    row_ids, parents = table.column("row_id").to_pylist(), table.column("parent_row_id").to_pylist()
    keep = [
        i
        for i, (row, parent) in enumerate(zip(row_ids, parents, strict=True))
        if (row if row is not None else parent) in allowed and labels[i] is not None and (texts[i] or "").strip()
    ]
    return keep, np.array([-1 if row_ids[i] is None else row_ids[i] for i in keep], np.int64)
