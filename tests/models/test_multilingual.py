"""The packaged multilingual encoder: read as data, cut to the pieces that are needed, refused where it is not the known one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from auditor.benchmark.artefact import TrainedModel, load_model
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.errors import SafetyError
from auditor.models.base_model import choose_base
from auditor.models.load import Base
from auditor.models.multilingual import PACKAGE, build_base, load_multilingual, read_weights
from tests.models.weight_files import PIECES, SIZE, write_weights

TEXTS = [f"酒店很好{mark}" for mark in "一二三四五"]
"""Five texts, so that the pieces in them are kept."""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    write_weights(tmp_path / "e5-small-q4.bin")
    return tmp_path / "e5-small-q4.bin"


@pytest.fixture
def base(file: Path) -> Base:
    return build_base(read_weights(file), TEXTS)


def test_four_bits_become_the_numbers_they_stand_for(tmp_path: Path) -> None:
    known = write_weights(tmp_path / "weights", seed=3)
    base = build_base(read_weights(tmp_path / "weights"), TEXTS)
    layer = base.weights["encoder.layer.1.attention.self.value.weight"].numpy()
    assert np.array_equal(layer, known["l1.v.w"])
    assert np.array_equal(base.weights["embeddings.token_type_embeddings.weight"].numpy(), known["emb.type"])
    kept = [PIECES.index(piece) for piece, _ in sorted(base.tokenizer.get_vocab().items(), key=lambda item: item[1])]
    assert np.array_equal(base.weights["embeddings.word_embeddings.weight"].numpy(), known["emb.word"][kept])
    assert base.encoder().hidden_size == SIZE


def test_pieces_of_few_texts_are_left_out_and_characters_are_not(file: Path, base: Base) -> None:
    vocabulary = base.tokenizer.get_vocab()
    assert {"酒店", "很好", "差", "<mask>"} <= set(vocabulary) and "▁hotel" not in vocabulary
    of_four = build_base(read_weights(file), TEXTS[:4]).tokenizer.get_vocab()
    assert {"酒", "店"} <= set(of_four) and "酒店" not in of_four


def test_a_character_given_as_a_word_is_the_piece_that_it_is_in_a_text(base: Base) -> None:
    words = base.tokenizer([["差", "店"]], is_split_into_words=True)
    assert base.tokenizer.convert_ids_to_tokens(words["input_ids"][0]) == ["<s>", "差", "店", "</s>"]
    assert words.word_ids(0) == [None, 0, 1, None]
    assert base.tokenizer.tokenize("差店") == ["差", "店"]


def test_other_weights_are_refused(file: Path) -> None:
    with pytest.raises(SafetyError, match="not the known ones"):
        load_multilingual(file, TEXTS)


def test_only_chinese_asks_for_it(file: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    package = tmp_path / "site" / PACKAGE
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('the package was run')")
    file.rename(package / file.name)
    monkeypatch.syspath_prepend(tmp_path / "site")
    options = BenchmarkSettings(pretrain_epochs=0)
    with pytest.raises(SafetyError):
        choose_base(options, "zh", TEXTS, 0, 1, lambda what, share: None)
    _, other = choose_base(options, "other", TEXTS, 0, 1, lambda what, share: None)
    assert other.name.startswith("BERT 4x256")


def test_a_saved_classifier_answers_as_the_trained_one(base: Base, tmp_path: Path) -> None:
    trained = TrainedModel(base.tokenizer, base.classifier(2), ("bad", "good"), base.length)
    trained.save(tmp_path / "model", TEXTS)
    assert load_model(tmp_path / "model").predict(["酒店差"])[0] == trained.predict(["酒店差"])[0]
