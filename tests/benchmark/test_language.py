from __future__ import annotations

import numpy as np
import pytest

from auditor.benchmark import run_language_benchmark
from auditor.benchmark.language import perplexity
from auditor.config.loading import load_settings
from auditor.errors import InputError

SETTINGS = load_settings(
    pairs=["benchmark.seeds=1", "benchmark.pretrain_epochs=6", "benchmark.batch_size=16", "benchmark.max_length=16"]
)


def sentences(count: int, seed: int) -> list[str]:
    rng = np.random.default_rng(seed)
    pairs = [("salt", "pepper"), ("night", "day"), ("north", "south"), ("left", "right")]
    return [" ".join(word for i in rng.integers(4, size=4) for word in pairs[i]) for _ in range(count)]


def test_scrambled_text_teaches_less() -> None:
    clean = sentences(150, 1)
    rng = np.random.default_rng(2)
    scrambled = [" ".join(rng.permutation(text.split())) for text in clean]
    found = run_language_benchmark(scrambled, clean, sentences(60, 3), SETTINGS, lambda what, share: None).to_json()
    assert found["after"]["perplexity"]["mean"] < found["before"]["perplexity"]["mean"]
    assert found["outcome"] == "better"


def test_perplexity_of_known_losses() -> None:
    losses = np.array([[[2.0, 1.0], [4.0, 2.0]], [[0.0, 1.0], [0.0, 2.0]]])
    assert perplexity(losses, np.ones((1, 2)))[0] == pytest.approx([np.exp(2.0), 1.0])
    assert perplexity(losses, np.array([[2.0, 0.0]]))[0] == pytest.approx([np.exp(2.0), 1.0])


def test_too_little_text_is_refused() -> None:
    with pytest.raises(InputError, match="50 texts"):
        run_language_benchmark(["a"] * 49, ["a"] * 60, ["a"], SETTINGS, lambda what, share: None)
