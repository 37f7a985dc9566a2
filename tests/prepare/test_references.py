"""A row that is called kept is in the data set."""

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.base import Shared
from auditor.checks.duplicates import DuplicateCheck
from auditor.config.settings import DuplicateSettings, Settings
from auditor.core.actions import Action
from auditor.core.findings import findings
from auditor.dedup.clusters import Clusters
from auditor.dedup.find import find_clusters
from auditor.dedup.tables import clusters_table
from auditor.prepare.plan import Decision
from auditor.prepare.references import references
from tests.corpora import corpus
from tests.prepare.made import prepared, varied

WHOLE = {"test": 0.0, "validation": 0.0, "max_removed": 1.0}


def found_in(c):
    shared = Shared(clusters=find_clusters(c, DuplicateSettings()))
    return DuplicateCheck(Settings(), c.language).finish([], c, shared).findings


def clusters_of(c, clusters, plan):
    return clusters_table(c, clusters, plan.actions() != Action.DROP, references(plan, c))


def check(result, plan, c, clusters):
    kept = {i for table in result.parts.values() for i in table.column("row_id").to_pylist() if i is not None}
    for row in result.removed.to_pylist():
        assert row["kept_row_id"] is None or row["kept_row_id"] in kept
    for row in plan.table.to_pylist():
        if (row["code"] or "").startswith("DUP"):
            assert row["ref_row"] is None or row["ref_row"] in kept
    for row in clusters_of(c, clusters, plan).to_pylist():
        assert row["kept_row_id"] is None or row["kept_row_id"] in kept
        if row["row_id"] in kept:
            assert row["kept_row_id"] is not None
    return kept


@pytest.mark.parametrize("balance", ["none", "undersample"])
def test_references_name_kept_rows_whatever_else_is_dropped(balance):
    draw = np.random.default_rng(3)
    base = varied(12)
    texts = [base[i] + " today" * int(k) for i, k in draw.integers(0, [12, 3], (60, 2)).tolist()]
    labels = [["a", "b", None][i] for i in draw.integers(0, 3, 60).tolist()]
    c = corpus(texts, labels=labels)
    lost = findings("LBL003", "warn", [i for i, label in enumerate(labels) if label is None])
    reviewed = {int(i): Decision(Action.DROP, None, "review-decision") for i in draw.choice(60, 6, replace=False)}
    result, plan = prepared(
        c,
        [found_in(c), lost],
        reviewed=reviewed,
        balance=balance,
        recluster=lambda x: find_clusters(x, DuplicateSettings()),
        **WHOLE,
    )
    assert len(check(result, plan, c, find_clusters(c, DuplicateSettings()))) > 3


def test_of_a_conflict_that_takes_both_rows_none_is_called_kept():
    text = varied(1)[0]
    c = corpus([text, text, *varied(5)[1:]], labels=["a", "b", *"aabb"])
    result, plan = prepared(c, [found_in(c)], vanishing="allow", **WHOLE)
    assert check(result, plan, c, find_clusters(c, DuplicateSettings())) == {2, 3, 4, 5}
    assert result.removed.column("code").to_pylist() == ["DUP005", "DUP005"]
    assert result.removed.column("kept_row_id").to_pylist() == [None, None]
    table = clusters_of(c, find_clusters(c, DuplicateSettings()), plan).to_pylist()
    assert [row["kept_row_id"] for row in table] == [None, None]


def test_a_row_linked_by_a_chain_alone_is_called_so_and_has_no_similarity():
    clusters = Clusters(
        cluster=np.array([0, 0, 0, -1]),
        kept=np.array([0, 0, 2, 3]),
        twin=np.arange(4),
        similarity=np.array([1.0, 0.8, 1.0, 1.0], np.float32),
        because=np.zeros(4, np.int8),
    )
    rows = clusters_table(corpus(varied(4)), clusters).to_pylist()
    assert [row["kind"] for row in rows] == ["near", "near", "chain"]
    assert [row["similarity"] for row in rows] == [1.0, pytest.approx(0.8), None]
    assert [row["kept_row_id"] for row in rows] == [0, 0, 2]


def test_the_other_row_of_the_reference_data_is_no_kept_row():
    c = corpus(varied(4))
    result, _ = prepared(c, [findings("DUP007", "warn", [1], ref_row=[2])], **WHOLE)
    assert result.removed.column("kept_row_id").to_pylist() == [None]
    assert pa.types.is_int64(result.removed.schema.field("kept_row_id").type)
