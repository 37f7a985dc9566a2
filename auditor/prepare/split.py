"""Split rows into train, validation and test by duplicate cluster, so that no text is in two parts."""

from __future__ import annotations

import hashlib
from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import PrepareSettings
from auditor.core.actions import PARTS, Part
from auditor.corpus.corpus import Corpus
from auditor.corpus.splits import part_of
from auditor.corpus.texts import text_digests
from auditor.dedup.ngrams import mix
from auditor.errors import CheckError, InputError, nearest


def assign_parts(
    corpus: Corpus,
    groups: np.ndarray,
    settings: PrepareSettings,
    seed: int,
    date_format: str | None = None,
    content: np.ndarray | None = None,
) -> np.ndarray:
    """int8, one per readable row: its `Part`.

    A split column is respected; a missing test or validation part is split off from its train part. Groups are
    assigned as a whole: class by class, so that the parts have similar class shares, or by time, so that no train row
    is newer than the oldest group of the later parts. The assignment depends on the seed and on the content of the
    rows, not on their order.

    Args:
        corpus: the rows.
        groups: int64 group of each row; groups are never separated.
        settings: shares of the parts, and the method of the split.
        seed: random seed of the assignment by class.
        date_format: strptime format of the dates, for a split by time.
        content: uint64, one per row: hash of its text (a column of `text_digests`); None: of the original texts.

    Raises:
        InputError: the requested split is impossible.
    """
    given_part = given_parts(corpus)
    parts = given_part.copy()
    wanted = {2: settings.test, 1: settings.validation}
    missing = {part: share for part, share in wanted.items() if share and not (given_part == part).any()}
    if missing:
        # a group with rows in a given part is not moved
        bound = np.isin(groups, groups[given_part > 0])
        free = np.flatnonzero((given_part == Part.TRAIN) & ~bound & ~held_out(corpus))
        labels = _labels(corpus, free)
        content = text_digests(corpus.texts)[:, 0] if content is None else content
        if settings.split == "time":
            parts[free] = _by_time(groups[free], _times(corpus, free, date_format), content[free], missing)
        else:
            if settings.split == "stratified":
                _refuse_small(groups[free], labels, len(missing) + 1)
            parts[free] = _by_class(groups[free], labels, content[free], missing, seed)
        if settings.split != "auto" or settings.group is not None:
            _refuse_empty(parts, missing)
    return parts


def held_out(corpus: Corpus) -> np.ndarray:
    """bool, one per row: the split column has a value that is not the name of a part, such as ``holdout``.

    Such rows must not be trained on and are not known to be test rows, so they are excluded from the data set.
    """
    column = corpus.role("split")
    if column is None:
        return np.zeros(len(corpus), bool)
    coded = column.cast(pa.large_string()).combine_chunks().dictionary_encode()
    names = coded.dictionary.to_pylist()
    unknown = np.array([*(bool(v.strip()) and part_of(v, corpus.split_parts) is None for v in names), False], bool)
    return np.asarray(unknown[coded.indices.fill_null(len(coded.dictionary)).to_numpy()])


def given_parts(corpus: Corpus) -> np.ndarray:
    """int8, one per row: the part in its split column; train if there is none."""
    return np.zeros(len(corpus), np.int8) if corpus.part is None else corpus.part


def is_test_drawn(corpus: Corpus, options: PrepareSettings) -> bool:
    """Whether the test part is drawn by duplicate clusters, rather than given, the latest rows, or whole groups."""
    has_test_part = (given_parts(corpus) == Part.TEST).any()
    return not has_test_part and options.split != "time" and options.group is None


def group_keys(corpus: Corpus, name: str) -> np.ndarray:
    """int64, one per row: equal for rows with equal values in column `name`; rows without a value are separate groups.

    Raises:
        InputError: there is no such column, or its cells are not single values.
    """
    if name not in corpus.table.column_names:
        raise InputError(
            f"There is no column {name!r}.", where="prepare.group", fix=nearest(name, corpus.table.column_names)
        )
    try:
        coded = corpus.table.column(name).cast(pa.large_string()).combine_chunks().dictionary_encode()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"The column {name!r} holds no single values.", where="prepare.group", fix="Name another column."
        ) from None
    keys = pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64)
    alone = keys < 0
    keys[alone] = len(coded.dictionary) + np.arange(int(alone.sum()))
    return np.asarray(keys)


def _labels(corpus: Corpus, rows: np.ndarray) -> np.ndarray:
    """int64, one per row: its class; for multi-label rows its rarest label, so that rare labels reach all parts."""
    labels = corpus.labels
    if corpus.label_sets is not None:
        row_sets = [corpus.label_sets[i] or ("",) for i in rows.tolist()]
        count = Counter(name for names in row_sets for name in names)
        rarest = [min(names, key=lambda name: (count[name], name)) for names in row_sets]
        return np.asarray(np.unique(rarest, return_inverse=True)[1]) if rarest else np.zeros(0, np.int64)
    if labels is None or len(rows) == 0:
        return np.zeros(len(rows), np.int64)
    return np.asarray(np.unique([labels[i] or "" for i in rows], return_inverse=True)[1])


def _times(corpus: Corpus, rows: np.ndarray, date_format: str | None) -> np.ndarray:
    """float64 days, one per row; -inf without a date.

    Raises:
        InputError: there is no date column, or no date can be read.
    """
    column = corpus.role("date")
    if column is None:
        raise InputError("A split by time needs dates.", where="date column", fix="Name one with --date COLUMN.")
    from auditor.text.dates import OK, parse_dates

    dates = parse_dates(column, date_format)
    if not (dates.status == OK).any():
        raise InputError(
            "A split by time needs dates, and none could be read.", where="date column", fix="Give --date-format."
        )
    return np.asarray(np.where(dates.status == OK, dates.days, -np.inf)[rows])


def _group_hashes(inverse: np.ndarray, content: np.ndarray, groups: int, seed: int) -> np.ndarray:
    """uint64, one per group: a hash of the seed and of the smallest content hash in the group."""
    smallest = np.full(groups, np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(smallest, inverse, content)
    salt = np.frombuffer(hashlib.blake2b(str(seed).encode(), digest_size=8).digest(), np.uint64)
    return mix(mix(smallest) ^ salt)


def _by_class(
    groups: np.ndarray, labels: np.ndarray, content: np.ndarray, shares: dict[int, float], seed: int
) -> np.ndarray:
    """Part of each row: the groups of each class are shuffled and divided by their cumulative share of rows."""
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    parts = np.zeros(len(sizes), np.int8)
    group_class = np.full(len(sizes), len(groups), np.int64)  # of a group with several classes, the first by name
    np.minimum.at(group_class, inverse, labels)
    order = np.lexsort((_group_hashes(inverse, content, len(sizes), seed), group_class))
    bounds = np.concatenate([np.flatnonzero(np.diff(group_class[order], prepend=-1)), [len(order)]])
    for start, stop in pairwise(bounds.tolist()):
        members = order[start:stop]
        midpoint = (np.cumsum(sizes[members]) - sizes[members] / 2) / sizes[members].sum()
        lower = 0.0
        for part, share in sorted(shares.items(), reverse=True):
            if len(members) > len(shares):  # a class with fewer groups than parts stays in train
                parts[members[(midpoint >= lower) & (midpoint < lower + share)]] = part
            lower += share
    return parts[inverse]


def _by_time(groups: np.ndarray, times: np.ndarray, content: np.ndarray, shares: dict[int, float]) -> np.ndarray:
    """Part of each row: groups ordered by their newest row, the last ones are test, those before them validation."""
    _, inverse, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    newest = np.full(len(sizes), -np.inf)
    np.maximum.at(newest, inverse, times)
    order = np.lexsort((_group_hashes(inverse, content, len(sizes), 0), newest))[::-1]
    order = order[np.isfinite(newest[order])]  # rows without a date stay in train
    cumulative = np.cumsum(sizes[order]) / sizes.sum()
    parts = np.zeros(len(sizes), np.int8)
    lower = 0.0
    for part, share in sorted(shares.items(), reverse=True):
        parts[order[(cumulative > lower) & (cumulative <= lower + share + 1e-12)]] = part
        lower += share
    return parts[inverse]


def _refuse_small(groups: np.ndarray, labels: np.ndarray, parts: int) -> None:
    pairs = np.unique(np.stack([labels, groups], axis=1), axis=0)
    small = int((np.bincount(pairs[:, 0]) < parts).sum()) if len(pairs) else 0
    if small:
        raise InputError(
            f"The split cannot be stratified: {small} classes have fewer independent rows than there are parts.",
            where="prepare.split = stratified",
            fix="Add rows to them or leave --split stratified out: small classes then stay in the train part.",
        )


def _refuse_empty(parts: np.ndarray, missing: dict[int, float]) -> None:
    empty = [PARTS[part] for part in (Part.TRAIN, *sorted(missing)) if not (parts == part).any()]
    if empty:
        raise InputError(
            f"The split leaves the {' and the '.join(empty)} part empty.",
            where="prepare.split and prepare.group",
            fix="Group by a column with more values, or set the part's share to 0.",
        )


def classes_outside(corpus: Corpus, parts: np.ndarray) -> dict[str, int]:
    """Number of classes of the train part without rows in validation and in test, by part."""
    if corpus.labels is None:
        return {}
    labels = np.array([label or "" for label in corpus.labels], object)
    train_classes = set(labels[parts == Part.TRAIN].tolist()) - {""}
    return {
        PARTS[part]: len(train_classes - set(labels[parts == part].tolist()))
        for part in (Part.VALIDATION, Part.TEST)
        if (parts == part).any()
    }


def prove_disjoint(
    parts: np.ndarray, groups: np.ndarray, texts: np.ndarray, *, required: bool = True
) -> dict[str, int]:
    """Count groups and texts that leak across parts; all counts are zero in a valid split.

    Args:
        parts: int8 part of each kept row.
        groups: int64 group of each kept row.
        texts: int64, one per kept row, equal for texts that are equal after normalisation (`text_keys`).
        required: whether a leak is an error; otherwise leaks are only counted.

    Raises:
        CheckError: a group or a text is in two parts, and `required`.
    """
    proof = {"groups_in_two_parts": _split_keys(groups, parts), "texts_in_two_parts": _split_keys(texts, parts)}
    if required and any(proof.values()):
        raise CheckError(
            f"The split leaks: {proof['groups_in_two_parts']} duplicate groups and {proof['texts_in_two_parts']} texts "
            "are in two parts.",
            where="split",
            fix="Apply the plan without taking out its duplicate and leak rules.",
        )
    return proof


def _split_keys(keys: np.ndarray, parts: np.ndarray) -> int:
    """Number of keys that occur in more than one part."""
    pairs = np.unique(np.stack([keys, np.asarray(parts, np.int64)], axis=1), axis=0)
    return int((np.unique(pairs[:, 0], return_counts=True)[1] > 1).sum()) if len(pairs) else 0
