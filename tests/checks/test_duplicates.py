"""Duplicates: what is found, what is kept, and that nothing is lost to a chain or a leak."""

import numpy as np
import pytest

from auditor.checks.base import Shared
from auditor.checks.duplicates import DuplicateCheck
from auditor.config.settings import DuplicateSettings, Settings
from auditor.dedup.find import find_clusters
from tests.corpora import corpus

LONG = "please tell me how i can change the delivery address of the parcel that i ordered last week from your shop"


def found(c, **settings):
    own = Settings(duplicates=DuplicateSettings(**settings))
    result = DuplicateCheck(own, c.language).finish([], c, Shared(find_clusters(c, own.duplicates)))
    by_code = {}
    for f in result.findings.to_pylist():
        by_code.setdefault(f["code"], []).append((f["row_id"], f["ref_row"]))
    return by_code, {m.name: m.value for m in result.metrics}


def test_exact_near_and_different():
    codes, metrics = found(
        corpus([LONG, LONG.upper() + "!", "hi " + LONG, "something else entirely here", "  " + LONG])
    )
    # row 2 is the longest and kept; row 4 equals row 0 and is only similar to the row that is kept
    assert "DUP001" not in codes
    assert sorted(codes["DUP002"]) == [(0, 2), (1, 2), (4, 2)]
    assert metrics["duplicates.exact_rows"] == 1
    assert metrics["duplicates.clusters"] == 1
    assert metrics["duplicates.rate"] == pytest.approx(3 / 5)


def test_keep_policies():
    texts = [LONG, "hi " + LONG]
    assert found(corpus(texts), keep="longest")[0]["DUP002"] == [(0, 1)]
    assert found(corpus(texts), keep="first")[0]["DUP002"] == [(1, 0)]


def test_a_chain_does_not_cost_rows_that_are_not_similar_to_a_kept_row():
    words = [f"w{i}" for i in range(120)]
    chain = [" ".join(words[i : i + 60]) for i in range(0, 60, 6)]  # neighbours share 54 of 60 words, ends share none
    clusters = find_clusters(corpus(chain), DuplicateSettings(ngram=1, threshold=0.8))
    assert len(set(clusters.cluster.tolist())) == 1
    for row, kept in enumerate(clusters.kept.tolist()):
        a, b = set(chain[row].split()), set(chain[kept].split())
        assert len(a & b) / len(a | b) >= 0.8
        assert clusters.similarity[row] == pytest.approx(len(a & b) / len(a | b))
    assert len(set(clusters.kept.tolist())) > 2


def test_leaks_are_found_in_train_and_the_test_row_is_kept():
    c = corpus(
        [LONG, "hi " + LONG, LONG, "other words stand in this row"], splits=["test", "train", "validation", "train"]
    )
    codes, metrics = found(c)
    assert [row for row, _ in codes["DUP004"]] == [1, 2]
    assert {ref for _, ref in codes["DUP004"]} == {0}
    assert metrics["duplicates.leak_rows"] == 2
    assert 0 not in {row for code in ("DUP001", "DUP002") for row, _ in codes.get(code, [])}


def test_conflicting_labels_blame_the_minority_or_all_where_none_leads():
    codes, _ = found(corpus([LONG, LONG, LONG, "a b c d", "a b c d"], labels=["x", "x", "y", "x", "y"]))
    assert [row for row, _ in codes["DUP005"]] == [2, 3, 4]
    assert (2, 0) in codes["DUP001"], "the row kept carries the majority label"


def test_short_and_empty_texts_are_not_lumped_together():
    c = corpus(["", "  ", "ok", "OK", "no", "👍", "👍", "!!", "a b"])
    clusters = find_clusters(c, DuplicateSettings())
    assert clusters.cluster.tolist() == [-1, -1, 0, 0, -1, 1, 1, -1, -1]


def test_chinese_is_compared_by_characters():
    text = "昨天晚上在超市刷卡的时候提示余额不足请问应该怎么办"
    codes, _ = found(
        corpus([text, text.replace("，", "") + "呢", "今天想开一个新的储蓄账户需要带什么证件"], language="zh")
    )
    assert codes == {"DUP002": [(0, 1)]}


def test_fifty_thousand_identical_rows_are_one_cluster():
    clusters = find_clusters(corpus([LONG] * 50_000 + ["one other row"]), DuplicateSettings())
    assert (clusters.cluster[:50_000] == 0).all()
    assert clusters.cluster[50_000] == -1
    assert (clusters.kept[:50_000] == 0).all()


def test_clusters_do_not_depend_on_row_order():
    texts = [LONG, "hi " + LONG, "unrelated words in a row of their own", LONG + " now", "x y z", "X y z"]
    order = np.array([3, 5, 0, 2, 4, 1])
    first = find_clusters(corpus(texts), DuplicateSettings()).cluster
    second = find_clusters(corpus([texts[i] for i in order]), DuplicateSettings()).cluster
    together = lambda c: {frozenset(np.flatnonzero(c == k).tolist()) for k in set(c.tolist()) - {-1}}
    assert together(first) == {frozenset(int(order[i]) for i in group) for group in together(second)}
