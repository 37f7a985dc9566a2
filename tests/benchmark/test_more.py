"""What stands beside the comparison itself: noise, gaps between groups, votes, early stopping, 8 bits, tracking."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from auditor.benchmark import Benchmark
from auditor.benchmark.gaps import gaps
from auditor.benchmark.noise import make_noise
from auditor.benchmark.quantized import quantize
from auditor.benchmark.track import track
from auditor.config.settings import Settings
from auditor.core.benchmark_result import Gap
from auditor.errors import UsageError
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with

LABELS = sorted(set(make_test().targets))
TRUTH = np.array([LABELS.index(label) for label in make_test().targets])


@pytest.fixture(scope="module")
def result(tiny_settings: Settings) -> Benchmark[str, str]:
    settings = settings_with(tiny_settings, noisy_rows=40, epochs=4)
    return compared(SINGLE, make_side("before", noise=0.3), make_side("after"), make_test(), settings)


def test_typing_errors_swap_neighbours_inside_words() -> None:
    texts = ["Please transfer the remaining money to my account", "no"]
    noisy = make_noise(texts, np.array([0, 1]), "other", seed=0).texts["typos"]
    assert noisy[1] == "no"
    changed = [(a, b) for a, b in zip(texts[0].split(), noisy[0].split(), strict=True) if a != b]
    assert 1 <= len(changed) <= 2
    assert all(sorted(a) == sorted(b) and a[0] == b[0] for a, b in changed)
    assert make_noise(texts, np.array([0, 1]), "other", seed=0).texts["typos"] == noisy


def test_chinese_has_typing_errors_and_no_capitals() -> None:
    noisy = make_noise(["酒店的房间非常干净舒服", "早餐很好吃"], np.array([0, 1]), "zh", seed=1)
    assert set(noisy.texts) == {"typos"}
    assert all(sorted(a) == sorted(b) and a != b for a, b in zip(noisy.texts["typos"], ["酒店的房间非常干净舒服", "早餐很好吃"], strict=True))  # fmt: skip


def test_accuracy_under_noise_is_that_of_the_same_rows(result: Benchmark[str, str]) -> None:
    found = result.result.to_json()["robustness"]
    noisy = result.training.experiment.noisy
    assert noisy is not None
    assert found["rows"] == 40 == len(noisy.rows)
    plain = np.mean(
        [(run.predicted == TRUTH)[noisy.rows].mean() for run in result.training.runs if run.side == "after"]
    )
    assert found["none"]["after"]["accuracy"]["mean"] == pytest.approx(plain, abs=1e-6)
    assert found["typos"]["after"]["accuracy"]["mean"] < found["none"]["after"]["accuracy"]["mean"]


def test_all_seeds_vote_with_their_confidence(result: Benchmark[str, str]) -> None:
    votes = np.zeros((150, 3))
    for run in result.training.runs:
        if run.side == "before":
            for row, (code, weight) in enumerate(zip(run.predicted, run.extra["confidence"], strict=True)):
                votes[row, code] += weight
    expected = float((votes.argmax(1) == TRUTH).mean())
    assert result.result.to_json()["ensemble"]["before"]["accuracy"]["mean"] == pytest.approx(expected, abs=1e-6)


def test_the_gap_is_between_best_and_worst_group() -> None:
    truth = np.zeros(75, np.int64)
    group = ["a"] * 25 + ["b"] * 25 + ["c"] * 25
    right_of_a, right_of_b = np.r_[np.zeros(20), np.ones(55)], np.r_[np.zeros(25), np.zeros(10), np.ones(40)]
    before, after = right_of_a[None].astype(np.int64), right_of_b[None].astype(np.int64)
    found = gaps(truth, before, after, {"source": group, "few": ["x"] * 70 + ["y"] * 5})
    assert set(found) == {"source"}
    assert found["source"].before == Gap(0.8, "b", "a")
    assert found["source"].after == Gap(1.0, "c", "a")


def test_training_ends_when_rows_held_out_gain_no_more(tiny_settings: Settings) -> None:
    long = settings_with(tiny_settings, epochs=40, seeds=1, patience=2)
    stopped = compared(SINGLE, make_side("before"), make_side("after"), make_test(), long)
    assert all(0 < len(run.losses) < 40 * 15 for run in stopped.training.runs)
    assert stopped.result.to_json()["after"]["accuracy"]["mean"] > 0.9


def test_the_best_weights_come_back() -> None:
    torch = pytest.importorskip("torch")
    from auditor.models.early_stopping import EarlyStopping
    from auditor.models.tokenize import Encoded

    class Fixed(torch.nn.Module):  # type: ignore[misc,name-defined]
        """Answers with one number, whatever the row."""

        def __init__(self) -> None:
            super().__init__()
            self.head = torch.nn.Linear(1, 2)

        def forward(self, input_ids: object, attention_mask: object) -> object:
            return self.head(torch.ones(4, 1)).float()

    model = Fixed()
    stopping = EarlyStopping(model, Encoded(np.ones((4, 1), np.int32), np.ones(4, np.int64), 0), np.zeros(4, int), 1, 2)
    answers = []
    for step, bias in enumerate((1.0, 3.0, 2.0, 0.0), 1):
        torch.nn.init.constant_(model.head.weight, 0.0)
        model.head.bias.data = torch.tensor([bias, 0.0])
        answers.append(stopping(step))
    assert answers == [False, False, False, True]
    stopping.restore()
    assert model.head.bias.tolist() == [3.0, 0.0]


def test_eight_bits_are_smaller_and_answer_alike(result: Benchmark[str, str]) -> None:
    assert result.training.trained is not None
    before = copy.deepcopy(result.training.trained.classifier.state_dict())
    found, _ = quantize(result.training.trained, make_test().inputs)
    assert found.megabytes[1] < found.megabytes[0]
    assert found.agreement > 0.9
    assert all((before[name] == value).all() for name, value in result.training.trained.classifier.state_dict().items())


def test_one_seed_is_said_to_be_one(tiny_settings: Settings) -> None:
    one = settings_with(tiny_settings, seeds=1, epochs=1)
    found = compared(SINGLE, make_side("before"), make_side("after"), make_test(), one).result.to_json()
    assert "With one seed" in found["verdict"]


def test_the_cost_is_told_before_training(tiny_settings: Settings) -> None:
    told: list[str] = []
    quick = settings_with(tiny_settings, seeds=1, epochs=1)
    compared(
        SINGLE, make_side("before"), make_side("after"), make_test(), quick, progress=lambda what, _: told.append(what)
    )
    assert "about" in told[0] and "GB in all" in told[0]
    assert "about" not in told[-1]


def test_losses_are_in_tensorboard(result: Benchmark[str, str], tmp_path: Path) -> None:
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    track(result.training, "tensorboard", tmp_path)
    events = loader.EventAccumulator(str(tmp_path / "tensorboard" / "after-1"))
    events.Reload()
    run = next(run for run in result.training.runs if (run.side, run.seed) == ("after", 1))
    assert [event.value for event in events.Scalars("loss")] == pytest.approx(run.losses.tolist())


def test_losses_and_scores_are_in_mlflow(
    result: Benchmark[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real package; pip install 'auditor[mlflow]'."""
    mlflow = pytest.importorskip("mlflow", reason="needs mlflow-skinny: pip install 'auditor[mlflow]'")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")  # set by `track`; here so that it is unset again
    before = mlflow.get_tracking_uri()
    try:
        track(result.training, "mlflow", tmp_path)
        client = mlflow.MlflowClient((tmp_path / "mlruns").as_uri())
        experiment = client.get_experiment_by_name("auditor")
        found = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
        assert set(found) == {f"{arm}-{seed}" for arm in ("before", "after") for seed in result.training.seeds}
        trained = next(run for run in result.training.runs if (run.side, run.seed) == ("after", 1))
        logged = found["after-1"]
        losses = client.get_metric_history(logged.info.run_id, "loss")
        assert [one.value for one in losses] == pytest.approx(trained.losses.tolist())
        assert [one.step for one in losses] == list(range(1, len(losses) + 1))
        right = float((trained.predicted == TRUTH).mean())
        assert logged.data.metrics["test_accuracy"] == pytest.approx(right)
        assert logged.data.params["seed"] == "1" and logged.data.params["batch_size"] == "16"
        assert str(tmp_path / "mlruns") in mlflow.get_tracking_uri()
    finally:
        mlflow.set_tracking_uri(before)


def test_a_tracker_that_is_absent_is_named(
    result: Benchmark[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import builtins

    real: Callable[..., object] = builtins.__import__

    def without(name: str, *args: object, **kwargs: object) -> object:
        if name == "mlflow":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(UsageError, match="mlflow is not installed"):
        track(result.training, "mlflow", tmp_path)
