"""Run folders, built in a hidden folder beside the target and moved into place by one rename, the manifest last.

A reader sees either the complete old run or the complete new one. Leftovers of killed runs are removed by the next run.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.errors import OutputError, SafetyError
from auditor.interrupts import begin_commit, cancel_commit
from auditor.store.exchange import exchange
from auditor.store.files import cannot_write, open_new, sync_folder
from auditor.store.lock import Lock
from auditor.store.reading import MANIFEST, TOOL, is_run, leftovers, sha256

_ROW_GROUP_ROWS = 100_000
"""Rows per row group in Parquet files; one row group is in memory while a file is written."""


class RunFolder:
    """A run being written. A context manager; its files are deleted unless `publish` is called.

    Args:
        target: the run folder. It may be absent, empty, or an earlier run, which is replaced.
        inputs: input files; they must not lie in the target.

    Raises:
        OutputError: the target cannot be written, holds other files, or is being written by another run.
        SafetyError: an input file lies in the target.
    """

    def __init__(self, target: Path, inputs: Sequence[str] = ()) -> None:
        self.target = Path.cwd() / target
        self._lock: Lock | None = None
        self._linked_digests: dict[str, str] = {}
        _refuse_foreign(self.target, inputs)
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            self._clean_up()
            self.path = self.target.parent / f".{self.target.name}.partial-{os.getpid()}"
            self.path.mkdir()
        except OSError as error:
            self._release()
            raise cannot_write(self.target, error) from None

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.path.exists():
            shutil.rmtree(self.path, ignore_errors=True)
        self._release()

    def write_bytes(self, name: str, data: bytes | memoryview, *, private: bool = False) -> None:
        """Write one file of the run; a private file is readable by the user only (mode 0600), and so is its folder."""
        self._write(name, lambda stream: stream.write(data), private)

    def _write(self, name: str, write: Callable[[IO[bytes]], object], private: bool) -> None:
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if private and path.parent != self.path:
                path.parent.chmod(0o700)
            with open_new(path, private) as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise cannot_write(self.target / name, error) from None

    def write_text(self, name: str, text: str) -> None:
        """Write one UTF-8 file; lone surrogates, which UTF-8 cannot encode, become U+FFFD."""
        self.write_bytes(name, text.encode("utf-8", "replace"))

    def write_json(self, name: str, data: object) -> None:
        """Write one JSON file, keys in the given order; NaN is refused."""
        self.write_text(name, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def write_lines(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write one JSON Lines file."""
        self.write_text(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def write_table(self, name: str, table: pa.Table, *, private: bool = False) -> None:
        """Write one Parquet file (zstd); private files keep Arrow's names of list items, which undo needs."""

        def write(stream: IO[bytes]) -> None:
            pq.write_table(table, stream, _ROW_GROUP_ROWS, compression="zstd", use_compliant_nested_type=not private)

        self._write(name, write, private)

    def link(self, name: str, source: Path, digest: str) -> None:
        """Link, or else copy, a file of an earlier run into this one; the caller has verified its `digest`."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, path)
            except OSError:  # another file system, or one without links
                shutil.copy2(source, path)
        except OSError as error:
            raise cannot_write(self.target / name, error) from None
        self._linked_digests[name] = digest

    def hashes(self) -> dict[str, str]:
        """SHA-256 of every file written so far, by name."""
        files = sorted(p for p in self.path.rglob("*") if p.is_file())
        names = [p.relative_to(self.path).as_posix() for p in files]
        return {name: self._linked_digests.get(name) or sha256(self.path / name) for name in names}

    def publish(self, manifest: Mapping[str, object]) -> Path:
        """Write the manifest and move the run into place, replacing an earlier one.

        Returns:
            The target.
        """
        self.write_json(MANIFEST, {"tool": TOOL, **manifest})
        for folder in (*(path for path in self.path.rglob("*") if path.is_dir()), self.path):
            sync_folder(folder)
        old = self.target.parent / f".{self.target.name}.old-{os.getpid()}"
        begin_commit()
        try:
            if self.target.exists() and exchange(self.path, self.target):
                old = self.path
            else:
                self._replace(old)
        except OSError as error:
            cancel_commit()
            raise cannot_write(self.target, error) from None
        sync_folder(self.target.parent)
        _remove(old)
        return self.target

    def _replace(self, old: Path) -> None:
        """Move the run into place in two steps, the earlier one to `old`; moved back where the second step fails."""
        if self.target.exists():
            self.target.replace(old)
        try:
            self.path.replace(self.target)
        except OSError:
            if old.exists() and not self.target.exists():
                with suppress(OSError):  # otherwise the next run restores it, and readers name the old folder
                    old.replace(self.target)
            raise

    def _take_lock(self) -> None:
        try:
            self._lock = Lock(self.target.parent / f".{self.target.name}.lock")
        except BlockingIOError:
            raise OutputError(
                "Another run is writing this folder.",
                where=str(self.target),
                fix="Wait for it, or give another -o DIR.",
            ) from None

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _clean_up(self) -> None:
        """Clean up after killed runs: restore an old run whose replacement never arrived, delete the rest."""
        for old in leftovers(self.target, "old"):
            if not self.target.exists() and is_run(old):
                old.replace(self.target)
            else:
                _remove(old)
        for partial in leftovers(self.target, "partial"):  # unfinished, or an earlier run that was exchanged
            _remove(partial)


def _remove(folder: Path) -> None:
    """Delete a folder, including read-only subfolders; what cannot be deleted is left to the next run."""
    if folder.is_dir():
        for path in (folder, *folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                with suppress(OSError):
                    path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _refuse_foreign(target: Path, inputs: Sequence[str]) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError("The output is not a folder.", where=str(target), fix="Give a new folder with -o DIR.")
    if any(Path(file).resolve().is_relative_to(target.resolve()) for file in inputs):
        raise SafetyError("The output folder contains the input.", where=str(target), fix="Give another -o DIR.")
    if target.is_dir() and any(target.iterdir()) and not is_run(target):
        raise OutputError(
            "The output folder contains files that are not an auditor run.",
            where=str(target),
            fix="Give a new or empty -o DIR.",
        )
