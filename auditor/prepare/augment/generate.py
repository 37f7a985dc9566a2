"""Augment the train part with changed copies of rows of small classes."""

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
    """A generated row: the position of its parent among the train rows, its text, and its recipe."""

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
    replacements: Mapping[int, Sequence[str]] | None = None,
    check: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Augmented]:
    """Make changed copies of rows of classes smaller than the mean class.

    Words that indicate a class, negations, placeholders and other marks (`fixed_words`), and replacements of masked
    values are not changed. A copy is discarded if its letters and digits equal those of its parent or of any other
    train text, or if the label model predicts the class of its parent correctly but another class for the copy.

    Args:
        texts, labels, method: the train rows, cleaned and masked; name of an augmenter.
        budget: maximum number of new rows, as a share of the train rows.
        language: language of the texts; with ``zh``, characters are changed instead of words.
        seed: random seed of the choice of parents and of the changes.
        data, models: see `AugmentOptions`.
        replacements: replacements of masked values in each text, by position; every copy contains them.
        check: whether the label model checks the copies.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError: data or models of the method are missing, or it does not support the language.
        InputError, SafetyError: a model cannot be loaded, or is unsafe.
    """
    augmenter = load_augmenter(method, AugmentOptions(language, seed, data, models))
    order = _by_content(texts, labels)
    texts, labels = [texts[i] for i in order], [labels[i] for i in order]
    parents = _parents(labels, int(budget * len(texts)), seed)
    if not parents:
        return []
    inserted = {i: replacements[row] for i, row in enumerate(order) if row in replacements} if replacements else {}
    cues = cue_words(texts, labels, {str(labels[i]) for i in parents}, language, seed)
    masked = {word for i, values in inserted.items() for word in _masked_words(texts[i], values, language)}
    fixed = fixed_words(word for text in texts for word in words_of(text, language))
    change = augmenter.transform(texts, cues | masked | fixed)
    moves = find_augmenter(method, language).moves_words

    def keeps(parent: int, copy: str) -> bool:
        has_protected = _keeps_protected(texts[parent], copy, inserted.get(parent, ()), cues, language)
        return has_protected and keeps_fixed(texts[parent], copy, order=moves)

    with _seeded(seed):
        copies = [(i, copy) for i, copy in _changed(texts, parents, change, progress) if keeps(i, copy)]
    new_rows = _distinct([Augmented(i, copy, augmenter.recipe) for i, copy in copies], texts)
    new_rows = _same_label(new_rows, texts, labels, seed) if check else new_rows
    return [Augmented(order[row.parent], row.text, row.recipe) for row in new_rows]


def _changed(
    texts: Sequence[str],
    parents: Sequence[int],
    change: Callable[[Sequence[str]], Sequence[str]],
    progress: Callable[[int, int], None],
) -> Iterator[tuple[int, str]]:
    """Each parent with its changed copy, batch by batch."""
    for start in range(0, len(parents), _BATCH):
        progress(start, len(parents))
        batch = parents[start : start + _BATCH]
        yield from zip(batch, change([texts[i] for i in batch]), strict=True)
    progress(len(parents), len(parents))


def _by_content(texts: Sequence[str], labels: Sequence[str | None]) -> list[int]:
    """Positions sorted by text and label, which makes the result independent of the row order."""
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": pa.array(labels, pa.large_string())})
    order: list[int] = pc.sort_indices(table, sort_keys=[("text", "ascending"), ("label", "ascending")]).to_pylist()
    return order


def _masked_words(text: str, replacements: Sequence[str], language: str) -> list[str]:
    parts = {part for value in replacements for part in words_of(value, language)}
    return [word for word in words_of(text, language) if word in parts or word.strip(string.punctuation) in parts]


def _keeps_protected(old: str, new: str, replacements: Sequence[str], cues: set[str], language: str) -> bool:
    """Whether a copy has the placeholders, masks and cue words of its parent: cropping ignores protected words."""
    if not all(new.count(value) >= old.count(value) for value in (*replacements, *_PLACEHOLDER.findall(old))):
        return False
    if language == "zh":
        return {character for character in old if character in cues} <= set(new)
    return cues.intersection(old.split()) <= set(new.split())


def _distinct(copies: list[Augmented], texts: Sequence[str]) -> list[Augmented]:
    """The copies whose letters and digits differ from those of all texts and of all earlier copies."""
    if not copies:
        return copies
    seen = set(_letters(texts).tolist()) | {0}
    forms = _letters([copy.text for copy in copies]).tolist()
    first = dict(zip(reversed(forms), reversed(range(len(forms))), strict=True))
    rows = enumerate(zip(copies, forms, strict=True))
    return [copy for i, (copy, form) in rows if form not in seen and first[form] == i]


def _letters(texts: Sequence[str]) -> np.ndarray:
    """uint64, one per text: equal for texts with equal folded letters and digits; 0 if there are none."""
    return shingle(pa.array(texts, pa.large_string()), 1).sequence


def _same_label(
    copies: list[Augmented], texts: Sequence[str], labels: Sequence[str | None], seed: int
) -> list[Augmented]:
    """The copies that the label model gives their label, and those whose parents it misclassifies."""
    if not copies:
        return copies
    predict = label_model(texts, labels, seed)
    parents = sorted({copy.parent for copy in copies})
    of_parent = dict(zip(parents, predict([texts[i] for i in parents]), strict=True))
    of_copy = predict([copy.text for copy in copies])
    return [
        copy
        for copy, predicted in zip(copies, of_copy, strict=True)
        if predicted == labels[copy.parent] or of_parent[copy.parent] != labels[copy.parent]
    ]


def _parents(labels: Sequence[str | None], limit: int, seed: int) -> list[int]:
    """Rows to copy: every class below the mean size is filled up to it, or by the same share if `limit` is reached."""
    counts = Counter(label for label in labels if label is not None)
    if len(counts) < 2 or limit < 1:
        return []
    mean = sum(counts.values()) / len(counts)
    missing = {name: int(mean - count) for name, count in sorted(counts.items()) if mean - count >= 1}
    share = min(1.0, limit / max(sum(missing.values()), 1))
    rng = np.random.default_rng(seed)
    members: dict[str, list[int]] = {name: [] for name in missing}
    for i, label in enumerate(labels):
        if label in members:
            members[label].append(i)
    parents: list[int] = []
    for name, shortfall in missing.items():
        class_rows = np.array(members[name])
        wanted = min(int(shortfall * share), 2 * len(class_rows))  # more copies of the same rows add no information
        rounds = np.concatenate([rng.permutation(class_rows), rng.permutation(class_rows)])
        parents += rounds[:wanted].tolist()
    return parents


@contextlib.contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the global random generators, which nlpaug uses, and restore their state afterwards."""
    state, legacy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed % 2**32)
    try:
        yield
    finally:
        random.setstate(state)
        np.random.set_state(legacy)
