"""Batches: a run compared with the state of an earlier one, and the state that it leaves for the next.

The state is that of the rows as they were read, whatever `clean` does with them afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from auditor.checks.batch.compare import Batch, compare
from auditor.checks.batch.profile import Measured, measure
from auditor.checks.batch.redact import masked, masking_digest
from auditor.checks.batch.state import FOLDER, HEAD, INDEX, Measures, Recipe, State, added, open_state, state_files
from auditor.checks.run import guarded, wanted
from auditor.config.settings import CorpusSettings, Settings
from auditor.core.grades import grade_all
from auditor.core.progress import Progress
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.dedup.find import sign_corpus
from auditor.dedup.minhash import Banding
from auditor.dedup.reference import match_index
from auditor.dedup.sketches import SketchIndex, extended
from auditor.errors import AuditorError, CheckError, InputError, UsageError
from auditor.message import Message, Text, message, message_of
from auditor.pii.column_names import by_own_names, words_for
from auditor.rules import check_specs
from auditor.runs.scan import Scan
from auditor.store import RunFolder, read_manifest, sha256

PREFIX, DIMENSION = "NEW", "batch"
LEAST_NAMES = 20
"""Rows of a batch in which names are looked for: enough to see a share double, not more; ``--ner all`` sees all."""


@dataclass(frozen=True)
class Kept:
    """A state to be written.

    Attributes:
        files: content by name within the run; none where no state is kept.
        links: files of the earlier run that are taken over: by name, where they lie and their hash.
        reason: why no state is kept.
        error: the error, where that was one.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, tuple[Path, str]] = field(default_factory=dict)
    reason: str = ""
    error: AuditorError | None = None

    def write(self, folder: RunFolder) -> None:
        """Put the state into a run, readable by its owner alone."""
        for name, data in self.files.items():
            folder.write_bytes(name, data, private=True)
        for name, (path, digest) in self.links.items():
            folder.link(name, path, digest)


def open_base(settings: Settings) -> State | None:
    """The state of the run that ``--since`` names.

    Raises:
        InputError: it is no run, keeps no state, or its state is damaged or of a newer format.
        UsageError: the settings are not those the state was made with.
    """
    if settings.since is None:
        return None
    run = Path(settings.since)
    manifest = read_manifest(run)
    state = open_state(run, str(manifest.get("state", {}).get("reason", "")))
    if sha256(run / FOLDER / HEAD) != manifest.get("outputs", {}).get(f"{FOLDER}/{HEAD}"):
        raise InputError(
            "The state of the run was changed after it was written.",
            where=str(run / FOLDER / HEAD),
            fix="Give an earlier run whose state is whole, or scan the whole data again.",
        )
    own, made = settings.duplicates, state.recipe
    if (own.ngram, own.threshold) != (made.ngram, made.threshold):
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
    return state


def load_batch(inputs: Sequence[str], settings: Settings, base: State | None, progress: Progress) -> Corpus:
    """The input; columns are those of the earlier run, where it has them and no option names others.

    Raises:
        InputError: the input cannot be used.
    """

    def told(done: int, total: int) -> None:
        progress("read", done, total)

    def named(asked: CorpusSettings, columns: Sequence[str]) -> CorpusSettings:
        return by_own_names(settings.model_copy(update={"corpus": asked}), columns).corpus

    if base is None:
        return load_corpus(inputs, settings.corpus, told, named)
    asked = settings.corpus.model_copy(update={"language": base.recipe.language})
    corpus = load_corpus(inputs, asked, told, named)
    columns = corpus.table.column_names
    before = named(CorpusSettings(**base.recipe.roles), columns)
    same = {
        role: column
        for role in base.recipe.roles
        if (column := getattr(before, role)) in columns and getattr(asked, role) is None
    }
    if all(getattr(corpus.roles, role) == column for role, column in same.items()):
        return corpus
    return load_corpus(inputs, asked.model_copy(update=same), told, named)


def for_batch(settings: Settings, rows: int, base: State | None) -> Settings:
    """Settings with the batch's own part of the rows in which names are looked for; at least `LEAST_NAMES`.

    The earlier runs have looked for names in their part; a batch of one row in a hundred shall not cost as much again.
    """
    if base is None or settings.pii.ner != "sample":
        return settings
    part = settings.pii.ner_sample * rows // max(rows + base.measures.rows, 1)
    sample = min(settings.pii.ner_sample, max(part, LEAST_NAMES))
    return settings.model_copy(update={"pii": settings.pii.model_copy(update={"ner_sample": sample})})


def with_batch(scan: Scan, settings: Settings, base: State | None, progress: Progress) -> tuple[Scan, Kept]:
    """The scan with what it adds to the earlier run, and the state to be kept."""
    progress(DIMENSION, 0, 1)
    own: Measured | None = None
    reason, error = _why_not(scan, settings), None
    if not reason:
        try:
            own = _measured(scan, settings, base)
        except Exception as crash:  # noqa: BLE001 - the audit is complete without it; reported, and exit code 5
            reason = Text("the rows could not be summed up ({0}); run with --debug for details", type(crash).__name__)
            error = CheckError(
                "The state for the next batch could not be made.", where=scan.corpus.name, fix="Run with --debug."
            )
            scan = replace(scan, crashes={**scan.crashes, "state": crash})
    if base is not None and settings.wants(PREFIX):
        scan = _compared(scan, settings, base, own, reason)
    kept = Kept(reason=reason, error=error) if own is None else _kept(scan.corpus, own, base, settings)
    progress(DIMENSION, 1, 1)
    return scan, kept if settings.keep_state else Kept(reason="keep_state is false", error=error)


def _why_not(scan: Scan, settings: Settings) -> str:
    if not settings.keep_state and settings.since is None:
        return "keep_state is false"
    if len(scan.corpus) == 0:
        return "the input has no rows"
    if not isinstance(scan.audit.results.get("privacy"), Completed):
        return "the privacy check did not run, so it is not known what must not be kept"
    return ""


def _measured(scan: Scan, settings: Settings, base: State | None) -> Measured:
    corpus, privacy = scan.corpus, scan.audit.results["privacy"]
    assert isinstance(privacy, Completed)
    own = settings.duplicates
    without = masked(corpus, privacy.findings, settings)
    signed = sign_corpus(without, own.ngram, Banding.for_threshold(own.threshold), settings.threads())
    vocabulary = None if base is None else base.measures.vocabulary
    return measure(corpus, without, signed, scan.clusters, privacy, settings.seed, vocabulary)


def _compared(scan: Scan, settings: Settings, base: State, own: Measured | None, reason: str) -> Scan:
    def result() -> CheckResult:
        if own is None:
            return Skipped(message_of(reason))
        batch = Batch(scan.corpus, own, match_index(own.signed, base.index), settings, _notes(scan, settings, base))
        return compare(batch, base.measures)

    found, crash = guarded(result)
    results = {**scan.audit.results, DIMENSION: wanted(found, settings)}
    ordered = {name: results[name] for name in check_specs() if name in results}
    audit = replace(scan.audit, results=ordered, grades=grade_all(ordered, len(scan.corpus), settings.grades))
    return replace(scan, audit=audit, crashes={**scan.crashes, **({DIMENSION: crash} if crash else {})})


def _notes(scan: Scan, settings: Settings, base: State) -> tuple[Message, ...]:
    sources = ", ".join(segment.source for segment in base.index.segments[-5:])
    notes = [
        message("note.batch", base.measures.rows, len(base.index.segments), sources),
        message("note.batch_estimated"),
    ]
    if base.recipe.masking != masking_digest(settings):
        notes.append(message("note.batch_masking"))
    if _is_known(scan.corpus, base.index):
        notes.append(message("note.batch_known"))
    return tuple(notes)


def _is_known(corpus: Corpus, index: SketchIndex) -> bool:
    return any(segment.digest == corpus.digest for segment in index.segments)


def _kept(corpus: Corpus, own: Measured, base: State | None, settings: Settings) -> Kept:
    """The state before, and the rows of this run, unless they were in it."""
    duplicates = settings.duplicates
    roles = _roles(corpus, settings) if base is None else base.recipe.roles
    recipe = Recipe(corpus.language, duplicates.ngram, duplicates.threshold, masking_digest(settings), roles)
    empty = SketchIndex(Path(), duplicates.ngram, duplicates.threshold, Banding.for_threshold(duplicates.threshold))
    index = empty if base is None else base.index
    measures, files = _sum(base, own, settings.seed), {}
    before = {s.file: s.sha256 for s in index.segments}
    if _is_known(corpus, index) and base is not None:
        measures = base.measures
    else:
        index, name, data = extended(index, corpus.row_id, own.signed, _source(corpus.name, index), corpus.digest)
        files[f"{INDEX}/{name}"] = data
    names = {s.file for s in index.segments} & before.keys()
    links = {f"{FOLDER}/{INDEX}/{name}": (index.folder / name, before[name]) for name in sorted(names)}
    files.update(state_files(recipe, measures, (json.dumps(index.head(), indent=1) + "\n").encode()))
    return Kept({f"{FOLDER}/{name}": data for name, data in files.items()}, links)


def _roles(corpus: Corpus, settings: Settings) -> dict[str, str]:
    """Columns by role; one whose name holds personal data by its word, where no other column could be meant."""
    words = words_for(corpus.table.column_names, settings, corpus.language)
    known = {role: column for role, column in corpus.roles.columns().items() if column not in words or len(words) == 1}
    return {role: words.get(column, column) for role, column in known.items()}


def _sum(base: State | None, own: Measured, seed: int) -> Measures:
    return own.measures if base is None else added(base.measures, own.measures, seed)


def _source(name: str, index: SketchIndex) -> str:
    """The name by which rows of this input are called in later runs; inputs of one name are numbered."""
    same = sum(segment.source == name or segment.source.startswith(f"{name} #") for segment in index.segments)
    return name if same == 0 else f"{name} #{same + 1}"
