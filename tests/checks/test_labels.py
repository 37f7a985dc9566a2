"""Label noise: planted errors are found, clean and unlearnable data is left alone, and copies do not vouch."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.checks.labels.dynamics import area_under_margin
from auditor.checks.labels.eligible_rows import MAX_CELLS, MAX_CLASSES, judgeable
from auditor.checks.labels.ensemble import opinion
from auditor.checks.labels.label_issues import likely_wrong, most_wrong
from auditor.checks.labels.neighbours import nearest
from auditor.checks.labels.probabilities import adds, agreement, grouped_folds, log_loss, out_of_sample
from auditor.config.settings import DuplicateSettings, Settings
from auditor.core.results import Completed, Skipped
from auditor.dedup.find import find_clusters
from auditor.message import message
from auditor.models.tfidf import tfidf
from auditor.report.messages import Messages
from benchmarks.label_noise import load, with_noise
from tests.corpora import corpus

TOPICS = {
    "card": [
        "card",
        "plastic",
        "chip",
        "pin",
        "blocked",
        "stolen",
        "wallet",
        "atm",
        "swallowed",
        "reader",
        "contactless",
        "tap",
    ],
    "loan": [
        "loan",
        "mortgage",
        "interest",
        "rate",
        "house",
        "monthly",
        "instalment",
        "borrow",
        "repay",
        "credit",
        "lender",
        "term",
    ],
    "transfer": [
        "transfer",
        "recipient",
        "iban",
        "sent",
        "money",
        "account",
        "pending",
        "wire",
        "beneficiary",
        "reference",
        "bank",
        "abroad",
    ],
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
    assert any(note.key == "note.label_gate" for note in result.notes)


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
        assert reason in Messages("en").message(result.reason)


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


def codes(result, code):
    return [f for f in result.findings.to_pylist() if f["code"] == code]


def test_an_error_is_shown_beside_a_like_row_that_carries_the_suggested_label():
    texts, labels = texts_of(300)
    given = ["loan", *labels[1:]]
    result = check(corpus(texts, labels=given))
    found = suspects(result)[0]
    assert found["suggestion"] == "card"
    assert given[found["ref_row"]] == "card"
    near = result.per_row["label_neighbours"].to_pylist()[0]
    assert found["ref_row"] in near
    assert 0 not in near
    assert set(result.per_row["suggestion_may_apply"].to_pylist()) == {False, None}, "never by default"


def test_a_suggestion_may_be_applied_only_where_asked_for_and_shared_by_the_neighbours():
    texts, labels = texts_of(600)
    flipped = set(range(0, 600, 20))
    given = [sorted(set(TOPICS) - {label})[0] if i in flipped else label for i, label in enumerate(labels)]
    result = check(corpus(texts, labels=given), labels={"may_apply": "safe"})
    applies = {i for i, may in enumerate(result.per_row["suggestion_may_apply"].to_pylist()) if may}
    assert len(applies & flipped) >= 20
    assert all(suspects(result)[i]["value"] == "safe" for i in applies)


def test_texts_between_two_classes_are_ambiguous_and_not_wrong():
    draw = np.random.default_rng(5)
    texts, labels = texts_of(600)
    between = [" ".join(word for name in ("card", "loan") for word in draw.choice(TOPICS[name], 4)) for _ in range(60)]
    result = check(corpus(texts + between, labels=labels + ["card", "loan"] * 30))
    ambiguous = {f["row_id"] for f in codes(result, "LBL002")}
    assert len(ambiguous & set(range(600, 660))) >= 10
    assert len(ambiguous & set(range(600))) <= 6
    assert not ambiguous & set(suspects(result))


def test_the_pair_of_classes_most_confused_is_named_with_rows():
    texts, labels = texts_of(600)
    given = list(labels)
    wrong = [i for i in range(600) if labels[i] == "loan"][:20]
    for i in wrong:
        given[i] = "transfer"
    result = check(corpus(texts, labels=given))
    pairs = codes(result, "LBL005")
    assert {f["value"] for f in pairs} == {"transfer → loan"}
    assert {f["row_id"] for f in pairs} <= set(wrong)
    table = next(f for f in result.figures if f.title == "figure.confused_pairs")
    rows, share = table.series["transfer → loan"]
    assert 10 <= rows <= 22
    assert 0.03 < share < 0.15


def test_missing_labels_are_told_where_nothing_else_can_be():
    texts, _ = texts_of(60)
    result = check(corpus(texts, labels=["a"] * 50 + [None] * 10))
    assert [f["row_id"] for f in codes(result, "LBL003")] == list(range(50, 60))
    assert any(message("reason.one_class") in note.args for note in result.notes)
    assert next(m for m in result.metrics if m.name == "labels.noise_rate").value is None


def test_copies_of_one_text_do_not_make_a_class():
    texts, labels = texts_of(300)
    result = check(corpus(texts + ["copied over and over"] * 9, labels=[*labels, *["copies"] * 9]))
    assert [(f["value"], f["score"]) for f in codes(result, "LBL004")] == [("copies", 9.0)]
    assert not set(suspects(result)) & set(range(300, 309))


@pytest.mark.parametrize(
    ("texts", "labels", "reason"),
    [
        (["the same text"] * 100, ["a", "b"] * 50, "too few to judge"),
        ([f"text {i}" for i in range(100)], [f"{i % 20}.5" for i in range(100)], "holds real numbers, not classes"),
    ],
)
def test_bad_input_is_skipped_with_the_reason(texts, labels, reason):
    assert reason in Messages("en").message(check(corpus(texts, labels=labels)).reason)


def test_ten_thousand_classes_are_judged_as_far_as_memory_allows():
    labels = [f"c{i % 10_000}" for i in range(60_000)] + ["c1"]
    rows = judgeable(labels, np.ones(60_001, bool), np.arange(60_001), 5)
    assert len(rows.names) == MAX_CLASSES
    assert "c1" in rows.names
    assert rows.beyond == (54_000, 9_000)
    assert len(rows.at) == 6_001
    assert len(rows.at) * len(rows.names) <= MAX_CELLS


def test_vectors_that_know_less_than_the_words_have_no_say():
    texts, labels = texts_of(300)
    given = np.unique(labels, return_inverse=True)[1]
    oos = out_of_sample(texts, given, np.arange(300), language="en", folds=5, seed=0)
    noise = np.random.default_rng(0).normal(size=(300, 16)).astype(np.float32)
    told = np.eye(3, dtype=np.float32)[given]
    assert opinion(given, oos, noise, 0).rank.tolist() == opinion(given, oos, None, 0).rank.tolist()
    assert "static vectors" in opinion(given, oos, told, 0).model


def test_the_margin_of_a_wrong_label_stays_low():
    draw = np.random.default_rng(0)
    truth = draw.integers(0, 3, 300)
    vectors = np.eye(3)[truth] + draw.normal(scale=0.2, size=(300, 3))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    given = truth.copy()
    given[:15] = (truth[:15] + 1) % 3
    area = area_under_margin(vectors, given, 3, 0)
    assert set(np.argsort(area)[:15].tolist()) == set(range(15))


def test_terms_of_very_many_rows_are_learned_from_rows_all_over(monkeypatch):
    texts, labels = texts_of(600)
    monkeypatch.setattr("auditor.models.tfidf.FIT_ROWS", 200)
    features = tfidf(texts, "en")
    assert features.shape[0] == 600
    assert 36 <= features.shape[1] < tfidf(texts[:200], "en").shape[1] * 2
    assert (features.getnnz(axis=1) > 0).all()


def test_every_row_is_nearest_to_its_like_in_dense_and_sparse_form():
    dense = np.repeat(np.eye(4, dtype=np.float32), 3, axis=0)
    at = np.arange(12)
    for near in (dense, csr_matrix(dense)):
        found = nearest(near, at, 2)
        assert (found // 3 == at[:, None] // 3).all()
        assert (found != at[:, None]).all()


def test_hard_texts_are_not_taken_for_wrong_labels():
    sure, torn = np.tile([0.98, 0.02], (300, 1)), np.tile([0.55, 0.45], (600, 1))
    one = np.vstack([sure, torn])
    both = np.vstack([one, one[:, ::-1]])
    given = np.repeat([0, 1], 900)
    torn_rows = np.flatnonzero(np.arange(1800) % 900 >= 300)
    given[torn_rows[::2]] = 1 - given[torn_rows[::2]]  # of the torn texts the models contradict half
    assert most_wrong(given, both) < 0.02 * 1800
    given[[*range(30), *range(900, 930)]] = [*[1] * 30, *[0] * 30]
    assert 0.1 * 1800 <= most_wrong(given, both) < 0.15 * 1800


def test_the_count_lies_between_what_is_pruned_and_what_the_joint_holds():
    noise = np.array([[0.4, 0.1], [0.1, 0.4]])
    assert likely_wrong(100, noise, 1000) == 150


def test_on_real_questions_most_planted_errors_and_little_else_are_flagged(shared_data):
    clean = load("banking77", shared_data("banking77.parquet").parent)

    def flagged(rows):
        c = corpus(rows.texts, labels=[f"c{k}" for k in rows.given])
        result = LabelCheck(Settings(), "en").finish([], c, Shared())
        return np.isin(np.arange(len(rows.texts)), list(suspects(result)))

    noisy = with_noise(clean, "uniform", 0.1, 0)
    hit = flagged(noisy)
    assert (hit & noisy.wrong).sum() >= 0.95 * noisy.wrong.sum()
    assert (hit & noisy.wrong).sum() >= 0.88 * hit.sum(), "the set has errors of its own: a lower bound"
    assert flagged(clean).mean() <= 0.015


def test_of_two_classes_naive_bayes_is_averaged_in_where_the_log_loss_falls():
    labels = np.array([0, 0, 1, 1])
    first = np.array([[0.9, 0.1], [0.02, 0.98], [0.1, 0.9], [0.2, 0.8]], np.float32)  # very sure of one wrong row
    milder = np.array([[0.9, 0.1], [0.45, 0.55], [0.1, 0.9], [0.2, 0.8]], np.float32)
    right = np.array([[0.95, 0.05], [0.9, 0.1], [0.05, 0.95], [0.1, 0.9]], np.float32)
    flat = np.array([[0.55, 0.45], [0.55, 0.45], [0.45, 0.55], [0.45, 0.55]], np.float32)
    assert agreement(flat, labels) == agreement(right, labels) > agreement(milder, labels)
    assert log_loss(milder, labels) < log_loss(first, labels)
    assert adds(milder, first, labels)
    assert not adds(flat, right, labels)  # as often right, but it knows less
    third = np.zeros((4, 1), np.float32)
    assert adds(np.hstack([flat, third]), np.hstack([right, third]), labels)  # of more classes the shares count
