"""Comparison of a run's rows with those of an earlier run; see ``rules/checks/batch.yaml``."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.checks.base import Check, Shared
from auditor.checks.batch.compare import Batch, compare
from auditor.checks.batch.redact import masking_digest
from auditor.checks.batch.state import State
from auditor.config.settings import Settings
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.dedup.reference import match_index
from auditor.message import Message, message

_NAMED_SOURCES = 5


class BatchCheck(Check[None]):
    """Compares the rows with the state of the run that ``since`` names, whose rows are not read again."""

    prefix = "NEW"
    dimension = "batch"

    @classmethod
    def is_part(cls, shared: Shared, corpus: Corpus) -> bool:
        """Whether there are earlier rows."""
        return shared.history.base is not None

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """NEW001 to NEW007; uses the findings of the privacy check."""
        base, privacy = shared.history.base, shared.results.get("privacy")
        if base is None or shared.clusters is None:
            return Skipped(message("reason.no_earlier_rows"))
        if not isinstance(privacy, Completed):
            return Skipped(message("reason.no_privacy_check"))
        measured_batch = shared.history.measured(corpus, shared.clusters, privacy, self.settings)
        notes = _notes(corpus, self.settings, base)
        return compare(
            Batch(corpus, measured_batch, match_index(measured_batch.signed, base.index), self.settings, notes),
            base.measures,
        )


def _notes(corpus: Corpus, settings: Settings, base: State) -> tuple[Message, ...]:
    sources = ", ".join(segment.source for segment in base.index.segments[-_NAMED_SOURCES:])
    notes = [
        message("note.batch", base.measures.rows, len(base.index.segments), sources),
        message("note.batch_estimated"),
    ]
    if base.recipe.masking != masking_digest(settings):
        notes.append(message("note.batch_masking"))
    if base.knows(corpus.digest):
        notes.append(message("note.batch_known"))
    return tuple(notes)
