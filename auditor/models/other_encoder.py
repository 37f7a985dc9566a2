"""Encoders of architectures other than BERT, implemented by transformers. Imports torch."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from torch import nn

from auditor.models.checkpoint import not_saved
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    from transformers import PretrainedConfig


class OtherEncoder(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A transformers model with the interface of `auditor.models.bert.Bert`, but without cached states.

    Args:
        config: configuration of the model.
        weights: its weights, which are copied; missing ones are initialized at random.
        tuning: which weights are trained. Frozen layers keep their dropout.

    Raises:
        UsageError: more layers are to be frozen than there are.
    """

    def __init__(self, config: PretrainedConfig, weights: Mapping[str, torch.Tensor], tuning: Tuning) -> None:
        from transformers import AutoModel

        super().__init__()
        self.model = AutoModel.from_config(copy.deepcopy(config))
        self.model.load_state_dict(weights, strict=False)
        self.hidden_size: int = config.hidden_size
        self.word_vectors.requires_grad_(tuning.word_vectors)
        if tuning.frozen_layers:
            self._freeze(tuning)

    @property
    def word_vectors(self) -> nn.Embedding:
        """The word embeddings."""
        return self.model.get_input_embeddings()

    @property
    def trained_part(self) -> nn.Module:
        """The whole model, since the order of its parts is unknown."""
        return self.model

    def forward(self, attention_mask: torch.Tensor, input_ids: torch.Tensor) -> torch.Tensor:
        """Hidden states of the last layer, (rows, tokens, size); see `Bert.forward`."""
        last: torch.Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return last

    def save(self, folder: Path) -> None:
        """Write configuration and weights with transformers.

        Raises:
            OutputError: they cannot be written.
        """
        try:
            self.model.save_pretrained(folder)
        except (OSError, SafetensorError):
            raise not_saved(folder, None) from None
        mode = (folder / "config.json").stat().st_mode
        for file in folder.glob("*.safetensors"):  # they are written with mode 0600
            file.chmod(mode & 0o777)

    def _freeze(self, tuning: Tuning) -> None:
        count = self.model.config.num_hidden_layers
        stacks = [part for part in self.model.modules() if isinstance(part, nn.ModuleList) and len(part) == count]
        tuning.require_layers(count if stacks else 0)
        for layer in list(stacks[0])[: tuning.frozen_layers]:
            layer.requires_grad_(False)
        embeddings = getattr(self.model, "embeddings", None)
        if embeddings is not None and not tuning.word_vectors:
            embeddings.requires_grad_(False)
