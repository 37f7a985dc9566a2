"""Prepare: every row accounted for, nothing leaks across the split, the plan decides and only the plan."""

import json
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config.settings import DuplicateSettings, PrepareSettings
from auditor.core.actions import Part
from auditor.core.findings import findings
from auditor.dedup.find import find_clusters
from auditor.errors import CheckError, InputError, SafetyError
from auditor.pii.masking.masker import mask_text
from auditor.prepare.augment.generate import augment
from auditor.prepare.balance import class_weights, oversample
from auditor.prepare.plan_file import plan_json, read_plan
from auditor.prepare.split import assign_parts, prove_disjoint
from tests.corpora import corpus
from tests.prepare.made import prepared, varied


def accounts(result, c):
    """The two equations, from the ledger and the tables alone."""
    outcomes = Counter(result.ledger.column("outcome").to_pylist())
    kept = outcomes["kept"] + outcomes["changed"]
    assert c.rows_read == kept + outcomes["removed"] + outcomes["rejected"]
    assert sum(len(t) for t in result.parts.values()) == kept + outcomes["added"]
    ids = [i for i in result.ledger.column("row_id").to_pylist() if i is not None]
    assert sorted(ids) == sorted([*c.row_id.tolist(), *(r.row_id for r in c.rejects)])
    return outcomes


ROW = st.tuples(
    st.sampled_from([*varied(6), "", "short"]), st.sampled_from(["a", "b", None]), st.sampled_from(["train", "test"])
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(ROW, min_size=1, max_size=30), st.booleans(), st.sampled_from(["none", "weights", "oversample"]), st.data()
)
def test_nothing_is_lost_whatever_the_findings(rows, with_split, balance, data):
    texts, labels, splits = zip(*rows, strict=True)
    c = corpus(list(texts), labels=list(labels), splits=list(splits) if with_split else None)
    codes = st.sampled_from(["DUP001", "DUP002", "DUP005", "LBL001", "LBL003", "QLT001", "STL001", "ZZZ999"])
    hits = data.draw(st.lists(st.tuples(codes, st.integers(0, len(rows) - 1)), max_size=20))
    # leaks are always found by the duplicate check; a split with leaks left in is refused (see below)
    clusters = find_clusters(c, DuplicateSettings())
    weight = {"train": 0, "validation": 1, "test": 2}
    top: dict[int, int] = {}
    for k, split in zip(clusters.cluster.tolist(), splits, strict=True):
        top[k] = max(top.get(k, 0), weight[split])
    leaks = [
        ("DUP004", i)
        for i, k in enumerate(clusters.cluster.tolist())
        if with_split and k >= 0 and weight[splits[i]] < top[k]
    ]
    tables = [findings(code, "warn", [row], ref_row=[0]) for code, row in [*hits, *leaks]]
    result, _ = prepared(c, tables, balance=balance, max_removed=1.0, augment="swap")
    accounts(result, c)
    removed = set(result.removed.column("row_id").to_pylist())
    assert all(not removed & set(t.column("row_id").to_pylist()) for t in result.parts.values())
    out = {part: set(t.column("text").to_pylist()) - {""} for part, t in result.parts.items()}
    assert not out.get("train", set()) & out.get("test", set())
    assert not out.get("validation", set()) & out.get("test", set())


def test_split_follows_shares_classes_and_clusters():
    texts = varied(1000)
    texts[900:] = texts[:100]  # a hundred exact copies
    c = corpus(texts, labels=["a"] * 700 + ["b"] * 300)
    clusters = find_clusters(c, DuplicateSettings())
    parts = assign_parts(c, clusters.groups(), PrepareSettings(), 0)
    assert np.bincount(parts, minlength=3)[1:].tolist() == pytest.approx([100, 100], abs=12)
    for group in set(clusters.cluster.tolist()) - {-1}:
        assert len(set(parts[clusters.cluster == group])) == 1
    for part in (1, 2):
        share = np.mean([c.labels[i] == "a" for i in np.flatnonzero(parts == part)])
        assert share == pytest.approx(0.7, abs=0.05)


def test_a_given_split_is_honoured_and_what_it_lacks_is_cut_from_train():
    c = corpus(varied(300), splits=["train"] * 250 + ["test"] * 50, labels=["a", "b"] * 150)
    parts = assign_parts(c, np.arange(300), PrepareSettings(), 0)
    assert (parts[250:] == Part.TEST).all()
    assert not (parts[:250] == Part.TEST).any()
    assert (parts[:250] == Part.VALIDATION).sum() == pytest.approx(25, abs=3)


def test_a_leaking_split_is_refused():
    with pytest.raises(CheckError, match="leaks"):
        prove_disjoint(np.array([0, 2]), np.array([1, 1]), np.array([7, 8]))
    with pytest.raises(CheckError, match="leaks"):
        prove_disjoint(np.array([0, 2]), np.array([1, 2]), np.array([7, 7]))
    assert prove_disjoint(np.array([0, 2]), np.array([1, 2]), np.array([7, 8])) == {
        "groups_in_two_parts": 0,
        "texts_in_two_parts": 0,
    }


def actions(plan):
    return plan.table.column("action").to_pylist()


def test_the_strongest_action_wins_and_label_rules_spare_the_test_rows():
    c = corpus(varied(6), labels=list("ababab"), splits=["train"] * 4 + ["test"] * 2)
    found = [
        findings("LBL001", "warn", [0, 1, 4], value=["safe", "review", "safe"], is_safe=[True, False, True]),
        findings("STL001", "info", [0, 1, 2]),
        findings(
            "PII001", "warn", [2, 1], column="text", start=0, end=3, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS"
        ),
    ]
    _, plan = prepared(c, found, validation=0.0)
    assert actions(plan) == ["drop", "review", "mask", "keep", "review", "keep"]


def test_when_the_row_kept_is_dropped_another_copy_is_kept():
    texts = [*varied(4), varied(4)[0], varied(4)[0].upper()]
    c = corpus(texts, labels=["a"] * 6)
    found = [
        findings("DUP001", "warn", [4, 5], ref_row=[0, 0]),
        findings("LBL003", "warn", [0]),  # row 0, the one kept, is dropped for a reason of its own
    ]
    result, plan = prepared(c, found, validation=0.0, test=0.0)
    assert actions(plan) == ["drop", "keep", "keep", "keep", "keep", "drop"]
    assert plan.table.column("ref_row")[5].as_py() == 4
    accounts(result, c)


def test_masks_are_applied_and_hashed():
    c = corpus(["write to a@b.co now", "nothing here"], labels=["x", "y"])
    found = [
        findings("PII001", "warn", [0], column="text", start=9, end=15, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS")
    ]
    result, _ = prepared(c, found, validation=0.0, test=0.0)
    assert result.parts["train"].column("text").to_pylist() == ["write to <EMAIL_ADDRESS> now", "nothing here"]
    change = result.changes.to_pylist()[0]
    assert change["row_id"] == 0
    assert change["old_hmac"] != change["new_hmac"]
    assert result.ledger.column("outcome").to_pylist() == ["changed", "kept"]


@pytest.mark.parametrize(
    ("how", "expected"),
    [("replace", "<A> and <B>!"), ("mask", "**** and **!"), ("redact", " and !")],
)
def test_mask_operators(how, expected):
    assert mask_text("abcd and ef!", [(9, 11, "B"), (0, 3, "A"), (2, 4, "C")], how) == expected


def test_a_span_outside_the_text_is_refused():
    with pytest.raises(ValueError, match="outside"):
        mask_text("abc", [(1, 9, "A")], "mask")


def test_a_plan_that_removes_too_much_is_refused():
    c = corpus(varied(10), labels=["a"] * 10)
    with pytest.raises(SafetyError, match="removes 6 of 10"):
        prepared(c, [findings("LBL003", "warn", list(range(6)))])


def test_class_weights_make_classes_weigh_the_same():
    weights = class_weights(["a"] * 30 + ["b"] * 10 + [None])
    assert weights[:30].sum() == pytest.approx(weights[30:40].sum())
    assert weights[:40].mean() == pytest.approx(1.0)
    assert weights[40] == 1.0


def test_oversampling_levels_all_classes():
    labels = ["a"] * 7 + ["b"] * 3 + ["c"]
    added = oversample(labels, seed=1)
    assert Counter(labels + [labels[i] for i in added]) == {"a": 7, "b": 7, "c": 7}


@pytest.mark.parametrize("method", ["swap", "delete", "keyboard"])
def test_augmentation_fills_small_classes_with_new_texts_and_spares_placeholders(method):
    texts = [f"please send my new card to <STREET_ADDRESS> hasn't come {w}" for w in varied(15, 7)] + varied(60)
    labels = ["small"] * 15 + ["large"] * 60
    made = augment(texts, labels, method=method, budget=0.3, language="en", seed=5)
    assert len(made) >= 10
    assert {labels[one.parent] for one in made} == {"small"}
    assert not {one.text for one in made} & set(texts)
    assert len({one.text for one in made}) == len(made)
    if method == "swap":
        assert all("<STREET_ADDRESS>" in one.text and "hasn't" in one.text for one in made)
        assert all(sorted(one.text.lower().split()) == sorted(texts[one.parent].lower().split()) for one in made)
    again = augment(texts, labels, method=method, budget=0.3, language="en", seed=5)
    assert again == made


def test_augmentation_keeps_its_budget_and_chinese_characters():
    texts = [f"我想问一下这张卡的第{i}个问题怎么处理" for i in range(40)]
    labels = ["少"] * 8 + ["多"] * 32
    made = augment(texts, labels, method="swap", budget=0.1, language="zh", seed=0)
    assert 1 <= len(made) <= 4
    assert all(sorted(one.text) == sorted(texts[one.parent]) for one in made)


def test_only_train_is_augmented_and_balanced():
    c = corpus(varied(400), labels=["a"] * 340 + ["b"] * 60)
    result, _ = prepared(c, balance="oversample", augment="swap")
    for part in ("validation", "test"):
        assert result.parts[part].column("recipe").null_count == len(result.parts[part])
        assert set(result.parts[part].column("sample_weight").to_pylist()) == {1.0}
    counts = Counter(result.parts["train"].column("label").to_pylist())
    assert counts["a"] == counts["b"]
    outcomes = accounts(result, c)
    assert outcomes["added"] == result.accounts.rows_added


def test_text_columns_beside_the_roles_stay_in_the_data_set():
    c = corpus(varied(20), labels=["a", "b"] * 10)
    table = c.table.append_column("sender", pa.array(["x@y.z"] * 20, pa.large_string())).append_column(
        "n", pa.array(range(20))
    )
    c = type(c)(c.name, c.files, table, c.row_id, c.roles)
    result, _ = prepared(c)
    assert result.columns_left_out == ()
    assert result.accounts.columns_left_out == ()
    assert result.parts["train"].column_names[:4] == ["text", "label", "sender", "n"]
    assert set(result.parts["train"].column("sender").to_pylist()) == {"x@y.z"}  # no finding names it


def test_an_edited_plan_is_carried_out_and_foreign_or_broken_ones_are_refused(tmp_path):
    c = corpus(varied(8), labels=["a", "b"] * 4)
    _, plan = prepared(c, [findings("LBL003", "warn", [0, 1])])
    path = tmp_path / "plan.json"
    data = json.loads(plan_json(plan, c))
    assert [row["action"] for row in data["rows"]] == ["drop", "drop"]
    data["rows"][0]["action"] = "keep"
    path.write_text(json.dumps(data))
    assert actions(read_plan(path, c, plan)) == ["keep", "drop", *["keep"] * 6]
    for change, error in (
        ({"action": "burn"}, InputError),
        ({"row_id": 99}, InputError),
    ):
        path.write_text(json.dumps({**data, "rows": [{**data["rows"][1], **change}]}))
        with pytest.raises(error):
            read_plan(path, c, plan)
    path.write_text(json.dumps({**data, "plan": {**data["plan"], "corpus_digest": "0" * 64}}))
    with pytest.raises(SafetyError, match="another data set"):
        read_plan(path, c, plan)
    path.write_text("[]")
    with pytest.raises(InputError, match="not a plan"):
        read_plan(path, c, plan)
