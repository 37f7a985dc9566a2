"""A tiny model, saved as a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.toys import FILLER, WORDS


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an untrained BERT of 2 layers of 32 and its vocabulary."""
    import torch
    from transformers import BertConfig, BertModel

    from auditor.models.pretrain import learn_tokenizer

    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = learn_tokenizer([f"{text} {word}" for word in FILLER[:5] for text in (*WORDS.values(), *FILLER)], 32)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(folder)
    return folder
