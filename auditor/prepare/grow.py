"""New rows of the train part: augmented ones, then repeated ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from auditor.config import Settings
from auditor.corpus.corpus import Corpus
from auditor.prepare.augment import augment
from auditor.prepare.balance import balance_keys, oversample
from auditor.prepare.ledger import Added


def new_rows(
    corpus: Corpus,
    rows: np.ndarray,
    texts: Sequence[str],
    labels: Sequence[str | None] | None,
    settings: Settings,
    progress: Callable[[int, int], None],
) -> list[Added]:
    """Augmented and repeated rows.

    Args:
        corpus: the rows.
        rows: int64, positions of the kept train rows.
        texts, labels: final ones, of every row of the corpus.
        settings: of the run.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError: an augmenter lacks its data.
    """
    own = settings.prepare
    if labels is None:
        return []
    new: list[Added] = []
    if own.augment != "none":
        made = augment(
            [texts[i] for i in rows.tolist()],
            [labels[i] for i in rows.tolist()],
            method=own.augment,
            budget=own.augment_budget,
            language=corpus.language,
            seed=settings.seed,
            data=own.augment_data,
            check=own.augment_check,
            progress=progress,
        )
        new = [Added(int(rows[one.parent]), one.text, one.recipe) for one in made]
    if own.balance == "oversample":
        parents = np.concatenate([rows, np.array([one.parent for one in new], np.int64)])
        every = [texts[i] for i in rows.tolist()] + [one.text for one in new]
        again = oversample(balance_keys(corpus, labels, parents, own), settings.seed, own.balance_ratio)
        new += [Added(int(parents[i]), every[i], "oversample") for i in again]
    return new
