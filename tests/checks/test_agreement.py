"""Dawid and Skene's estimate on planted annotators: who errs how, and labels better than the majority's."""

from __future__ import annotations

import numpy as np
import pytest

from auditor.checks.agreement.consensus import Method, accuracies, consensus_of, items_of, judged_annotators
from auditor.checks.agreement.dawid_skene import DawidSkene, dawid_skene
from auditor.config.settings import Settings
from auditor.corpus.target import Annotations
from tests.corpora import corpus

CLASSES = 3
SOUND, SWAPS, GUESSES = 0.85, 1, 2


def planted(items: int, skills: list[float | int], seed: int = 1) -> tuple[np.ndarray, Annotations]:
    """True classes, and what annotators say: right so often, else at random; or classes 0 and 1 swapped; or guesses."""
    draw = np.random.default_rng(seed)
    truth = draw.integers(CLASSES, size=items)
    said = []
    for skill in skills:
        if skill == SWAPS:
            said.append(np.array([1, 0, 2])[truth])
        else:
            share = 0.0 if skill == GUESSES else skill
            said.append(np.where(draw.random(items) < share, truth, draw.integers(CLASSES, size=items)))
    rows, who = np.tile(np.arange(items), len(skills)), np.repeat(np.arange(len(skills)), items)
    names = tuple(f"annotator_{n + 1}" for n in range(len(skills)))
    return truth, Annotations(names, ("a", "b", "c"), rows, who, np.concatenate(said), np.arange(items))


def estimate(said: Annotations) -> DawidSkene:
    found = dawid_skene(said.row, said.annotator, said.label)
    assert found is not None
    return found


def test_labels_are_better_than_the_majoritys_where_more_annotators_guess_than_know():
    truth, said = planted(600, [0.95, 0.9, GUESSES, GUESSES, GUESSES])
    found = estimate(said)
    by_majority = np.mean(items_of(said).majority == truth)
    assert np.mean(found.label == truth) > by_majority + 0.05
    assert np.allclose(found.probabilities.sum(axis=1), 1)
    assert found.quality.min() >= 1 / CLASSES


def test_who_takes_which_class_for_which():
    _, said = planted(600, [SOUND, SOUND, SOUND, SWAPS, GUESSES])
    found = estimate(said)
    assert np.allclose(found.confusion.sum(axis=2), 1)
    assert np.abs(found.confusion[3] - np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])).max() < 0.1
    assert np.diagonal(found.confusion[0]).min() > SOUND
    assert np.abs(found.confusion[4] - 1 / CLASSES).max() < 0.1


def test_the_accuracy_of_an_annotator_is_that_against_the_truth():
    truth, said = planted(600, [0.9, 0.8, 0.7, GUESSES])
    items = items_of(said)
    told = accuracies(said, items, judged_annotators(said, items), estimate(said))
    real = [np.mean(said.label[said.annotator == one.number] == truth) for one in told]
    assert [one.agreement for one in told] == pytest.approx(real, abs=0.03)
    assert all(one.low < one.agreement < one.high for one in told)


@pytest.mark.parametrize("skills", [[0.9, 0.9], [0.9]])
def test_fewer_than_three_annotators_tell_nothing(skills):
    _, said = planted(50, skills)
    assert dawid_skene(said.row, said.annotator, said.label) is None


def test_no_label_and_one_class_tell_nothing():
    none, same = np.zeros(0, np.int64), np.arange(3)
    assert dawid_skene(none, none, none) is None
    assert dawid_skene(np.zeros(3, np.int64), same, np.zeros(3, np.int64)) is None


@pytest.mark.parametrize(("items", "method"), [(40, Method.DAWID_SKENE), (10, Method.MAJORITY)])
def test_without_texts_to_learn_from_the_labels_alone_decide(items, method):
    truth, said = planted(items, [0.95, 0.95, GUESSES])
    found = consensus_of(corpus([""] * items), said, items_of(said), np.arange(items), Settings())
    assert found.method is method
    assert np.mean(found.label == truth) > 0.8
