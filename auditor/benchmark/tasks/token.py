"""Token classification (names, places, ...), evaluated by entity F1 as in seqeval."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.benchmark.experiment import Experiment
from auditor.benchmark.metrics import Scoring, count_f1
from auditor.benchmark.sides import Side
from auditor.benchmark.tasks.encoder import EncoderTask, Fitted
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.message import Text
from auditor.models.crf import crf_tags, has_crf
from auditor.models.hardware import device, half_precision
from auditor.models.load import Base
from auditor.models.token_features import hashed_tokens
from auditor.models.tokenize import Encoded, Rows, sorted_batches
from auditor.text.bio import spans

if TYPE_CHECKING:
    import torch

    from auditor.models.gradients import BatchLoss
    from auditor.models.heads import TokenClassifier

Words = tuple[str, ...]
"""The words of a sentence, or their tags."""

_UNTAGGED = -100
"""Target of special tokens and of word pieces other than the first of a word."""
_MIN_SENTENCES = 50
_PREDICT_BATCH = 64


@dataclass(frozen=True)
class EncodedWords(Encoded):
    """Token ids of sentences given as words.

    Attributes:
        first_pieces: for each sentence, int64, index of the first piece of each word; -1 for truncated words.
    """

    first_pieces: tuple[np.ndarray, ...] = ()


class TokenClassification(EncoderTask[Words, Words]):
    """One tag per word; truncated words count as untagged."""

    name, option = "token-classification", "tagging"
    scoring = Scoring(compared={"entity_f1": count_f1}, deciding="entity_f1", unit="number")
    has_steps = True
    reads_prepared = False  # cleaning and masking do not apply to lists of words
    not_learned = " Neither side found anything: raise benchmark.epochs or give more rows."

    def fits(self, corpus: Corpus) -> bool:
        """Whether there are columns of words and of tags."""
        return corpus.roles.tokens is not None and corpus.roles.tags is not None

    def usable(self, corpus: Corpus) -> np.ndarray:
        """Rows with as many tags as words."""
        words, tags = corpus.token_rows, corpus.tag_rows
        if words is None or tags is None:
            raise InputError(
                "A benchmark of tagging needs a column of words and one of their tags.",
                where="columns of words and tags",
                fix="Give lists of words and of tags, or choose another benchmark.task.",
            )
        return np.array([bool(w) and len(w) == len(t) for w, t in zip(words, tags, strict=True)], bool)

    def rows(self, corpus: Corpus, positions: np.ndarray, name: str) -> Side[Words, Words]:
        """Words and tags; the words identify the rows."""
        words, tags, rows = corpus.token_rows or [], corpus.tag_rows or [], positions.tolist()
        return Side(name, [tuple(words[i]) for i in rows], [tuple(tags[i]) for i in rows])

    def check(self, sides: Sequence[Side[Words, Words]], test: Side[Words, Words]) -> None:
        """Require enough sentences with entities, and equally many tags and words."""
        for side, minimum in (*((side, _MIN_SENTENCES) for side in sides), (test, 1)):
            if any(len(words) != len(tags) for words, tags in zip(side.inputs, side.targets, strict=True)):
                raise InputError(
                    "A sentence does not have as many tags as words.",
                    where=side.name,
                    fix="Correct the tokens and tags columns.",
                )
            if len(side) < minimum or all(tag == "O" for tags in side.targets for tag in tags):
                raise InputError(
                    Text("A tagging benchmark needs at least {0} sentences with entities in them.", minimum),
                    where=side.name,
                    fix="Give more rows, or set benchmark.enabled=false.",
                )

    def identity(self, row: Words) -> str:
        """The words, one per line."""
        return "\n".join(row)

    def labels_of(self, target: Words) -> Words:
        """The tags."""
        return target

    def encode(self, base: Base, inputs: list[Words], max_length: int) -> EncodedWords:
        """Word pieces of the sentences."""
        encoded = base.tokenizer(
            [list(words) for words in inputs], is_split_into_words=True, truncation=True, max_length=max_length
        )
        lengths = np.array([len(row) for row in encoded["input_ids"]], np.int64)
        ids = np.full((len(lengths), int(lengths.max(initial=1))), base.tokenizer.pad_token_id or 0, np.int32)
        first_pieces = []
        for i, row in enumerate(encoded["input_ids"]):
            ids[i, : len(row)] = row
            first = np.full(len(inputs[i]), -1, np.int64)
            for place, word in reversed(list(enumerate(encoded.word_ids(i)))):
                if word is not None:
                    first[word] = place
            first_pieces.append(first)
        cut = sum(bool((first < 0).any()) for first in first_pieces)
        return EncodedWords(ids, lengths, cut, tuple(first_pieces))

    def targets(self, experiment: Experiment[Words, Words], side: Side[Words, Words], rows: Encoded) -> np.ndarray:
        """int64 (rows, tokens), tag codes at the first piece of each word."""
        codes = experiment.label_codes
        targets = np.full(rows.ids.shape, _UNTAGGED, np.int64)
        for i, (tags, first) in enumerate(zip(side.targets, _first_pieces(rows), strict=True)):
            known = first >= 0
            targets[i, first[known]] = np.array([codes[tag] for tag in tags], np.int64)[known]
        return targets

    def model(self, base: Base, labels: int) -> TokenClassifier:
        """A tagging head."""
        return base.tagger(labels)

    def begin(self, model: TokenClassifier, targets: np.ndarray) -> None:
        """Tell a `ChainHead` which transitions occur."""
        from auditor.models.chain import ChainHead

        if isinstance(model.head, ChainHead):
            model.head.allow([row[row != _UNTAGGED] for row in targets])

    def loss(self, model: TokenClassifier, rows: Rows, targets: np.ndarray, weights: np.ndarray | None) -> BatchLoss:
        """Mean cross-entropy per word, or negative log-likelihood per word of a chain; row weights are not used."""
        import torch
        from torch.nn.functional import cross_entropy

        from auditor.models.chain import ChainHead, gather_words

        target = torch.from_numpy(targets).to(device())
        head = model.head

        def loss_of(batch: np.ndarray) -> torch.Tensor:
            logits = model(**rows.inputs(batch, device()))
            wanted = target[batch, : logits.shape[1]]
            if isinstance(head, ChainHead):
                scores, is_word = gather_words(logits, wanted != _UNTAGGED)
                tags, _ = gather_words(wanted, wanted != _UNTAGGED)
                return head.loss(scores, tags * is_word, is_word) / max(1, int(is_word.sum()))
            total = cross_entropy(logits.flatten(0, 1), wanted.flatten(), ignore_index=_UNTAGGED, reduction="sum")
            return total / max(1, int((wanted != _UNTAGGED).sum()))

        return loss_of

    def predict(self, fitted: Fitted[Words, Words]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """int64 (sentences, 3): numbers of true, predicted and correctly predicted entities."""
        experiment = fitted.experiment
        rows = self.encode(fitted.base, experiment.test.inputs, fitted.max_length)
        best = _best_tags(fitted.model, rows, fitted.base.training_inputs(rows))
        tags = [
            ["O" if place < 0 else experiment.labels[best[i, place]] for place in first.tolist()]
            for i, first in enumerate(rows.first_pieces)
        ]
        return entity_counts(experiment.test.targets, tags), {}

    def truth(self, experiment: Experiment[Words, Words]) -> np.ndarray:
        """Zeros, one per sentence: the truth is contained in the counts."""
        return np.zeros(len(experiment.test))

    def baseline(self, experiment: Experiment[Words, Words], side: Side[Words, Words], language: str) -> np.ndarray:
        """Entity counts of a linear-chain CRF on features of each word and its neighbours.

        Without CRFsuite, a linear support vector machine on the same features tags each word independently.
        """
        from sklearn.svm import LinearSVC

        truth, test = experiment.test.targets, experiment.test.inputs
        if has_crf():
            return entity_counts(truth, crf_tags(side.inputs, side.targets, test, language))
        tags = [tag for row in side.targets for tag in row]
        model = LinearSVC(C=0.5, random_state=0).fit(hashed_tokens(side.inputs), tags)
        predicted = iter(model.predict(hashed_tokens(test)).tolist())
        return entity_counts(truth, [[str(next(predicted)) for _ in words] for words in test])

    def learned(self, truth: np.ndarray, predicted: np.ndarray) -> bool:
        """Whether either side found an entity."""
        return bool(predicted[..., 2].any())


def entity_counts(truth: Sequence[Sequence[str]], predicted: Sequence[Sequence[str]]) -> np.ndarray:
    """int64 (sentences, 3): numbers of true, predicted and correctly predicted entities."""
    rows = []
    for true_tags, predicted_tags in zip(truth, predicted, strict=True):
        real, guessed = set(spans(true_tags)), set(spans(predicted_tags))
        rows.append((len(real), len(guessed), len(real & guessed)))
    return np.array(rows, np.int64).reshape(-1, 3)


def _first_pieces(rows: Encoded) -> tuple[np.ndarray, ...]:
    if not isinstance(rows, EncodedWords):
        raise TypeError("rows of words are encoded by TokenClassification.encode")
    return rows.first_pieces


def _best_tags(model: TokenClassifier, rows: EncodedWords, inputs: Rows) -> np.ndarray:
    """(rows, longest row), predicted tag codes, valid at first pieces; `inputs` are the rows as model input."""
    import torch

    from auditor.models.chain import ChainHead, gather_words

    best, head = np.zeros(rows.ids.shape, np.int64), model.head
    is_first = np.zeros(rows.ids.shape, bool)
    for i, first in enumerate(rows.first_pieces):
        is_first[i, first[first >= 0]] = True
    model.eval()
    with torch.inference_mode(), torch.autocast(device().type, torch.bfloat16, enabled=half_precision()):
        for batch in sorted_batches(rows.lengths, _PREDICT_BATCH):
            logits = model(**inputs.inputs(batch, device()))
            if isinstance(head, ChainHead):
                first = is_first[batch, : logits.shape[1]]
                scores, is_word = gather_words(logits, torch.from_numpy(first).to(device()))
                tags = np.zeros(first.shape, np.int64)
                tags[first] = head.best(scores, is_word)[is_word].cpu().numpy()
            else:
                tags = logits.argmax(-1).cpu().numpy()
            best[batch, : logits.shape[1]] = tags
    return best
