"""A small BERT from the corpus itself, for languages the packaged one does not speak, with no network.

A byte-pair vocabulary is learnt from the training texts, in which each CJK character is a token of its own.
(WordPiece would be usual, but its trainer in `tokenizers` gives another vocabulary in each process.) Then the
encoder is pre-trained on them by masked-language modelling (Devlin et al. 2019: 15 % of the tokens; of these
80 % masked, 10 % replaced, 10 % left). Test texts are never seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from auditor.models.checkpoint import quiet_transformers
from auditor.models.hardware import device, seeded_torch
from auditor.models.load import Base
from auditor.models.tokenize import Encoded, encode
from auditor.models.train import Recipe, train
from auditor.models.tuning import Tuning

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedTokenizerBase

    from auditor.models.heads import MaskedLm

VOCABULARY = 8_000
HIDDEN = 256
LAYERS = 4
PRETRAIN_BATCH = 32
"""Twice the steps of 64 at the same cost: on 2,700 hotel reviews, 64 learnt nothing that fine-tuning could use."""
IGNORED = -100
"""Target of a token that is not to be predicted; torch's cross-entropy leaves it out."""
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
LEAST_ROWS = 5
"""Different texts that must hold a word before it may add to the vocabulary."""
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
    tokenizer = learn_tokenizer(texts, max_length)
    steps = pretrain_steps(len(texts), epochs, batch_size)
    model, _ = pretrain_encoder(tokenizer, encode(tokenizer, texts, max_length), steps, batch_size, seed, tick)
    weights = {name: weight.detach().cpu() for name, weight in model.encoder.state_dict().items()}
    # its word vectors are young and go on learning, unlike those of a model pre-trained on billions of words
    name = f"BERT {LAYERS}x{HIDDEN} pre-trained on the corpus"
    return Base(name, tokenizer, model.encoder.config, weights, Tuning(word_vectors=True))


def pretrain_encoder(
    tokenizer: PreTrainedTokenizerBase,
    rows: Encoded,
    steps: int,
    batch_size: int,
    seed: int,
    tick: Callable[[], None],
) -> tuple[MaskedLm, np.ndarray]:
    """A small BERT trained from scratch to name the hidden tokens of `rows`, and float32 the loss of each step."""
    from torch.nn.functional import cross_entropy

    from auditor.models.bert import BertConfig
    from auditor.models.heads import MaskedLm

    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        num_hidden_layers=LAYERS,
        num_attention_heads=HIDDEN // 64,
        intermediate_size=4 * HIDDEN,
    )
    with seeded_torch(seed):
        model: MaskedLm = MaskedLm(config).to(device())

        def loss_of(batch: np.ndarray) -> torch.Tensor:
            inputs = rows.inputs(batch, device())
            inputs["input_ids"], targets = mask_tokens(inputs["input_ids"], len(SPECIAL_TOKENS), len(tokenizer))
            hidden = model(**inputs)
            hit = targets != IGNORED  # the vocabulary-wide head costs more than the encoder: hidden tokens only
            return cross_entropy(model.scores(hidden[hit]), targets[hit])

        losses = train(model, rows.lengths, loss_of, Recipe(steps, batch_size, learning_rate=1e-3), seed, tick)
    return model, losses


def learn_tokenizer(texts: Sequence[str], max_length: int) -> PreTrainedTokenizerBase:
    """A lower-casing tokenizer whose vocabulary comes from the words of `texts` that are not rare.

    Every digit is a token of its own, and a word in fewer than `LEAST_ROWS` different texts adds nothing to the
    vocabulary: so that no number and no name of a single person becomes a token.
    """
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    quiet_transformers()
    inner = Tokenizer(models.BPE(unk_token=SPECIAL_TOKENS[1]))
    inner.normalizer = normalizers.BertNormalizer(lowercase=True)
    inner.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.BertPreTokenizer(), pre_tokenizers.Digits(individual_digits=True)]
    )
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        min_frequency=2,
        limit_alphabet=VOCABULARY // 2,
        special_tokens=list(SPECIAL_TOKENS),
        show_progress=False,
    )
    inner.train_from_iterator(_without_rare_words(inner, texts), trainer)
    inner.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, SPECIAL_TOKENS.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=inner,
        model_max_length=max_length,
        **{f"{name.strip('[]').lower()}_token": name for name in SPECIAL_TOKENS},
    )


def _without_rare_words(tokenizer: Tokenizer, texts: Sequence[str]) -> list[str]:
    """The different texts without the words that fewer than `LEAST_ROWS` of them hold.

    A list: the tokenizer is locked while it is trained, so it could not take texts apart for an iterator.
    """
    different = [[word for word, _ in _words(tokenizer, text)] for text in dict.fromkeys(texts)]
    rows = Counter(word for words in different for word in set(words))
    return [" ".join(word for word in words if rows[word] >= LEAST_ROWS) for words in different]


def _words(tokenizer: Tokenizer, text: str) -> list[tuple[str, tuple[int, int]]]:
    words: list[tuple[str, tuple[int, int]]] = tokenizer.pre_tokenizer.pre_tokenize_str(
        tokenizer.normalizer.normalize_str(text)
    )
    return words


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
    masked = ids.masked_fill(chosen & (fate < 0.8), SPECIAL_TOKENS.index("[MASK]"))
    return torch.where(chosen & (fate >= 0.9), random_ids.clamp(max=vocabulary - 1), masked), targets
