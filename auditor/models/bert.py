"""The packaged BERT as a stack of torch layers, and its tokenizer, without transformers.

Importing transformers' BertModel costs three CPU seconds, most of what a small scan costs, and this is all of it that
the name tagger uses: Devlin et al. 2019, https://arxiv.org/abs/1810.04805, post-norm, absolute positions, one
segment. Layers have the names of the published weights. Hidden states equal those of transformers bit for bit; a test
says so.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it


class _SelfAttention(nn.Module):  # type: ignore[misc]
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        size = config["hidden_size"]
        self.heads = config["num_attention_heads"]
        self.query, self.key, self.value = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, size)
        self.drop = config["attention_probs_dropout_prob"]

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        shape = (*x.shape[:2], self.heads, -1)
        query, key, value = (part(x).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        drop = self.drop if self.training else 0.0
        mixed: torch.Tensor = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=drop)
        return mixed.transpose(1, 2).reshape(x.shape)


class _Added(nn.Module):  # type: ignore[misc]
    """A linear map, added to what it began with, and normalised."""

    def __init__(self, config: dict[str, Any], size: int) -> None:
        super().__init__()
        self.dense = nn.Linear(size, config["hidden_size"])
        self.LayerNorm = nn.LayerNorm(config["hidden_size"], eps=config["layer_norm_eps"])
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = self.LayerNorm(self.dropout(self.dense(x)) + before)
        return added


class _Layer(nn.Module):  # type: ignore[misc]
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        wide = config["intermediate_size"]
        self.attention = nn.ModuleDict(
            {
                "self": _SelfAttention(config),
                "output": _Added(config, config["hidden_size"]),
            }
        )
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(config["hidden_size"], wide)})
        self.output = _Added(config, wide)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        x = self.attention["output"](self.attention["self"](x, mask), x)
        layered: torch.Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return layered


def _table(rows: int, size: int) -> nn.Embedding:
    """Not filled: drawing numbers for a table without memory makes torch import its compiler."""
    return nn.Embedding.from_pretrained(torch.empty(rows, size), freeze=False)


class _Embeddings(nn.Module):  # type: ignore[misc]
    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        size = config["hidden_size"]
        self.word_embeddings = _table(config["vocab_size"], size)
        self.position_embeddings = _table(config["max_position_embeddings"], size)
        self.token_type_embeddings = _table(config["type_vocab_size"], size)
        self.LayerNorm = nn.LayerNorm(size, eps=config["layer_norm_eps"])
        self.dropout = nn.Dropout(config["hidden_dropout_prob"])

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = words + self.token_type_embeddings.weight[0] + self.position_embeddings.weight[: words.shape[1]]
        embedded: torch.Tensor = self.dropout(self.LayerNorm(x))
        return embedded


class Encoder(nn.Module):  # type: ignore[misc]
    """Hidden states of the last layer.

    Args:
        config: of ``config.json``: sizes and dropout.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        self.hidden_size: int = config["hidden_size"]
        self.embeddings = _Embeddings(config)
        layers = nn.ModuleList(_Layer(config) for _ in range(config["num_hidden_layers"]))
        self.encoder = nn.ModuleDict({"layer": layers})

    def forward(self, words: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Float (texts, tokens, size) from word vectors of that shape and a mask (texts, tokens), 0 where padded."""
        x = self.embeddings(words)
        seen = None if bool(mask.all()) else mask.bool()[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        for layer in self.encoder["layer"]:
            x = layer(x, seen)
        return x


def load_encoder(folder: Path) -> Encoder:
    """The encoder with the weights in `folder`, float32; what belongs to no layer of it (the pooler) is left out."""
    config = json.loads((folder / "config.json").read_text("utf-8"))
    with torch.device("meta"):  # no numbers are drawn that the weights replace at once
        encoder = Encoder(config)
    names = encoder.state_dict().keys()
    weights = load_file(folder / "model.safetensors")
    encoder.load_state_dict({name: weights[name] for name in names}, assign=True)
    return encoder


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer in `folder`, which cuts and pads nothing."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
