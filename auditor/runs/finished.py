"""Read finished runs, and the input they were made from."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.run_summary import RunSummary
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.corpus.requested_columns import settings_for_columns
from auditor.errors import CheckError, InputError, SafetyError
from auditor.pii.column_names import with_columns
from auditor.pii.redaction import file_words, harmless
from auditor.store import Manifest, read_run, sha256


@dataclass(frozen=True)
class FinishedRun:
    """A finished run, read from its folder.

    Attributes:
        folder: folder of the run.
        manifest: its ``manifest.json``.
        audit: its audit.
        settings: settings of the run.
    """

    folder: Path
    manifest: Manifest
    audit: Audit
    settings: Settings

    @property
    def parts(self) -> list[str]:
        """Names of the Parquet files of the data set."""
        return [n for n in self.manifest.outputs if n.startswith("dataset/") and n.endswith(".parquet")]


def read_audit(folder: Path) -> Audit:
    """The audit of the run in `folder`.

    Raises:
        InputError: `folder` is not a finished run of this version.
    """
    _, data, findings = read_run(folder)
    try:
        return Audit.from_json(data, findings)
    except (KeyError, TypeError, ValueError):
        raise _another_version(folder) from None


def read_summary(folder: Path) -> RunSummary:
    """The summary of the stages of the run in `folder` after the audit.

    Raises:
        InputError: `folder` is not a finished run of this version.
    """
    try:
        return RunSummary.from_json(json.loads((folder / "summary.json").read_text("utf-8")), str(folder))
    except (OSError, KeyError, TypeError, ValueError, RecursionError):
        raise _another_version(folder) from None


def read_benchmark(folder: Path) -> BenchmarkResult:
    """The result of `auditor benchmark` in `folder`.

    Raises:
        InputError: there is no result of this version.
    """
    try:
        return BenchmarkResult.from_json(json.loads((folder / "benchmark" / "results.json").read_text("utf-8")))
    except OSError:
        raise InputError(
            "This is not the folder of a benchmark.", where=str(folder), fix="Give DIR of `auditor benchmark -o DIR`."
        ) from None
    except (KeyError, TypeError, ValueError):
        raise _another_version(folder) from None


def _another_version(folder: Path) -> InputError:
    return InputError(
        "The run was written by another version.", where=str(folder), fix="Run the audit again with this version."
    )


def open_run(folder: Path) -> FinishedRun:
    """Read a finished run.

    Raises:
        InputError: `folder` is not a finished run of this version.
    """
    manifest, data, findings = read_run(folder)
    try:
        audit = Audit.from_json(data, findings)
        return FinishedRun(folder, manifest, audit, Settings.model_validate(manifest.config))
    except (KeyError, TypeError, ValueError, ValidationError):
        raise _another_version(folder) from None


def input_of(run: FinishedRun, inputs: Sequence[str]) -> Corpus:
    """Read the input of a run again.

    Raises:
        InputError: it cannot be read.
        SafetyError: it differs from the input of the run.
    """

    def named(options: CorpusSettings, columns: Sequence[str]) -> CorpusSettings:
        return settings_for(run, columns).corpus

    try:
        corpus = load_corpus(inputs, run.settings.corpus, named=named)
    except InputError as error:
        raise harmless(error, run.settings) from None
    known = set(run.manifest.inputs.values())
    if corpus.digest != run.manifest.corpus_digest or not _digests(corpus) <= known:
        raise _another_input([Path(f).name for f in corpus.files[:5]], run.settings)
    return corpus


def _digests(corpus: Corpus) -> set[str]:
    return {*(sha256(Path(file)) for file in corpus.on_disk), *corpus.fetched.values()}


def inputs_of(run: FinishedRun) -> list[str]:
    """The inputs of a run as they were given on the command line; empty if they were not recorded.

    A file whose name was redacted is found in its folder by its content.
    """
    return [_find_redacted(Path(path), run) if "<" in path else path for path in run.manifest.given]


def _find_redacted(path: Path, run: FinishedRun) -> str:
    """The file whose redacted path in the run is `path`; `path` itself if there is none."""
    digest = run.manifest.inputs.get(path.name)
    if digest is None or path.exists():
        return str(path)
    try:
        names = [file.name for file in path.parent.iterdir() if file.is_file()]
        personal = sorted(file_words(names, run.settings, run.audit.corpus.language))
        files = (path.with_name(name) for name in personal)
        return next((str(file) for file in files if sha256(file) == digest), str(path))
    except (OSError, CheckError):
        return str(path)


def settings_for(run: FinishedRun, columns: Sequence[str]) -> Settings:
    """The settings of a run with the columns and language that it detected.

    Column names in a run can be redacted, so columns are identified by position.

    Args:
        run: a finished run.
        columns: names of the columns of its input.

    Raises:
        SafetyError: the input of the run had another number of columns.
    """
    profile = run.audit.corpus
    settings = run.settings
    if len(columns) != len(profile.columns):
        raise _another_input(profile.files[:5], settings)
    input_names = dict(zip(profile.columns, columns, strict=True))
    detected = settings_for_columns(
        profile.roles,
        profile.shape,
        profile.text_columns,
        profile.text_keys,
        profile.label_columns,
        profile.annotator_columns,
    )
    corpus_settings = settings.corpus.model_copy(update={**detected, "language": profile.language})
    return with_columns(settings.model_copy(update={"corpus": corpus_settings}), input_names)


def _another_input(files: Sequence[str], settings: Settings) -> SafetyError:
    error = SafetyError(
        "The input is not what the run was made from: its hash differs.",
        where=", ".join(files),
        fix="Give the files as they were when the run was made.",
    )
    return harmless(error, settings)


def resume_command(words: Sequence[str], run: str) -> str:
    """The command that resumes the interrupted run in folder `run`, which was started with `words`."""
    return shlex.join([*without_options(words, "--resume", "-o", "--out"), "--resume", run])


def without_options(words: Sequence[str], *names: str) -> list[str]:
    """The words of a command without the options `names` and their values."""
    kept, skip = [], False
    for word in words:
        name, equals, _ = word.partition("=")
        if skip or name in names:
            skip = not skip and not equals
        else:
            kept.append(word)
    return kept
