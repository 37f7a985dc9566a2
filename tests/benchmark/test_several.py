"""Several labels a row: scores are scikit-learn's, the threshold is the best one, wrong labels are shown."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import f1_score, precision_score, recall_score

from auditor.benchmark import LabelledTexts, SeveralResult, load_model, run_several_benchmark
from auditor.benchmark.several.data import prepare_several
from auditor.benchmark.several.scores import METRICS, best_threshold, label_counts, score, trivial_f1
from auditor.benchmark.several.training import from_table, to_table
from auditor.config.settings import Settings
from auditor.errors import InputError
from tests.models.toys import FILLER, WORDS


def texts_with_labels(name: str, count: int, seed: int, noise: float = 0.0) -> LabelledTexts:
    """Texts with two words of each of their labels, of which there are none to three; some lists are drawn by lot."""
    rng = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(count):
        own = [label for label in sorted(WORDS) if rng.random() < 0.4]
        words = [*rng.choice(FILLER, 4), *(w for label in own for w in rng.choice(WORDS[label].split(), 2))]
        texts.append(" ".join(rng.permutation(words)))
        labels.append(tuple(own))
    wrong = np.flatnonzero(rng.random(count) < noise)
    for i in wrong.tolist():
        labels[i] = tuple(label for label in sorted(WORDS) if rng.random() < 0.4)
    return LabelledTexts(name, texts, labels, row_ids=np.arange(count) + 1_000 * seed)


def make_test() -> LabelledTexts:
    rows = texts_with_labels("test", 120, 9)
    source = ["even" if i % 2 == 0 else "odd" for i in range(120)]
    return replace(rows, disputed=np.arange(120) % 10 == 0, groups={"source": list(source)})


def silent(what: str, share: float) -> None:
    assert what and 0.0 < share <= 1.0


@pytest.fixture(scope="module")
def tiny(tiny_settings: Settings) -> Settings:
    """Two seeds, long enough to learn."""
    options = tiny_settings.benchmark.model_copy(update={"seeds": 2, "epochs": 14})
    return tiny_settings.model_copy(update={"benchmark": options})


@pytest.fixture(scope="module")
def result(tiny: Settings) -> SeveralResult:
    before = texts_with_labels("before", 200, 1, noise=0.7)
    return run_several_benchmark(before, texts_with_labels("after", 200, 1), make_test(), tiny, "en", silent)


def test_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(0)
    truth, predicted = rng.random((90, 5)) < 0.3, rng.random((2, 90, 5)) < 0.4
    truth[:, 4] = False  # a label that the test rows lack
    got = score(truth, predicted)
    for seed in range(2):
        one, present = predicted[seed], truth.any(0)
        assert got["micro_f1"][seed] == pytest.approx(f1_score(truth, one, average="micro"))
        macro = f1_score(truth[:, present], one[:, present], average="macro", zero_division=0)
        assert got["macro_f1"][seed] == pytest.approx(macro)
        assert got["subset_accuracy"][seed] == pytest.approx((truth == one).all(1).mean())
        assert got["micro_precision"][seed] == pytest.approx(precision_score(truth, one, average="micro"))
        assert got["micro_recall"][seed] == pytest.approx(recall_score(truth, one, average="micro"))


def test_a_resample_is_scored_as_its_rows_would_be() -> None:
    rng = np.random.default_rng(1)
    truth, predicted = rng.random((40, 4)) < 0.3, rng.random((1, 40, 4)) < 0.4
    chosen = rng.integers(40, size=40)
    draws = np.bincount(chosen, minlength=40)[None].astype(float)
    once = np.ones((1, 40))
    for metric in METRICS.values():
        expected = metric(truth[chosen], predicted[:, chosen], once)
        assert metric(truth, predicted, draws) == pytest.approx(expected)


def test_the_threshold_is_the_best_one() -> None:
    rng = np.random.default_rng(2)
    has = rng.random((60, 3)) < 0.3
    scores = np.round(np.clip(has * 0.4 + rng.random((60, 3)) * 0.7, 0, 1), 2)  # with equal scores
    chosen = best_threshold(scores, has, 0.5)
    every = [f1_score(has, scores >= cut, average="micro", zero_division=0) for cut in np.linspace(0, 1.2, 500)]
    assert f1_score(has, scores >= chosen, average="micro") == pytest.approx(max(every))
    assert best_threshold(scores, np.zeros_like(has), 0.5) == 0.5
    wrong = np.vstack([has, ~has, ~has])  # and as many rows again that weigh nothing
    weights = np.repeat([1.0, 0.0, 0.0], 60)
    assert best_threshold(np.vstack([scores] * 3), wrong, 0.5, weights) == chosen
    assert best_threshold(np.zeros((0, 3)), np.zeros((0, 3), bool), 0.5) == 0.5


def test_the_trivial_answer_is_the_most_frequent_labels() -> None:
    truth = np.array([[1, 1, 0], [1, 1, 0], [1, 0, 0], [1, 0, 1]], bool)
    assert trivial_f1(truth) == pytest.approx(2 * 6 / (8 + 7))
    assert label_counts(truth, truth, np.ones((1, 4))).f1.tolist() == [[1.0, 1.0, 1.0]]


def test_wrong_labels_of_one_arm_are_shown(result: SeveralResult) -> None:
    found = result.to_json()
    assert found["task"] == "multi-label-classification" and found["learned"] is True
    assert found["after"]["micro_f1"]["mean"] > 0.85 and found["after"]["subset_accuracy"]["mean"] > 0.5
    assert found["outcome"] == "better" and found["verdict"].startswith("Better after: micro-F1 changed by +")
    assert set(found["difference"]) == {"micro_f1", "macro_f1", "subset_accuracy"}
    assert found["baseline"]["after"]["micro_f1"]["mean"] > 0.9
    assert found["undisputed"]["rows"] == 108
    assert {name: group["rows"] for name, group in found["groups"]["source"].items()} == {"even": 60, "odd": 60}
    assert [item["label"] for item in found["classes"]] == sorted(WORDS)
    f1 = [item["f1"]["after"] for item in found["classes"]]
    assert np.mean(f1) == pytest.approx(found["after"]["macro_f1"]["mean"], abs=1e-5)
    assert found["rows"]["held_out"]["after"] == pytest.approx(20, abs=12)


def test_predictions_agree_with_the_scores(result: SeveralResult) -> None:
    table = result.predictions().to_pylist()
    assert len(table) == 2 * 2 * 120
    exact = [row["labels"] == row["predicted"] for row in table if (row["arm"], row["seed"]) == ("after", 1)]
    assert np.mean(exact) == pytest.approx(result.to_json()["after"]["subset_accuracy"]["per_seed"][1], abs=1e-6)


def test_the_saved_model_gives_the_same_labels(result: SeveralResult, tmp_path: Path) -> None:
    trained = result.trained
    assert trained is not None
    trained.save(tmp_path, make_test().texts)
    labels, probabilities = load_model(tmp_path).predict_several(make_test().texts)
    first = [r["predicted"] for r in result.predictions().to_pylist() if (r["arm"], r["seed"]) == ("after", 0)]
    assert [list(row) for row in labels] == first and probabilities.shape == (120, 3)
    description = json.loads((tmp_path / "labels.json").read_text())
    (tmp_path / "labels.json").write_text(json.dumps({**description, "threshold": 2.0}))
    assert load_model(tmp_path).predict_several(["plane hotel"])[0] == [()]


def test_a_stopped_benchmark_goes_on_where_it_was(tiny: Settings) -> None:
    quick = tiny.model_copy(update={"benchmark": tiny.benchmark.model_copy(update={"epochs": 1})})
    arms = texts_with_labels("before", 100, 1, 0.3), texts_with_labels("after", 100, 1)
    finished: dict[str, pa.Table] = {}

    def stop(what: str, share: float) -> None:
        if "after, seed 1" in what:
            raise KeyboardInterrupt

    stopped = run_several_benchmark(*arms, make_test(), quick, "en", stop, finished)
    assert stopped.seeds == (0,) and len(finished) == 3 and stopped.to_json()["complete"] is False
    resumed = run_several_benchmark(*arms, make_test(), quick, "en", silent, finished)
    whole = run_several_benchmark(*arms, make_test(), quick, "en", silent)
    assert len(finished) == 4 and json.dumps(resumed.to_json()) == json.dumps(whole.to_json())
    run = whole.runs["after"][0]
    again = from_table(to_table(run))
    assert (again.probabilities == run.probabilities).all() and again.threshold == run.threshold


def test_weights_reach_the_loss(tiny: Settings) -> None:
    """Rows of wrong labels weigh nothing: without them the arm is clean."""
    clean, noisy = texts_with_labels("after", 200, 1), texts_with_labels("before", 200, 1, noise=0.7)
    wrong = np.array([a != b for a, b in zip(clean.labels, noisy.labels, strict=True)])
    one = tiny.model_copy(update={"benchmark": tiny.benchmark.model_copy(update={"seeds": 1, "epochs": 20})})
    weighted = replace(noisy, name="after", weights=np.where(wrong, 0.0, 1.0))
    found = run_several_benchmark(noisy, weighted, make_test(), one, "en", silent).to_json()
    assert found["after"]["micro_f1"]["mean"] > found["before"]["micro_f1"]["mean"] + 0.1


def test_early_stopping_judges_rows_held_out(tiny: Settings) -> None:
    options = tiny.benchmark.model_copy(update={"seeds": 1, "epochs": 40, "patience": 2})
    arm = texts_with_labels("before", 160, 1)
    long = tiny.model_copy(update={"benchmark": options})
    found = run_several_benchmark(arm, replace(arm, name="after"), make_test(), long, "en", silent)
    assert all(0 < len(run.losses) < 40 * 10 for runs in found.runs.values() for run in runs)


def test_a_rare_label_is_always_trained_on() -> None:
    arm = texts_with_labels("before", 400, 1)
    for i in range(0, 400, 8):
        labels = [(*own, "rare") if j == i else own for j, own in enumerate(arm.labels)]
        contest = prepare_several((replace(arm, labels=labels),) * 2, make_test(), 1000, 1000, 0)
        own = contest.own_rows(contest.arms[0])
        assert own[i] and 300 < own.sum() < 400
        assert contest.names[:3] == ("food", "rare", "travel") and contest.train_labels == 4


def test_labels_only_in_test_come_last_and_are_never_given(tiny: Settings) -> None:
    arm = texts_with_labels("before", 100, 1)
    test = make_test()
    strange = replace(test, labels=[("a new one",), *test.labels[1:]])
    quick = tiny.model_copy(update={"benchmark": tiny.benchmark.model_copy(update={"epochs": 1, "seeds": 1})})
    found = run_several_benchmark(arm, replace(arm, name="after"), strange, quick, "en", silent)
    assert found.contest.names[-1] == "a new one" and not found.predicted("after")[:, :, -1].any()
    assert found.to_json()["rows"]["unseen_label_test"] == {"before": 1, "after": 1}


@pytest.mark.parametrize(
    ("arm", "what"),
    [
        (LabelledTexts("before", ["a"] * 49, [("food",), ()] * 24 + [()]), "at least 50"),
        (LabelledTexts("before", ["a"] * 60, [("food",)] * 60), "same labels"),
    ],
)
def test_unusable_rows_are_refused(arm: LabelledTexts, what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        prepare_several((arm, texts_with_labels("after", 60, 1)), make_test(), 1000, 1000, 0)
    assert len(caught.value.lines()) == 3


def test_sides_without_a_label_in_common_are_refused() -> None:
    arm = LabelledTexts("after", ["a"] * 60, [("x",), ("y",)] * 30)
    with pytest.raises(InputError, match="no label in common"):
        prepare_several((texts_with_labels("before", 60, 1), arm), make_test(), 1000, 1000, 0)
