"""BERT as a stack of torch layers, for all that is trained, tagged or embedded with one, and its tokenizer.

Devlin et al. 2019, https://arxiv.org/abs/1810.04805: post-norm, absolute positions, one segment, no pooler. Hidden
states equal those of transformers' BertModel bit for bit; a test says so. Our own, because importing transformers'
costs three CPU seconds, most of what a small scan costs, and because dropout and layers that are run only once are
arguments here. Layers have the names of the published weights. Imports torch: import it only where a model is built.
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
_SAME = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute", "is_decoder": False}
"""What ``config.json`` says, or leaves out, of every model that `Bert` is."""


@dataclass(frozen=True)
class BertConfig:
    """Sizes and rates, named and with the defaults of ``config.json``."""

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
    """Scaled dot-product attention, (rows, heads, tokens, width) each, with a share of `p` of its weights dropped.

    torch's own computes the same in the same order where there is dropout, and is used where there is none.

    Args:
        mask: bool (rows, 1, tokens, tokens), False where nothing is to be seen, the same for every query; None: all is.
    """
    if not p or query.is_cuda:
        fused: torch.Tensor = F.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=p)
        return fused
    weights = torch.matmul(query, key.transpose(2, 3)) * query.shape[-1] ** -0.5
    if mask is not None:
        weights = weights.masked_fill(~mask[:, :, :1], torch.finfo(weights.dtype).min)
    return torch.matmul(drop(torch.softmax(weights, -1).to(value.dtype), p), value)


class _Added(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A linear map, added to what it began with, and normalised."""

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
        self.attention = nn.ModuleDict({"self": attending, "output": _Added(config, config.hidden_size, p)})
        self.intermediate = nn.ModuleDict({"dense": nn.Linear(config.hidden_size, config.intermediate_size)})
        self.output = _Added(config, config.intermediate_size, p)
        self.requires_grad_(not is_frozen)

    def forward(self, x: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        x = self.attention["output"](self.attention["self"](x, mask), x)
        layered: torch.Tensor = self.output(F.gelu(self.intermediate["dense"](x)), x)
        return layered


def _table(rows: int, size: int, padding: int | None = None) -> nn.Embedding:
    """Not filled: drawing numbers for a table without memory makes torch import its compiler."""
    return nn.Embedding.from_pretrained(torch.empty(rows, size), freeze=False, padding_idx=padding)


class _Embeddings(nn.Module):  # type: ignore[misc]  # torch is untyped here
    def __init__(self, config: BertConfig, tuning: Tuning) -> None:
        super().__init__()
        size = config.hidden_size
        self.word_embeddings = _table(config.vocab_size, size, config.pad_token_id)
        self.position_embeddings = _table(config.max_position_embeddings, size)
        self.token_type_embeddings = _table(config.type_vocab_size, size)
        self.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.dropout = Dropout(0.0 if tuning.fixed_layers else config.hidden_dropout_prob)
        self.requires_grad_(not tuning.fixed_layers)
        self.word_embeddings.requires_grad_(tuning.word_vectors)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        x = words + self.token_type_embeddings.weight[0] + self.position_embeddings.weight[: words.shape[1]]
        embedded: torch.Tensor = self.dropout(self.LayerNorm(x))
        return embedded


class Bert(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """The encoder; its weights are neither read nor drawn yet, see `bert_of` and `draw_weights`.

    Args:
        config: sizes and dropout.
        tuning: what is trained; what is frozen has no dropout. Low-rank updates are added from outside.

    Raises:
        UsageError: more layers are to be frozen than there are.
    """

    def __init__(self, config: BertConfig, tuning: Tuning) -> None:
        super().__init__()
        tuning.check(config.num_hidden_layers)
        self.config, self.tuning = config, tuning
        self.hidden_size = config.hidden_size
        self.embeddings = _Embeddings(config, tuning)
        layers = (_Layer(config, number < tuning.frozen_layers) for number in range(config.num_hidden_layers))
        self.encoder = nn.ModuleDict({"layer": nn.ModuleList(layers)})

    @property
    def word_vectors(self) -> nn.Embedding:
        """The table of word vectors."""
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
            attention_mask: (rows, tokens), 0 where padded.
            input_ids: int64 (rows, tokens).
            states: in place of `input_ids`: what `lower` made of them.
        """
        if states is None:
            return self.from_words(self.word_vectors(input_ids), attention_mask)
        return self._through(states, attention_mask, self.tuning.fixed_layers, None)

    def from_words(self, words: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        """Hidden states of the last layer from word vectors, (rows, tokens, size) both."""
        return self._through(self.embeddings(words), attention_mask, 0, None)

    def lower(self, attention_mask: torch.Tensor, input_ids: torch.Tensor) -> torch.Tensor:
        """Hidden states under the first layer that is trained: always the same of a text (`Tuning.fixed_layers`)."""
        embedded = self.embeddings(self.word_vectors(input_ids))
        return self._through(embedded, attention_mask, 0, self.tuning.fixed_layers)

    def _through(self, x: torch.Tensor, mask: torch.Tensor, first: int, last: int | None) -> torch.Tensor:
        """`x` through the layers from `first` to before `last`."""
        seen = None if bool(mask.all()) else mask.bool()[:, None, None, :].expand(-1, 1, mask.shape[1], -1)
        for layer in list(self.encoder["layer"])[first:last]:
            x = layer(x, seen)
        return x

    def save(self, folder: Path) -> None:
        """Write configuration and weights as transformers reads them, but for the pooler, which there is none of."""
        described = {"architectures": ["BertModel"], **_SAME, **asdict(self.config)}
        folder.mkdir(parents=True, exist_ok=True)
        (folder / CONFIG).write_text(json.dumps(described, indent=2) + "\n", "utf-8")
        weights = {name: weight.detach().cpu().contiguous() for name, weight in self.state_dict().items()}
        save_weights(weights, folder / WEIGHTS)


def bert_of(config: BertConfig, weights: Mapping[str, torch.Tensor], tuning: Tuning) -> Bert:
    """A BERT over `weights` themselves, not over a copy. No random numbers are drawn."""
    with torch.device("meta"):  # no numbers are drawn that the weights replace at once
        bert = Bert(config, tuning)
    bert.load_state_dict(weights, assign=True)
    return bert


def draw_weights(model: nn.Module, spread: float) -> None:
    """Fill a model that is to learn from nothing, as BERT was: normal weights of that `spread`, biases of zero."""
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
    """The configuration in `folder`; None where the model there is no BERT, or one with a part that `Bert` lacks."""
    found = json.loads((folder / CONFIG).read_text("utf-8"))
    if found.get("model_type") != "bert" or any(found.get(name, same) != same for name, same in _SAME.items()):
        return None
    return BertConfig(**{field.name: found[field.name] for field in fields(BertConfig) if field.name in found})


def bert_weights(folder: Path, config: BertConfig) -> dict[str, torch.Tensor]:
    """The weights in `folder` by the names that `Bert` has for them, float32; heads and the pooler are left out.

    Raises:
        KeyError: one is missing.
        ValueError: one has another shape.
    """
    with torch.device("meta"):
        wanted = Bert(config, Tuning()).state_dict()
    index = folder / _INDEX
    shards = set(json.loads(index.read_text("utf-8"))["weight_map"].values()) if index.is_file() else {WEIGHTS}
    found = {_name(name): weight for shard in sorted(shards) for name, weight in load_file(folder / shard).items()}
    weights = {name: found[name].float() for name in wanted}
    if any(weights[name].shape != like.shape for name, like in wanted.items()):
        raise ValueError("a weight does not have the shape that config.json gives it")
    return weights


def _name(name: str) -> str:
    """Without what models with heads put before it, and as it is written today."""
    name = name.removeprefix("bert.")
    return name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")


def read_bert(folder: Path) -> Bert:
    """The BERT in `folder`, over the file's own memory.

    Raises:
        ValueError: it is none, or its weights do not fit it.
        KeyError: a weight is missing.
    """
    config = bert_config(folder)
    if config is None:
        raise ValueError("no BERT")
    return bert_of(config, bert_weights(folder, config), Tuning(word_vectors=True))


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer in `folder`, which cuts and pads nothing; without transformers."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer
