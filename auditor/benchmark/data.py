"""What is compared: two arms of training rows and one set of test rows, cut alike where they are too large."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from auditor.errors import InputError

MIN_TRAIN_ROWS = 50
_LARGEST_KEY = np.iinfo(np.uint64).max


@dataclass(frozen=True)
class Arm:
    """One side of the comparison: labelled training rows."""

    name: str
    texts: list[str]
    labels: list[str]
    weights: np.ndarray | None = None
    """Weight of each row in the loss; only their ratios matter. None: all equal."""
    row_ids: np.ndarray | None = None
    """int64, -1 for added rows. Lets both arms draw the same rows although their texts were changed."""

    def __len__(self) -> int:
        """Rows."""
        return len(self.texts)

    def take(self, positions: np.ndarray) -> Arm:
        """The rows at `positions`, in that order."""
        return Arm(
            self.name,
            [self.texts[i] for i in positions],
            [self.labels[i] for i in positions],
            None if self.weights is None else self.weights[positions],
            None if self.row_ids is None else self.row_ids[positions],
        )


@dataclass(frozen=True)
class TestSet:
    """The rows both arms are judged on: never cleaned, masked, balanced or augmented."""

    __test__ = False  # pytest: not a test class

    row_ids: np.ndarray
    texts: list[str]
    labels: list[str]
    disputed: np.ndarray
    """bool, one a row: whether a check or a reviewer doubts the label."""

    def __len__(self) -> int:
        """Rows."""
        return len(self.texts)

    def take(self, positions: np.ndarray) -> TestSet:
        """The rows at `positions`, in that order."""
        return TestSet(
            self.row_ids[positions],
            [self.texts[i] for i in positions],
            [self.labels[i] for i in positions],
            self.disputed[positions],
        )


@dataclass(frozen=True)
class Contest:
    """Both arms and the test set after the row caps, with what was left out.

    Attributes:
        classes: sorted labels of both arms, then sorted labels that only the test set has. A model has one
            output for each of the first `train_classes`.
        available: rows before the caps, by ``before``, ``after`` and ``test``.
    """

    before: Arm
    after: Arm
    test: TestSet
    classes: tuple[str, ...]
    train_classes: int
    available: dict[str, int]

    @property
    def arms(self) -> tuple[Arm, Arm]:
        """Before, then after."""
        return self.before, self.after

    def codes(self, labels: Sequence[str]) -> np.ndarray:
        """int64 positions of `labels` in `classes`."""
        position = {name: i for i, name in enumerate(self.classes)}
        return np.array([position[label] for label in labels], np.int64)

    def unseen(self, arm: Arm) -> int:
        """Test rows whose label the arm never saw: they count as wrong."""
        seen = set(arm.labels)
        return sum(label not in seen for label in self.test.labels)

    def shared_texts(self, arm: Arm) -> int:
        """Test rows whose very text is also a training text of `arm`."""
        known = set(arm.texts)
        return sum(text in known for text in self.test.texts)


def prepare_contest(before: Arm, after: Arm, test: TestSet, max_train: int, max_test: int, seed: int) -> Contest:
    """Check the rows and cut them to the caps.

    Rows are drawn by a seeded hash of their identity, and ONE limit on that hash serves both arms: a row that
    both hold is in both or in neither, and an arm that lost a tenth of its rows trains on a tenth fewer.

    Raises:
        InputError: too few rows, one class, no label in common, or no text.
    """
    for arm in (before, after):
        _check_arm(arm)
    if not set(before.labels) & set(after.labels):
        raise InputError(
            "The two sides have no label in common.",
            where=f"training rows {before.name!r} and {after.name!r}",
            fix="Compare two versions of the same data set, with the same label column.",
        )
    if not len(test):
        raise InputError(
            "There are no labelled test rows.",
            where="test split",
            fix="Raise prepare.test, or give a split column with a test part.",
        )
    keys = [row_keys(arm.row_ids, arm.texts, seed) for arm in (before, after)]
    limit = min(_limit(k, max_train) for k in keys)
    cut_before, cut_after = (arm.take(np.flatnonzero(k <= limit)) for arm, k in zip((before, after), keys, strict=True))
    for arm in (cut_before, cut_after):
        _check_arm(arm)
    test_keys = row_keys(test.row_ids, test.texts, seed)
    cut_test = test.take(np.flatnonzero(test_keys <= _limit(test_keys, max_test)))
    known = sorted({*cut_before.labels, *cut_after.labels})
    return Contest(
        before=cut_before,
        after=cut_after,
        test=cut_test,
        classes=(*known, *sorted(set(cut_test.labels) - set(known))),
        train_classes=len(known),
        available={"before": len(before), "after": len(after), "test": len(test)},
    )


def row_keys(row_ids: np.ndarray | None, texts: Sequence[str], seed: int) -> np.ndarray:
    """A uniform uint64 a row, from its id, or from its text and how often that text came before."""
    keys = np.empty(len(texts), np.uint64)
    times: Counter[str] = Counter()
    for i, text in enumerate(texts):
        if row_ids is not None and row_ids[i] >= 0:
            identity = f"row {row_ids[i]}"
        else:
            identity = f"text {times[text]} {text}"
            times[text] += 1
        digest = hashlib.blake2b(f"{seed} {identity}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
        keys[i] = int.from_bytes(digest, "little")
    return keys


def _limit(keys: np.ndarray, most: int) -> int:
    """The largest key that may stay so that at most `most` rows do."""
    return int(_LARGEST_KEY) if len(keys) <= most else int(np.partition(keys, most - 1)[most - 1])


def _check_arm(arm: Arm) -> None:
    where = f"training rows {arm.name!r}"
    if len(arm) < MIN_TRAIN_ROWS:
        raise InputError(
            f"A benchmark needs at least {MIN_TRAIN_ROWS} training rows; there are {len(arm)}.",
            where=where,
            fix="Give more rows, raise benchmark.max_train_rows, or set benchmark.enabled=false.",
        )
    if len(set(arm.labels)) < 2:
        raise InputError(
            "All training rows have the same label.",
            where=where,
            fix="Choose another label column (corpus.label), or set benchmark.enabled=false.",
        )
    if not any(text.strip() for text in arm.texts):
        raise InputError("All training texts are empty.", where=where, fix="Choose another text column (corpus.text).")
