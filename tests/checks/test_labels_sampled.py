"""Label noise above ``labels.sample_rows``: fitted on a sample, judged everywhere, copies do not vouch."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.metrics import average_precision_score

from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.checks.labels.dynamics import area_under_margin, head_epochs, head_probabilities, mean_margin
from auditor.checks.labels.hashed_rows import fit_hashed_rows, hashed, texts_at
from auditor.checks.labels.label_issues import pruned_rows
from auditor.checks.labels.neighbours import SampledRows, nearest
from auditor.checks.labels.probabilities import NO_FOLD, fold_models, naive_bayes
from auditor.checks.labels.sampled import unseen_by_all
from auditor.checks.labels.stratified import stratified
from auditor.config.settings import DuplicateSettings, Settings
from auditor.dedup.find import find_clusters
from auditor.models.bucket_tfidf import fit_buckets
from auditor.models.static_vectors import packaged_vectors
from auditor.models.word_table import fit_words
from tests.checks.test_labels import TOPICS, check, suspects, texts_of
from tests.corpora import corpus

ROWS, SAMPLE = 3_000, 1_000


def flipped(every=20):
    texts, labels = texts_of(ROWS)
    wrong = np.arange(0, ROWS, every)
    given = list(labels)
    for i in wrong.tolist():
        given[i] = sorted(set(TOPICS) - {labels[i]})[0]
    return texts, labels, given, wrong


@pytest.fixture(scope="module")
def judged():
    texts, labels, given, wrong = flipped()
    return check(corpus(texts, labels=given), labels={"sample_rows": SAMPLE}), labels, wrong


def test_wrong_labels_are_found_in_rows_that_no_model_was_fitted_on(judged):
    result, labels, wrong = judged
    found = suspects(result)
    assert len(set(found) & set(wrong.tolist())) >= 0.8 * len(wrong)
    assert len(set(found) - set(wrong.tolist())) <= 0.1 * len(wrong)
    assert all(found[i]["suggestion"] == labels[i] for i in set(found) & set(wrong.tolist()))
    is_wrong = np.isin(np.arange(ROWS), wrong)
    assert average_precision_score(is_wrong, -np.array(result.per_row["label_score"].to_pylist())) > 0.95


def test_how_many_rows_the_models_were_fitted_on_is_said(judged):
    note = next(note for note in judged[0].notes if note.key == "note.label_sample")
    assert note.args == (SAMPLE, ROWS)


def test_the_witness_of_a_suggestion_carries_the_suggested_label(judged):
    result, _, _ = judged
    _, _, given, _ = flipped()
    shown = [f for f in suspects(result).values() if f["ref_row"] is not None]
    assert len(shown) >= 0.8 * len(suspects(result))
    assert all(given[f["ref_row"]] == f["suggestion"] for f in shown)


def test_the_bound_changes_nothing_for_a_set_within_it():
    texts, _, given, _ = flipped()
    small = corpus(texts[: SAMPLE // 2], labels=given[: SAMPLE // 2])
    one, two = check(small, labels={"sample_rows": 1_000_000}), check(small)
    assert one.findings.equals(two.findings)
    assert one.per_row["label_score"].equals(two.per_row["label_score"])
    assert one.notes == two.notes


def test_one_thread_and_two_give_the_same():
    texts, _, given, _ = flipped()
    c = corpus(texts[:2_100], labels=given[:2_100])
    one, two = (check(c, labels={"sample_rows": SAMPLE}, workers=n) for n in (1, 2))
    assert one.findings.equals(two.findings)
    assert one.per_row["label_score"].equals(two.per_row["label_score"])


def test_copies_do_not_vouch_for_a_wrong_label_of_a_row_outside_of_the_sample():
    texts, labels, _, _ = flipped()
    copies = 60
    c = corpus(texts[:2_000] + [texts[0]] * copies, labels=["loan", *labels[1:2_000], *["loan"] * copies])
    assert labels[0] == "card"
    scores = np.array(check(c, labels={"sample_rows": SAMPLE}).per_row["label_score"].to_pylist())
    assert (np.argsort(scores, kind="stable")[: copies + 1] >= 2_000).sum() >= copies - 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_texts_without_word_vectors_are_judged_too(language):
    draw = np.random.default_rng(0)
    own = ["".join(chr(0x4E00 + k) for k in draw.integers(0, 3_000, 40)) for _ in range(3)]
    labels = [f"c{i % 3}" for i in range(1_500)]
    texts = [
        ("" if language == "zh" else " ").join([*draw.choice(list(own[i % 3]), 8).tolist(), chr(0x7000 + i % 400)])
        for i in range(1_500)
    ]
    given = ["c0" if i % 25 == 1 else label for i, label in enumerate(labels)]
    c = corpus(texts, labels=given, language=language)
    result = LabelCheck(Settings.model_validate({"labels": {"sample_rows": SAMPLE}}), language).finish(
        [], c, Shared(find_clusters(c, DuplicateSettings()))
    )
    is_wrong = np.array([a != b for a, b in zip(given, labels, strict=True)])
    assert average_precision_score(is_wrong, -np.array(result.per_row["label_score"].to_pylist())) > 0.95
    assert is_wrong[list(suspects(result))].mean() > 0.9


def test_a_sample_holds_every_class_and_is_in_proportion_beyond_that():
    given = np.repeat([0, 1, 2], [9_000, 900, 12])
    at = stratified(given, 1_000, 0)
    sizes = np.bincount(given[at])
    assert len(at) == len(set(at.tolist())) == 1_000
    assert sizes[2] == 12
    assert sizes[1] == pytest.approx(100 + 800 / 9_700 * 788, abs=1)
    assert (np.diff(at) > 0).all()
    assert (at == stratified(given, 1_000, 0)).all()
    assert (stratified(given, 20_000, 0) == np.arange(9_912)).all()


def test_a_sample_of_many_classes_keeps_to_its_bound():
    given = np.random.default_rng(0).integers(0, 900, 50_000)
    at = stratified(given, 1_000, 0)
    assert len(at) == 1_000
    assert len(np.unique(given[at])) == 900


def test_features_do_not_depend_on_the_batch():
    texts, _ = texts_of(300)
    made, features, vectors = fit_hashed_rows(
        texts, np.arange(0, 300, 2), unspaced=False, static=True, terms=10_000, seed=0
    )
    whole, alone = made.both(texts), made.both([texts[8]])
    assert abs(whole[0][::2] - features).max() == 0
    assert abs(whole[0][8] - alone[0]).max() == 0
    assert np.allclose(np.sqrt(features.multiply(features).sum(axis=1)), 1)
    if packaged_vectors() is not None:
        assert np.allclose(whole[1][::2], vectors, atol=1e-6)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_only_the_most_frequent_terms_are_kept_and_none_of_a_single_text():
    found = hashed(["alpha beta", "alpha gamma", "alpha beta", ""], False)
    assert fit_buckets([found], 100).terms == 3  # alpha, beta, alpha beta
    one = fit_buckets([found], 1)
    assert one.transform(found).toarray().ravel().tolist() == [1, 1, 1, 0]


def test_nothing_to_learn_from_gives_empty_features():
    found = hashed(["one", "two"], False)
    assert fit_buckets([found], 100).transform(found).shape == (2, 0)


@pytest.mark.skipif(packaged_vectors() is None, reason="the packaged word vectors are not installed")
def test_spellings_of_a_word_share_a_vector_and_like_words_are_near():
    texts = ["Doctor doctor physician", "banana physician"]
    table = fit_words([texts], lambda batch: hashed(batch, False))
    doctor, upper, physician, banana = table.transform(hashed(["doctor", "DOCTOR", "physician", "banana"], False)[0])
    assert np.allclose(doctor, upper)
    assert doctor @ physician > doctor @ banana


def test_characters_are_hashed_within_a_text():
    (one, begins), (two, _), (three, ends) = hashed(["ab", "", "abc", "AB"], True)
    assert begins.tolist() == [0, 2, 2, 5, 7]
    assert ends.tolist() == [0, 0, 0, 1, 1]
    assert one[0] == one[2] == one[5]
    assert two[0] == two[1] == two[3]
    assert len(three) == 1


def test_neighbours_come_from_the_sample_and_are_those_of_all_rows_where_it_holds_them():
    vectors = np.random.default_rng(0).normal(size=(60, 5)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    sample = np.arange(0, 60, 2)
    near = SampledRows(vectors[sample], sample, lambda some: vectors[some])
    found = near.nearest(np.array([7, 4, 59]), 3)
    assert set(found.ravel().tolist()) <= set(sample.tolist())
    assert (found[1] == sample[nearest(vectors[sample], np.array([2]), 3)[0]]).all()
    likeness = vectors[sample] @ vectors[7]
    assert found[0].tolist() == sample[np.argsort(-likeness)[:3]].tolist()
    assert near.nearest(np.zeros(0, np.int64), 3).shape == (0, 3)


def test_margins_by_a_head_trained_before_are_those_of_its_training():
    draw = np.random.default_rng(0)
    vectors, given = draw.normal(size=(400, 8)).astype(np.float32), draw.integers(0, 3, 400)
    epochs = head_epochs(vectors, given, 3, 5)
    assert np.allclose(mean_margin(epochs, vectors, given), area_under_margin(vectors, given, 3, 5), atol=1e-4)


def test_each_row_is_judged_by_the_model_of_its_fold():
    features = csr_matrix(np.eye(4, dtype=np.float32)[[0, 1, 0, 1, 2, 3]])
    labels, fold = np.array([0, 1, 1, 0, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    found = fold_models(naive_bayes, features, labels, fold, 2).probabilities(features, fold)
    for number in range(3):
        rest = fold != number
        model = naive_bayes().fit(features[rest], labels[rest])
        assert np.allclose(found[fold == number], model.predict_proba(features[fold == number]), atol=1e-5)


def test_a_row_that_no_model_has_seen_is_judged_by_the_mean_of_all():
    features = csr_matrix(np.eye(4, dtype=np.float32)[[0, 1, 0, 1, 2, 3]])
    labels, fold = np.array([0, 1, 1, 0, 0, 1]), np.array([0, 0, 1, 1, 2, 2])
    models = fold_models(naive_bayes, features, labels, fold, 2)
    each = [models.probabilities(features, np.full(6, number)) for number in range(3)]
    assert np.allclose(models.probabilities(features, np.full(6, NO_FOLD)), np.mean(each, axis=0), atol=1e-5)
    vectors, draw = features.toarray(), np.random.default_rng(0)
    heads = {number: draw.normal(size=(5, 2)).astype(np.float32) for number in range(3)}
    each = [head_probabilities(heads, vectors, np.full(6, number), 2) for number in range(3)]
    assert np.allclose(head_probabilities(heads, vectors, np.full(6, NO_FOLD), 2), np.mean(each, axis=0), atol=1e-5)


def test_a_row_with_a_copy_in_the_sample_keeps_its_fold():
    fold, groups = np.array([0, 1, 2, 0, 1]), np.array([7, 8, 9, 7, 5])
    assert unseen_by_all(fold, groups, np.array([0, 2])).tolist() == [0, NO_FOLD, 2, 0, NO_FOLD]


def test_pruning_in_blocks_of_classes_is_that_of_the_whole():
    draw = np.random.default_rng(0)
    given = draw.integers(0, 7, 3_000)
    table = draw.random((3_000, 7)).astype(np.float32)
    table[np.arange(3_000), given] += 0.4
    table /= table.sum(axis=1, keepdims=True)
    from cleanlab.count import compute_confident_joint

    joint = compute_confident_joint(given, table)
    whole, blocks = pruned_rows(given, table, joint), pruned_rows(given, table, joint, cells=5_000)
    assert whole[0].sum() > whole[1].sum() > 0
    assert (whole[0] == blocks[0]).all()
    assert (whole[1] == blocks[1]).all()


def test_texts_are_read_in_one_slice_where_rows_lie_close():
    class Counted(list):
        reads = 0

        def __getitem__(self, key):
            self.reads += 1
            return super().__getitem__(key)

    texts = Counted(str(i) for i in range(1_000))
    assert texts_at(texts, np.array([3, 5, 6])) == ["3", "5", "6"]
    assert texts.reads == 1
    assert texts_at(texts, np.array([0, 500, 999])) == ["0", "500", "999"]
