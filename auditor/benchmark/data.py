"""What is compared: arms of training rows and one set of test rows, cut alike where they are too large."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from auditor.benchmark.robust import NoisyRows, make_noise
from auditor.errors import InputError
from auditor.message import Text

MIN_TRAIN_ROWS = 50
_HELD_OUT_SEED = 77
"""Another draw than the one that cuts arms to the cap."""
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
    groups: Mapping[str, list[str | None]] = field(default_factory=dict)
    """Columns to tell the result by, such as ``source``; one value a row."""

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
            {column: [values[i] for i in positions] for column, values in self.groups.items()},
        )


@dataclass(frozen=True)
class Contest:
    """The arms and the test set after the row caps, with what was left out.

    Attributes:
        arms: in the order of preparation: the first is the data as it came.
        classes: sorted labels of all arms, then sorted labels that only the test set has. A model has one
            output for each of the first `train_classes`.
        available: rows before the caps, by arm name and ``test``.
        noisy: some test rows under noise.
    """

    arms: tuple[Arm, ...]
    test: TestSet
    classes: tuple[str, ...]
    train_classes: int
    available: dict[str, int]
    noisy: NoisyRows | None = None

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


def prepare_contest(arms: Sequence[Arm], test: TestSet, max_train: int, max_test: int, seed: int) -> Contest:
    """Check the rows and cut them to the caps.

    Rows are drawn by a seeded hash of their identity, and ONE limit on that hash serves all arms: a row that
    two arms hold is in both or in neither, and an arm that lost a tenth of its rows trains on a tenth fewer.

    Raises:
        InputError: too few rows, one class, no label in common, or no text.
    """
    _check_arms(arms)
    if not len(test):
        raise InputError(
            "There are no labelled test rows.",
            where="test split",
            fix="Raise prepare.test, or give a split column with a test part.",
        )
    keys = [row_keys(arm.row_ids, arm.texts, seed) for arm in arms]
    limit = min(largest_key(k, max_train) for k in keys)
    drawn = tuple(arm.take(np.flatnonzero(k <= limit)) for arm, k in zip(arms, keys, strict=True))
    _check_arms(drawn)
    test_keys = row_keys(test.row_ids, test.texts, seed)
    drawn_test = test.take(np.flatnonzero(test_keys <= largest_key(test_keys, max_test)))
    known = sorted({label for arm in drawn for label in arm.labels})
    return Contest(
        arms=drawn,
        test=drawn_test,
        classes=(*known, *sorted(set(drawn_test.labels) - set(known))),
        train_classes=len(known),
        available={**{arm.name: len(arm) for arm in arms}, "test": len(test)},
    )


def few_shot(contest: Contest, most: int, seed: int) -> Contest:
    """At most `most` rows of each class in each arm, drawn alike."""
    arms = []
    for arm in contest.arms:
        taken: Counter[str] = Counter()
        kept = []
        for i in np.argsort(row_keys(arm.row_ids, arm.texts, seed), kind="stable"):
            if taken[arm.labels[i]] < most:
                taken[arm.labels[i]] += 1
                kept.append(i)
        arms.append(arm.take(np.sort(kept)))
    return replace(contest, arms=tuple(arms))


def with_noise(contest: Contest, most: int, language: str, seed: int) -> Contest:
    """`contest` with noise on at most `most` of its test rows, drawn by `seed`."""
    keys = row_keys(contest.test.row_ids, contest.test.texts, seed)
    rows = np.sort(np.argsort(keys, kind="stable")[:most])
    return replace(contest, noisy=make_noise(contest.test.texts, rows, language, seed) if most else None)


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


def drawn_alike(sides: Sequence[Sequence[str]], most: int, seed: int) -> list[np.ndarray]:
    """Positions of at most `most` rows a side, in order, by one limit on a hash of what the rows hold.

    A row that two sides hold is drawn for both or for neither, wherever it stands.
    """
    keys = [row_keys(None, side, seed) for side in sides]
    limit = min(largest_key(k, most) for k in keys)
    return [np.flatnonzero(k <= limit) for k in keys]


def held_out(row_ids: np.ndarray | None, texts: Sequence[str]) -> np.ndarray:
    """bool, one a row: a tenth of the rows, the same ones in every arm that holds them."""
    return row_keys(row_ids, texts, _HELD_OUT_SEED) < np.uint64(2**64 // 10)


def largest_key(keys: np.ndarray, most: int) -> int:
    """The largest key that may stay so that at most `most` rows do."""
    return int(_LARGEST_KEY) if len(keys) <= most else int(np.partition(keys, most - 1)[most - 1])


def _check_arms(arms: Sequence[Arm]) -> None:
    for arm in arms:
        _check_arm(arm)
        if not set(arm.labels) & set(arms[0].labels):
            raise InputError(
                "The two sides have no label in common.",
                where=f"training rows {arms[0].name!r} and {arm.name!r}",
                fix="Compare two versions of the same data set, with the same label column.",
            )


def _check_arm(arm: Arm) -> None:
    where = f"training rows {arm.name!r}"
    if len(arm) < MIN_TRAIN_ROWS:
        raise InputError(
            Text("A benchmark needs at least {0} training rows; there are {1}.", MIN_TRAIN_ROWS, len(arm)),
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
