"""Language drift of a batch against earlier rows, measured on the hashed sample of a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from auditor.checks.batch.profile import Measured, matrix, word_hashes
from auditor.checks.batch.state import Measures
from auditor.checks.drift import MIN_SIDE_ROWS, NULL_RUNS, area, interval, unit_rows
from auditor.checks.words import MovedWords, enough_documents, log_odds, strongest


@dataclass(frozen=True)
class Drifted:
    """How well a batch can be distinguished from earlier rows; see `auditor.checks.drift.Drift`.

    Attributes:
        auc, low, high, null: area under the ROC curve, its 95% interval, and its mean with shuffled sides.
        risen, fallen: words of the batch with their z-scores, strongest first.
        gone: common words of the state missing from all sampled rows of the batch; only their hashes are known.
    """

    auc: float
    low: float
    high: float
    null: float
    risen: MovedWords
    fallen: MovedWords
    gone: int


def measure_batch_drift(before: Measures, batch: Measured, seed: int) -> Drifted | None:
    """Compare the samples; None if a side has fewer than `MIN_SIDE_ROWS` rows."""
    from scipy.sparse import vstack

    sizes = before.sample.num_rows, batch.measures.sample.num_rows
    if min(sizes) < MIN_SIDE_ROWS:
        return None
    features = unit_rows(vstack([matrix(before.sample), matrix(batch.measures.sample)]).tocsr())
    side = np.repeat([0, 1], sizes)
    groups = np.concatenate([m.sample.column("group").to_numpy() for m in (before, batch.measures)])
    random = np.random.default_rng(seed)
    auc = area(features, side, groups, seed)
    null = [area(features, random.permutation(side), groups, seed) for _ in range(NULL_RUNS)]
    low, high = interval(auc, *sizes)
    risen, fallen, gone = _moved(before, batch)
    return Drifted(auc, low, high, float(np.mean(null)), risen, fallen, gone)


def _moved(before: Measures, batch: Measured) -> tuple[MovedWords, MovedWords, int]:
    """Words whose frequency changed, as found in the batch, and the number not found in it."""
    old, total = before.words, before.words.documents + batch.documents
    held = batch.words.documents
    words = sorted(held)
    hashes = word_hashes(words)
    x, y = old.shares_of(hashes) * old.documents, np.array([held[word] for word in words], np.float64)
    positions = [i for i in np.flatnonzero(x + y >= enough_documents(total)).tolist() if batch.words.is_lower(words[i])]
    risen, fallen = strongest(
        [words[i] for i in positions], log_odds(x[positions], old.documents, y[positions], batch.documents)
    )
    frequent = old.share * old.documents >= enough_documents(total)
    return risen, fallen, int(np.count_nonzero(frequent & ~np.isin(old.hashes, hashes)))
