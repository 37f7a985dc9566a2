"""Run folders. The only module that opens files for writing.

A run is built in a hidden folder beside its target and moved into place in one step, the manifest last: a
reader sees the old run or the new one, whole, never a mixture. Left-overs of killed runs are swept by the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.errors import InputError, OutputError, SafetyError

MANIFEST = "manifest.json"
INDEX_HEAD = "index.json"
_TOOL = "auditor"


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
        self._lock: IO[str] | None = None
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
            raise _cannot_write(self.target, error) from None

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
        path = self.path / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if private and path.parent != self.path:
                path.parent.chmod(0o700)
            with _open(path, private) as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        except OSError as error:
            raise _cannot_write(self.target / name, error) from None

    def write_text(self, name: str, text: str) -> None:
        """Write one UTF-8 file; lone surrogates, which UTF-8 cannot hold, become U+FFFD."""
        self.write_bytes(name, text.encode("utf-8", "replace"))

    def write_json(self, name: str, data: Any) -> None:
        """Write one JSON file with stable key order and no NaN."""
        self.write_text(name, json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False) + "\n")

    def write_lines(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Write one JSON Lines file."""
        self.write_text(name, "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))

    def write_table(self, name: str, table: pa.Table, *, private: bool = False) -> None:
        """Write one Parquet file (zstd)."""
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        self.write_bytes(name, memoryview(sink.getvalue()), private=private)

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
            raise _cannot_write(self.target / name, error) from None
        self._known[name] = digest

    def hashes(self) -> dict[str, str]:
        """sha256 of every file written so far, by name."""
        files = sorted(p for p in self.path.rglob("*") if p.is_file())
        names = [p.relative_to(self.path).as_posix() for p in files]
        return {name: self._known.get(name) or sha256(self.path / name) for name in names}

    def publish(self, manifest: Mapping[str, Any]) -> Path:
        """Write the manifest and move the run into place, replacing an earlier run there.

        Returns:
            The target.
        """
        self.write_json(MANIFEST, {"tool": _TOOL, **manifest})
        old = self.target.parent / f".{self.target.name}.old-{os.getpid()}"
        try:
            if self.target.exists():
                self.target.replace(old)
            self.path.replace(self.target)
        except OSError as error:
            if old.exists() and not self.target.exists():
                old.replace(self.target)
            raise _cannot_write(self.target, error) from None
        shutil.rmtree(old, ignore_errors=True)
        return self.target

    def _take_lock(self) -> None:
        self._lock = (self.target.parent / f".{self.target.name}.lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._lock.close()
            self._lock = None
            raise OutputError(
                "Another run is writing this folder.",
                where=str(self.target),
                fix="Wait for it, or give another -o DIR.",
            ) from None

    def _release(self) -> None:
        if self._lock is not None:
            Path(self._lock.name).unlink(missing_ok=True)
            self._lock.close()
            self._lock = None

    def _sweep(self) -> None:
        """Left-overs of killed runs: restore an old run whose replacement never arrived, remove the rest."""
        parent, name = self.target.parent, self.target.name
        for old in sorted(parent.glob(f".{name}.old-*")):
            if not self.target.exists():
                old.replace(self.target)
            else:
                shutil.rmtree(old, ignore_errors=True)
        for partial in parent.glob(f".{name}.partial-*"):
            shutil.rmtree(partial, ignore_errors=True)


def _refuse_foreign(target: Path, inputs: Sequence[str]) -> None:
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise OutputError("The output is not a folder.", where=str(target), fix="Give a new folder with -o DIR.")
    if any(Path(file).resolve().is_relative_to(target.resolve()) for file in inputs):
        raise SafetyError("The output folder holds the input.", where=str(target), fix="Give another -o DIR.")
    if target.is_dir() and any(target.iterdir()) and not _is_run(target):
        raise OutputError(
            "The output folder holds files that are not an auditor run.",
            where=str(target),
            fix="Give a new or empty -o DIR.",
        )


def _is_run(folder: Path) -> bool:
    try:
        return bool(json.loads((folder / MANIFEST).read_text("utf-8")).get("tool") == _TOOL)
    except (OSError, ValueError, AttributeError):
        return False


class IndexFolder:
    """An index being extended: new files first, then its head in one step. Use as a context manager.

    Args:
        folder: an index, an empty folder, or one to be.

    Raises:
        OutputError: the folder holds something else, cannot be written, or is being extended.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / INDEX_HEAD).is_file())):
            raise OutputError(
                "The folder holds files that are not an index.", where=str(folder), fix="Give a new or empty -o DIR."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = (folder / ".lock").open("w")
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OutputError(
                "Another run is extending this index.", where=str(folder), fix="Wait for it to end."
            ) from None
        except OSError as error:
            raise _cannot_write(folder, error) from None

    def __enter__(self) -> IndexFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()
        (self.folder / ".lock").unlink(missing_ok=True)
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def add(self, name: str, data: bytes) -> tuple[str, str]:
        """Write one file that no head names yet; its name and sha256."""
        write_file(self.folder / name, data)
        return name, hashlib.sha256(data).hexdigest()

    def publish(self, head: Mapping[str, Any], keep: Sequence[str]) -> None:
        """Replace the head, then sweep what is not in `keep`: left-overs of runs that were killed."""
        write_file(self.folder / INDEX_HEAD, (json.dumps(head, indent=1) + "\n").encode())
        for path in self.folder.iterdir():
            if path.name not in {*keep, INDEX_HEAD, ".lock"}:
                path.unlink()


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"The output cannot be written ({error.strerror or 'output error'}).",
        where=str(path),
        fix="Check rights and free space; nothing of an earlier run was changed.",
    )


def _open(path: Path, private: bool) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666), "wb")


def write_file(path: Path, text: str | bytes, *, private: bool = False) -> None:
    """Write one file whole or not at all; texts as UTF-8.

    Args:
        path: where to.
        text: what stands in it.
        private: whether only the user may read it (mode 0600).

    Raises:
        OutputError: it cannot be written.
    """
    partial = path.parent / f".{path.name}.partial-{os.getpid()}"
    try:
        with _open(partial, private) as stream:
            stream.write(text if isinstance(text, bytes) else text.encode("utf-8", "replace"))
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise _cannot_write(path, error) from None


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read, whatever the umask.

    Raises:
        OutputError: there is a file already, or it cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(data)
    except FileExistsError:
        raise OutputError("The file exists.", where=str(path), fix="Keep it, or give another name.") from None
    except OSError as error:
        raise _cannot_write(path, error) from None


def seen_from_here(path: Path) -> Path:
    """The path as it would be typed in the working folder."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def sha256(path: Path) -> str:
    """Hex digest of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(1 << 20):
            digest.update(chunk)
    return digest.hexdigest()


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a finished run.

    Raises:
        InputError: not a run.
    """
    if not _is_run(folder):
        raise InputError(
            "This is not the folder of a run.", where=str(folder), fix="Give a folder that `auditor run` wrote."
        )
    return dict(json.loads((folder / MANIFEST).read_text("utf-8")))


def read_run(folder: Path) -> tuple[dict[str, Any], dict[str, Any], pa.Table]:
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
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        audit = json.loads((folder / "audit.json").read_text("utf-8"))
        found = pq.read_table(folder / "findings.parquet")
        good = all(sha256(folder / name) == manifest["outputs"][name] for name in ("audit.json", "findings.parquet"))
    except (OSError, ValueError, KeyError, pa.ArrowException):
        raise InputError(
            "This is not the folder of a run.", where=str(folder), fix="Give a folder that `auditor run` wrote."
        ) from None
    if not good:
        raise InputError("The run was changed after it was written.", where=str(folder), fix="Run the audit again.")
    return manifest, audit, found


def read_outputs(folder: Path, manifest: Mapping[str, Any], names: Sequence[str]) -> dict[str, pa.Table]:
    """Tables of a finished run, by name, after their hashes were compared with the manifest.

    Raises:
        InputError: one is absent.
        SafetyError: one was changed after it was written.
    """
    tables = {}
    for name in names:
        try:
            good = sha256(folder / name) == manifest["outputs"][name]
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
