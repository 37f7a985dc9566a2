"""Has the language moved? A classifier that tells two periods apart, beside its own null.

Divergences such as Jensen-Shannon grow with sample size alone; the area under the ROC curve of a domain
classifier (Rabanser et al. 2019) is 0.5 where nothing moved, whatever the sizes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from auditor.checks.labels.probabilities import grouped_folds

SIDE_ROWS = 2_500
MIN_SIDE_ROWS = 50
_CHARACTERS = 1_500
_NULL_RUNS = 3
_SHUFFLES = 1_000
_TOP_WORDS = 12
_WORD = re.compile(r"[^\W\d_]{3,24}")
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")


@dataclass(frozen=True)
class Drift:
    """How far two sets of texts can be told apart.

    Attributes:
        auc: out-of-sample area under the ROC curve; 0.5: not at all, 1: always.
        low, high: its 95 % interval (Hanley and McNeil 1982).
        null: mean area with shuffled sides.
        divergence, divergence_null: Jensen-Shannon divergence (bits) of the n-gram counts, and its mean with shuffled
            sides: the first means nothing without the second, since it grows as samples shrink.
        risen, fallen: words with their z-scores of log-odds (Monroe, Colaresi, Quinn 2008), strongest first.
    """

    auc: float
    low: float
    high: float
    null: float
    divergence: float
    divergence_null: float
    risen: tuple[tuple[str, float], ...]
    fallen: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Shift:
    """How far two distributions lie apart.

    Attributes:
        distance: 0 (equal) to 1.
        p_value: how often shuffled sides lie as far apart.
    """

    distance: float
    p_value: float


def measure_drift(
    first: list[str], last: list[str], groups_first: np.ndarray, groups_last: np.ndarray, language: str, seed: int
) -> Drift | None:
    """Compare two sets of texts; None where a side has fewer than `MIN_SIDE_ROWS` rows.

    Args:
        first, last: texts of the two sides, at most about `SIDE_ROWS` each (`side_rows` draws them).
        groups_first, groups_last: duplicate groups, numbered alike on both sides; a group never stands in
            the training and the test fold at once.
        language: ``zh`` compares character n-grams.
        seed: for folds and shuffles.
    """
    if min(len(first), len(last)) < MIN_SIDE_ROWS:
        return None
    random = np.random.default_rng(seed)
    texts = [text[:_CHARACTERS] for text in first + last]
    side = np.repeat([0, 1], [len(first), len(last)])
    groups = np.concatenate([groups_first, groups_last])
    features = _features(texts, language)
    auc = _auc(features, side, groups, seed)
    shuffled = [random.permutation(side) for _ in range(_NULL_RUNS)]
    half = 1.96 * _hanley_mcneil(auc, len(first), len(last))
    risen, fallen = _moved_words(texts[: len(first)], texts[len(first) :], language)
    return Drift(
        auc=auc,
        low=max(0.0, auc - half),
        high=min(1.0, auc + half),
        null=float(np.mean([_auc(features, sides, groups, seed) for sides in shuffled])),
        divergence=_divergence(features, side),
        divergence_null=float(np.mean([_divergence(features, sides) for sides in shuffled])),
        risen=risen,
        fallen=fallen,
    )


def shift_of_shares(first: np.ndarray, last: np.ndarray, seed: int) -> Shift:
    """Total variation distance between the class shares of two sides, with its permutation test (1,000 shuffles).

    Args:
        first, last: int64 class numbers of the rows of each side.
    """
    random = np.random.default_rng(seed)
    both = np.concatenate([first, last])
    classes = int(both.max(initial=0)) + 1

    def distance(values: np.ndarray) -> float:
        x = np.bincount(values[: len(first)], minlength=classes) / max(len(first), 1)
        y = np.bincount(values[len(first) :], minlength=classes) / max(len(last), 1)
        return float(np.abs(x - y).sum() / 2)

    own = distance(both)
    above = sum(distance(random.permutation(both)) >= own - 1e-12 for _ in range(_SHUFFLES))
    return Shift(own, (above + 1) / (_SHUFFLES + 1))


def shift_of_lengths(first: np.ndarray, last: np.ndarray) -> Shift:
    """Kolmogorov-Smirnov distance between the text lengths of two sides, with its p-value."""
    from scipy.stats import ks_2samp

    result = ks_2samp(first, last, method="asymp")
    return Shift(float(result.statistic), float(result.pvalue))


def side_rows(rows: np.ndarray, seed: int) -> np.ndarray:
    """At most `SIDE_ROWS` of `rows`, drawn at random, in their order."""
    if len(rows) <= SIDE_ROWS:
        return rows
    return rows[np.sort(np.random.default_rng(seed).permutation(len(rows))[:SIDE_ROWS])]


def _divergence(features: Any, side: np.ndarray) -> float:
    """Jensen-Shannon divergence in bits of the summed n-gram counts of the two sides."""
    x, y = (np.asarray(features[side == k].sum(axis=0)).ravel() for k in (0, 1))
    x, y = x / max(x.sum(), 1e-12), y / max(y.sum(), 1e-12)
    middle = (x + y) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = [np.where(p > 0, p * np.log2(p / middle), 0.0).sum() for p in (x, y)]
    return float(sum(parts) / 2)


def _features(texts: list[str], language: str) -> Any:
    from sklearn.feature_extraction.text import HashingVectorizer

    kind = {"analyzer": "char", "ngram_range": (1, 2)} if language == "zh" else {"ngram_range": (1, 2)}
    return HashingVectorizer(n_features=2**18, alternate_sign=False, dtype=np.float32, **kind).transform(texts)


def _auc(features: Any, side: np.ndarray, groups: np.ndarray, seed: int) -> float:
    from sklearn.linear_model import SGDClassifier
    from sklearn.metrics import roc_auc_score

    fold = grouped_folds(side, groups, 3, seed)
    areas = []
    for number in range(3):
        test = fold == number
        model = SGDClassifier(loss="log_loss", alpha=1e-5, max_iter=10, tol=None, random_state=seed)
        model.fit(features[~test], side[~test])
        areas.append(roc_auc_score(side[test], model.decision_function(features[test])))
    return float(np.mean(areas))


def _hanley_mcneil(auc: float, a: int, b: int) -> float:
    """Standard error of an area under the ROC curve from `a` negatives and `b` positives."""
    q1, q2 = auc / (2 - auc), 2 * auc**2 / (1 + auc)
    variance = (auc * (1 - auc) + (b - 1) * (q1 - auc**2) + (a - 1) * (q2 - auc**2)) / (a * b)
    return float(np.sqrt(max(variance, 0.0)))


Words = tuple[tuple[str, float], ...]


def _moved_words(first: list[str], last: list[str], language: str) -> tuple[Words, Words]:
    """Words whose share of documents moved most. Rare words and names are left out: they may be personal."""
    before, after = _documents(first, language), _documents(last, language)
    enough = max(10, (len(first) + len(last)) // 100)
    words = sorted(w for w in before.keys() | after.keys() if before[w] + after[w] >= enough)
    if language != "zh":
        common = _mostly_lower(first + last, set(words))
        words = [word for word in words if word in common]
    x, y = np.array([before[w] for w in words], float), np.array([after[w] for w in words], float)
    prior = 0.01 * (x + y) + 0.5
    log_odds = np.log((y + prior) / (len(last) - y + prior + 1)) - np.log((x + prior) / (len(first) - x + prior + 1))
    z = log_odds / np.sqrt(1 / (x + prior) + 1 / (y + prior))
    order = np.argsort(z, kind="stable") if len(words) else np.zeros(0, int)
    fallen = tuple((words[i], round(float(z[i]), 2)) for i in order[:_TOP_WORDS] if z[i] < -2)
    risen = tuple((words[i], round(float(z[i]), 2)) for i in order[::-1][:_TOP_WORDS] if z[i] > 2)
    return risen, fallen


def _documents(texts: Iterable[str], language: str) -> Counter[str]:
    """In how many texts each word (Chinese: each pair of characters) stands."""
    pattern = _HAN_PAIR if language == "zh" else _WORD
    return Counter(word for text in texts for word in set(pattern.findall(text if language == "zh" else text.lower())))


def _mostly_lower(texts: list[str], words: set[str]) -> set[str]:
    """Words that stand in lower case more often than not; names do not."""
    lower: Counter[str] = Counter()
    total: Counter[str] = Counter()
    for text in texts:
        for word in _WORD.findall(text):
            folded = word.lower()
            if folded in words:
                total[folded] += 1
                lower[folded] += word == folded
    return {word for word in words if 2 * lower[word] > total[word]}
