"""Which weights of an encoder are trained."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.errors import UsageError
from auditor.message import Text


@dataclass(frozen=True)
class Tuning:
    """Which weights of an encoder are trained; by default all but the word vectors."""

    word_vectors: bool = False
    frozen_layers: int = 0
    """Number of frozen layers, from the bottom; in a BERT they have no dropout. The embeddings are frozen too, unless
    `word_vectors` are trained."""
    lora_rank: int = 0
    """Rank of low-rank updates, the only trained weights (Hu et al. 2021); 0: train the layers themselves."""

    @property
    def constant_layers(self) -> int:
        """Number of BERT layers whose output for a text is constant during training; 0 if word vectors are trained."""
        return 0 if self.word_vectors else self.frozen_layers

    def require_layers(self, layers: int) -> None:
        """Require that an encoder has enough layers.

        Raises:
            UsageError: more than `layers` are to be frozen.
        """
        if self.frozen_layers > layers:
            raise UsageError(
                Text("More layers are to be frozen than the model has ({0}).", layers),
                where=f"benchmark.freeze_layers = {self.frozen_layers}",
                fix=Text("Give at most {0}.", layers),
            )
