"""The plan: rules and thresholds, one stated order, only and skip, files that give back what was written."""

import csv
import json

import pandas as pd
import pyarrow.parquet as pq
import pytest

from auditor.config.settings import DuplicateSettings
from auditor.core.actions import ACTIONS, Action, Part
from auditor.core.findings import findings
from auditor.core.policy import PolicyRule, load_policy
from auditor.dedup.find import find_clusters
from auditor.errors import InputError, SafetyError, UsageError
from auditor.prepare.plan import Decision
from auditor.prepare.plan_file import plan_csv, plan_json, plan_table, read_plan
from tests.corpora import corpus
from tests.prepare.made import drafted, prepared, varied


def actions(plan):
    return plan.table.column("action").to_pylist()


def rows(plan, *names):
    return [tuple(row[name] for name in names) for row in plan.table.to_pylist()]


ONE_PART = {"test": 0.0, "validation": 0.0}


def test_thresholds_narrow_a_rule_and_what_it_leaves_falls_to_the_next():
    c = corpus(varied(5), labels=list("ababa"))
    policy = (
        PolicyRule("sure", ("LBL001",), Action.RELABEL, min_confidence=0.9, max_score=0.2),
        PolicyRule("likely", ("LBL001",), Action.DOWN_WEIGHT, max_score=0.5, weight=0.25),
        PolicyRule("rest", ("LBL",), Action.REVIEW),
    )
    found = [
        findings("LBL001", "warn", [0, 1, 2, 3], score=[0.1, 0.1, 0.4, 0.9], confidence=[0.95, 0.5, 0.99, 0.99],
                 suggestion=["b"] * 4)
    ]  # fmt: skip
    plan, *_ = drafted(c, found, policy=policy, **ONE_PART)
    assert rows(plan, "action", "rule", "label", "weight") == [
        ("relabel", "sure", "b", None),
        ("down-weight", "likely", None, 0.25),
        ("down-weight", "likely", None, 0.25),
        ("review", "rest", None, None),
        ("keep", None, None, None),
    ]


def test_conflicts_are_resolved_in_the_stated_order():
    c = corpus(varied(len(ACTIONS)), labels=["a", "b"] * 3 + ["a"])
    policy = tuple(PolicyRule(action.word, (f"X{action}",), action) for action in Action)
    place = {"column": "text", "start": 0, "end": 1, "value": "EMAIL_ADDRESS", "entity": "EMAIL_ADDRESS"}
    found = [findings(f"X{k}", "warn", list(range(k + 1)), suggestion="a", **place) for k in range(len(ACTIONS))]
    plan, *_ = drafted(c, found, policy=policy, **ONE_PART)
    assert actions(plan) == list(ACTIONS)
    assert ACTIONS == ("drop", "review", "relabel", "down-weight", "mask", "flag", "keep")


def test_relabelling_without_a_suggestion_and_outside_train_become_review():
    c = corpus(varied(3), labels=list("aba"), splits=["train", "train", "test"])
    policy = (PolicyRule("sure", ("LBL001",), Action.RELABEL, parts=(Part.TRAIN,)),)
    found = [findings("LBL001", "warn", [0, 1, 2], suggestion=["b", None, "b"])]
    plan, *_ = drafted(c, found, policy=policy, **ONE_PART)
    assert actions(plan) == ["relabel", "review", "review"]


def test_relabel_and_down_weight_reach_the_data_set_and_its_accounts():
    c = corpus(varied(6), labels=list("ababab"))
    policy = (
        PolicyRule("sure", ("LBL001",), Action.RELABEL),
        PolicyRule("old", ("STL001",), Action.DOWN_WEIGHT, weight=0.5),
    )
    found = [findings("LBL001", "warn", [0], suggestion="b"), findings("STL001", "info", [1])]
    result, _ = prepared(c, found, policy=policy, balance="none", **ONE_PART)
    train = result.parts["train"]
    assert train.column("label").to_pylist() == list("bbabab")
    assert train.column("sample_weight").to_pylist() == [1, 0.5, 1, 1, 1, 1]
    assert result.changes.column("step").to_pylist() == ["relabel"]
    assert result.ledger.column("outcome").to_pylist() == ["changed", *["kept"] * 5]


@pytest.mark.parametrize(
    ("only", "skip", "expected"),
    [
        ((), (), ["drop", "drop", "mask", "mask"]),
        (("DUP",), (), ["drop", "keep", "keep", "keep"]),
        (("personal-data",), (), ["keep", "keep", "mask", "mask"]),
        ((), ("duplicates",), ["keep", "drop", "mask", "mask"]),
        ((), ("pii001",), ["drop", "drop", "keep", "mask"]),
        (("PII",), ("PII001",), ["keep", "keep", "keep", "mask"]),
        (("LBL003",), (), ["keep", "drop", "keep", "keep"]),
    ],
)
def test_only_and_skip_take_codes_and_rules(only, skip, expected):
    texts = varied(4)
    c = corpus([*texts, texts[0]], labels=["a", "b", "a", "b", "a"])
    found = [
        findings("DUP001", "warn", [4], ref_row=[0]),
        findings("LBL003", "warn", [1]),
        findings("PII001", "warn", [2], column="text", start=0, end=3, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS"),
        findings("PII002", "warn", [3], column="text", start=0, end=3, value="PHONE_NUMBER", entity="PHONE_NUMBER"),
    ]
    result, plan = prepared(c, found, only=only, skip=skip, **ONE_PART)
    got = actions(plan)
    assert [got[4], *got[1:4]] == expected
    masked = [text.startswith("<") for text in result.parts["train"].column("text").to_pylist()]
    assert sum(masked) == expected.count("mask")


def test_skipping_a_rule_does_not_hand_its_rows_to_the_next():
    """Names are flagged by a rule before the one that masks personal data."""
    c = corpus(varied(2), labels=["a", "b"])
    found = [findings("PII008", "warn", [0], column="text", start=0, end=3, value="PERSON", entity="PERSON")]
    for choice in ({"skip": ("names",)}, {"only": ("personal-data",)}):
        plan, *_ = drafted(c, found, **choice, **ONE_PART)
        assert actions(plan) == ["keep", "keep"]
        assert plan.masked_codes == ()


def test_a_word_that_names_nothing_is_a_usage_error():
    with pytest.raises(UsageError, match="No policy rule"):
        drafted(corpus(varied(2)), skip=("duplicate-rows",))


def test_near_copies_of_a_lost_row_are_compared_with_each_other():
    """Rows 1 and 2 were compared with row 0 only. When it goes, one of each text stays; a last look keeps one in all."""
    base = varied(1)[0] + " and then a longer tail of words that all of these rows have in common for sure"
    texts = [base + " longest", base + " one", base + " two", (base + " one").upper(), *varied(4, 9)]
    c = corpus(texts, labels=["a", "a", "a", "a", *"abab"])
    found = [
        findings("DUP002", "warn", [1, 2, 3], ref_row=[0, 0, 0]),
        findings("QLT001", "warn", [0]),
    ]
    plan, *_ = drafted(c, found, **ONE_PART)
    assert actions(plan)[:4] == ["drop", "keep", "keep", "drop"]
    assert plan.table.column("ref_row")[3].as_py() == 1
    look = lambda some: find_clusters(some, DuplicateSettings())
    swept, *_ = drafted(c, found, recluster=look, **ONE_PART)
    assert actions(swept)[:4].count("keep") == 1
    again = swept.table.slice(actions(swept)[1:3].index("drop") + 1, 1).to_pylist()[0]
    assert (again["code"], again["rule"], again["ref_row"]) == ("DUP002", "duplicates", 3 - again["row_id"])
    kept = {1: Decision(Action.KEEP, rule="review-decision"), 2: Decision(Action.KEEP, rule="review-decision")}
    told, *_ = drafted(c, found, recluster=look, reviewed=kept, **ONE_PART)
    assert actions(told)[1:3] == ["keep", "keep"]
    spared, *_ = drafted(c, found, recluster=look, skip=("DUP002",), **ONE_PART)
    assert actions(spared)[1:4] == ["keep", "keep", "keep"]


def test_a_review_overrides_the_policy_and_frees_the_copies_of_what_it_drops():
    texts = varied(4)
    c = corpus([*texts, texts[0]], labels=["a", "b", "a", "b", "a"])
    found = [findings("DUP001", "warn", [4], ref_row=[0]), findings("LBL003", "warn", [1])]
    reviewed = {0: Decision(Action.DROP, rule="review-decision"), 1: Decision(Action.KEEP, rule="review-decision"),
                2: Decision(Action.RELABEL, rule="review-decision", label="b")}  # fmt: skip
    plan, *_ = drafted(c, found, reviewed=reviewed, **ONE_PART)
    assert actions(plan) == ["drop", "keep", "relabel", "keep", "keep"]


@pytest.fixture
def planned():
    texts = varied(9)
    c = corpus([*texts, texts[0]], labels=["a", "b"] * 5)
    found = [
        findings("DUP001", "warn", [9], ref_row=[0]),
        findings("LBL003", "warn", [1]),
        findings("LBL001", "warn", [2], value="review", suggestion="b"),
        findings("PII001", "warn", [3], column="text", start=0, end=3, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS"),
    ]
    plan, *_ = drafted(c, found)
    return c, plan


def write(kind, plan, c, path):
    if kind == "parquet":
        pq.write_table(plan_table(plan, c), path)
    else:
        path.write_text(plan_json(plan, c) if kind == "json" else plan_csv(plan, c), "utf-8")


def test_a_plan_in_csv_runs_no_formula(tmp_path):
    c = corpus(varied(4), labels=["=1+1", "'b", "=1+1", "'b"])
    policy = (PolicyRule("sure", ("LBL001",), Action.RELABEL),)
    plan, *_ = drafted(c, [findings("LBL001", "warn", [0, 1], suggestion=["'b", "=1+1"])], policy=policy, **ONE_PART)
    path = tmp_path / "plan.csv"
    path.write_text(plan_csv(plan, c), "utf-8")
    with path.open(newline="") as stream:
        assert [row["label"] for row in csv.DictReader(stream)] == ["''b", "'=1+1"]
    assert read_plan(path, c, plan).table.column("label").to_pylist() == ["'b", "=1+1", None, None]


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
def test_a_saved_plan_is_carried_out_exactly(kind, planned, tmp_path):
    c, plan = planned
    path = tmp_path / f"plan.{kind}"
    write(kind, plan, c, path)
    again = read_plan(path, c, plan)
    for row, same in zip(plan.table.to_pylist(), again.table.to_pylist(), strict=True):
        assert same == row if row["action"] != "keep" else same["action"] == "keep"


def edited(kind, path, change):
    """Change the first listed row with an action, as a person would in the file's own tool."""
    if kind == "json":
        data = json.loads(path.read_text("utf-8"))
        data["rows"][0].update(change)
        path.write_text(json.dumps(data), "utf-8")
    elif kind == "csv":
        with path.open(newline="") as stream:
            lines = list(csv.DictReader(stream))
        lines[0].update(change)
        pd.DataFrame(lines).to_csv(path, index=False)
    else:
        frame = pd.read_parquet(path)
        frame = frame.astype({"corpus_digest": str})
        at = frame.index[frame.action != "keep"][0]
        for name, value in change.items():
            frame.loc[at, name] = value
        frame.to_parquet(path)


@pytest.mark.parametrize("kind", ["json", "csv", "parquet"])
@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"action": "keep"}, None, ""),
        ({"action": "relabel", "label": "a"}, None, ""),
        ({"action": "burn"}, InputError, "unknown action"),
        ({"rule": "made-up"}, InputError, "unknown rule"),
        ({"row_id": 99}, InputError, "does not have"),
        ({"part": "elsewhere"}, InputError, "cannot be edited"),
        ({"action": "relabel", "label": "zebra"}, InputError, "no row of the corpus has"),
        ({"action": "down-weight", "weight": 7.0}, InputError, "weight"),
        ({"corpus_digest": "0" * 64}, "head", ""),
    ],
)
def test_edits_are_taken_or_refused(kind, change, error, words, planned, tmp_path):
    c, plan = planned
    path = tmp_path / f"plan.{kind}"
    write(kind, plan, c, path)
    if error == "head":
        if kind == "json":
            pytest.skip("its digest is in the head; see below")
        error, words = InputError, "not a plan"  # lines that name two data sets
    edited(kind, path, change)
    if error is None:
        row = read_plan(path, c, plan).table.to_pylist()[1]
        assert (row["action"], row["label"]) == (change["action"], change.get("label"))
    else:
        with pytest.raises(error, match=words) as caught:
            read_plan(path, c, plan)
        assert len(caught.value.lines()) == 3
        assert "zebra" not in " ".join(caught.value.lines())


def test_a_plan_for_other_rows_or_another_split_is_refused(planned, tmp_path):
    c, plan = planned
    path = tmp_path / "plan.json"
    path.write_text(plan_json(plan, c), "utf-8")
    other = corpus(varied(10, 5), labels=["a", "b"] * 5)
    with pytest.raises(SafetyError, match="another data set") as caught:
        read_plan(path, other, drafted(other)[0])
    assert caught.value.exit_code == 6
    with pytest.raises(SafetyError, match="other text steps"):
        read_plan(path, c, drafted(c, steps=("lower",))[0])
    path.write_text(plan_json(plan, c).replace('"rows": [', '"rows": [{"row_id": 1, "action": "drop"},'), "utf-8")
    with pytest.raises(InputError, match="twice"):
        read_plan(path, c, plan)


def test_a_class_that_would_vanish_is_refused_unless_it_was_renamed():
    c = corpus(varied(8), labels=["a"] * 6 + ["B", "B"])
    with pytest.raises(SafetyError, match="all train rows of 1 class"):
        prepared(c, [findings("LBL003", "warn", [6, 7])], vanishing="refuse", **ONE_PART)
    policy = (PolicyRule("merge", ("LBL001",), Action.RELABEL), *load_policy().rules)
    found = [findings("LBL001", "warn", [6, 7], suggestion="a")]
    result, _ = prepared(c, found, policy=policy, vanishing="refuse", **ONE_PART)
    assert result.accounts.classes_train_out == {"a": 8}


def test_class_counts_of_the_plan_are_those_of_the_data_set():
    c = corpus(varied(20), labels=["a"] * 15 + ["b"] * 5)
    found = [findings("LBL003", "warn", [0, 1]), findings("LBL001", "warn", [2], suggestion="b")]
    policy = (PolicyRule("sure", ("LBL001",), Action.RELABEL), *load_policy().rules)
    result, plan = prepared(c, found, policy=policy, **ONE_PART)
    assert plan.class_counts(c) == [("a", 15, 12), ("b", 5, 6)]
    assert result.accounts.classes_train_out == {"a": 12, "b": 6}
