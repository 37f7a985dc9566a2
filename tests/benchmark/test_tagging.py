from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.benchmark import TaggedRows, run_tagging_benchmark
from auditor.benchmark.entities import entities, entity_counts, entity_f1
from auditor.benchmark.tagging import encode_words
from auditor.config.settings import Settings
from auditor.errors import InputError
from auditor.models.load import load_named

NAMES = ["plane", "hotel", "beach"]
PLAIN = ["the", "a", "my", "very", "some"]
TAGS = st.lists(st.sampled_from(["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        (["B-PER", "I-PER", "O"], {("PER", 0, 2)}),
        (["B-PER", "B-PER"], {("PER", 0, 1), ("PER", 1, 2)}),
        (["I-LOC", "I-PER"], {("LOC", 0, 1), ("PER", 1, 2)}),
        (["O"], set()),
    ],
)
def test_entities(tags: list[str], expected: set[tuple[str, int, int]]) -> None:
    assert entities(tags) == expected


@settings(max_examples=60, deadline=None)
@given(st.lists(TAGS, min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_entity_f1_is_seqevals(truth: list[list[str]], random: object) -> None:
    seqeval = pytest.importorskip("seqeval.metrics")
    guess = [[random.choice(["O", "B-PER", "I-PER", "B-LOC"]) for _ in row] for row in truth]
    mine = entity_f1(entity_counts(truth, guess)[None], np.ones((1, len(truth))))[0, 0]
    assert mine == pytest.approx(seqeval.f1_score(truth, guess, zero_division=0))


def tagged(name: str, count: int, seed: int, noise: float = 0.0) -> TaggedRows:
    """Sentences in which some words are things; a share of `noise` of these is left untagged."""
    rng = np.random.default_rng(seed)
    tokens, tags = [], []
    for _ in range(count):
        things = rng.random(6) < 0.3
        tokens.append([str(rng.choice(NAMES if thing else PLAIN)) for thing in things])
        tags.append(["B-THING" if thing and rng.random() >= noise else "O" for thing in things])
    return TaggedRows(name, tokens, tags)


def test_missing_tags_in_one_arm_are_shown(tiny_settings: Settings) -> None:
    found = run_tagging_benchmark(
        tagged("before", 120, 1, noise=0.9),
        tagged("after", 120, 1),
        tagged("test", 80, 2),
        tiny_settings,
        "en",
        lambda what, share: None,
    ).to_json()
    assert found["task"] == "token-classification" and found["outcome"] == "better"
    assert found["after"]["entity_f1"]["mean"] > 0.9
    assert found["rows"]["used"] == {"before": 120, "after": 120, "test": 80}


def test_words_know_their_first_piece(tiny_settings: Settings) -> None:
    base = load_named(tiny_settings.benchmark.model)
    rows, words = encode_words(base, [["plane", "hotel"], ["the"] * 40], 16)
    assert words[0][0] == 1 and words[0][1] == 2
    assert rows.lengths.tolist() == [4, 16] and rows.cut == 1
    assert (words[1][:14] == np.arange(1, 15)).all() and (words[1][14:] == -1).all()


def test_unequal_tags_are_refused(tiny_settings: Settings) -> None:
    good = tagged("after", 60, 1)
    bad = TaggedRows("before", good.tokens, [row[:-1] for row in good.tags])
    with pytest.raises(InputError, match="as many tags"):
        run_tagging_benchmark(bad, good, good, tiny_settings, "en", lambda what, share: None)


def test_capped_sentences_are_drawn_from_everywhere_and_alike(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"max_train_rows": 60, "epochs": 1, "seeds": 1})
    settings_ = tiny_settings.model_copy(update={"benchmark": options})
    plain = TaggedRows("", [["the", f"word{i}"] for i in range(300)], [["O", "O"]] * 300)
    things = tagged("", 300, 1)
    before = TaggedRows("before", plain.tokens + things.tokens, plain.tags + things.tags)
    turned = TaggedRows("after", before.tokens[::-1], before.tags[::-1])
    found = run_tagging_benchmark(
        before, turned, tagged("test", 40, 2), settings_, "en", lambda what, share: None
    ).to_json()  # the first 300 sentences have no entity
    assert found["rows"]["used"] == {"before": 60, "after": 60, "test": 40}
    assert found["baseline"]["before"] == found["baseline"]["after"]
    assert found["baseline"]["before"]["entity_f1"]["mean"] > 0.9


def test_taggers_that_found_nothing_are_told(tiny_settings: Settings) -> None:
    options = tiny_settings.benchmark.model_copy(update={"learning_rate": 1e-9, "epochs": 1, "seeds": 1})
    untrained = tiny_settings.model_copy(update={"benchmark": options})
    strange = TaggedRows("test", [["plane"]] * 30, [["B-OTHER"]] * 30)  # a type that training lacks
    rows = tagged("before", 60, 1), tagged("after", 60, 1)
    found = run_tagging_benchmark(*rows, strange, untrained, "en", lambda what, share: None).to_json()
    assert found["verdict"].startswith("No difference shown: both sides score the same")
    assert "Neither side found anything" in found["verdict"]
