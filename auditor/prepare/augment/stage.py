"""Generate rows of the train part by augmentation and oversampling."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import text_digests
from auditor.errors import enough_memory
from auditor.prepare.augment.base import AugmentOptions
from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.pretrained import release_models
from auditor.prepare.augment.registry import load_augmenter
from auditor.prepare.balance import balance_keys, oversample
from auditor.prepare.ledger import AddedRow


def require_augmenter(corpus: Corpus, settings: Settings) -> None:
    """Load the augmenter of the settings, with its data and models, if the corpus has labels.

    Raises:
        UsageError, InputError, SafetyError: see `load_augmenter`.
    """
    prepare = settings.prepare
    if prepare.augment != "none" and corpus.labels is not None:
        options = AugmentOptions(corpus.language, settings.seed, prepare.augment_data, prepare.augment_models)
        load_augmenter(prepare.augment, options)


def new_rows(
    corpus: Corpus,
    rows: np.ndarray,
    texts: Sequence[str],
    labels: Sequence[str | None] | None,
    replacements: Mapping[int, Sequence[str]],
    settings: Settings,
    progress: Callable[[int, int], None],
) -> list[AddedRow]:
    """Generate augmented and repeated rows. Rows with several text fields are only repeated.

    Args:
        corpus: the rows.
        rows: int64, positions of the kept train rows.
        texts, labels: final texts and labels of all rows of the corpus.
        replacements: replacements of masked values in each text, by position; every copy contains them.
        settings: settings of the run.
        progress: called with (rows made, rows wanted).

    Raises:
        UsageError, InputError, SafetyError: see `augment`.
        MemoryRanOutError: memory ran out during augmentation.
    """
    options = settings.prepare
    if labels is None:
        return []
    new: list[AddedRow] = []
    if options.augment != "none" and not corpus.shape.is_composed:
        with enough_memory(
            "Memory ran out while rows were augmented.",
            where=f"prepare.augment = {options.augment}",
            fix="Free memory, or give another prepare.augment: swap, delete and crop need no model.",
        ):
            copies = augment(
                [texts[i] for i in rows.tolist()],
                [labels[i] for i in rows.tolist()],
                method=options.augment,
                budget=options.augment_budget,
                language=corpus.language,
                seed=settings.seed,
                data=options.augment_data,
                models=options.augment_models,
                replacements={n: replacements[row] for n, row in enumerate(rows.tolist()) if row in replacements},
                check=options.augment_check,
                progress=progress,
            )
        release_models()
        new = [AddedRow(int(rows[copy.parent]), copy.text, copy.recipe) for copy in copies]
    if options.balance == "oversample":
        parents = np.concatenate([rows, np.array([row.parent for row in new], np.int64)])
        all_texts = [texts[i] for i in rows.tolist()] + [row.text for row in new]
        keys = balance_keys(corpus, labels, parents, options)
        repeated = oversample(keys, settings.seed, options.balance_ratio, text_digests(all_texts)[:, 0])
        new += [AddedRow(int(parents[i]), all_texts[i], "oversample") for i in repeated]
    return new
