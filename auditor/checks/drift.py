"""Language drift: a classifier that distinguishes two periods, compared with its null distribution.

Divergences such as Jensen-Shannon grow with sample size alone; the area under the ROC curve of a domain
classifier (Rabanser et al. 2019) is 0.5 without drift at any sample size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from auditor.checks.labels.probabilities import grouped_folds
from auditor.checks.words import MovedWords, moved_words
from auditor.stats import Z95, total_variation

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SIDE_ROWS = 2_500
MIN_SIDE_ROWS = 50
CHARACTERS = 1_500
NULL_RUNS = 3
SHUFFLES = 1_000
TERMS = 2**18


@dataclass(frozen=True)
class Drift:
    """How well two sets of texts can be distinguished.

    Attributes:
        auc: out-of-sample area under the ROC curve, 0.5 (chance) to 1 (perfect).
        low, high: its 95% interval (Hanley and McNeil 1982).
        null: mean area with shuffled sides.
        divergence, divergence_null: Jensen-Shannon divergence (bits) of the n-gram counts, and its mean with shuffled
            sides: compare both, because the divergence grows as samples shrink.
        risen, fallen: words with their z-scores of log-odds (Monroe, Colaresi, Quinn 2008), strongest first.
    """

    auc: float
    low: float
    high: float
    null: float
    divergence: float
    divergence_null: float
    risen: MovedWords
    fallen: MovedWords


@dataclass(frozen=True)
class Shift:
    """Distance between two distributions.

    Attributes:
        distance: 0 (equal) to 1.
        p_value: how often shuffled sides have at least this distance.
    """

    distance: float
    p_value: float


def measure_drift(
    first: list[str], last: list[str], groups_first: np.ndarray, groups_last: np.ndarray, language: str, seed: int
) -> Drift | None:
    """Compare two sets of texts; None if a side has fewer than `MIN_SIDE_ROWS` rows or too few distinct texts.

    Args:
        first, last: texts of the two sides, at most about `SIDE_ROWS` each (`side_rows` draws them).
        groups_first, groups_last: duplicate groups, with common numbers on both sides; a group is never in
            the training and the test fold at once.
        language: ``zh`` compares character n-grams.
        seed: for folds and shuffles.
    """
    if min(len(first), len(last)) < MIN_SIDE_ROWS:
        return None
    random = np.random.default_rng(seed)
    texts = [text[:CHARACTERS] for text in first + last]
    side = np.repeat([0, 1], [len(first), len(last)])
    groups = np.concatenate([groups_first, groups_last])
    features = unit_rows(hashed_terms(texts, language))
    auc = area(features, side, groups, seed)
    if np.isnan(auc):
        return None
    shuffled = [random.permutation(side) for _ in range(NULL_RUNS)]
    low, high = interval(auc, len(first), len(last))
    risen, fallen = moved_words(texts[: len(first)], texts[len(first) :], language)
    return Drift(
        auc=auc,
        low=low,
        high=high,
        null=_null([area(features, sides, groups, seed) for sides in shuffled]),
        divergence=_divergence(features, side),
        divergence_null=float(np.mean([_divergence(features, sides) for sides in shuffled])),
        risen=risen,
        fallen=fallen,
    )


def _null(areas: list[float]) -> float:
    """The mean of the areas that could be measured; 0.5 if none could."""
    known = [value for value in areas if not np.isnan(value)]
    return float(np.mean(known)) if known else 0.5


def shift_of_shares(
    first: np.ndarray, last: np.ndarray, seed: int, rows: tuple[np.ndarray, np.ndarray] | None = None
) -> Shift:
    """Total variation distance between the class shares of two sides, with its permutation test (1,000 shuffles).

    Rows are shuffled, not labels, so that the labels of a row stay together.

    Args:
        first, last: int64 class numbers of each side.
        rows: int64, parallel to them: the row of each label; None: one label per row.
    """
    random = np.random.default_rng(seed)
    both = np.concatenate([first, last])
    owner = np.arange(len(both)) if rows is None else np.unique(np.concatenate(rows), return_inverse=True)[1]
    is_first = np.zeros(int(owner.max(initial=-1)) + 1, bool)
    is_first[owner[: len(first)]] = True
    classes = int(both.max(initial=0)) + 1

    def distance(side: np.ndarray) -> float:
        return total_variation(*(np.bincount(both[held], minlength=classes) for held in (side[owner], ~side[owner])))

    observed = distance(is_first)
    above = sum(distance(random.permutation(is_first)) >= observed - 1e-12 for _ in range(SHUFFLES))
    return Shift(observed, (above + 1) / (SHUFFLES + 1))


def shift_of_lengths(first: np.ndarray, last: np.ndarray) -> Shift:
    """Kolmogorov-Smirnov distance between the text lengths of two sides, with its p-value."""
    from scipy.stats import ks_2samp

    result = ks_2samp(first, last, method="asymp")
    return Shift(float(result.statistic), float(result.pvalue))


def side_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """At most `SIDE_ROWS` of `rows`, drawn at random, in order."""
    if len(rows) <= SIDE_ROWS:
        return rows
    return rows[np.sort(np.random.default_rng(seed).permutation(len(rows))[:SIDE_ROWS])]


def _divergence(features: csr_matrix, side: np.ndarray) -> float:
    """Jensen-Shannon divergence in bits of the summed n-gram counts of the two sides."""
    x, y = (np.asarray(features[side == k].sum(axis=0)).ravel() for k in (0, 1))
    x, y = x / max(x.sum(), 1e-12), y / max(y.sum(), 1e-12)
    middle = (x + y) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(p > 0, p * np.log2(p / middle), 0.0).sum() for p in (x, y)]
    return float(sum(parts) / 2)


def hashed_terms(texts: list[str], language: str) -> csr_matrix:
    """Sparse float32 (texts, `TERMS`): counts of words and pairs of words (Chinese: of characters), hashed."""
    from sklearn.feature_extraction.text import HashingVectorizer

    kind = {"analyzer": "char", "ngram_range": (1, 2)} if language == "zh" else {"ngram_range": (1, 2)}
    hashing = HashingVectorizer(n_features=TERMS, alternate_sign=False, norm=None, dtype=np.float32, **kind)
    return hashing.transform(texts)


def unit_rows(counts: csr_matrix) -> csr_matrix:
    """Sparse rows scaled to length 1."""
    from sklearn.preprocessing import normalize

    return normalize(counts)


def area(features: csr_matrix, side: np.ndarray, groups: np.ndarray, seed: int) -> float:
    """Area under the ROC curve of a linear classifier of the sides, cross-validated in three folds by group.

    NaN if no fold has both sides in training and test, such as when nearly all texts are copies of one.
    """
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import roc_auc_score

    fold = grouped_folds(side, groups, 3, seed)
    areas = []
    for number in range(3):
        test = fold == number
        if len(np.unique(side[test])) < 2 or len(np.unique(side[~test])) < 2:
            continue
        model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=10, tol=None, random_state=seed)
        model.fit(features[~test], side[~test])
        areas.append(roc_auc_score(side[test], model.decision_function(features[test])))
    return float(np.mean(areas)) if areas else float("nan")


def interval(auc: float, a: int, b: int) -> tuple[float, float]:
    """The 95% interval of an area from `a` negatives and `b` positives (Hanley and McNeil 1982)."""
    half = Z95 * _hanley_mcneil(auc, a, b)
    return max(0.0, auc - half), min(1.0, auc + half)


def _hanley_mcneil(auc: float, a: int, b: int) -> float:
    """Standard error of an area under the ROC curve from `a` negatives and `b` positives."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (b - 1) * (q1 - auc**2) + (a - 1) * (q2 - auc**2)) / (a * b)
    return float(np.sqrt(max(variance, 0.0)))
