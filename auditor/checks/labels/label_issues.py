"""Which rows to flag: confident learning says how many, the common order says which."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.ensemble import Opinion
from auditor.imports import lazy_package
from auditor.stats import Z95_ONE_SIDED, wilson

NEIGHBOURS = 5
NEIGHBOURS_OF_ROWS = 1_000
"""Neighbours are looked up for the worst rows only: each costs a pass over all rows."""
DISPUTE_NEIGHBOURS, DISPUTE_LEAST = 10, 4
DISPUTE_RATIO = 0.6
"""A row may be ambiguous where the better of two labels has at most this share of what both have."""
BLOCK_CELLS = 10_000_000
"""Cells of a table of probabilities that is copied at a time."""
SUREST = 3
"""One row of so many is among the surest."""


@dataclass(frozen=True)
class Suspects:
    """Judged rows whose labels are doubted.

    Attributes:
        wrong: bool, one per judged row: the label is likely wrong.
        safe: bool: wrong, and both of cleanlab's pruning rules call it so.
        ambiguous: bool: two labels fit alike; never also wrong.
        score: float32 0 (likely wrong) to 1: the given label's share of what it and the best other have, dealt out in
            the common order.
        suggested: int64, the most probable class besides the given one.
        neighbours: positions of the most similar rows, by row, for the worst rows.
        noise: float64 (classes, classes): estimated share of all rows with given label i that truly are j.
    """

    wrong: np.ndarray
    safe: np.ndarray
    ambiguous: np.ndarray
    score: np.ndarray
    suggested: np.ndarray
    neighbours: dict[int, np.ndarray]
    noise: np.ndarray


def find_suspects(given: np.ndarray, view: Opinion) -> Suspects:
    """Flag rows from the bottom of the common order, as many as `likely_wrong` says, within a bound.

    Confident learning (Northcutt, Jiang and Chuang 2021) estimates the joint distribution of given and true labels, and
    takes hard texts for wrong labels where the models are weak. The bound is `most_wrong`.
    """
    lazy_package("cleanlab")
    from cleanlab.count import compute_confident_joint, estimate_joint

    joint = compute_confident_joint(given, view.probabilities)
    pruned, both = pruned_rows(given, view.probabilities, joint)
    noise = np.asarray(estimate_joint(given, view.probabilities, confident_joint=joint))
    suggested = _best_other(given, view.probabilities)
    wrong = np.zeros(len(given), bool)
    order = np.argsort(view.rank, kind="stable")
    wrong[order[: min(likely_wrong(int(pruned.sum()), noise, len(given)), most_wrong(given, view.probabilities))]] = (
        True
    )
    share = _given_share(given, suggested, view.probabilities)
    wrong &= share < 0.5  # the order alone does not make a label wrong: the models must prefer another
    score = np.empty(len(given), np.float32)
    score[order] = np.sort(share)
    worst = order[wrong[order]][:NEIGHBOURS_OF_ROWS]
    near = view.near.nearest(worst, NEIGHBOURS)
    return Suspects(
        wrong=wrong,
        safe=wrong & both,
        ambiguous=_ambiguous(given, suggested, share, view) & ~wrong,
        score=score,
        suggested=suggested,
        neighbours=dict(zip(worst.tolist(), near, strict=True)),
        noise=noise,
    )


def pruned_rows(
    given: np.ndarray, probabilities: np.ndarray, joint: np.ndarray, cells: int = BLOCK_CELLS
) -> tuple[np.ndarray, np.ndarray]:
    """Rows that pruning by noise rate names, and those that pruning by class names too.

    Pruning looks at one given class at a time, so blocks of classes give what one call gives, in less memory: cleanlab
    holds several copies of its table.

    Args:
        given: int64 classes 0 .. K-1.
        probabilities: float32 (rows, classes).
        joint: int64 (classes, classes), calibrated.
        cells: of a block's table, unless a class has more.

    Returns:
        Two bool arrays, one value per row.
    """
    lazy_package("cleanlab")
    from cleanlab.filter import find_label_issues

    found = np.zeros((2, len(given)), bool)
    block = _class_blocks(given, probabilities.shape[1], cells)[given]
    for number in range(int(block.max()) + 1):
        positions = np.flatnonzero(block == number)
        table = probabilities if len(positions) == len(given) else probabilities[positions]
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "May not flag all label issues")  # classes of other blocks
            for k, rule in enumerate(("prune_by_noise_rate", "both")):
                # n_jobs=1: its process pool costs more than the work up to millions of rows
                found[k, positions] = find_label_issues(
                    given[positions], table, filter_by=rule, n_jobs=1, confident_joint=joint
                )
    return found[0], found[1]


def _class_blocks(given: np.ndarray, classes: int, cells: int) -> np.ndarray:
    """int64, one per class: its block, of at least two classes with rows, which cleanlab asks for."""
    sizes = np.bincount(given, minlength=classes)
    blocks, number, rows, present = np.zeros(classes, np.int64), 0, 0, 0
    for k, size in enumerate(sizes.tolist()):
        rest = int((sizes[k:] > 0).sum())
        if present >= 2 and rest >= 2 and (rows + size) * classes > cells:
            number, rows, present = number + 1, 0, 0
        blocks[k] = number
        rows, present = rows + size, present + (size > 0)
    return blocks


def likely_wrong(pruned: int, noise: np.ndarray, rows: int) -> int:
    """Rows whose labels are likely wrong: the mean of confident learning's two counts, which err in opposite ways.

    Pruning by noise rate leaves out what it cannot place in a pair of classes; the mass off the diagonal of the
    calibrated joint takes in texts that are only hard. On banking77 with 5, 10 and 20 % of the labels flipped at random
    the two are 9 to 11 % under and 5 to 7 % over the errors, about 1 % of its own included.

    Args:
        pruned: rows that pruning by noise rate names.
        noise: float64 (classes, classes), the joint of given and true labels; sums to 1.
        rows: all rows.
    """
    return round((pruned + (1 - float(np.trace(noise))) * rows) / 2)


def most_wrong(given: np.ndarray, probabilities: np.ndarray) -> int:
    """Rows whose labels can be wrong at most, judged by the texts of which the models are surest.

    How sure the models are of a text depends on the text alone, not on its label. So among the surest third of each
    predicted class the share of labels they disagree with is near the share of wrong labels, while on hard texts they
    err themselves. Taken is the upper end of its one-sided 95 % interval (Wilson).
    """
    best = np.concatenate([np.partition(part, -2, axis=1)[:, -2:] for part in _blocks(probabilities)])
    sure = np.log(best[:, 1] + 1e-9) - np.log(best[:, 0] + 1e-9)
    predicted = probabilities.argmax(axis=1)
    order = np.lexsort((-sure, predicted))
    sizes = np.bincount(predicted)
    place = np.arange(len(given)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    surest = order[place < -(-sizes[predicted[order]] // SUREST)]
    contradicted = int((predicted[surest] != given[surest]).sum())
    return round(wilson(contradicted, len(surest), Z95_ONE_SIDED)[1] * len(given))


def _best_other(given: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    best, start = np.empty(len(given), np.int64), 0
    for part in _blocks(probabilities):
        own = given[start : start + len(part)]
        others = part.copy()
        others[np.arange(len(own)), own] = -1
        best[start : start + len(part)] = others.argmax(axis=1)
        start += len(part)
    return best


def _blocks(table: np.ndarray) -> list[np.ndarray]:
    """Views of the rows of a table, so that no copy of all of it is made."""
    step = max(1, BLOCK_CELLS // table.shape[1])
    return [table[start : start + step] for start in range(0, len(table), step)]


def _given_share(given: np.ndarray, other: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    at = np.arange(len(given))
    own, best = probabilities[at, given], probabilities[at, other]
    return np.asarray(own / np.maximum(own + best, 1e-12), np.float32)


def _ambiguous(given: np.ndarray, other: np.ndarray, share: np.ndarray, view: Opinion) -> np.ndarray:
    """Rows between two classes: about equal probabilities, and neighbours of both labels.

    At most `NEIGHBOURS_OF_ROWS` rows, those nearest to even.
    """
    even = np.abs(share - 0.5)
    near_even = np.flatnonzero(even <= DISPUTE_RATIO - 0.5)
    near_even = near_even[np.argsort(even[near_even], kind="stable")][:NEIGHBOURS_OF_ROWS]
    labels = given[view.near.nearest(near_even, DISPUTE_NEIGHBOURS)]
    own = (labels == given[near_even, None]).sum(axis=1)
    theirs = (labels == other[near_even, None]).sum(axis=1)
    found = np.zeros(len(given), bool)
    found[near_even] = (own >= DISPUTE_LEAST) & (theirs >= DISPUTE_LEAST)
    return found
