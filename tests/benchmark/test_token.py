"""Token classification: missing tags are shown, words know their pieces, unusable rows are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from auditor.benchmark import Side
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.tasks.encoder import EncoderTrainer
from auditor.config.settings import Settings
from auditor.errors import InputError
from auditor.models.base_model import Ticker
from auditor.models.load import load_named
from auditor.models.train import Recipe
from tests.benchmark.toys import TOKEN, compared, tagged_side


def test_missing_tags_in_one_arm_are_shown(tiny_settings: Settings) -> None:
    found = compared(
        TOKEN,
        tagged_side("before", 120, 1, noise=0.9),
        tagged_side("after", 120, 1),
        tagged_side("test", 80, 2),
        tiny_settings,
    ).result.to_json()
    assert found["task"] == "token-classification" and found["outcome"] == "better"
    assert found["after"]["entity_f1"]["mean"] > 0.9
    assert found["rows"]["used"] == {"before": 120, "after": 120, "test": 80}


def test_words_know_their_first_piece(tiny_settings: Settings) -> None:
    base = load_named(tiny_settings.benchmark.model)
    rows = TOKEN.encode(base, [("plane", "hotel"), ("the",) * 40], 16)
    words = rows.first_pieces
    assert words[0][0] == 1 and words[0][1] == 2
    assert rows.lengths.tolist() == [4, 16] and rows.cut == 1
    assert (words[1][:14] == np.arange(1, 15)).all() and (words[1][14:] == -1).all()


def test_unequal_tags_are_refused(tiny_settings: Settings) -> None:
    good = tagged_side("after", 60, 1)
    bad = Side("before", good.inputs, [row[:-1] for row in good.targets])
    with pytest.raises(InputError, match="as many tags"):
        compared(TOKEN, bad, good, good, tiny_settings)


def test_capped_sentences_are_drawn_from_everywhere_and_alike(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"max_train_rows": 60, "epochs": 1, "seeds": 1})
    settings_ = tiny_settings.model_copy(update={"benchmark": options})
    plain = Side("", [("the", f"word{i}") for i in range(300)], [("O", "O")] * 300)
    things = tagged_side("", 300, 1)
    before = Side("before", plain.inputs + things.inputs, plain.targets + things.targets)
    turned = Side("after", before.inputs[::-1], before.targets[::-1])
    found = compared(
        TOKEN, before, turned, tagged_side("test", 40, 2), settings_
    ).result.to_json()  # the first 300 sentences have no entity
    assert found["rows"]["used"] == {"before": 60, "after": 60, "test": 40}
    assert found["baseline"]["before"] == found["baseline"]["after"]
    assert found["baseline"]["before"]["entity_f1"]["mean"] > 0.9


def test_taggers_that_found_nothing_are_told(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "seeds": 1})
    untrained = tiny_settings.model_copy(update={"benchmark": options})
    strange = Side("test", [("plane",)] * 30, [("B-OTHER",)] * 30)  # a type that training lacks
    rows = tagged_side("before", 60, 1), tagged_side("after", 60, 1)
    found = compared(TOKEN, *rows, strange, untrained).result.to_json()
    assert found["verdict"].startswith("No difference shown: both sides score the same")
    assert "Neither side found anything" in found["verdict"]


def test_a_chain_learns_which_tags_follow_each_other(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark
    base = replace(load_named(options.model), is_chain=True)
    train, test = tagged_side("before", 120, 1), tagged_side("test", 80, 2)
    experiment = make_experiment(TOKEN, [train], test, options, 0)
    trainer = EncoderTrainer(TOKEN, experiment, base, Recipe(64, 16, 3e-3), 16, Ticker(64, lambda what, share: None))
    (first, _), (again, _) = trainer.run(train, 0), trainer.run(train, 0)
    real, guessed, right = first.predicted.sum(axis=0)
    assert 2 * right / (real + guessed) > 0.9
    assert np.array_equal(first.predicted, again.predicted)
