"""The interface of checks.

A check is one class. Its row-wise work is ``scan``: a pure function of one Arrow batch to a small partial,
so that local processes and a cluster run the same code in bounded memory. ``finish`` merges the partials, in
batch order, into one result. Checks only annotate; they never change the corpus.
"""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa

from auditor.checks.batch.history import History
from auditor.config.settings import Settings
from auditor.core.progress import Progress, silent
from auditor.core.results import CheckResult
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.reference import Matches
from auditor.message import Message, message
from auditor.models.static_vectors import static_vectors

Partial = TypeVar("Partial")
MOSTLY = 0.9
"""The minimum share of rows in one language for using that language's resources on all rows."""


@dataclass(frozen=True)
class Shared:
    """Values computed once and used by several checks. None: it could not be computed or was not requested."""

    clusters: Clusters | None = None
    matches: Matches | None = None
    """Rows that are also in the reference; None without a reference."""
    reference: Corpus | None = None
    """The reference itself, unless it is an index."""
    history: History = field(default_factory=History)
    """The rows of earlier runs, summarised."""
    results: Mapping[str, CheckResult] = field(default_factory=dict)
    """Results of the checks that ran before, by dimension."""
    tell: Progress = field(default=silent, compare=False, repr=False)
    """Progress callback of slow checks: stage, done, total."""
    _vectors: list[np.ndarray | None] = field(default_factory=list, compare=False, repr=False)

    def vectors(self, corpus: Corpus) -> np.ndarray | None:
        """Static vectors of the rows (see `auditor.models.static_vectors`), computed on first use.

        None if the packaged vectors are absent, or fewer than nine in ten rows are English, the language of the
        vectors.
        """
        if not self._vectors:
            self._vectors.append(static_vectors(corpus.texts) if is_mostly_english(corpus) else None)
        return self._vectors[0]

    def vectors_at(self, corpus: Corpus, rows: np.ndarray) -> np.ndarray | None:
        """The static vectors of some rows (int64 positions); only these are computed unless a check needed all."""
        if self._vectors:
            return None if self._vectors[0] is None else self._vectors[0][rows]
        return static_vectors(corpus.texts.take(rows)) if is_mostly_english(corpus) else None


def is_mostly_english(corpus: Corpus) -> bool:
    """Whether at least nine in ten rows are English, or no row's language could be identified."""
    return corpus.row_language.share("en") >= MOSTLY or not corpus.row_language.codes


def no_column(corpus: Corpus, role: str) -> Message:
    """The reason for skipping a check that needs a column of this role, with the column that looks like one."""
    if role == "label" and corpus.scores is not None:
        return message("reason.real_valued", str(corpus.roles.label))
    offer = next((offer.column for offer in corpus.offers if offer.role == role), None)
    if offer is None:
        return message("reason.no_column", message(f"role.{role}"), f"--{role}")
    return message("reason.offered_column", message(f"role.{role}"), offer, f"--{role} {shlex.quote(offer)}")


class Check(ABC, Generic[Partial]):
    """The check of one dimension; `Partial` is the result of `scan` for a batch, None without a scan.

    Attributes:
        prefix: prefix of its finding codes.
        dimension: as in its specification in ``rules/checks``.
        requires: roles the corpus must have; without one the check is skipped with a reason.
        roles: roles that `scan` reads (only those present in the corpus are passed).
        rules: ``<dimension>.yaml`` of a plugin's check; those of built-in checks are in ``rules/checks``.
    """

    prefix: ClassVar[str]
    dimension: ClassVar[str]
    requires: ClassVar[tuple[str, ...]] = ("text",)
    roles: ClassVar[tuple[str, ...]] = ("text",)
    rules: ClassVar[Path | None] = None

    def __init__(self, settings: Settings, language: str) -> None:
        """`settings` of the run and the corpus `language`; the instance must pickle."""
        self.settings = settings
        self.language = language

    @classmethod
    def is_part(cls, shared: Shared, corpus: Corpus) -> bool:
        """Whether the check applies to a run, selected or not; default: every run.

        False for a check of another kind of row, such as chats in a corpus of reviews.
        """
        return True

    def scan(self, batch: pa.RecordBatch) -> Partial:
        """Partial of one batch with columns ``row_id`` and the present roles. Pure; optional."""
        raise NotImplementedError

    def ready(self, corpus: Corpus) -> None:
        """Validate, before anything is computed, that the settings can be fulfilled.

        Raises:
            UsageError, InputError, SafetyError: they cannot.
        """
        return None

    @abstractmethod
    def finish(self, partials: Sequence[Partial], corpus: Corpus, shared: Shared) -> CheckResult:
        """Merge the partials (in batch order) into the result."""


AnyCheck: TypeAlias = Check[Any]
"""A check with partials of any type."""
