"""Augment the train part with nlpaug: a few changed copies of rows of small classes."""

from __future__ import annotations

import contextlib
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from auditor.prepare.augmenters import augmenter
from auditor.prepare.label_model import cue_words, label_model
from auditor.text.normalise import same_text

_PLACEHOLDER = re.compile(r"<[A-Z_]+>")
_TOKENS = re.compile(r"\w+")


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

    Words that give a class away, and placeholders, are left alone. A copy is thrown away where its letters and digits
    are those of its parent or of any other train text, and where the label model, which takes the parent for its
    class, takes the copy for another.

    Args:
        texts, labels: the train rows, cleaned and masked.
        method: see `augmenter`.
        budget: new rows at most, as a share of the train rows.
        language: ``zh`` changes characters instead of words.
        seed: for the choice of parents and the changes.
        data: folder of what the method needs.
        check: whether the label model judges the copies.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError: the method lacks its data, or does not go with the language.
    """
    make = augmenter(method, language, data)
    parents = _parents(labels, int(budget * len(texts)), seed)
    if not parents:
        return []
    cues = cue_words(texts, labels, {str(labels[i]) for i in parents}, language, seed)
    change = make(cues)
    seen = {_letters(text) for text in texts}
    made: list[Augmented] = []
    with _seeded(seed):
        for done, parent in enumerate(parents):
            if done % 500 == 0:
                progress(done, len(parents))
            changed = change(texts[parent])
            form = _letters(changed)
            if form and form not in seen and _spared(changed, cues, language) >= _spared(texts[parent], cues, language):
                seen.add(form)
                made.append(Augmented(parent, changed, f"nlpaug-{method}"))
    progress(len(parents), len(parents))
    return _same_label(made, texts, labels, language, seed) if check else made


def _spared(text: str, cues: set[str], language: str) -> Counter[str]:
    """Placeholders and cue words of a text; cropping asks nobody what it may take."""
    words = text if language == "zh" else text.split()
    return Counter(_PLACEHOLDER.findall(text)) + Counter(dict.fromkeys(set(words) & cues, 1))


def _letters(text: str) -> str:
    return " ".join(_TOKENS.findall(same_text(text)))


def _same_label(
    made: list[Augmented], texts: Sequence[str], labels: Sequence[str | None], language: str, seed: int
) -> list[Augmented]:
    if not made:
        return made
    predict = label_model(texts, labels, language, seed)
    parents = sorted({one.parent for one in made})
    of_parent = dict(zip(parents, predict([texts[i] for i in parents]), strict=True))
    of_copy = predict([one.text for one in made])
    return [
        one
        for one, new in zip(made, of_copy, strict=True)
        if new == labels[one.parent] or of_parent[one.parent] != labels[one.parent]
    ]


def _parents(labels: Sequence[str | None], limit: int, seed: int) -> list[int]:
    """Rows to copy: each class below the mean is filled towards it, all by the same share where `limit` binds."""
    counts = Counter(label for label in labels if label is not None)
    if len(counts) < 2 or limit < 1:
        return []
    mean = sum(counts.values()) / len(counts)
    lacking = {name: int(mean - count) for name, count in sorted(counts.items()) if mean - count >= 1}
    share = min(1.0, limit / max(sum(lacking.values()), 1))
    order = np.random.default_rng(seed)
    members: dict[str, list[int]] = {name: [] for name in lacking}
    for i, label in enumerate(labels):
        if label in members:
            members[label].append(i)
    parents: list[int] = []
    for name, lack in lacking.items():
        own = np.array(members[name])
        wanted = min(int(lack * share), 2 * len(own))  # more copies of few rows teach nothing new
        rounds = np.concatenate([order.permutation(own), order.permutation(own)])
        parents += rounds[:wanted].tolist()
    return parents


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
