"""Dawid and Skene's estimate on planted annotators, beside the majority and crowd-kit's.

    python benchmarks/annotators.py

Each corpus has items of a few classes, every item labelled by some of the annotators, who are right so often and guess
otherwise, or swap two classes. Printed: the share of items whose label is right by majority and by Dawid and Skene; the
error of the accuracies told of annotators; CPU seconds. Where crowd-kit is installed (it needs transformers, so the
project does without), its labels are compared item by item, with the largest difference of a probability.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from auditor.checks.agreement.dawid_skene import DawidSkene, dawid_skene

CORPORA = {
    "five sound annotators": (2, [0.8] * 5),
    "two sound, three guess": (3, [0.9, 0.85, 0.0, 0.0, 0.0]),
    "three sound, one swaps": (4, [0.85, 0.8, 0.8, -1.0]),
    "thirty, of mixed skill": (5, [0.2 + 0.025 * n for n in range(30)]),
}
PER_ITEM = 5


def planted(items: int, classes: int, skills: list[float], seed: int) -> tuple[np.ndarray, ...]:
    """True class of each item; item, annotator and class of each label given."""
    draw = np.random.default_rng(seed)
    truth = draw.choice(classes, size=items, p=np.arange(classes, 0, -1) / (classes * (classes + 1) / 2))
    who = np.argsort(draw.random((items, len(skills))), axis=1)[:, :PER_ITEM].ravel()
    item = np.repeat(np.arange(items), min(PER_ITEM, len(skills)))
    skill = np.array(skills)[who]
    guess = draw.integers(classes, size=len(item))
    label = np.where(draw.random(len(item)) < np.abs(skill), truth[item], guess)
    swapped = np.concatenate([[1, 0], np.arange(2, classes)])
    return truth, item, who, np.where(skill < 0, swapped[truth[item]], label)


def beside_crowd_kit(found: DawidSkene, item: np.ndarray, who: np.ndarray, label: np.ndarray) -> str:
    try:
        import pandas as pd
        from crowdkit.aggregation import DawidSkene as Peer
    except ImportError:
        return ""
    start = time.process_time()
    other = Peer(n_iter=100, tol=1e-5).fit_predict_proba(pd.DataFrame({"task": item, "worker": who, "label": label}))
    seconds = time.process_time() - start
    theirs = other.sort_index()[sorted(other.columns)].to_numpy()
    same = np.mean(theirs.argmax(axis=1) == found.label)
    difference = np.abs(theirs - found.probabilities).max()
    return f"  crowd-kit: same label {same:.4f}, probabilities differ by at most {difference:.4f}, {seconds:.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    for name, (classes, skills) in CORPORA.items():
        truth, item, who, label = planted(args.items, classes, skills, args.seed)
        start = time.process_time()
        found = dawid_skene(item, who, label)
        seconds = time.process_time() - start
        assert found is not None
        votes = np.zeros((args.items, classes))
        np.add.at(votes, (item, label), 1)
        told = [found.probabilities[item[who == n], label[who == n]].mean() for n in range(len(skills))]
        real = [np.mean(truth[item[who == n]] == label[who == n]) for n in range(len(skills))]
        print(f"{name:24} majority {np.mean(votes.argmax(axis=1) == truth):.4f}"
              f"  Dawid-Skene {np.mean(found.label == truth):.4f}"
              f"  accuracies off by {np.abs(np.subtract(told, real)).max():.3f} at most, {seconds:.2f} s"
              f"{beside_crowd_kit(found, item, who, label)}")  # fmt: skip


if __name__ == "__main__":
    main()
