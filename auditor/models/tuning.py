"""Which weights of an encoder are trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from auditor.errors import UsageError
from auditor.message import Text

if TYPE_CHECKING:
    from transformers import PretrainedConfig, PreTrainedModel


@dataclass(frozen=True)
class Tuning:
    """What is trained of an encoder; by default all but the word vectors."""

    word_vectors: bool = False
    frozen_layers: int = 0
    """Layers from the bottom that stay as they are, without dropout; the embeddings under them too, unless
    `word_vectors` are trained."""
    lora_rank: int = 0
    """Train low-rank updates of the linear layers alone (Hu et al. 2021); 0: the layers themselves."""

    def prepare(self, encoder: PreTrainedModel) -> PreTrainedModel:
        """`encoder` with the untrained weights fixed, or wrapped for LoRA.

        Raises:
            UsageError: more layers than there are, or LoRA without peft.
        """
        encoder.get_input_embeddings().requires_grad_(self.word_vectors)
        if self.frozen_layers:
            embeddings = getattr(encoder, "embeddings", None)
            fixed = [*self._layers(encoder)[: self.frozen_layers], *([] if self.word_vectors else [embeddings])]
            for part in filter(None, fixed):
                part.requires_grad_(False)
                for module in part.modules():
                    if hasattr(module, "p"):
                        module.p = 0.0  # dropout
        return _with_lora(encoder, self.lora_rank) if self.lora_rank else encoder

    def fixed_layers(self, config: PretrainedConfig) -> int:
        """How many layers make the same of a text whenever they see it, and may be run once for all epochs.

        0 where an encoder of this `config` is not known to be embeddings under a stack of layers.
        """
        split = config.model_type == "bert" and not self.word_vectors and not self.lora_rank
        return self.frozen_layers if split else 0

    def _layers(self, encoder: PreTrainedModel) -> list[PreTrainedModel]:
        count = encoder.config.num_hidden_layers
        stacks = [list(m) for m in encoder.modules() if type(m).__name__ == "ModuleList" and len(m) == count]
        if not stacks or self.frozen_layers > count:
            raise UsageError(
                Text("The model has {0} layers; so many cannot be frozen.", count),
                where=f"benchmark.freeze_layers = {self.frozen_layers}",
                fix=Text("Give at most {0}.", count),
            )
        return stacks[0]


def _with_lora(encoder: PreTrainedModel, rank: int) -> PreTrainedModel:
    try:
        from peft import LoraConfig, get_peft_model
    except ImportError:
        raise UsageError(
            "LoRA needs the package peft.",
            where=f"benchmark.lora_rank = {rank}",
            fix="pip install peft, or set benchmark.lora_rank=0.",
        ) from None
    wrapped: PreTrainedModel = get_peft_model(
        encoder, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear")
    )
    return wrapped


def merged(encoder: PreTrainedModel) -> PreTrainedModel:
    """A LoRA encoder with its updates added in; any other as it is."""
    if not hasattr(encoder, "merge_and_unload"):
        return encoder
    plain: PreTrainedModel = encoder.merge_and_unload()
    return plain
