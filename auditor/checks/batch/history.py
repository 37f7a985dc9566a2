"""The rows of earlier runs and the summary of this run's rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from auditor.checks.batch.profile import Measured, measure
from auditor.checks.batch.redact import masked
from auditor.checks.batch.state import FOLDER, HEAD, State, open_state
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.core.progress import Progress
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.find import sign_corpus
from auditor.dedup.minhash import Banding
from auditor.errors import InputError, UsageError
from auditor.pii.column_names import by_own_names
from auditor.store import read_manifest, sha256

LEAST_NAMES = 20
"""Rows of a batch searched for names: enough to detect that a share has doubled; ``--ner all`` searches all."""


@dataclass(frozen=True)
class History:
    """A run's knowledge of earlier rows.

    Attributes:
        base: the state of the run that ``since`` names; None: these rows are the first.
    """

    base: State | None = None
    _own: list[Measured] = field(default_factory=list, compare=False, repr=False)

    def measured(self, corpus: Corpus, clusters: Clusters, privacy: Completed, settings: Settings) -> Measured:
        """The summary of this run's rows, computed on first use, for the comparison and for the saved state."""
        if not self._own:
            options = settings.duplicates
            without = masked(corpus, privacy.findings, settings)
            signed = sign_corpus(without, options.ngram, Banding.for_threshold(options.threshold), settings.threads())
            vocabulary = None if self.base is None else self.base.measures.vocabulary
            self._own.append(measure(corpus, without, signed, clusters, privacy, settings.seed, vocabulary))
        return self._own[0]

    def load(self, inputs: Sequence[str], settings: Settings, progress: Progress, work: Path | None = None) -> Corpus:
        """The input, with the columns of the earlier run where present and not overridden by options.

        Args:
            inputs: paths, globs or folders.
            settings: the run's settings.
            progress: called with (stage, done, total).
            work: see `load_corpus`.

        Raises:
            InputError: the input cannot be used.
        """

        def report(done: int, total: int) -> None:
            progress("read", done, total)

        def named(asked: CorpusSettings, columns: Sequence[str]) -> CorpusSettings:
            return by_own_names(settings.model_copy(update={"corpus": asked}), columns).corpus

        if self.base is None:
            return load_corpus(inputs, settings.corpus, report, named, work)
        recipe = self.base.recipe
        asked = settings.corpus.model_copy(update={"language": recipe.language})
        corpus = load_corpus(inputs, asked, report, named, work)
        columns = corpus.table.column_names
        before = named(CorpusSettings(**recipe.roles), columns)
        same = {
            role: column
            for role in recipe.roles
            if (column := getattr(before, role)) in columns and getattr(asked, role) is None
        }
        if all(getattr(corpus.roles, role) == column for role, column in same.items()):
            return corpus
        return load_corpus(inputs, asked.model_copy(update=same), report, named, work)

    def settings_for(self, settings: Settings, rows: int) -> Settings:
        """Settings with the batch's share of the rows searched for names; at least `LEAST_NAMES`.

        The earlier runs searched their own share; a batch of one row in a hundred must not cost as much again.
        """
        if self.base is None or settings.pii.ner != "sample":
            return settings
        part = settings.pii.ner_sample * rows // max(rows + self.base.measures.rows, 1)
        sample = min(settings.pii.ner_sample, max(part, LEAST_NAMES))
        return settings.model_copy(update={"pii": settings.pii.model_copy(update={"ner_sample": sample})})


def open_history(settings: Settings) -> History:
    """The history given by ``--since``.

    Raises:
        InputError: it is not a run, has no state, or its state is damaged or of a newer format.
        UsageError: the settings differ from those of the state.
    """
    if settings.since is None:
        return History()
    run = Path(settings.since)
    manifest = read_manifest(run)
    state = open_state(run, str(manifest.state.get("reason", "")))
    if sha256(run / FOLDER / HEAD) != manifest.outputs.get(f"{FOLDER}/{HEAD}"):
        raise InputError(
            "The state of the run was changed after it was written.",
            where=str(run / FOLDER / HEAD),
            fix="Give an earlier run whose state is whole, or scan the whole data again.",
        )
    options, made = settings.duplicates, state.recipe
    if (options.ngram, options.threshold) != (made.ngram, made.threshold):
        raise UsageError(
            f"The state was made with {made.ngram}-grams and a threshold of {made.threshold:g}.",
            where=str(run),
            fix=f"Add --set duplicates.ngram={made.ngram} --set duplicates.threshold={made.threshold:g}.",
        )
    if settings.corpus.language not in ("auto", made.language):
        raise UsageError(
            f"The rows of the state are in language {made.language}.",
            where=str(run),
            fix=f"Leave --language out, or give {made.language}.",
        )
    return History(state)
