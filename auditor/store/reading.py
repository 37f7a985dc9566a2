"""Read finished runs and verify their files against the manifest."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.core.findings import with_all_columns
from auditor.errors import InputError, SafetyError
from auditor.parse import parse

MANIFEST = "manifest.json"
TOOL = "auditor"


def is_run(folder: Path) -> bool:
    """Whether the folder is a finished run."""
    try:
        return bool(json.loads((folder / MANIFEST).read_text("utf-8")).get("tool") == TOOL)
    except (OSError, ValueError, AttributeError, RecursionError):
        return False


def is_file_of_run(path: Path) -> bool:
    """Whether a file was written by a finished run, according to the manifest of that run."""
    path = path.resolve()
    for folder in path.parents:
        if (folder / MANIFEST).is_file() and is_run(folder):
            name = path.relative_to(folder).as_posix()
            try:
                outputs = json.loads((folder / MANIFEST).read_text("utf-8")).get("outputs", {})
            except (OSError, ValueError, RecursionError):
                return False
            return name == MANIFEST or name in outputs
    return False


def leftovers(target: Path, kind: str) -> list[Path]:
    """Leftovers of killed runs beside `target`.

    Args:
        target: the output folder.
        kind: ``old`` (replaced runs), ``partial`` (unfinished runs) or ``work`` (work folders and their lock files).
    """
    name = re.compile(rf"\.{re.escape(target.name)}\.{kind}-\d+(?:\.lock)?")
    try:
        return sorted(path for path in target.parent.iterdir() if name.fullmatch(path.name))
    except OSError:
        return []


def _no_run(folder: Path) -> InputError:
    """The error for a folder without a finished run; it names an earlier run that a killed run had moved aside."""
    replaced = [] if folder.exists() else [path for path in leftovers(Path.cwd() / folder, "old") if is_run(path)]
    if replaced:
        return InputError(
            "The program was killed while it replaced the run; the earlier run is intact under another name.",
            where=str(replaced[-1]),
            fix=f"Move it back: mv {shlex.quote(str(replaced[-1]))} {shlex.quote(str(folder))}; the next run does too.",
        )
    return InputError("This is not a run folder.", where=str(folder), fix="Give a folder that `auditor run` wrote.")


@dataclass(frozen=True)
class Manifest:
    """The part of a finished run's manifest that later runs read.

    Attributes:
        outputs: SHA-256 of each file of the run, by its path in the folder.
        inputs: SHA-256 of each input file, by name.
        corpus_digest: digest of the corpus that was read.
        config: the settings.
        given: the inputs as typed on the command line; empty if not recorded.
        accounts: row counts of the data set that was written; see `auditor.core.accounts.Accounts.to_json`.
        columns_left_out: columns that Parquet cannot store.
        names_replaced: number of names of columns, classes and files that contained personal data.
        finished: when the run ended (ISO 8601, UTC).
        state: whether there is a state for later batches, and if not, why.
    """

    outputs: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict)
    corpus_digest: str = ""
    config: Mapping[str, object] = field(default_factory=dict)
    given: tuple[str, ...] = ()
    names_replaced: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, object] | None = None
    columns_left_out: tuple[str, ...] = ()
    state: Mapping[str, object] = field(default_factory=dict)
    finished: str = ""


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a finished run.

    Raises:
        InputError: not a run.
    """
    if not is_run(folder):
        raise _no_run(folder)
    try:
        return parse(Manifest, json.loads((folder / MANIFEST).read_text("utf-8")))
    except (ValueError, RecursionError):
        raise _no_run(folder) from None


def read_run(folder: Path) -> tuple[Manifest, dict[str, object], pa.Table]:
    """Manifest, ``audit.json`` and findings of a finished run.

    Raises:
        InputError: not a run, or its files do not match its manifest.
    """
    if (folder / "benchmark" / "results.json").is_file() and not (folder / "audit.json").exists():
        raise InputError(
            "This is the folder of `auditor benchmark`, which has no audit.",
            where=str(folder),
            fix="Read its benchmark/results.json; `auditor run` draws a report with its benchmark in it.",
        )
    try:
        manifest = parse(Manifest, json.loads((folder / MANIFEST).read_text("utf-8")))
        audit: dict[str, object] = json.loads((folder / "audit.json").read_text("utf-8"))
        found = with_all_columns(pq.read_table(folder / "findings.parquet"))
        good = all(sha256(folder / name) == manifest.outputs[name] for name in ("audit.json", "findings.parquet"))
    except (OSError, ValueError, KeyError, RecursionError, pa.ArrowException):
        raise _no_run(folder) from None
    if not good:
        raise InputError("The run was changed after it was written.", where=str(folder), fix="Run the audit again.")
    return manifest, audit, found


def read_outputs(folder: Path, manifest: Manifest, names: Sequence[str]) -> dict[str, pa.Table]:
    """Tables of a finished run, by name, after verifying their hashes.

    Raises:
        InputError: a table is missing.
        SafetyError: a table was changed after it was written.
    """
    tables = {}
    for name in names:
        try:
            good = sha256(folder / name) == manifest.outputs[name]
            tables[name] = pq.read_table(folder / name)
        except (OSError, KeyError, TypeError, pa.ArrowException):
            raise InputError(
                "The run lacks a file.", where=str(folder / name), fix="Give a whole run of `auditor clean`."
            ) from None
        if not good:
            raise SafetyError(
                "A file of the run was changed after it was written.",
                where=str(folder / name),
                fix="Give the run as it was written.",
            )
    return tables


def refuse_changed(digests: Mapping[str, str]) -> None:
    """Raise an error if the input changed during a run.

    Args:
        digests: SHA-256 of each file before the run.

    Raises:
        InputError: a file has another hash now, or was deleted.
    """
    for file, digest in digests.items():
        if file_digest(file) != digest:
            raise input_changed(file)


def input_changed(file: str) -> InputError:
    """The error for an input file that changed since it was read."""
    return InputError("The input changed during the run.", where=file, fix="Run again when it is complete.")


def file_digest(file: str) -> str:
    """`sha256` of an input file.

    Raises:
        InputError: it can no longer be read.
    """
    try:
        return sha256(Path(file))
    except OSError:
        raise input_changed(file) from None


def seen_from_here(path: Path) -> Path:
    """The path relative to the working directory if it lies below it."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, as a hex string."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()
