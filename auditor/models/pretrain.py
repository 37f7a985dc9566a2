"""Pre-train a small BERT on the corpus, for languages that the packaged models do not support, without a network.

A byte-pair vocabulary is learnt from the training texts; each CJK character is a separate token. (WordPiece would be
usual, but its trainer in `tokenizers` gives a different vocabulary in each process.) The encoder is then pre-trained by
masked-language modelling (Devlin et al. 2019: 15% of the tokens, of which 80% are masked, 10% replaced by random
tokens and 10% unchanged). Test texts are not used.
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
"""Twice as many steps as with 64 at the same cost; with 64, pre-training on 2,700 hotel reviews was useless."""
IGNORED = -100
"""Target of tokens that are not predicted; ignored by torch's cross-entropy."""
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
MIN_TEXTS = 5
"""Smallest number of distinct texts that must contain a word for it to contribute to the vocabulary."""
_MASKED_SHARE = 0.15


def pretrain_steps(texts: int, epochs: int, batch_size: int) -> int:
    """Number of steps of `pretrain`."""
    return epochs * -(-texts // batch_size)


def pretrain(
    texts: Sequence[str], epochs: int, batch_size: int, max_length: int, seed: int, tick: Callable[[], None]
) -> Base:
    """Train a small BERT on `texts`.

    Args:
        epochs: passes over the texts; 0 leaves the weights random.
        tick: called after each step.

    Raises:
        CheckError: the loss becomes NaN or infinite.
    """
    tokenizer = learn_tokenizer(texts, max_length)
    steps = pretrain_steps(len(texts), epochs, batch_size)
    model, _ = pretrain_encoder(tokenizer, encode(tokenizer, texts, max_length), steps, batch_size, seed, tick)
    weights = {name: weight.detach().cpu() for name, weight in model.encoder.state_dict().items()}
    # its word vectors are trained further, unlike those of a model pre-trained on billions of words
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
    """Train a small BERT from scratch to predict masked tokens of `rows`; also returns the loss of each step."""
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
            hit = targets != IGNORED  # masked tokens only: the output layer costs more than the encoder
            return cross_entropy(model.scores(hidden[hit]), targets[hit])

        losses = train(model, rows.lengths, loss_of, Recipe(steps, batch_size, learning_rate=1e-3), seed, tick)
    return model, losses


def learn_tokenizer(texts: Sequence[str], max_length: int) -> PreTrainedTokenizerBase:
    """A lower-casing tokenizer with a vocabulary learnt from the words of `texts` that are not rare.

    Each digit is a separate token, and words in fewer than `MIN_TEXTS` distinct texts do not contribute, so that no
    number and no name of an individual person becomes a token.
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
    """The distinct texts without words that fewer than `MIN_TEXTS` of them contain.

    Returns a list, because the tokenizer is locked during training and could not split texts for an iterator.
    """
    distinct = [[word for word, _ in _words(tokenizer, text)] for text in dict.fromkeys(texts)]
    rows = Counter(word for words in distinct for word in set(words))
    return [" ".join(word for word in words if rows[word] >= MIN_TEXTS) for words in distinct]


def _words(tokenizer: Tokenizer, text: str) -> list[tuple[str, tuple[int, int]]]:
    words: list[tuple[str, tuple[int, int]]] = tokenizer.pre_tokenizer.pre_tokenize_str(
        tokenizer.normalizer.normalize_str(text)
    )
    return words


def mask_tokens(ids: torch.Tensor, special: int, vocabulary: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Inputs and targets (rows, tokens), int64, for masked-language modelling; ids below `special` are never masked.

    At least one token is masked, since the loss of a batch without targets would be NaN.
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
