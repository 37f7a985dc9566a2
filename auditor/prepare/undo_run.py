"""Undo: rebuild the input of a run and verify its digest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.errors import OutputError, SafetyError
from auditor.parse import parse
from auditor.prepare.restored import refuse_unknown_format, restored_bytes
from auditor.prepare.undo import Outputs, restore
from auditor.runs.finished import FinishedRun, input_of, open_run
from auditor.store import read_outputs, write_file


def undo_run(folder: Path, inputs: Sequence[str], out: Path | None) -> tuple[Path, int, int]:
    """Rebuild the input of a run row by row and write it (mode 0600).

    Unchanged rows are read from the run's data set. Removed rows, changed cells and omitted columns are read from the
    input, or from the run's raw files if no input is given. The corpus digest of the result is verified.

    Args:
        folder: folder of the run.
        inputs: paths of the input of the run; empty: the run was made with ``--keep-raw``.
        out: the file to write, in the format of its suffix; None: ``<run>.restored.parquet`` beside the run.

    Returns:
        The file, its number of rows, and the number of input rows that could not be read and are not in it.

    Raises:
        InputError: `folder` is not a run of ``auditor clean``.
        SafetyError: a file or the input has changed since the run, or the raw values are not available.
        OutputError: the file exists or cannot be written.
        UsageError: the suffix is not a known format, or the format cannot hold a column.
    """
    target = out or folder.with_name(f"{folder.resolve().name}.restored.parquet")
    refuse_unknown_format(target)
    if target.exists():
        raise OutputError("The file already exists.", where=str(target), fix="Give another -o FILE.")
    run = open_run(folder)
    names = ["ledger.parquet", "removed.parquet", "changes.parquet"]
    raw_names = [name for name in run.manifest.outputs if name.startswith("raw/")]
    tables = read_outputs(folder, run.manifest, [*names, *run.parts, *raw_names])
    corpus = input_of(run, inputs) if inputs else None
    if corpus is None and not raw_names:
        raise SafetyError(
            "The run does not hold raw values.",
            where=str(folder),
            fix="Give its input: auditor clean INPUT --undo RUN (or make runs with --keep-raw).",
        )
    outputs = Outputs(
        parts=[tables[name] for name in run.parts],
        removed=tables["removed.parquet"],
        changes=tables["changes.parquet"],
        raw={Path(name).stem: tables[name] for name in raw_names},
        left_out=_left_out(run),
    )
    restored = restore(outputs, run.audit.corpus, corpus)
    if restored.digest != run.manifest.corpus_digest:
        raise SafetyError(
            "What the outputs give is not the input: its digest differs.",
            where=str(folder),
            fix="Give the run and the input as they were.",
        )
    write_file(target, restored_bytes(restored.table, target), private=True)
    return target, len(restored), run.audit.corpus.rows_rejected


def _left_out(run: FinishedRun) -> list[int]:
    """Indices of the columns that the data set lacks; the manifest lists them by their names in the data set."""
    columns = run.audit.corpus.columns
    renamed = parse(dict[str, str], (run.manifest.accounts or {}).get("columns_renamed", {}))
    before = {new: old for old, new in renamed.items()}
    names = [before.get(name, name) for name in run.manifest.columns_left_out]
    return [columns.index(name) for name in names if name in columns]
