"""A tiny model, saved as a folder, and settings that train it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.config import Settings, load_settings
from tests.benchmark.toys import FILLER, WORDS


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained BERT of 2 layers of 32 and its vocabulary."""
    import torch
    from transformers import BertConfig, BertModel

    from auditor.benchmark.pretrain import learn_tokenizer

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = learn_tokenizer([*WORDS.values(), *FILLER] * 2, 32)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_settings(tiny_model: Path) -> Settings:
    """Three seeds of the tiny model, long enough to learn."""
    return load_settings(
        options={
            "benchmark.model": str(tiny_model),
            "benchmark.seeds": 3,
            "benchmark.epochs": 8,
            "benchmark.batch_size": 16,
            "benchmark.learning_rate": 3e-3,
            "benchmark.max_length": 16,
        }
    )
