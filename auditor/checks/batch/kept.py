"""The state that a run saves for the next, of the rows as read, independent of `clean`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from auditor.checks.batch.history import History
from auditor.checks.batch.profile import Measured
from auditor.checks.batch.redact import masking_digest
from auditor.checks.batch.state import FOLDER, INDEX, Recipe, State, added, state_files
from auditor.config.settings import Settings
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.dedup.minhash import Banding
from auditor.dedup.sketches import SketchIndex, extended
from auditor.errors import AuditorError, CheckError
from auditor.pii.column_names import words_for
from auditor.runs.scan import Scan
from auditor.store import RunFolder


@dataclass(frozen=True)
class Kept:
    """A state to write.

    Attributes:
        files: content by name within the run; empty if no state is saved.
        links: files of the earlier run that are reused: path and hash by name.
        reason: why no state is saved.
        error: the error that prevented it, if any.
        crash: the cause of the error, for ``--debug``; it may quote data.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, tuple[Path, str]] = field(default_factory=dict)
    reason: str = ""
    error: AuditorError | None = None
    crash: BaseException | None = None

    def write(self, folder: RunFolder) -> None:
        """Write the state into a run, readable only by its owner."""
        for name, data in self.files.items():
            folder.write_bytes(name, data, private=True)
        for name, (path, digest) in self.links.items():
            folder.link(name, path, digest)


def kept_state(scan: Scan, settings: Settings, history: History) -> Kept:
    """The combined state of the rows of `history` and `scan`, or the reason for its absence."""
    privacy = scan.audit.results.get("privacy")
    if not settings.keep_state:
        return Kept(reason="keep_state is false")
    if len(scan.corpus) == 0:
        return Kept(reason="the input has no rows")
    if not isinstance(privacy, Completed):
        return Kept(reason="the privacy check did not run, so it is not known what must not be kept")
    try:
        batch = history.measured(scan.corpus, scan.clusters, privacy, settings)
    except Exception as crash:  # noqa: BLE001 - the audit is complete without it; reported, and exit code 5
        error = CheckError(
            "The state for the next batch could not be made.", where=scan.corpus.name, fix="Run with --debug."
        )
        why = f"the rows could not be summed up ({type(crash).__name__}); run with --debug for details"
        return Kept(reason=why, error=error, crash=crash)
    return _extended(scan.corpus, batch, history.base, settings)


def _extended(corpus: Corpus, batch: Measured, base: State | None, settings: Settings) -> Kept:
    """The earlier state with the rows of this run added, unless already included."""
    duplicates, digest = settings.duplicates, masking_digest(settings)
    roles = _roles(corpus, settings) if base is None else base.recipe.roles
    recipe = Recipe(corpus.language, duplicates.ngram, duplicates.threshold, digest, roles)
    empty = SketchIndex(Path(), duplicates.ngram, duplicates.threshold, Banding.for_threshold(duplicates.threshold))
    index = empty if base is None else base.index
    files: dict[str, bytes] = {}
    before = {s.file: s.sha256 for s in index.segments}
    if base is not None and base.knows(corpus.digest):
        measures = base.measures
    else:
        measures = batch.measures if base is None else added(base.measures, batch.measures, settings.seed)
        index, name, data = extended(index, corpus.row_id, batch.signed, _source(corpus.name, index), corpus.digest)
        files[f"{INDEX}/{name}"] = data
    names = {s.file for s in index.segments} & before.keys()
    links = {f"{FOLDER}/{INDEX}/{name}": (index.folder / name, before[name]) for name in sorted(names)}
    files.update(state_files(recipe, measures, (json.dumps(index.head(), indent=1) + "\n").encode()))
    return Kept({f"{FOLDER}/{name}": data for name, data in files.items()}, links)


def _roles(corpus: Corpus, settings: Settings) -> dict[str, str]:
    """Columns by role; a column whose name contains personal data is given by a keyword, if that is unambiguous."""
    words = words_for(corpus.table.column_names, settings, corpus.language)
    known = {role: column for role, column in corpus.roles.columns().items() if column not in words or len(words) == 1}
    return {role: words.get(column, column) for role, column in known.items()}


def _source(name: str, index: SketchIndex) -> str:
    """The name of this input in later runs; inputs of equal names are numbered."""
    same = sum(segment.source == name or segment.source.startswith(f"{name} #") for segment in index.segments)
    return name if same == 0 else f"{name} #{same + 1}"
