"""Augment the train part with nlpaug: a few changed copies of rows of small classes."""

from __future__ import annotations

import contextlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditor.text.normalise import same_text

_PLACEHOLDER = r"^\W*<[A-Z_]+>\W*$"


@dataclass(frozen=True)
class Augmented:
    """One new row: the position of its parent among the train rows, its text, and how it was made."""

    parent: int
    text: str
    recipe: str


def augment(
    texts: Sequence[str],
    labels: Sequence[str | None],
    *,
    method: str,
    budget: float,
    language: str,
    seed: int,
    data: str | None = None,
    check: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Augmented]:
    """Changed copies of rows of classes smaller than the mean class.

    Copies that equal their parent or any other train text after normalisation are thrown away.

    Args:
        texts, labels: the train rows, cleaned and masked.
        method: ``swap`` or ``delete`` (words; characters in Chinese) or ``keyboard`` (typing errors).
        budget: new rows at most, as a share of the train rows.
        language: ``zh`` changes characters instead of words.
        seed: for the choice of parents and the changes.
        progress: called with (rows made, rows wanted).
    """
    parents = _parents(labels, int(budget * len(texts)), seed)
    if not parents:
        return []
    make = _augmenter(method, language)
    seen = {same_text(text) for text in texts}
    made: list[Augmented] = []
    with _seeded(seed):
        for done, parent in enumerate(parents):
            progress(done, len(parents))
            changed = make(texts[parent])
            form = same_text(changed)
            if form and form not in seen:
                seen.add(form)
                made.append(Augmented(parent, changed, f"nlpaug-{method}"))
    progress(len(parents), len(parents))
    return made


def _parents(labels: Sequence[str | None], limit: int, seed: int) -> list[int]:
    """Rows to copy: each class below the mean is filled towards it, all by the same share where `limit` binds."""
    counts = Counter(label for label in labels if label is not None)
    if len(counts) < 2 or limit < 1:
        return []
    mean = sum(counts.values()) / len(counts)
    lacking = {name: int(mean - count) for name, count in sorted(counts.items()) if mean - count >= 1}
    share = min(1.0, limit / max(sum(lacking.values()), 1))
    order = np.random.default_rng(seed)
    parents: list[int] = []
    for name, lack in lacking.items():
        members = np.array([i for i, label in enumerate(labels) if label == name])
        wanted = min(int(lack * share), 2 * len(members))  # more copies of few rows teach nothing new
        rounds = np.concatenate([order.permutation(members), order.permutation(members)])
        parents += rounds[:wanted].tolist()
    return parents


def _augmenter(method: str, language: str) -> Callable[[str], str]:
    if method == "keyboard":
        from nlpaug.augmenter.char import KeyboardAug

        return _caller(
            KeyboardAug(
                aug_char_p=0.1,
                aug_word_p=0.1,
                include_special_char=False,
                tokenizer=_words,
                reverse_tokenizer=" ".join,
                stopwords_regex=_PLACEHOLDER,
            )
        )
    from nlpaug.augmenter.word import RandomWordAug

    split, join = (_pieces, "".join) if language == "zh" else (_words, " ".join)
    return _caller(
        RandomWordAug(action=method, aug_p=0.1, tokenizer=split, reverse_tokenizer=join, stopwords_regex=_PLACEHOLDER)
    )


def _caller(augmenter: Any) -> Callable[[str], str]:
    def call(text: str) -> str:
        changed = augmenter.augment(text)
        changed = changed[0] if isinstance(changed, list) and changed else changed
        return changed if isinstance(changed, str) else text

    return call


def _words(text: str) -> list[str]:
    """Words as white space parts them: "hasn't" stays whole, which nlpaug's own tokenizer would tear."""
    return text.split()


def _pieces(text: str) -> list[str]:
    """Characters, but placeholders and runs of Latin letters and digits whole."""
    return re.findall(r"<[A-Z_]+>|[A-Za-z0-9]+|.", text, re.DOTALL)


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Nlpaug draws from the global generators: seed them here and give them back as they were."""
    state, legacy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(legacy)
