"""Settings of the benchmark."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from auditor.config.corpus_settings import Frozen
from auditor.config.markers import Option

BenchmarkTask = Literal["auto", "classification", "regression", "tagging", "language"]
DEFAULT_LENGTH = 64
"""Default maximum number of tokens per text, for models without their own default."""
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class BenchmarkSettings(Frozen):
    """Fine-tuning on the data before and after, all else equal."""

    enabled: bool = True
    """Whether `auditor run` fine-tunes on the data before and after."""
    model: Annotated[str, Option("bench", "ID|DIR")] = "auto"
    """The encoder: Hub id or local folder; auto: the packaged BERT for English, the packaged multilingual encoder for
    Chinese if it is installed, otherwise one pre-trained on the corpus."""
    task: Annotated[BenchmarkTask | str, Option("bench")] = "auto"
    """What is trained; auto: tagging if the corpus has lists of tags, classification if it has labels (multi-label if
    rows can have several), regression if the labels are real numbers, otherwise masked language modelling. Plug-ins can
    add tasks."""
    epochs: Annotated[int, Option("bench")] = Field(3, ge=1)
    """Epochs of fine-tuning."""
    seeds: Annotated[int | None, Option("bench")] = Field(None, ge=1)
    """Trainings per side, each with a different seed; not set: three, then further ones within `benchmark.budget` until
    the verdict is clear or as precise as `benchmark.resolution`."""
    budget: Annotated[str, Option("bench", "TIME")] = "2m"
    """Time after which no more seeds are started: a number with s, m or h. Three seeds are always trained."""
    resolution: float = Field(1.0, gt=0.0)
    """Half-width of the verdict's interval at which no more seeds are added, in percentage points; for metrics that are
    not shares, in per cent of the value before."""
    price_per_label: float | None = Field(None, gt=0.0)
    """Cost of labelling or reviewing one row, in any currency; expected gains are then shown with their cost."""
    batch_size: int = Field(64, ge=1)
    """Rows per step."""
    learning_rate: float | None = Field(None, gt=0.0)
    """Learning rate; not set: 5e-4 for encoders narrower than 512, otherwise 5e-5."""
    max_length: int | None = Field(None, ge=8, le=512)
    """Maximum number of tokens per text; not set: 128 for the packaged multilingual encoder, otherwise 64. Longer texts
    are truncated, and the report says so."""
    max_train_rows: int = Field(3000, ge=10)
    """Maximum number of training rows per side."""
    max_test_rows: int = Field(4000, ge=10)
    """Maximum number of test rows."""
    folds: int | None = Field(None, ge=1, le=5)
    """Test folds if the input has no test part: the part that is split off, then quarters of the train rows, each
    predicted by models that did not see it; not set: as many as train on one and a half times
    `benchmark.max_train_rows` rows in total."""
    pretrain_epochs: int = Field(3, ge=0)
    """Epochs of masked language modelling for a BERT pre-trained on the corpus."""
    few_shot: int = Field(0, ge=0)
    """Maximum number of training rows per class; 0: all."""
    freeze_layers: int | None = Field(None, ge=0)
    """Number of frozen layers, from the bottom; not set: three of six for the packaged BERT, nine of twelve for the
    packaged multilingual encoder, none for other models."""
    lora_rank: int = Field(0, ge=0)
    """Rank of low-rank updates (LoRA), the only weights that are trained; 0: train the layers themselves."""
    adversarial: float = Field(0.0, ge=0.0)
    """Size of the adversarial perturbation of word vectors in each step (FGM; typically 1); 0: none."""
    accumulate: int = Field(1, ge=1)
    """Number of parts in which a batch is computed, to save memory."""
    patience: int = Field(0, ge=0)
    """Stop a training after this many epochs without a lower loss on a held-out tenth of its rows; 0: never."""
    noisy_rows: int = Field(300, ge=0)
    """Number of test rows also tested with typing errors, in capitals and with synonyms; 0: none."""
    ablation: Annotated[bool, Option("bench")] = False
    """Also train on the data after each step of the preparation, to see which step helped."""
    quantize: bool = False
    """Also measure what 8-bit weights would save and cost."""
    track: Literal["none", "tensorboard", "mlflow"] = "none"
    """Where to log losses and scores as well (requires the package)."""

    @field_validator("budget")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if re.fullmatch(rf"\d{{1,5}}\s*[{''.join(_SECONDS)}]", value := value.strip().lower()) is None:
            raise ValueError("a budget is a number with s, m or h, such as 90s or 5m")
        return value

    def tokens(self, usual: int = DEFAULT_LENGTH) -> int:
        """`max_length`, or `usual`, the default of the model, if it is not set."""
        return usual if self.max_length is None else self.max_length

    def budget_seconds(self) -> int:
        """`budget` in seconds."""
        return int(self.budget[:-1]) * _SECONDS[self.budget[-1]]
