"""Cross-fitting: rows beyond the test part are tested too, each by models that saw neither it nor a duplicate of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa

from auditor.benchmark import RunData, Side
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.folds import Rows, assign_folds, join_folds, strata
from auditor.benchmark.linear import out_of_fold
from auditor.benchmark.selection import sides_of_run
from auditor.benchmark.sides import prepared_rows
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.settings import Settings
from auditor.core.findings import findings
from auditor.corpus.corpus import Corpus, Roles
from tests.benchmark.toys import SINGLE, compared, make_side, make_test, settings_with

NO_ROWS = pa.table({"row_id": pa.array([], pa.int64()), "code": pa.array([], pa.string())})


def rows(count: int, spare: bool = True, classes: int = 2) -> Rows:
    """A tenth of the rows are test rows, a tenth validation rows; rows 2i and 2i + 1 are duplicates."""
    place = np.arange(count) % 20 // 2
    lot = np.random.default_rng(0).integers(2**63, size=count).astype(np.uint64)
    return Rows(
        usable=np.ones(count, bool),
        is_train=place > 1,
        is_test=place == 0,
        spare=np.full(count, spare),
        clusters=np.arange(count) // 2,
        lot=lot,
        classes=[f"class {i // 2 % classes}" for i in range(count)],
    )


def test_an_inputs_own_test_rows_are_all_that_is_tested() -> None:
    given = rows(1_000, spare=False)
    assert ((assign_folds(given, BenchmarkSettings()) == 0) == given.is_test).all()
    assert ((assign_folds(rows(1_000), BenchmarkSettings(folds=1)) == 0) == given.is_test).all()


def test_few_rows_are_tested_in_folds_of_a_quarter_by_cluster_and_class() -> None:
    given = rows(1_500)
    folds = assign_folds(given, BenchmarkSettings())
    sizes = np.bincount(folds + 1)
    assert len(sizes) == 1 + 3 and sizes[1] == 300  # 1,200 train rows three times are 3,600; test and validation
    assert (np.abs(sizes[2:] - 300) <= 4).all() and sizes[0] == 1_500 - sizes[1:].sum()
    assert (folds[0::2] == folds[1::2]).all()
    for fold in (1, 2):
        shares = np.unique([given.classes[i] for i in np.flatnonzero(folds == fold)], return_counts=True)[1]
        assert abs(shares[0] - shares[1]) <= 4


def test_rows_beyond_the_cap_on_training_are_tested_and_nothing_is_trained_twice() -> None:
    options = BenchmarkSettings(max_train_rows=1_000, max_test_rows=2_000)
    folds = assign_folds(rows(4_000), options)
    assert np.bincount(folds + 1).tolist() == [2_000, 2_000]
    options = BenchmarkSettings(max_train_rows=3_000, max_test_rows=4_000)
    assert np.bincount(assign_folds(rows(4_000), options) + 1).tolist() == [3_000, 1_000]


def test_a_class_of_few_clusters_stays_in_training() -> None:
    given = rows(1_500)
    rare = np.flatnonzero(given.is_train)[:6]
    classes = list(given.classes)
    for i in rare.tolist():
        classes[i] = "rare"
    assert (assign_folds(replace(given, classes=classes), BenchmarkSettings())[rare] == -1).all()


def test_values_of_rows_are_put_in_their_places_and_others_averaged() -> None:
    folds = np.array([1, 0, 1, 0])
    assert join_folds([np.array([10, 11]), np.array([20, 21])], folds).tolist() == [20, 10, 21, 11]
    assert join_folds([np.array([10]), np.array([20, 21])], folds, np.array([1, 0, 1])).tolist() == [20, 10, 21]
    assert float(join_folds([np.array(0.25), np.array(0.75)], folds)) == 0.5
    assert strata([["a", "b"], ["a"], []]) == ["b", "a", ""]


def cross_fitted() -> tuple[Corpus, RunData]:
    """300 rows without a test part of their own, of which the preparation cut 30, and changed every third."""
    side = make_side("before", 300)
    ids = np.random.default_rng(1).permutation(300) + 1_000
    table = pa.table({"text": pa.array(side.inputs, pa.large_string()), "label": side.targets})
    corpus = Corpus("c", (), table, ids, Roles("text", "label"))
    is_train = np.arange(300) >= 30
    kept = np.flatnonzero(is_train)
    texts = [f"changed {side.inputs[i]}" if i % 3 == 0 else side.inputs[i] for i in kept.tolist()]
    prepared = pa.table(
        {
            "text": [*texts, "an added row"],
            "label": [*(side.targets[i] for i in kept.tolist()), side.targets[40]],
            "row_id": pa.array([*ids[kept].tolist(), None], pa.int64()),
            "parent_row_id": pa.array([*[None] * len(kept), int(ids[40])], pa.int64()),
            "sample_weight": [1.0] * (len(kept) + 1),
        }
    )
    data = RunData(
        corpus=corpus,
        clusters=np.arange(300),
        is_train=is_train,
        is_test=~is_train,
        prepared=prepared_rows(corpus, prepared, {}, NO_ROWS),
        findings=findings("LBL001", "warn", []),
        spare=np.ones(300, bool),
    )
    return corpus, data


def test_no_model_sees_a_row_of_its_fold_nor_what_was_made_of_it() -> None:
    corpus, data = cross_fitted()
    sides = sides_of_run(SINGLE, data, BenchmarkSettings(folds=4))
    experiment = make_experiment(SINGLE, [sides.before, sides.after], sides.test, BenchmarkSettings(), 0)
    assert len(experiment.folds) == 4 and len(experiment.test) > 220
    for fold in experiment.folds:
        tested = set(fold.test.inputs)
        for side in fold.sides:
            assert not tested & {text.removeprefix("changed ") for text in side.inputs}
        assert ("an added row" in fold.sides[1].inputs) == (corpus.texts[40] not in tested)


def test_what_was_learned_by_heart_is_not_rewarded() -> None:
    """Labels that nothing but the row tells: a model that had seen it would be right."""
    rng = np.random.default_rng(3)
    labels = [str(x) for x in rng.integers(2, size=200)]
    texts = [f"row{i} word{i} thing{i}" for i in range(200)]
    folds = rng.integers(4, size=200)
    side = Side("before", texts, labels, row_ids=np.arange(200), folds=folds)
    seen = make_experiment(SINGLE, [side], replace(side, name="test", folds=None), BenchmarkSettings(), 0)
    unseen = make_experiment(SINGLE, [side], replace(side, name="test"), BenchmarkSettings(), 0)
    truth = SINGLE.truth(unseen)
    by_heart, honest = (out_of_fold(SINGLE, one, one.sides[0], "en") for one in (seen, unseen))
    assert by_heart is not None and honest is not None
    assert (by_heart == truth).mean() == 1.0 and (honest == truth).mean() < 0.65


def test_folds_are_one_comparison(tiny_settings: Settings) -> None:
    """Every test row is predicted once a seed, noisy rows too, and a kept training is not made again."""
    side, test = make_side("before", 240), make_test()
    extra = side.take(np.arange(60))
    folds = np.where(np.arange(240) < 60, 1, -1)
    both = Side(
        "test",
        [*test.inputs, *extra.inputs],
        [*test.targets, *extra.targets],
        row_ids=np.concatenate([test.row_ids, extra.row_ids]) if test.row_ids is not None else None,
        folds=np.repeat([0, 1], [len(test), 60]),
    )
    arms = replace(side, folds=folds), replace(make_side("after", 240), folds=folds)
    quick, finished = settings_with(tiny_settings, epochs=2, seeds=1, noisy_rows=40), {}
    done = compared(SINGLE, *arms, both, quick, finished=finished)
    assert done.training.predicted("after").shape == (1, 210) and len(finished) == 4
    found = done.result.to_json()
    assert found["rows"]["folds"] == 2 and found["rows"]["test_texts_also_in_train"] == {"before": 0, "after": 0}
    assert found["robustness"]["rows"] == 40 and found["before"]["accuracy"]["mean"] > 0.6
    again = compared(SINGLE, *arms, both, quick, finished=finished)
    assert len(finished) == 4 and again.result.to_json() == found
