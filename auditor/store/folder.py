"""Run folders: built in a hidden folder beside the target and moved into place in one step, the manifest last.

A reader sees the old run or the new one, whole, never a mixture. Left-overs of killed runs are swept by the next.
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
from auditor.store.exchange import exchange
from auditor.store.files import cannot_write, open_new, sync_folder
from auditor.store.lock import Lock
from auditor.store.reading import MANIFEST, TOOL, is_run, leftovers, sha256

_ROWS_OF_GROUP = 100_000
"""Rows of a group in Parquet files, which is what is held while one is written."""


class RunFolder:
    """A run being written. Use as a context manager; without `publish` nothing of it remains.

    Args:
        target: the folder to be. It may be absent, empty, or an earlier run, which is replaced.
        inputs: input files; the target must not hold them.

    Raises:
        OutputError: the target cannot be written, is something else, or another run is writing it.
        SafetyError: the target holds the input.
    """

    def __init__(self, target: Path, inputs: Sequence[str] = ()) -> None:
        self.target = Path.cwd() / target
        self._lock: Lock | None = None
        self._known: dict[str, str] = {}
        _refuse_foreign(self.target, inputs)
        try:
            self.target.parent.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            self._sweep()
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
        """Write one file of the run; a private one is the user's alone (mode 0600), and so is its folder."""
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
        """Write one UTF-8 file; lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
        self.write_bytes(name, text.encode("utf-8", "replace"))

    def write_json(self, name: str, data: object) -> None:
        """Write one JSON file with stable key order and no NaN."""
        self.write_text(name, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def write_lines(self, name: str, rows: Sequence[Mapping[str, object]]) -> None:
        """Write one JSON Lines file."""
        self.write_text(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def write_table(self, name: str, table: pa.Table, *, private: bool = False) -> None:
        """Write one Parquet file (zstd); private ones keep the Arrow names of list items, for undo."""

        def write(stream: IO[bytes]) -> None:
            kept_names = not private
            pq.write_table(table, stream, _ROWS_OF_GROUP, compression="zstd", use_compliant_nested_type=kept_names)

        self._write(name, write, private)

    def link(self, name: str, source: Path, digest: str) -> None:
        """Take over a file of an earlier run, whose hash was compared before; its bytes are shared where possible."""
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(source, path)
            except OSError:  # another file system, or one without links
                shutil.copy2(source, path)
        except OSError as error:
            raise cannot_write(self.target / name, error) from None
        self._known[name] = digest

    def hashes(self) -> dict[str, str]:
        """sha256 of every file written so far, by name."""
        files = sorted(p for p in self.path.rglob("*") if p.is_file())
        names = [p.relative_to(self.path).as_posix() for p in files]
        return {name: self._known.get(name) or sha256(self.path / name) for name in names}

    def publish(self, manifest: Mapping[str, object]) -> Path:
        """Write the manifest and move the run into place, replacing an earlier run there.

        Returns:
            The target.
        """
        self.write_json(MANIFEST, {"tool": TOOL, **manifest})
        for folder in (*(path for path in self.path.rglob("*") if path.is_dir()), self.path):
            sync_folder(folder)
        old = self.target.parent / f".{self.target.name}.old-{os.getpid()}"
        try:
            if self.target.exists() and exchange(self.path, self.target):
                old = self.path
            else:
                self._replace(old)
        except OSError as error:
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
                with suppress(OSError):  # readers name the folder, and the next run moves it back
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

    def _sweep(self) -> None:
        """Left-overs of killed runs: restore an old run whose replacement never arrived, remove the rest."""
        for old in leftovers(self.target, "old"):
            if not self.target.exists() and is_run(old):
                old.replace(self.target)
            else:
                _remove(old)
        for partial in leftovers(self.target, "partial"):  # unfinished, or an earlier run that was exchanged
            _remove(partial)


def _remove(folder: Path) -> None:
    """Remove a folder of ours, read-only ones in it too; what cannot be removed is left to the next run."""
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
        raise SafetyError("The output folder holds the input.", where=str(target), fix="Give another -o DIR.")
    if target.is_dir() and any(target.iterdir()) and not is_run(target):
        raise OutputError(
            "The output folder holds files that are not an auditor run.",
            where=str(target),
            fix="Give a new or empty -o DIR.",
        )
