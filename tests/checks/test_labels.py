"""Label noise: planted errors are found, clean and unlearnable data is left alone, and copies do not vouch."""

import numpy as np
import pytest

from auditor.checks.base import Shared
from auditor.checks.clusters import find_clusters
from auditor.checks.labels import LabelCheck
from auditor.checks.probabilities import grouped_folds
from auditor.config import DuplicateSettings, Settings
from auditor.findings import Completed, Skipped
from tests.corpora import corpus

TOPICS = {
    "card": ["card", "plastic", "chip", "pin", "blocked", "stolen", "wallet", "atm", "swallowed", "reader", "contactless", "tap"],
    "loan": ["loan", "mortgage", "interest", "rate", "house", "monthly", "instalment", "borrow", "repay", "credit", "lender", "term"],
    "transfer": ["transfer", "recipient", "iban", "sent", "money", "account", "pending", "wire", "beneficiary", "reference", "bank", "abroad"],
}


def texts_of(n, seed=0):
    draw = np.random.default_rng(seed)
    names = sorted(TOPICS)
    labels = [names[i % 3] for i in range(n)]
    rare = [f"x{i}" for i in range(500)]
    return [" ".join([*draw.choice(TOPICS[name], 6), *draw.choice(rare, 3)]) for name in labels], labels


def check(c, **settings):
    own = Settings.model_validate(settings)
    clusters = find_clusters(c, DuplicateSettings())
    return LabelCheck(own, c.language).finish([], c, Shared(clusters))


def suspects(result):
    return {f["row_id"]: f for f in result.findings.to_pylist() if f["code"] == "LBL001"}


def test_flipped_labels_are_found_with_the_right_suggestion():
    texts, labels = texts_of(600)
    flipped = {i: labels[i] for i in range(0, 600, 20)}
    given = [sorted(set(TOPICS) - {label})[0] if i in flipped else label for i, label in enumerate(labels)]
    found = suspects(check(corpus(texts, labels=given)))
    assert len(set(found) & set(flipped)) >= 24
    assert len(set(found) - set(flipped)) <= 2
    assert all(found[i]["suggestion"] == flipped[i] for i in set(found) & set(flipped))


def test_copies_do_not_vouch_for_a_wrong_label():
    texts, labels = texts_of(300)
    assert labels[0] == "card"
    c = corpus(texts + [texts[0]] * 6, labels=["loan", *labels[1:], *["loan"] * 6])
    scores = check(c).per_row["label_score"].to_pylist()
    assert sorted(scores).index(scores[0]) < 10, "in ungrouped folds its six copies would have taught the wrong label"


def test_clean_data_is_left_alone():
    texts, labels = texts_of(600)
    assert len(suspects(check(corpus(texts, labels=labels)))) <= 3


def test_random_labels_are_not_judged_and_the_gate_says_why():
    texts, _ = texts_of(600)
    labels = np.random.default_rng(1).choice(["a", "b", "c"], 600).tolist()
    result = check(corpus(texts, labels=labels))
    assert suspects(result) == {}
    assert any(note.startswith("note.label_gate") for note in result.notes)


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (["a"] * 60, "one class"),
        ([None] * 60, "no row has a label"),
        ([f"label {i}" for i in range(60)], "too few to judge"),
        ([f"label {i // 5}" for i in range(60)], None),
    ],
)  # fmt: skip
def test_what_cannot_be_judged_is_skipped_with_the_reason(labels, reason):
    texts, _ = texts_of(60)
    result = check(corpus(texts, labels=labels))
    if reason is None:
        assert isinstance(result, Completed)
    else:
        assert isinstance(result, Skipped)
        assert reason in result.reason


def test_missing_and_tiny_classes_have_codes_of_their_own_and_are_not_flagged():
    texts, labels = texts_of(300)
    given = [None, "  ", "tiny", "tiny", *labels[4:]]
    result = check(corpus(texts, labels=given))
    codes = {f["code"]: f for f in result.findings.to_pylist()}
    assert {f["row_id"] for f in result.findings.to_pylist() if f["code"] == "LBL003"} == {0, 1}
    assert codes["LBL004"]["value"] == "tiny"
    assert not {2, 3} & set(suspects(result))
    assert result.per_row["label_score"][2].as_py() is None


def test_folds_keep_groups_whole_and_spread_classes():
    draw = np.random.default_rng(0)
    labels = draw.integers(0, 4, 1000)
    groups = draw.integers(0, 400, 1000)
    labels = labels[np.unique(groups, return_index=True)[1]][np.unique(groups, return_inverse=True)[1]]
    fold = grouped_folds(labels, groups, 5, seed=3)
    assert all(len(set(fold[groups == g])) == 1 for g in set(groups.tolist()))
    counts = np.array([np.bincount(labels[fold == k], minlength=4) for k in range(5)])
    assert (counts > 0.5 * counts.mean(axis=0)).all()
    assert (fold == grouped_folds(labels, groups, 5, seed=3)).all()
