from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditor.benchmark import Side
from auditor.benchmark.tasks.masked_lm import MaskedLanguageModelling
from auditor.config.loading import load_settings
from auditor.errors import InputError
from tests.benchmark.toys import compared

SETTINGS = load_settings(
    pairs=["benchmark.seeds=1", "benchmark.pretrain_epochs=6", "benchmark.batch_size=16", "benchmark.max_length=16"]
)


TASK = MaskedLanguageModelling()


def side(name: str, texts: list[str]) -> Side[str, None]:
    return Side(name, texts, [None] * len(texts))


def sentences(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    pairs = [("salt", "pepper"), ("night", "day"), ("north", "south"), ("left", "right")]
    return [" ".join(word for i in rng.integers(4, size=4) for word in pairs[i]) for _ in range(count)]


def test_scrambled_text_teaches_less() -> None:
    clean = sentences(150, 1)
    rng = np.random.default_rng(2)
    scrambled = [" ".join(rng.permutation(text.split())) for text in clean]
    sides = side("before", scrambled), side("after", clean), side("test", sentences(60, 3))
    finished: dict[str, pa.Table] = {}
    first = compared(TASK, *sides, SETTINGS, finished=finished)
    found = first.result.to_json()
    assert found["after"]["perplexity"]["mean"] < found["before"]["perplexity"]["mean"]
    assert found["outcome"] == "better" and found["rows"]["used"] == {"before": 150, "after": 150, "test": 60}
    losses = first.training.runs[0].losses
    assert len(losses) == first.training.trainer.steps and losses[-5:].mean() < losses[:5].mean()
    again = compared(TASK, *sides, SETTINGS, finished=finished)
    assert len(finished) == 2 and again.result == first.result
    assert again.training.speeds == first.training.speeds  # taken over, not trained again


def test_too_little_text_is_refused() -> None:
    with pytest.raises(InputError, match="50 texts"):
        compared(TASK, side("before", ["a"] * 49), side("after", ["a"] * 60), side("test", ["a"]), SETTINGS)
