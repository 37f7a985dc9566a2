"""Splits by class, group and time: disjoint, honest about what they cannot do."""

import numpy as np
import pytest

from auditor.errors import InputError
from auditor.prepare.balance import class_weights, oversample, undersample
from tests.corpora import corpus
from tests.prepare.made import drafted, prepared, varied


def with_column(c, name, values):
    import pyarrow as pa

    table = c.table.append_column(name, pa.array(values, pa.large_string()))
    return type(c)(c.name, c.files, table, c.row_id, c.roles, c.rejects, c.language)


def test_a_group_stays_in_one_part():
    groups = [f"g{i // 10}" for i in range(300)]
    c = with_column(corpus(varied(300), labels=["a", "b"] * 150), "author", groups)
    plan, *_ = drafted(c, group="author")
    parts = plan.parts()
    assert set(parts.tolist()) == {0, 1, 2}
    for name in set(groups):
        assert len(set(parts[np.array(groups) == name].tolist())) == 1
    with pytest.raises(InputError, match="no column"):
        drafted(c, group="writer")


def test_a_group_column_with_one_value_cannot_be_split():
    c = with_column(corpus(varied(50), labels=["a", "b"] * 25), "author", ["x"] * 50)
    with pytest.raises(InputError, match="part empty") as caught:
        drafted(c, group="author")
    assert caught.value.exit_code == 3


def test_time_puts_the_newest_last_and_keeps_copies_together():
    texts = varied(100)
    texts[99] = texts[0]  # the newest row is a copy of the oldest: both belong to the test part
    dates = [f"2020-{1 + i // 25:02d}-{1 + i % 25:02d}" for i in range(100)]
    dates[50] = ""
    order = np.random.default_rng(0).permutation(100)
    c = corpus([texts[i] for i in order], dates=[dates[i] for i in order], labels=["a", "b"] * 50)
    plan, *_ = drafted(c, split="time")
    part = dict(zip(order.tolist(), plan.parts().tolist(), strict=True))
    assert part[0] == part[99] == 2
    assert part[50] == 0  # no date
    dated = [i for i in range(1, 99) if i != 50]
    assert [part[i] for i in dated] == sorted(part[i] for i in dated)
    assert [list(part.values()).count(k) for k in (1, 2)] == [10, 10]
    with pytest.raises(InputError, match="needs dates"):
        drafted(corpus(texts), split="time")
    with pytest.raises(InputError, match="none could be read"):
        drafted(corpus(texts, dates=["soon"] * 100), split="time")


def test_strict_stratification_is_refused_where_a_class_is_too_small():
    c = corpus(varied(40), labels=["a"] * 20 + ["b"] * 18 + ["c"] * 2)
    with pytest.raises(InputError, match="cannot be stratified: 1 classes"):
        drafted(c, split="stratified")
    result, plan = prepared(c)  # auto: the small class stays in train, and the manifest says so
    assert set(plan.parts()[38:].tolist()) == {0}
    assert result.accounts.classes_not_in_part == {"validation": 1, "test": 1}


def test_a_given_split_with_leaks_loses_them_from_train_alone():
    texts = varied(30)
    c = corpus([*texts, texts[3], texts[4]], splits=["train"] * 30 + ["test", "test"], labels=["a", "b"] * 16)
    from auditor.core.findings import findings

    result, plan = prepared(c, [findings("DUP004", "fail", [3, 4], ref_row=[30, 31])], validation=0.0)
    assert [r["row_id"] for r in result.removed.to_pylist()] == [3, 4]
    assert set(result.removed.column("part").to_pylist()) == {"train"}
    assert len(result.parts["test"]) == 2


@pytest.mark.parametrize("ratio", [1.0, 2.0, 4.0])
def test_sampling_reaches_the_ratio_and_no_further(ratio):
    labels = ["a"] * 40 + ["b"] * 10 + ["c"] * 5 + [None]
    over = [*labels, *(labels[i] for i in oversample(labels, 0, ratio))]
    counts = {name: over.count(name) for name in "abc"}
    assert counts["a"] == 40
    assert min(counts.values()) == 40 / ratio
    out = set(undersample(labels, 0, ratio))
    left = [label for i, label in enumerate(labels) if i not in out]
    assert {name: left.count(name) for name in "abc"} == {"a": 5 * ratio, "b": min(10, 5 * ratio), "c": 5}
    assert left.count(None) == 1


def test_undersampling_is_part_of_the_plan_and_of_the_accounts():
    c = corpus(varied(60), labels=["a"] * 50 + ["b"] * 10)
    result, plan = prepared(c, balance="undersample", test=0.0, validation=0.0, max_removed=0.1)
    assert result.accounts.classes_train_out == {"a": 10, "b": 10}
    assert ("undersample", "drop", 40) in plan.counts()
    assert set(result.removed.column("rule").to_pylist()) == {"undersample"}


def test_balance_within_groups():
    sources = ["x"] * 30 + ["y"] * 10 + ["x"] * 5 + ["y"] * 5
    c = corpus(varied(50), labels=["a"] * 40 + ["b"] * 10, sources=sources)
    kind = {"test": 0.0, "validation": 0.0, "balance_by": "label-group"}
    result, _ = prepared(c, **kind)
    train = result.parts["train"].to_pylist()
    for label, source in (("a", "x"), ("a", "y"), ("b", "x"), ("b", "y")):
        weight = sum(r["sample_weight"] for r in train if (r["label"], r["source"]) == (label, source))
        assert weight == pytest.approx(50 / 4)
    result, _ = prepared(c, balance="oversample", **kind)
    pairs = [(r["label"], r["source"]) for r in result.parts["train"].to_pylist()]
    assert {pairs.count(pair) for pair in set(pairs)} == {30}


def test_class_weights_of_pairs():
    weights = class_weights([("a", "x"), ("a", "x"), ("b", "x"), None])
    assert weights.tolist() == pytest.approx([0.75, 0.75, 1.5, 1.0])


def test_rows_with_several_labels_are_dealt_by_the_rarest_of_them():
    import pyarrow as pa

    sets = [["common", f"rare {i % 5}"] if i % 4 == 0 else ["common"] if i % 3 else [] for i in range(400)]
    c = corpus(varied(400))
    table = c.table.append_column("label", pa.array(sets, pa.list_(pa.string())))
    roles = type(c.roles)(text=c.roles.text, label="label")
    c = type(c)(c.name, c.files, table, c.row_id, roles, c.rejects, c.language)
    plan, *_ = drafted(c)
    parts = plan.parts()
    for rare in range(5):
        own = np.array([f"rare {rare}" in labels for labels in sets])
        assert [int(own[parts == part].sum()) for part in (0, 1, 2)] == [16, 2, 2]


@pytest.mark.parametrize("value", ["unlabelled", "pool 2", "unsupervised"])
def test_rows_whose_split_value_names_no_part_are_neither_trained_nor_tested_on(value):
    texts = varied(60)
    texts[50] = texts[0]  # a copy of a train row
    c = corpus(texts, labels=["a", "b"] * 30, splits=["train"] * 40 + [value] * 20)
    result, plan = prepared(c, max_removed=0.1, balance="none")
    out = {i for table in result.parts.values() for i in table.column("row_id").to_pylist()}
    assert out == set(range(40))
    lines = [row for row in result.ledger.to_pylist() if row["row_id"] is not None and row["row_id"] >= 40]
    assert {(row["outcome"], row["rule"], row["part"]) for row in lines} == {("removed", "held-out", None)}
    assert "split value names no part" in lines[0]["reason"]
    assert plan.counts()[0] == ("held-out", "drop", 20)


def test_a_row_that_was_held_out_cannot_be_kept_by_hand(tmp_path):
    from auditor.errors import InputError
    from auditor.prepare.plan_file import plan_csv, read_plan

    c = corpus(varied(20), splits=["train"] * 15 + ["unsupervised"] * 5)
    _, plan = prepared(c)
    path = tmp_path / "plan.csv"
    path.write_text(plan_csv(plan, c).replace("drop", "keep", 1), "utf-8")
    with pytest.raises(InputError, match="names no part") as caught:
        read_plan(path, c, plan)
    assert "row_id 15" in caught.value.where
