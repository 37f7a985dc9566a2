"""New rows of the train part: augmented ones, then repeated ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import text_digests
from auditor.errors import enough_memory
from auditor.prepare.augment.base import AugmentOptions
from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.pretrained import forget
from auditor.prepare.augment.registry import load_augmenter
from auditor.prepare.balance import balance_keys, oversample
from auditor.prepare.ledger import Added


def require_augmenter(corpus: Corpus, settings: Settings) -> None:
    """Find the data and load the models of the augmenter that the settings ask for, if there are labels to augment by.

    Raises:
        UsageError, InputError, SafetyError: see `load_augmenter`.
    """
    own = settings.prepare
    if own.augment != "none" and corpus.labels is not None:
        options = AugmentOptions(corpus.language, settings.seed, own.augment_data, own.augment_models)
        load_augmenter(own.augment, options)


def new_rows(
    corpus: Corpus,
    rows: np.ndarray,
    texts: Sequence[str],
    labels: Sequence[str | None] | None,
    held: Mapping[int, Sequence[str]],
    settings: Settings,
    progress: Callable[[int, int], None],
) -> list[Added]:
    """Augmented and repeated rows. Rows with several fields of text are repeated only.

    Args:
        corpus: the rows.
        rows: int64, positions of the kept train rows.
        texts, labels: final ones, of every row of the corpus.
        held: what masking put into a text, by position; no copy may lose or change it.
        settings: of the run.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError, InputError, SafetyError: see `augment`.
        MemoryRanOutError: in augmenting.
    """
    options = settings.prepare
    if labels is None:
        return []
    new: list[Added] = []
    if options.augment != "none" and not corpus.shape.is_composed:
        with enough_memory(
            "Memory ran out while rows were augmented.",
            where=f"prepare.augment = {options.augment}",
            fix="Free memory, or give another prepare.augment: swap, delete and crop need no model.",
        ):
            made = augment(
                [texts[i] for i in rows.tolist()],
                [labels[i] for i in rows.tolist()],
                method=options.augment,
                budget=options.augment_budget,
                language=corpus.language,
                seed=settings.seed,
                data=options.augment_data,
                models=options.augment_models,
                held={n: held[row] for n, row in enumerate(rows.tolist()) if row in held},
                check=options.augment_check,
                progress=progress,
            )
        forget()
        new = [Added(int(rows[one.parent]), one.text, one.recipe) for one in made]
    if options.balance == "oversample":
        parents = np.concatenate([rows, np.array([one.parent for one in new], np.int64)])
        every = [texts[i] for i in rows.tolist()] + [one.text for one in new]
        keys = balance_keys(corpus, labels, parents, options)
        again = oversample(keys, settings.seed, options.balance_ratio, text_digests(every)[:, 0])
        new += [Added(int(parents[i]), every[i], "oversample") for i in again]
    return new
