"""Augment the train part: a few changed copies of rows of small classes."""

from __future__ import annotations

import contextlib
import random
import string
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.dedup.ngrams import shingle
from auditor.prepare.augment.base import AugmentOptions, words_of
from auditor.prepare.augment.label_consistency import cue_words, label_model
from auditor.prepare.augment.protected_words import fixed_words, keeps_fixed
from auditor.prepare.augment.registry import find_augmenter, load_augmenter
from auditor.prepare.transforms import PLACEHOLDER as _PLACEHOLDER

_BATCH = 512


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
    models: Sequence[str] = (),
    held: Mapping[int, Sequence[str]] | None = None,
    check: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Augmented]:
    """Changed copies of rows of classes smaller than the mean class.

    Words that give a class away, negations, placeholders and other marks (`fixed_words`), and what masking put in are
    left alone. A copy is thrown away where its
    letters and digits are those of its parent or of any other train text, and where the label model, which takes the
    parent for its class, takes the copy for another.

    Args:
        texts, labels: the train rows, cleaned and masked.
        method: name of an augmenter.
        budget: new rows at most, as a share of the train rows.
        language: ``zh`` changes characters instead of words.
        seed: for the choice of parents and the changes.
        data: file or folder of what the method needs.
        models: folders or hub ids of the models the method needs.
        held: what masking put into a text, by its position; it is in every copy.
        check: whether the label model judges the copies.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError: the method lacks its data or models, or does not go with the language.
        InputError, SafetyError: a model cannot be loaded, or is not to be trusted.
    """
    by = load_augmenter(method, AugmentOptions(language, seed, data, models))
    order = _by_content(texts, labels)
    texts, labels = [texts[i] for i in order], [labels[i] for i in order]
    parents = _parents(labels, int(budget * len(texts)), seed)
    if not parents:
        return []
    held = {place: held[row] for place, row in enumerate(order) if row in held} if held else {}
    cues = cue_words(texts, labels, {str(labels[i]) for i in parents}, language, seed)
    masked = {word for i, kept in held.items() for word in _masked_words(texts[i], kept, language)}
    fixed = fixed_words(word for text in texts for word in words_of(text, language))
    change = by.transform(texts, cues | masked | fixed)
    moves = find_augmenter(method, language).moves_words

    def keeps(parent: int, copy: str) -> bool:
        spared = _spares(texts[parent], copy, held.get(parent, ()), cues, language)
        return spared and keeps_fixed(texts[parent], copy, order=moves)

    with _seeded(seed):
        copies = [(i, copy) for i, copy in _changed(texts, parents, change, progress) if keeps(i, copy)]
    made = _new([Augmented(i, copy, by.recipe) for i, copy in copies], texts)
    made = _same_label(made, texts, labels, seed) if check else made
    return [Augmented(order[one.parent], one.text, one.recipe) for one in made]


def _changed(
    texts: Sequence[str],
    parents: Sequence[int],
    change: Callable[[Sequence[str]], Sequence[str]],
    progress: Callable[[int, int], None],
) -> Iterator[tuple[int, str]]:
    """Each parent with its changed copy, a batch at a time."""
    for start in range(0, len(parents), _BATCH):
        progress(start, len(parents))
        batch = parents[start : start + _BATCH]
        yield from zip(batch, change([texts[i] for i in batch]), strict=True)
    progress(len(parents), len(parents))


def _by_content(texts: Sequence[str], labels: Sequence[str | None]) -> list[int]:
    """Positions in the order of texts and labels: the same rows in another order are augmented the same."""
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": pa.array(labels, pa.large_string())})
    order: list[int] = pc.sort_indices(table, sort_keys=[("text", "ascending"), ("label", "ascending")]).to_pylist()
    return order


def _masked_words(text: str, held: Sequence[str], language: str) -> list[str]:
    parts = {part for one in held for part in words_of(one, language)}
    return [word for word in words_of(text, language) if word in parts or word.strip(string.punctuation) in parts]


def _spares(old: str, new: str, held: Sequence[str], cues: set[str], language: str) -> bool:
    """Whether a copy has the placeholders, masks and cue words of its parent; cropping asks nobody what it may take."""
    if not all(new.count(one) >= old.count(one) for one in (*held, *_PLACEHOLDER.findall(old))):
        return False
    if language == "zh":
        return {character for character in old if character in cues} <= set(new)
    return cues.intersection(old.split()) <= set(new.split())


def _new(made: list[Augmented], texts: Sequence[str]) -> list[Augmented]:
    """Copies with letters or digits that differ from those of every text and every copy before them."""
    if not made:
        return made
    seen = set(_letters(texts).tolist()) | {0}
    forms = _letters([one.text for one in made]).tolist()
    first = dict(zip(reversed(forms), reversed(range(len(forms))), strict=True))
    return [one for i, (one, form) in enumerate(zip(made, forms, strict=True)) if form not in seen and first[form] == i]


def _letters(texts: Sequence[str]) -> np.ndarray:
    """uint64, one per text: equal where folded letters and digits are; 0 where there are none."""
    return shingle(pa.array(texts, pa.large_string()), 1).sequence


def _same_label(
    made: list[Augmented], texts: Sequence[str], labels: Sequence[str | None], seed: int
) -> list[Augmented]:
    if not made:
        return made
    predict = label_model(texts, labels, seed)
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
