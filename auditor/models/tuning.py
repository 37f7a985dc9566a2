"""Which weights of an encoder are trained."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.errors import UsageError
from auditor.message import Text


@dataclass(frozen=True)
class Tuning:
    """What is trained of an encoder; by default all but the word vectors."""

    word_vectors: bool = False
    frozen_layers: int = 0
    """Layers from the bottom that stay as they are, of a BERT without dropout; the embeddings under them too, unless
    `word_vectors` are trained."""
    lora_rank: int = 0
    """Train low-rank updates of the linear layers alone (Hu et al. 2021); 0: the layers themselves."""

    @property
    def fixed_layers(self) -> int:
        """How many layers of a BERT make the same of a text whenever they see it, and may be run once for all epochs.

        Where the word vectors under them are trained, it is 0.
        """
        return 0 if self.word_vectors else self.frozen_layers

    def check(self, layers: int) -> None:
        """Pass an encoder that has so many `layers`.

        Raises:
            UsageError: more are to be frozen.
        """
        if self.frozen_layers > layers:
            raise UsageError(
                Text("The model has {0} layers; so many cannot be frozen.", layers),
                where=f"benchmark.freeze_layers = {self.frozen_layers}",
                fix=Text("Give at most {0}.", layers),
            )
