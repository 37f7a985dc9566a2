"""Which step of the preparation helped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auditor.benchmark import run_ablation
from auditor.benchmark.linear import linear_ablation
from auditor.config.settings import Settings
from tests.benchmark.toys import MULTI, SINGLE, TOKEN, make_side, make_test, multi_label_side, silent, tagged_side


def test_ablation_shows_the_step_that_helped(tiny_settings: Settings) -> None:
    noisy, clean = make_side("as it came", noise=0.6), make_side("labels")
    shuffled = clean.take(np.random.default_rng(4).permutation(len(clean)))
    arms = [noisy, clean, replace(shuffled, name="balance")]
    found, _ = run_ablation(SINGLE, arms, make_test(), tiny_settings, "en", silent)
    labels, balance = found.arms[1:]
    assert (labels.name, balance.name) == ("labels", "balance")
    assert labels.against_previous is not None
    assert balance.against_first is not None and balance.against_previous is not None
    assert labels.against_previous.difference["macro_f1"].outcome == "better"
    assert balance.against_first.difference["macro_f1"].outcome == "better"
    assert balance.against_previous.difference["macro_f1"].outcome == "no-difference"


def test_the_linear_model_is_trained_on_each_step_of_any_task(tiny_settings: Settings) -> None:
    tags = [tagged_side("as it came", 80, 1, noise=0.9), tagged_side("labels", 80, 1)]
    found = linear_ablation(TOKEN, tags, tagged_side("test", 60, 2), tiny_settings, "en")
    labels = [multi_label_side("as it came", 150, 1, noise=0.9), multi_label_side("labels", 150, 1)]
    several = linear_ablation(MULTI, labels, multi_label_side("test", 100, 2), tiny_settings, "en")
    for ablation, metric in ((found, "entity_f1"), (several, "micro_f1")):
        assert ablation is not None and ablation.arms[1].against_previous is not None
        assert ablation.arms[1].against_previous.difference[metric].outcome == "better"
