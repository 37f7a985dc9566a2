"""Which step of the preparation helped."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from auditor.benchmark import run_ablation
from auditor.config.settings import Settings
from tests.benchmark.toys import SINGLE, make_side, make_test, silent


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
