"""Any number of labels per row: wrong labels are shown, the model is saved, a stopped benchmark goes on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark import Benchmark, Side, load_model
from auditor.benchmark.draw import few_shot, make_experiment
from auditor.benchmark.quantized import quantize
from auditor.benchmark.resume import from_table, to_table
from auditor.benchmark.tasks.multi_label import LabelSet
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.settings import Settings
from auditor.errors import InputError
from tests.benchmark.toys import MULTI, compared, multi_label_side, settings_with, truth_of
from tests.models.toys import WORDS


def make_test() -> Side[str, LabelSet]:
    rows = multi_label_side("test", 120, 9)
    source: list[str | None] = ["even" if i % 2 == 0 else "odd" for i in range(120)]
    return replace(rows, disputed=np.arange(120) % 10 == 0, groups={"source": source})


@pytest.fixture(scope="module")
def tiny(tiny_settings: Settings) -> Settings:
    """Two seeds, long enough to learn."""
    options = tiny_settings.benchmark.model_copy(update={"seeds": 2, "epochs": 14})
    return tiny_settings.model_copy(update={"benchmark": options})


@pytest.fixture(scope="module")
def result(tiny: Settings) -> Benchmark[str, LabelSet]:
    before = multi_label_side("before", 200, 1, noise=0.7)
    return compared(MULTI, before, multi_label_side("after", 200, 1), make_test(), tiny)


def test_wrong_labels_of_one_arm_are_shown(result: Benchmark[str, LabelSet]) -> None:
    found = result.result.to_json()
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


def test_noise_and_gaps_are_told_of_several_labels(result: Benchmark[str, LabelSet]) -> None:
    found = result.result.to_json()
    assert found["robustness"]["rows"] == 120
    assert found["robustness"]["none"]["after"]["micro_f1"] == found["after"]["micro_f1"]
    assert found["robustness"]["typos"]["after"]["micro_f1"]["mean"] < found["after"]["micro_f1"]["mean"]
    exact = np.mean(
        [(run.predicted == truth_of(result)).all(axis=1)[::2].mean() for run in result.training.of("after")]
    )
    gap = found["group_gaps"]["source"]["after"]
    assert gap["difference"] == pytest.approx(2 * abs(exact - found["after"]["subset_accuracy"]["mean"]), abs=1e-5)


def test_eight_bits_agree_where_all_labels_do(result: Benchmark[str, LabelSet]) -> None:
    trained = result.training.trained
    assert trained is not None
    assert quantize(trained, make_test().inputs)[0].agreement > 0.8
    none = quantize(replace(trained, threshold=2.0), make_test().inputs)[0]
    assert none.agreement == 1.0  # neither gives any label


def test_few_shot_gives_each_label_its_rows(tiny: Settings) -> None:
    rows = multi_label_side("before", 300, 1)
    experiment = make_experiment(MULTI, [rows], make_test(), tiny.benchmark, 0)
    taken = few_shot(MULTI, experiment, 5, seed=0).sides[0].targets
    for label in sorted(WORDS):
        assert 5 <= sum(label in labels for labels in taken) <= 15
    assert sum(not labels for labels in taken) == 5


def test_predictions_agree_with_the_scores(result: Benchmark[str, LabelSet]) -> None:
    table = result.predictions().to_pylist()
    assert len(table) == 2 * 2 * 120
    exact = [row["labels"] == row["predicted"] for row in table if (row["arm"], row["seed"]) == ("after", 1)]
    assert np.mean(exact) == pytest.approx(result.result.to_json()["after"]["subset_accuracy"]["per_seed"][1], abs=1e-6)


def test_the_saved_model_gives_the_same_labels(result: Benchmark[str, LabelSet], tmp_path: Path) -> None:
    trained = result.training.trained
    assert trained is not None
    trained.save(tmp_path, make_test().inputs)
    labels, probabilities = load_model(tmp_path).predict_label_sets(make_test().inputs)
    first = [r["predicted"] for r in result.predictions().to_pylist() if (r["arm"], r["seed"]) == ("after", 0)]
    assert [list(row) for row in labels] == first and probabilities.shape == (120, 3)
    description = json.loads((tmp_path / "labels.json").read_text())
    (tmp_path / "labels.json").write_text(json.dumps({**description, "threshold": 2.0}))
    assert load_model(tmp_path).predict_label_sets(["plane hotel"])[0] == [()]


def test_a_stopped_benchmark_goes_on_where_it_was(tiny: Settings) -> None:
    quick = settings_with(tiny, epochs=1)
    arms = multi_label_side("before", 100, 1, 0.3), multi_label_side("after", 100, 1)
    finished: dict[str, pa.Table] = {}

    def stop(what: str, share: float) -> None:
        if "after, seed 1" in what:
            raise KeyboardInterrupt

    stopped = compared(MULTI, *arms, make_test(), quick, progress=stop, finished=finished)
    assert stopped.training.seeds == (0,) and len(finished) == 3 and stopped.result.to_json()["complete"] is False
    resumed = compared(MULTI, *arms, make_test(), quick, finished=finished)
    whole = compared(MULTI, *arms, make_test(), quick)
    assert len(finished) == 4 and json.dumps(resumed.result.to_json()) == json.dumps(whole.result.to_json())
    run = whole.training.of("after")[0]
    again = from_table(to_table(run))
    assert (again.predicted == run.predicted).all() and again.extra["threshold"] == run.extra["threshold"]


def test_weights_reach_the_loss(tiny: Settings) -> None:
    """Rows of wrong labels weigh nothing: without them the arm is clean."""
    clean, noisy = multi_label_side("after", 200, 1), multi_label_side("before", 200, 1, noise=0.7)
    wrong = np.array([a != b for a, b in zip(clean.targets, noisy.targets, strict=True)])
    one = settings_with(tiny, seeds=1, epochs=20)
    weighted = replace(noisy, name="after", weights=np.where(wrong, 0.0, 1.0))
    found = compared(MULTI, noisy, weighted, make_test(), one).result.to_json()
    assert found["after"]["micro_f1"]["mean"] > found["before"]["micro_f1"]["mean"] + 0.1


def test_early_stopping_judges_rows_held_out(tiny: Settings) -> None:
    options = tiny.benchmark.model_copy(update={"seeds": 1, "epochs": 40, "patience": 2})
    arm = multi_label_side("before", 160, 1)
    long = tiny.model_copy(update={"benchmark": options})
    found = compared(MULTI, arm, replace(arm, name="after"), make_test(), long)
    assert all(0 < len(run.losses) < 40 * 10 for run in found.training.runs)


def test_a_rare_label_is_always_trained_on() -> None:
    arm = multi_label_side("before", 400, 1)
    for i in range(0, 400, 8):
        labels = [(*given, "rare") if j == i else given for j, given in enumerate(arm.targets)]
        sides = [replace(arm, targets=labels)] * 2
        experiment = make_experiment(MULTI, sides, make_test(), BenchmarkSettings(), 0)
        learned = ~MULTI.held(experiment, experiment.sides[0], 0)
        assert learned[i] and 300 < learned.sum() < 400
        assert experiment.labels[:3] == ("food", "rare", "travel") and experiment.trained_labels == 4


def test_labels_only_in_test_come_last_and_are_never_given(tiny: Settings) -> None:
    arm = multi_label_side("before", 100, 1)
    test = make_test()
    strange = replace(test, targets=[("a new one",), *test.targets[1:]])
    quick = settings_with(tiny, epochs=1, seeds=1)
    found = compared(MULTI, arm, replace(arm, name="after"), strange, quick)
    assert found.training.experiment.labels[-1] == "a new one" and not found.training.predicted("after")[:, :, -1].any()
    assert found.result.to_json()["rows"]["unseen_label_test"] == {"before": 1, "after": 1}


@pytest.mark.parametrize(
    ("arm", "what"),
    [
        (Side("before", ["a"] * 49, [("food",), ()] * 24 + [()]), "at least 50"),
        (Side("before", ["a"] * 60, [("food",)] * 60), "same labels"),
    ],
)
def test_unusable_rows_are_refused(arm: Side[str, LabelSet], what: str) -> None:
    with pytest.raises(InputError, match=what) as caught:
        MULTI.check((arm, multi_label_side("after", 60, 1)), make_test())
    assert len(caught.value.lines()) == 3


def test_sides_without_a_label_in_common_are_refused() -> None:
    arm = Side("after", ["a"] * 60, [("x",), ("y",)] * 30)
    with pytest.raises(InputError, match="no label in common"):
        MULTI.check((multi_label_side("before", 60, 1), arm), make_test())
