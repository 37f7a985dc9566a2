"""Pairs and real-valued targets are benchmarked: two sides as a pair of the tokenizer, Spearman with an interval."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr
from transformers import AutoTokenizer

from auditor.benchmark import Side
from auditor.benchmark.metrics import spearman
from auditor.benchmark.tasks.registry import task_for
from auditor.benchmark.tasks.score import ScoreRegression
from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import corpus_of_tables
from auditor.corpus.shape import BETWEEN_SIDES
from auditor.errors import InputError
from auditor.models.tokenize import encode
from tests.benchmark.toys import compared, settings_with


def pairs(n: int = 60) -> Corpus:
    columns = {
        "sentence1": [f"the first sentence of row {i} is here" for i in range(n)],
        "sentence2": [f"and a second one stands beside it, row {i}" for i in range(n)],
        "score": [round(i * 0.07, 2) for i in range(n)],
    }
    return corpus_of_tables({"d.parquet": pa.table(columns)}, CorpusSettings())


@pytest.mark.parametrize("ties", [False, True])
def test_spearman_is_that_of_scipy_and_of_each_resample(ties):
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 6, 50).astype(float) if ties else rng.normal(size=50)
    predicted = np.stack([truth + rng.normal(size=50), rng.permutation(truth)])
    draws = np.stack([np.ones(50), rng.multinomial(50, np.full(50, 1 / 50))])
    found = spearman(truth, predicted, draws)
    for d, drawn in enumerate(draws.astype(int)):
        rows = np.repeat(np.arange(50), drawn)
        for seed in range(2):
            assert found[d, seed] == pytest.approx(spearmanr(truth[rows], predicted[seed][rows]).statistic)


def test_equal_predictions_have_no_correlation():
    assert spearman(np.arange(5.0), np.ones((1, 5)), np.ones((1, 5)))[0, 0] == 0.0


def test_a_corpus_of_scores_is_for_regression():
    corpus = pairs()
    task = task_for(corpus, "auto")
    assert (task.name, corpus.labels) == ("score-regression", None)
    side = task.rows(corpus, np.array([3, 4]), "before")
    assert side.targets == [0.21, 0.28]
    assert (
        side.inputs[0] == f"the first sentence of row 3 is here{BETWEEN_SIDES}and a second one stands beside it, row 3"
    )
    with pytest.raises(InputError, match="same score"):
        task.check([task.rows(corpus, np.zeros(60, np.int64), "before")], side)


def test_two_sides_are_a_pair_of_the_tokenizer(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    pair = encode(tokenizer, [f"one two{BETWEEN_SIDES}three"], 16)
    separator = tokenizer.sep_token_id
    row = pair.ids[0][: pair.lengths[0]].tolist()
    assert row.count(separator) == 2
    assert row[-1] == separator
    alone = encode(tokenizer, ["three"], 16).ids[0].tolist()
    assert row[row.index(separator) + 1 :] == alone[1:]


def test_scores_under_noise_are_told(tiny_settings):
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(["plane", "hotel", "beach", "bread"], 5)) for _ in range(90)]
    numbers = [float(text.count("plane")) for text in texts]
    sides = [Side(name, texts[:60], numbers[:60], row_ids=np.arange(60)) for name in ("before", "after")]
    settings = settings_with(tiny_settings, seeds=1, epochs=1, noisy_rows=20)
    found = compared(ScoreRegression(), *sides, Side("test", texts[60:], numbers[60:]), settings).result
    assert found.robustness is not None and found.robustness.rows == 20
    assert found.robustness.typos is not None and set(found.robustness.typos.after) == {"spearman"}
    assert found.gains == ()
