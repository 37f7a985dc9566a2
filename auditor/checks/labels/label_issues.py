"""Choice of the rows to flag: confident learning gives the number, the ensemble ranking gives the rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from auditor.checks.labels.ensemble import Opinion
from auditor.imports import lazy_package
from auditor.stats import Z95_ONE_SIDED, wilson

NEIGHBOURS = 5
NEIGHBOURS_OF_ROWS = 1_000
"""Neighbours are computed for the worst rows only: each costs a pass over all rows."""
DISPUTE_NEIGHBOURS, DISPUTE_LEAST = 10, 4
DISPUTE_RATIO = 0.6
"""A row may be ambiguous if the better of two labels has at most this share of their joint probability."""
BLOCK_CELLS = 10_000_000
"""Cells of a table of probabilities that are copied per block."""
SUREST = 3
"""The reciprocal of the share of most confident rows."""


@dataclass(frozen=True)
class Suspects:
    """Judged rows with doubted labels.

    Attributes:
        wrong: bool, one per judged row: the label is likely wrong.
        safe: bool: wrong, also by both of cleanlab's pruning rules.
        ambiguous: bool: two labels fit equally well; never also wrong.
        score: float32 0 (likely wrong) to 1: the given label's share of its and the best other label's probability,
            reassigned in the order of the ensemble ranking.
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
    """Flag the lowest-ranked rows, as many as `likely_wrong` gives, within a bound.

    Confident learning (Northcutt, Jiang and Chuang 2021) estimates the joint distribution of given and true labels;
    with weak models it mistakes hard texts for wrong labels. The bound is `most_wrong`.
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
    wrong &= share < 0.5  # the ranking alone does not make a label wrong: the models must prefer another
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
    """Rows selected by pruning by noise rate, and those also selected by pruning by class.

    Pruning treats each given class separately, so blocks of classes give the same result as one call in less memory:
    cleanlab makes several copies of its table.

    Args:
        given: int64 classes 0 .. K-1.
        probabilities: float32 (rows, classes).
        joint: int64 (classes, classes), calibrated.
        cells: maximum cells of a block's table, unless a class has more.

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
    """int64, one per class: its block, of at least two classes with rows, as cleanlab requires."""
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
    """The number of likely wrong labels: the mean of confident learning's two counts, which err in opposite directions.

    Pruning by noise rate omits errors that it cannot assign to a pair of classes; the off-diagonal mass of the
    calibrated joint includes texts that are only hard. On banking77 with 5, 10 and 20% of the labels flipped at random
    the two are 9 to 11% below and 5 to 7% above the errors, including about 1% of original ones.

    Args:
        pruned: number of rows selected by pruning by noise rate.
        noise: float64 (classes, classes), the joint of given and true labels; sums to 1.
        rows: number of all rows.
    """
    return round((pruned + (1 - float(np.trace(noise))) * rows) / 2)


def most_wrong(given: np.ndarray, probabilities: np.ndarray) -> int:
    """The maximum number of wrong labels, estimated on the texts with the most confident predictions.

    The confidence of a prediction depends on the text alone, not on its label. So among the most confident third of
    each predicted class the share of contradicted labels is close to the share of wrong labels, while on hard texts the
    models err. The result is the upper end of its one-sided 95% interval (Wilson).
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
        of_given = given[start : start + len(part)]
        others = part.copy()
        others[np.arange(len(of_given)), of_given] = -1
        best[start : start + len(part)] = others.argmax(axis=1)
        start += len(part)
    return best


def _blocks(table: np.ndarray) -> list[np.ndarray]:
    """Views of the rows of a table, to avoid copying all of it."""
    step = max(1, BLOCK_CELLS // table.shape[1])
    return [table[start : start + step] for start in range(0, len(table), step)]


def _given_share(given: np.ndarray, other: np.ndarray, probabilities: np.ndarray) -> np.ndarray:
    at = np.arange(len(given))
    of_given, best = probabilities[at, given], probabilities[at, other]
    return np.asarray(of_given / np.maximum(of_given + best, 1e-12), np.float32)


def _ambiguous(given: np.ndarray, other: np.ndarray, share: np.ndarray, view: Opinion) -> np.ndarray:
    """Ambiguous rows: about equal probabilities of two classes, and neighbours of both labels.

    At most `NEIGHBOURS_OF_ROWS` rows, those with the most equal probabilities.
    """
    even = np.abs(share - 0.5)
    near_even = np.flatnonzero(even <= DISPUTE_RATIO - 0.5)
    near_even = near_even[np.argsort(even[near_even], kind="stable")][:NEIGHBOURS_OF_ROWS]
    labels = given[view.near.nearest(near_even, DISPUTE_NEIGHBOURS)]
    of_given = (labels == given[near_even, None]).sum(axis=1)
    theirs = (labels == other[near_even, None]).sum(axis=1)
    found = np.zeros(len(given), bool)
    found[near_even] = (of_given >= DISPUTE_LEAST) & (theirs >= DISPUTE_LEAST)
    return found
