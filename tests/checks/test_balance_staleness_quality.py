"""Balance, staleness and quality: one planted fault each."""

from datetime import date, timedelta

import numpy as np
import pytest

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Shared
from auditor.checks.quality import QualityCheck
from auditor.checks.slices import correlation_ratio, cramers_v, gini, scripts
from auditor.checks.staleness import StalenessCheck
from auditor.config import Settings
from auditor.findings import Skipped
from tests.corpora import corpus


def run(kind, c, **settings):
    own = Settings.model_validate(settings)
    check = kind(own, c.language)
    return check.finish([check.scan(batch) for batch in c.batches(kind.roles)], c, Shared())


def hits(result, code):
    return [f for f in result.findings.to_pylist() if f["code"] == code]


def metric(result, name):
    return next(m for m in result.metrics if m.name == name)


def test_balance_numbers():
    c = corpus(["t"] * 120, labels=["a"] * 60 + ["b"] * 40 + ["c"] * 20)
    result = run(BalanceCheck, c)
    assert metric(result, "balance.ratio").value == 3.0
    assert metric(result, "balance.ratio").status == "pass"
    p = np.array([60, 40, 20]) / 120
    assert metric(result, "balance.effective_classes").value == pytest.approx(np.exp(-(p * np.log(p)).sum()), abs=1e-5)
    assert hits(result, "BAL002") == []


def test_rare_classes_and_near_equal_labels_are_named():
    c = corpus(["t"] * 112, labels=["pos"] * 50 + ["neg"] * 50 + [" Pos "] * 3 + ["1"] * 5 + ["1.0"] * 4)
    result = run(BalanceCheck, c)
    assert {f["value"] for f in hits(result, "BAL002")} == {" Pos ", "1", "1.0"}
    assert {(f["value"], f["suggestion"]) for f in hits(result, "BAL003")} == {(" Pos ", "pos"), ("1.0", "1")}


def test_a_class_that_lives_in_one_source_is_reported():
    c = corpus(["t"] * 200, labels=["a", "b"] * 100, sources=["web", "app"] * 100)
    assert [f["value"] for f in hits(run(BalanceCheck, c), "BAL004")] == ["source"]
    mixed = corpus(["t"] * 200, labels=["a", "b"] * 100, sources=["web", "web", "app", "app"] * 50)
    assert hits(run(BalanceCheck, mixed), "BAL004") == []


def test_cramers_v_is_one_for_identity_and_zero_for_independence():
    assert cramers_v(np.diag([50.0, 30.0, 20.0])) == pytest.approx(1.0)
    assert cramers_v(np.outer([50, 30, 20], [0.2, 0.8])) == 0.0


def test_a_subgroup_that_is_all_but_absent_is_named_with_what_was_expected():
    labels, sources = ["a", "b"] * 100, ["web"] * 100 + ["app"] * 100
    missing = [i for i in range(100, 200) if labels[i] == "b"][:48]
    keep = [i for i in range(200) if i not in missing]
    c = corpus(["t"] * len(keep), labels=[labels[i] for i in keep], sources=[sources[i] for i in keep])
    assert [f["value"] for f in hits(run(BalanceCheck, c), "BAL007")] == ["app · b: 2 / 18"]


def test_a_class_told_by_the_length_of_its_texts_is_reported():
    texts = ["short text here"] * 60 + ["a much longer text, " * 12] * 60
    uneven = run(BalanceCheck, corpus(texts, labels=["a"] * 60 + ["b"] * 60))
    even = run(BalanceCheck, corpus(texts, labels=["a", "b"] * 60))
    assert len(hits(uneven, "BAL006")) == 1
    assert hits(even, "BAL006") == []
    bars = next(f for f in uneven.figures if f.title == "figure.length_per_class")
    assert dict(zip(bars.labels, bars.values, strict=True)) == {"a": 15.0, "b": 240.0}


def test_labels_that_go_with_a_script_are_reported():
    texts = ["你好世界"] * 50 + ["hello world"] * 50
    assert [f["value"] for f in hits(run(BalanceCheck, corpus(texts, labels=["a"] * 50 + ["b"] * 50)), "BAL004")] == [
        "script"
    ]
    assert scripts(corpus(["日本のカメラ", "中文", "Ωμέγα", "12", None]).text) == ["kana", "han", "other", None, None]


def test_gini_and_correlation_ratio_at_their_ends():
    assert gini(np.array([5.0, 5.0, 5.0])) == 0.0
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    assert correlation_ratio(np.array([1.0, 1.0, 9.0, 9.0]), np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert correlation_ratio(np.array([1.0, 9.0, 1.0, 9.0]), np.array([0, 0, 1, 1])) == 0.0


def test_one_class_is_skipped_with_the_reason():
    assert run(BalanceCheck, corpus(["t"] * 9, labels=["a"] * 9)) == Skipped("all labels are one class")


def days(n, start=date(2024, 1, 1)):
    return [(start + timedelta(days=i)).isoformat() for i in range(n)]


def test_every_kind_of_broken_date_has_its_code():
    bad = ["2024-02-30", "1970-01-01", "", "2093-01-01", "1991-05-05", "2015-07-07"]
    c = corpus(["t"] * 706, dates=days(700) + bad)
    result = run(StalenessCheck, c, staleness={"as_of": "2026-06-01", "max_age": "2y"})
    rows = {
        code: [f["row_id"] for f in hits(result, code)] for code in ("STL002", "STL003", "STL004", "STL006", "STL007")
    }
    assert rows == {"STL002": [700, 704, 705], "STL006": [], "STL007": [701], "STL004": [702], "STL003": [703]}
    old = [f["row_id"] for f in hits(result, "STL001")]
    limit = (date(2026, 6, 1) - date(2024, 1, 1)).days - 730
    assert old == list(range(limit))
    assert metric(result, "staleness.old_rate").value == pytest.approx(limit / 700, abs=1e-6)
    assert result.per_row["age_days"][0].as_py() == (date(2026, 6, 1) - date(2024, 1, 1)).days
    assert result.per_row["age_days"][703].as_py() is None, "the future has no age"


def test_drift_is_found_where_the_words_changed_and_only_there():
    draw = np.random.default_rng(0)
    words = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    same = [" ".join(draw.choice(words, 12)) for _ in range(450)]
    moved = [f"{text} {'telegram cable' if i < 150 else 'chat app'}" for i, text in enumerate(same)]
    still = run(StalenessCheck, corpus(same, dates=days(450)), staleness={"as_of": "2026-06-01"})
    drifted = run(StalenessCheck, corpus(moved, dates=days(450)), staleness={"as_of": "2026-06-01"})
    assert hits(still, "STL005") == []
    assert "note.no_words_moved" in still.notes
    assert "figure.shifted_words" not in {figure.title for figure in still.figures}
    assert len(hits(drifted, "STL005")) == 1
    assert metric(drifted, "staleness.drift_auc").value > 0.95
    assert 0.4 < metric(drifted, "staleness.drift_null").value < 0.6
    shifted = next(f for f in drifted.figures if f.title == "figure.shifted_words")
    z = dict(zip(shifted.labels, shifted.values, strict=True))
    assert z["chat"] > 2
    assert z["telegram"] < -2


def test_names_are_not_among_the_shifted_words():
    texts = [f"meeting with {'Waldemar' if i < 150 else 'nobody'} about item {i}" for i in range(450)]
    result = run(StalenessCheck, corpus(texts, dates=days(450)), staleness={"as_of": "2026-06-01"})
    shifted = next(f for f in result.figures if f.title == "figure.shifted_words")
    assert "nobody" in shifted.labels
    assert "waldemar" not in shifted.labels


def test_ambiguous_dates_skip_the_check_with_what_to_do():
    from auditor.errors import InputError

    with pytest.raises(InputError, match="cannot be told apart"):
        run(StalenessCheck, corpus(["t"] * 60, dates=["01/02/2024"] * 60))


def test_quality_rules():
    texts = [
        "fine text",
        "",
        "...",
        None,
        "caf\u00c3\u00a9 au lait",
        "bad \ufffd char",
        "<p>a</p> &nbsp; <br>",
        "a < b & c > d",
        "naïve café",
    ]
    result = run(QualityCheck, corpus(texts))
    assert [f["row_id"] for f in hits(result, "QLT001")] == [1, 2, 3]
    assert [f["row_id"] for f in hits(result, "QLT002")] == [4, 5]
    assert [f["row_id"] for f in hits(result, "QLT003")] == [6]
