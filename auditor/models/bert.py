"""BERT in torch, for training, tagging and embedding, and its tokenizer.

Devlin et al. 2019, https://arxiv.org/abs/1810.04805: post-norm, absolute positions, one segment, no pooler. Hidden
states equal those of transformers' BertModel bit for bit (tested). It is implemented here because importing
transformers' model takes three CPU seconds, most of the time of a small scan, and because it takes dropout and frozen
layers as arguments. Parameters have the names of the published weights. Imports torch: import this module only where a
model is built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional as F  # noqa: N812 - torch's own name for it

from auditor.models.checkpoint import save_weights
from auditor.models.dropout import Dropout, drop
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CONFIG, WEIGHTS = "config.json", "model.safetensors"
_INDEX = "model.safetensors.index.json"
_REQUIRED_CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "position_embedding_type": "absolute",
    "is_decoder": False,
}
"""Values in ``config.json``, unless missing, of all models that `Bert` implements."""


@dataclass(frozen=True)
class BertConfig:
    """Sizes and rates with the names and defaults of ``config.json``."""

    vocab_size: int = 30_522
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3_072
    max_position_embeddings: int = 512
    type_vocab_size: int = 2
    pad_token_id: int | None = 0
    layer_norm_eps: float = 1e-12
    initializer_range: float = 0.02
    hidden_dropout_prob: float = 0.1
    attention_probs_dropout_prob: float = 0.1


class _SelfAttention(nn.Module):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, config: BertConfig, p: float) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads, self.p = config.num_attention_heads, p
        self.query, self.key, self.value = nn.Linear(size, size), nn.Linear(size, size), nn.Linear(size, size)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        shape = (*x.shape[:2], self.heads, -1)
        query, key, value = (part(x).view(shape).transpose(1, 2) for part in (self.query, self.key, self.value))
        mixed = attention(query, key, value, mask, self.p if self.training else 0.0)
        return mixed.transpose(1, 2).reshape(x.shape)


def attention(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, p: float
) -> torch.Tensor:
    """Scaled dot-product attention of tensors (rows, heads, tokens, width) with attention dropout `p`.

    Without dropout, torch's own function is used; with dropout it would do the same operations in the same order.

    Args:
        query, key, value: (rows, heads, tokens, width).
        mask: bool (rows, 1, tokens, tokens), False for masked tokens, equal for all queries; None: no mask.
        p: dropout rate.
    """
    if not p or query.is_cuda:
        fused: torch.Tensor = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=p)
        return fused
    weights = torch.matmul(query, key.transpose(2, 3)) * query.shape[-1] ** -0.5
    if mask is not None:
        weights = weights.masked_fill(~mask[:, :, :1], torch.finfo(weights.dtype).min)
    return torch.matmul(drop(torch.softmax(weights, -1).to(value.dtype), p), value)


class _ResidualOutput(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A linear layer with residual connection and layer normalization."""

    def __init__(self, config: BertConfig, size: int, p: float) -> None:
        super().__init__()
        self.dense = nn.Linear(size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = Dropout(p)

    def forward(self, x: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
        added: torch.Tensor = self.LayerNorm(self.dropout(self.dense(x)) + before)
        return added


class _Layer(nn.Module):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, config: BertConfig, is_frozen: bool) -> None:
        super().__init__()
        p = 0.0 if is_frozen else config.hidden_dropout_prob
        attending = _SelfAttention(config, 0.0 if is_frozen else config.attention_probs_dropout_prob)
        self.attention = nn.ModuleDict({"self": attending, "output": _ResidualOutput(config, config.hidden_size, p)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(config.hidden_size, config.intermediate_size)})
        self.output = _ResidualOutput(config, config.intermediate_size, p)
        self.requires_grad_(not is_frozen)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        x = self.attention["output"](self.attention["self"](x, mask), x)
        layered: torch.Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return layered


def _table(rows: int, size: int, padding: int | None = None) -> nn.Embedding:
    """An uninitialized embedding; initializing one on the meta device would make torch import its compiler."""
    return nn.Embedding.from_pretrained(torch.empty(rows, size), freeze=False, padding_idx=padding)


class _Embeddings(nn.Module):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, config: BertConfig, tuning: Tuning) -> None:
        super().__init__()
        size = config.hidden_size
        self.word_embeddings = _table(config.vocab_size, size, config.pad_token_id)
        self.position_embeddings = _table(config.max_position_embeddings, size)
        self.token_type_embeddings = _table(config.type_vocab_size, size)
        self.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.dropout = Dropout(0.0 if tuning.constant_layers else config.hidden_dropout_prob)
        self.requires_grad_(not tuning.constant_layers)
        self.word_embeddings.requires_grad_(tuning.word_vectors)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = words + self.token_type_embeddings.weight[0] + self.position_embeddings.weight[: words.shape[1]]
        embedded: torch.Tensor = self.dropout(self.LayerNorm(x))
        return embedded


class Bert(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The encoder, with uninitialized weights; see `build_bert` and `init_weights`.

    Args:
        config: sizes and dropout.
        tuning: which weights are trained; frozen layers have no dropout. Low-rank updates are added by the caller.

    Raises:
        UsageError: more layers are to be frozen than there are.
    """

    def __init__(self, config: BertConfig, tuning: Tuning) -> None:
        super().__init__()
        tuning.require_layers(config.num_hidden_layers)
        self.config, self.tuning = config, tuning
        self.hidden_size = config.hidden_size
        self.embeddings = _Embeddings(config, tuning)
        layers = (_Layer(config, number < tuning.frozen_layers) for number in range(config.num_hidden_layers))
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})

    @property
    def word_vectors(self) -> nn.Embedding:
        """The word embeddings."""
        return self.embeddings.word_embeddings

    @property
    def trained_part(self) -> nn.ModuleList:
        """The layers that are not frozen."""
        return self.encoder["layer"][self.tuning.frozen_layers :]

    def forward(
        self, attention_mask: torch.Tensor, input_ids: torch.Tensor | None = None, states: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Hidden states of the last layer, (rows, tokens, size).

        Args:
            attention_mask: (rows, tokens), 0 for padding.
            input_ids: int64 (rows, tokens).
            states: output of `lower`, given instead of `input_ids`.
        """
        if states is None:
            return self.from_words(self.word_vectors(input_ids), attention_mask)
        return self._apply_layers(states, attention_mask, self.tuning.constant_layers, None)

    def from_words(self, words: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Hidden states of the last layer from word vectors; both (rows, tokens, size)."""
        return self._apply_layers(self.embeddings(words), attention_mask, 0, None)

    def lower(self, attention_mask: torch.Tensor, input_ids: torch.Tensor) -> torch.Tensor:
        """Input of the first trained layer, which is constant for a text (see `Tuning.constant_layers`)."""
        embedded = self.embeddings(self.word_vectors(input_ids))
        return self._apply_layers(embedded, attention_mask, 0, self.tuning.constant_layers)

    def _apply_layers(self, x: torch.Tensor, mask: torch.Tensor, first: int, last: int | None) -> torch.Tensor:
        """Apply the layers `first` to `last` (exclusive) to `x`."""
        visible = None if bool(mask.all()) else mask.bool()[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        for layer in list(self.encoder["layer"])[first:last]:
            x = layer(x, visible)
        return x

    def save(self, folder: Path) -> None:
        """Write configuration and weights in the format of transformers, without a pooler."""
        described = {"architectures": ["BertModel"], **_REQUIRED_CONFIG, **asdict(self.config)}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(described, indent=2) + "\n", "utf-8")
        weights = {name: weight.detach().cpu().contiguous() for name, weight in self.state_dict().items()}
        save_weights(weights, folder / WEIGHTS)


def build_bert(config: BertConfig, weights: Mapping[str, torch.Tensor], tuning: Tuning) -> Bert:
    """A BERT that uses `weights` without copying them. No random numbers are drawn."""
    with torch.device("meta"):  # skips the initialization that the weights would replace
        bert = Bert(config, tuning)
    bert.load_state_dict(weights, assign=True)
    return bert


def init_weights(model: nn.Module, spread: float) -> None:
    """Initialize a model for training from scratch, as BERT was: normal weights with that `spread`, zero biases."""
    for part in model.modules():
        if isinstance(part, (nn.Linear, nn.Embedding)):
            nn.init.normal_(part.weight, std=spread)
        if isinstance(part, nn.LayerNorm):
            nn.init.ones_(part.weight)
        if isinstance(part, (nn.Linear, nn.LayerNorm)):
            nn.init.zeros_(part.bias)
        if isinstance(part, nn.Embedding) and part.padding_idx is not None:
            nn.init.zeros_(part.weight[part.padding_idx])


def bert_config(folder: Path) -> BertConfig | None:
    """The configuration in `folder`; None if the model is not a BERT, or has features that `Bert` lacks."""
    found = json.loads((folder / CONFIG).read_text("utf-8"))
    if found.get("model_type") != "bert" or any(
        found.get(name, required) != required for name, required in _REQUIRED_CONFIG.items()
    ):
        return None
    return BertConfig(**{field.name: found[field.name] for field in fields(BertConfig) if field.name in found})


def bert_weights(folder: Path, config: BertConfig) -> dict[str, torch.Tensor]:
    """The weights in `folder` by the parameter names of `Bert`, float32, without heads and pooler.

    Raises:
        KeyError: a weight is missing.
        ValueError: a weight has the wrong shape.
    """
    with torch.device("meta"):
        wanted = Bert(config, Tuning()).state_dict()
    index = folder / _INDEX
    shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values()) if index.is_file() else {WEIGHTS}
    found = {_name(name): weight for shard in sorted(shards) for name, weight in load_file(folder / shard).items()}
    weights = {name: found[name].float() for name in wanted}
    if any(weights[name].shape != like.shape for name, like in wanted.items()):
        raise ValueError("the shape of a weight does not match config.json")
    return weights


def _name(name: str) -> str:
    """A parameter name without the prefix of models with heads, in the current spelling."""
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def read_bert(folder: Path) -> Bert:
    """The BERT in `folder`, with memory-mapped weights.

    Raises:
        ValueError: the model is not a BERT, or its weights do not match its configuration.
        KeyError: a weight is missing.
    """
    config = bert_config(folder)
    if config is None:
        raise ValueError("not a BERT")
    return build_bert(config, bert_weights(folder, config), Tuning(word_vectors=True))


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in `folder`, without truncation and padding; does not import transformers."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
