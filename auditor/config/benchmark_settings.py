"""Settings of the benchmark."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field, field_validator

from auditor.config.corpus_settings import Frozen
from auditor.config.markers import Option

BenchmarkTask = Literal["auto", "classification", "regression", "tagging", "language"]
DEFAULT_LENGTH = 64
"""Tokens of a text that a model reads unless it has a length of its own."""
_SECONDS = {"s": 1, "m": 60, "h": 3600}


class BenchmarkSettings(Frozen):
    """Fine-tuning before and after, everything else equal."""

    enabled: bool = True
    """Whether `auditor run` fine-tunes before and after."""
    model: Annotated[str, Option("bench", "ID|DIR")] = "auto"
    """The BERT: hub id or local folder; auto: the packaged BERT for English, the packaged multilingual encoder for
    Chinese where it is installed, else one trained on the corpus."""
    task: Annotated[BenchmarkTask | str, Option("bench")] = "auto"
    """What is trained; auto: tagging where the corpus has lists of tags, classification where it has labels (of each by
    itself where rows carry several), regression where they are real numbers, else masked-language modelling. Plug-ins
    add tasks."""
    epochs: Annotated[int, Option("bench")] = Field(3, ge=1)
    """Epochs of fine-tuning."""
    seeds: Annotated[int | None, Option("bench")] = Field(None, ge=1)
    """Trainings a side, each with a seed of its own; not set: three, then as many as `benchmark.budget` allows until
    the verdict is clear or as exact as `benchmark.resolution` asks for."""
    budget: Annotated[str, Option("bench", "TIME")] = "2m"
    """Time after which no more seeds are begun: a number with s, m or h. Three seeds are trained whatever it is."""
    resolution: float = Field(1.0, gt=0.0)
    """Half-width of the verdict's interval at which seeds end, in percentage points; for measures that are no shares,
    in per cent of the value before."""
    price_per_label: float | None = Field(None, gt=0.0)
    """What having one row labelled or reviewed costs, in a currency of your own: expected gains also tell the cost."""
    batch_size: int = Field(64, ge=1)
    """Rows a step."""
    learning_rate: float | None = Field(None, gt=0.0)
    """Learning rate; not set: 5e-4 for encoders narrower than 512, else 5e-5."""
    max_length: int | None = Field(None, ge=8, le=512)
    """Tokens of a text that are read; not set: 128 by the packaged multilingual encoder, else 64. Longer texts are cut,
    and the report says so."""
    max_train_rows: int = Field(3000, ge=10)
    """Training rows per side at most."""
    max_test_rows: int = Field(4000, ge=10)
    """Test rows at most."""
    folds: int | None = Field(None, ge=1, le=5)
    """Test folds where the input has no test part of its own: the part that is cut, then quarters of the train rows,
    each predicted by models that did not see it; not set: as many as train on one and a half times
    `benchmark.max_train_rows` rows together."""
    pretrain_epochs: int = Field(3, ge=0)
    """Masked-language epochs of the corpus-trained BERT."""
    few_shot: int = Field(0, ge=0)
    """Training rows per class at most; 0: all."""
    freeze_layers: int | None = Field(None, ge=0)
    """Layers from the bottom that are not trained; not set: three of the packaged BERT's six, nine of the packaged
    multilingual encoder's twelve, none of any other."""
    lora_rank: int = Field(0, ge=0)
    """Train low-rank updates of the linear maps only; 0: the layers themselves."""
    adversarial: float = Field(0.0, ge=0.0)
    """Size of an attack on the word vectors in each step (FGM; 1 is usual); 0: none."""
    accumulate: int = Field(1, ge=1)
    """Parts a batch is computed in, to save memory."""
    patience: int = Field(0, ge=0)
    """End a training after so many epochs without a lower loss on a tenth of its rows held out; 0: never early."""
    noisy_rows: int = Field(300, ge=0)
    """Test rows that are also judged with typing errors, in capitals and with synonyms; 0: none."""
    ablation: Annotated[bool, Option("bench")] = False
    """Also train on the data after each step of the preparation, to see which step helped."""
    quantize: bool = False
    """Also say what 8-bit weights would save and cost."""
    track: Literal["none", "tensorboard", "mlflow"] = "none"
    """Where losses and scores are logged as well (needs the package)."""

    @field_validator("budget")
    @classmethod
    def _is_time(cls, value: str) -> str:
        if re.fullmatch(rf"\d{{1,5}}\s*[{''.join(_SECONDS)}]", value := value.strip().lower()) is None:
            raise ValueError("a budget is a number with s, m or h, such as 90s or 5m")
        return value

    def tokens(self, usual: int = DEFAULT_LENGTH) -> int:
        """`max_length`, or what is `usual` for the model where it is not set."""
        return usual if self.max_length is None else self.max_length

    def budget_seconds(self) -> int:
        """`budget` in seconds."""
        return int(self.budget[:-1]) * _SECONDS[self.budget[-1]]
