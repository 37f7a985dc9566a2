"""Weights by age: asked for, carried by the plan, combined with class weights, accounted for."""

import json
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.settings import PiiSettings, PrepareSettings, Settings, StalenessSettings
from auditor.core.actions import Action
from auditor.core.findings import findings
from auditor.core.policy import PolicyRule, load_policy
from auditor.errors import UsageError
from auditor.pipeline import run
from auditor.prepare.balance import class_weights
from auditor.prepare.recency_weights import age_weights, recency_findings
from tests.corpora import corpus
from tests.prepare.made import prepared

DAYS = ["2026-01-01", "2025-01-01", "2024-01-02", "not a date"] * 15


def go(tmp_path, stages=("scan", "plan", "clean"), plan_file=None, out="run", **own):
    rows = {
        "text": [f"row {i} {'abcdefgh'[i % 8]} unlike {i * 7919} others {i * 104729}" for i in range(60)],
        "label": ["a" if i % 4 < 2 else "b" for i in range(60)],
        "date": DAYS,
    }
    pq.write_table(pa.table(rows), tmp_path / "d.parquet")
    prepare = PrepareSettings(augment="none", validation=0.0, test=0.0, **own)
    settings = Settings(
        select=("STL", "PII"),
        pii=PiiSettings(ner="off"),
        prepare=prepare,
        staleness=StalenessSettings(as_of=date(2026, 1, 1), max_age="1y"),
    )
    return run(
        [str(tmp_path / "d.parquet")], settings, out=tmp_path / out, command="test", stages=stages,
        progress=lambda stage, done, total: None, plan_file=plan_file,
    )  # fmt: skip


def weights(outcome):
    return np.array(pq.read_table(outcome.path / "dataset" / "train-00000-of-00001.parquet")["sample_weight"])


def test_weights_halve_with_every_half_life_and_unknown_ages_take_the_mean():
    got = age_weights(np.array([0.0, 365.0, 730.0, np.nan, -2.0]), 365.0)
    assert got.tolist() == [1.0, 0.5, 0.25, (1 + 0.5 + 0.25 + 1) / 4, 1.0]


def test_age_has_no_say_unless_it_is_asked_for(tmp_path):
    outcome = go(tmp_path, balance="none")
    assert set(weights(outcome)) == {1.0}
    assert outcome.prepared.accounts.rows_down_weighted == 0


def test_ages_weigh_train_rows_and_the_accounts_say_so(tmp_path):
    outcome = go(tmp_path, balance="none", half_life=365.0)
    assert weights(outcome)[:4] == pytest.approx([1.0, 0.5, 0.25, 1.75 / 3])
    manifest = json.loads((outcome.path / "manifest.json").read_text("utf-8"))
    assert manifest["accounts"]["rows_down_weighted"] == 60
    assert manifest["config"]["prepare"]["half_life"] == 365.0
    ledger = pq.read_table(outcome.path / "ledger.parquet").to_pylist()
    assert {(row["code"], row["rule"], row["outcome"]) for row in ledger} == {("STL012", "half-life", "kept")}
    assert "0.5 ** (age / 365 days), ages as of 2026-01-01" in (outcome.path / "dataset" / "README.md").read_text()
    assert [name for name, *_ in outcome.plan.counts()] == ["half-life"]


def test_classes_weigh_the_same_however_old_they_are(tmp_path):
    got, label = weights(go(tmp_path, half_life=365.0)), np.array(["a" if i % 4 < 2 else "b" for i in range(60)])
    assert got[label == "a"].sum() == pytest.approx(got[label == "b"].sum())
    assert got[1] / got[0] == pytest.approx(0.5)
    plain = class_weights(["a", "a", "b"])
    assert plain.tolist() == [0.75, 0.75, 1.5]
    assert class_weights(["a", "a", "b"], np.array([1.0, 0.0, 0.5])).tolist() == [0.75, 0.75, 1.5]


def test_a_plan_file_carries_the_weights_and_the_rule_can_be_left_out(tmp_path):
    whole = go(tmp_path, balance="none", half_life=365.0)
    again = go(tmp_path, balance="none", half_life=365.0, plan_file=whole.path / "plan.csv", out="again")
    assert weights(again) == pytest.approx(weights(whole))
    assert set(weights(go(tmp_path, balance="none", half_life=365.0, skip=("half-life",), out="not"))) == {1.0}


def test_weights_of_several_rules_multiply_whichever_action_wins():
    c = corpus(["one row", "another here", "third of them"], labels=["a", "b", "a"])
    policy = (
        PolicyRule("noisy", ("LBL001",), Action.DOWN_WEIGHT, by_score=True),
        PolicyRule("doubt", ("LBL004",), Action.REVIEW),
        PolicyRule("old", ("STL001",), Action.DOWN_WEIGHT, weight=0.5),
    )
    found = [
        findings("LBL001", "warn", [0, 1], score=[0.25, 0.5]),
        findings("STL001", "info", [0, 1]),
        findings("LBL004", "info", [1]),
    ]
    result, plan = prepared(c, found, policy=policy, balance="none", test=0.0, validation=0.0)
    assert plan.table.column("action").to_pylist() == ["down-weight", "review", "keep"]
    assert result.parts["train"].column("sample_weight").to_pylist() == [0.125, 0.25, 1.0]


def test_old_rows_can_be_dropped_by_a_policy_of_ones_own(tmp_path):
    lines = ["rules:", "- {name: too-old, codes: [STL001], action: drop, min_score: 700, reason: too old}"]
    (tmp_path / "policy.yaml").write_text("\n".join(lines))
    outcome = go(tmp_path, policy=str(tmp_path / "policy.yaml"))
    assert outcome.plan.removed == 15
    assert outcome.prepared.accounts.rows_removed == 15


def test_without_ages_a_half_life_is_refused_and_the_shipped_policy_only_flags_age():
    with pytest.raises(UsageError, match="ages are not known"):
        recency_findings(corpus(["x"]), None, 30.0, np.zeros(1, np.int8))
    rules = {rule.action.word for rule in load_policy().rules if any(code.startswith("STL") for code in rule.codes)}
    assert rules == {"down-weight", "flag"}
    assert next(r for r in load_policy().rules if "STL012" in r.codes).codes == ("STL012",)
