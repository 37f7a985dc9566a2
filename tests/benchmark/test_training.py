"""The loop over sides and seeds: what it keeps, when it ends, and that equal runs are equal."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark.resume import from_table
from auditor.config.settings import Settings
from auditor.errors import CheckError
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with


def test_equal_runs_are_equal_to_the_byte(tiny_settings: Settings) -> None:
    quick = settings_with(tiny_settings, epochs=1)
    arms = make_side("before", noise=0.2), make_side("after")
    first, second = (compared(SINGLE, *arms, make_test(), quick) for _ in range(2))
    assert json.dumps(first.result.to_json()) == json.dumps(second.result.to_json())
    assert all(
        (a.extra["confidence"] == b.extra["confidence"]).all()
        for a, b in zip(first.training.runs, second.training.runs, strict=True)
    )


def test_weights_reach_the_loss(tiny_settings: Settings) -> None:
    """Rows of weight 0 carry a wrong label: without them the arm is clean."""
    clean, noisy = make_side("after"), make_side("before", noise=0.6)
    wrong = np.array([a != b for a, b in zip(clean.targets, noisy.targets, strict=True)])
    weighted = replace(noisy, name="after", weights=np.where(wrong, 0.0, 1.0))
    found = compared(SINGLE, noisy, weighted, make_test(), tiny_settings).result.to_json()
    assert found["before"]["accuracy"]["mean"] < 0.7
    assert found["after"]["accuracy"]["mean"] > 0.9


def test_finished_seeds_are_kept_when_stopped(tiny_settings: Settings) -> None:
    def stop_in_second_seed(what: str, share: float) -> None:
        if "after, seed 1" in what:
            raise KeyboardInterrupt

    arms = make_side("before"), make_side("after")
    result = compared(SINGLE, *arms, make_test(), tiny_settings, progress=stop_in_second_seed)
    assert result.training.seeds == (0,)
    assert result.result.to_json()["complete"] is False
    with pytest.raises(KeyboardInterrupt):
        result.raise_if_stopped()


def test_a_loss_that_is_no_number_is_an_error(tiny_settings: Settings) -> None:
    wild = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e30})
    settings = tiny_settings.model_copy(update={"benchmark": wild})
    with pytest.raises(CheckError, match="not a number"):
        compared(SINGLE, make_side("before"), make_side("after"), make_test(), settings)


def test_a_stopped_benchmark_goes_on_where_it_was(tiny_settings: Settings) -> None:
    quick = settings_with(tiny_settings, epochs=1)
    finished: dict[str, pa.Table] = {}
    arms = make_side("before", noise=0.2), make_side("after")

    def stop_in_third_seed(what: str, share: float) -> None:
        if "after, seed 2" in what:
            raise KeyboardInterrupt

    assert compared(
        SINGLE, *arms, make_test(), quick, progress=stop_in_third_seed, finished=finished
    ).training.seeds == (0, 1)
    assert len(finished) == 5
    kept_speeds = {from_table(table).examples_per_second for table in finished.values()}
    resumed = compared(SINGLE, *arms, make_test(), quick, finished=finished)
    assert len(finished) == 6
    assert {run.examples_per_second for run in resumed.training.runs} > kept_speeds  # kept, not trained again
    whole = compared(SINGLE, *arms, make_test(), quick)
    assert resumed.result.to_json() == whole.result.to_json()


def test_a_changed_row_or_method_is_trained_again(tiny_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    quick = settings_with(tiny_settings, epochs=1, seeds=1)
    finished: dict[str, pa.Table] = {}
    before, after = make_side("before"), make_side("after")
    compared(SINGLE, before, after, make_test(), quick, finished=finished)
    changed = replace(after, inputs=["plane beach", *after.inputs[1:]])
    compared(SINGLE, before, changed, make_test(), quick, finished=finished)
    assert len(finished) == 3
    monkeypatch.setattr("auditor.benchmark.resume.TRAINING_VERSION", 0)
    compared(SINGLE, before, after, make_test(), quick, finished=finished)
    assert len(finished) == 5


def test_training_ends_when_rows_held_out_gain_no_more(tiny_settings: Settings) -> None:
    long = settings_with(tiny_settings, epochs=40, seeds=1, patience=2)
    stopped = compared(SINGLE, make_side("before"), make_side("after"), make_test(), long)
    assert all(0 < len(run.losses) < 40 * 15 for run in stopped.training.runs)
    assert stopped.result.to_json()["after"]["accuracy"]["mean"] > 0.9


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
