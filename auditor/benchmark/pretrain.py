"""A small BERT from the corpus itself, for languages the packaged one does not speak, with no network.

A WordPiece vocabulary is learnt from the training texts (each CJK character is a token of its own), then the
encoder is pre-trained on them by masked-language modelling (Devlin et al. 2019: 15 % of the tokens; of these
80 % masked, 10 % replaced, 10 % left). Test texts are never seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.encode import encode
from auditor.benchmark.hardware import device, seeded_torch
from auditor.benchmark.models import Base, quiet_transformers
from auditor.benchmark.train import Recipe, train

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedTokenizerBase

VOCABULARY = 8_000
HIDDEN = 256
LAYERS = 4
IGNORED = -100
"""Target of a token that is not to be predicted; torch's cross-entropy leaves it out."""
_SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_MASKED_SHARE = 0.15


def pretrain_steps(texts: int, epochs: int, batch_size: int) -> int:
    """Steps that `pretrain` takes."""
    return epochs * -(-texts // batch_size)


def pretrain(
    texts: Sequence[str], epochs: int, batch_size: int, max_length: int, seed: int, tick: Callable[[], None]
) -> Base:
    """A small BERT trained on `texts`.

    Args:
        epochs: passes over the texts; 0 leaves the weights random.
        tick: called after each step.

    Raises:
        CheckError: the loss is no longer a number.
    """
    from transformers import BertConfig, BertForMaskedLM

    quiet_transformers()
    tokenizer = learn_tokenizer(texts, max_length)
    rows = encode(tokenizer, texts, max_length)
    with seeded_torch(seed):
        config = BertConfig(
            vocab_size=len(tokenizer),
            hidden_size=HIDDEN,
            num_hidden_layers=LAYERS,
            num_attention_heads=HIDDEN // 64,
            intermediate_size=4 * HIDDEN,
            max_position_embeddings=512,
        )
        model: torch.nn.Module = BertForMaskedLM(config)
        model.to(device())

        def loss_of(batch: np.ndarray) -> torch.Tensor:
            inputs = rows.inputs(batch, device())
            inputs["input_ids"], targets = mask_tokens(inputs["input_ids"], len(_SPECIAL), len(tokenizer))
            loss: torch.Tensor = model(**inputs, labels=targets).loss
            return loss

        steps = pretrain_steps(len(texts), epochs, batch_size)
        train(model, rows.lengths, loss_of, Recipe(steps, batch_size, learning_rate=1e-3), seed, tick)
        weights = {name: weight.cpu() for name, weight in model.bert.state_dict().items()}
    return Base(f"BERT {LAYERS}x{HIDDEN} pre-trained on the corpus", tokenizer, config, weights)


def learn_tokenizer(texts: Sequence[str], max_length: int) -> PreTrainedTokenizerBase:
    """A WordPiece tokenizer whose vocabulary comes from `texts`."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 - a token of text
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=VOCABULARY, min_frequency=2, special_tokens=list(_SPECIAL), show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    inner.decoder = decoders.WordPiece()
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, _SPECIAL.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        model_max_length=max_length,
        **{f"{name.strip('[]').lower()}_token": name for name in _SPECIAL},
    )


def mask_tokens(ids: torch.Tensor, special: int, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets, (rows, tokens), int64; ids under `special` are never touched.

    A batch always has a target: without one its loss would not be a number.
    """
    import torch

    ordinary = ids >= special
    chosen = (torch.rand(ids.shape, device=ids.device) < _MASKED_SHARE) & ordinary
    if not chosen.any():
        chosen = ordinary if ordinary.any() else torch.ones_like(ordinary)
    targets = ids.masked_fill(~chosen, IGNORED)
    fate = torch.rand(ids.shape, device=ids.device)
    random_ids = torch.randint(special, max(vocabulary, special + 1), ids.shape, device=ids.device)
    masked = ids.masked_fill(chosen & (fate < 0.8), _SPECIAL.index("[MASK]"))
    return torch.where(chosen & (fate >= 0.9), random_ids.clamp(max=vocabulary - 1), masked), targets
