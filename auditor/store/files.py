"""Atomic writing of single files, with protection against overwriting links and files of finished runs."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from auditor.errors import OutputError
from auditor.store.reading import is_file_of_run, leftovers


def cannot_write(path: Path, error: OSError) -> OutputError:
    """The error for an output that the operating system refuses to write."""
    return OutputError(
        f"The output cannot be written ({error.strerror or 'output error'}).",
        where=str(path),
        fix="Check permissions and free space; nothing of an earlier run was changed.",
    )


def open_new(path: Path, private: bool) -> IO[bytes]:
    """Open a file for writing, truncated; symbolic links are not followed."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600 if private else 0o666), "wb")


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk, where the system can say so: a file that is synced may lack its name."""
    with suppress(OSError):  # not every system opens folders, nor every file system syncs them
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def write_file(path: Path, text: str | bytes, *, private: bool = False) -> None:
    """Write one file atomically; text is encoded as UTF-8.

    An existing regular file is replaced. Devices and pipes (``/dev/null``, ``/dev/stdout``) are written to directly.

    Args:
        path: the file.
        text: its content.
        private: whether only the user may read it (mode 0600).

    Raises:
        OutputError: the file cannot be written, is a link, or belongs to a finished run.
    """
    data = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    if _is_device(path):
        _write_to_device(path, data)
        return
    _refuse_overwriting(path)
    _sweep(path)
    partial = path.parent / f".{path.name}.partial-{os.getpid()}"
    try:
        with open_new(partial, private) as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise cannot_write(path, error) from None
    sync_folder(path.parent)


def _sweep(path: Path) -> None:
    """Remove partial files of processes that were killed: the process no longer exists and no lock is held."""
    for left in leftovers(path, "partial"):
        with suppress(OSError):
            if is_alive(int(left.name.rpartition("-")[2])):
                continue
            handle = os.open(left, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                left.unlink()
            finally:
                os.close(handle)


def is_alive(process: int) -> bool:
    """Whether a process with this number exists on this machine."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # owned by another user
        return True
    return True


def _is_device(path: Path) -> bool:
    """Whether the path is a device, pipe or socket, or a link to an open file under /dev or /proc."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False
    if stat.S_ISCHR(mode) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        return True
    parts = path.absolute().parts
    is_of_system = parts[:2] in (("/", "dev"), ("/", "proc")) and parts[:3] != ("/", "dev", "shm")
    return path.is_symlink() and is_of_system and ".." not in parts


def _write_to_device(path: Path, data: bytes) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND), "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise cannot_write(path, error) from None


def _refuse_overwriting(path: Path) -> None:
    if path.is_symlink():
        raise OutputError(
            "The output is a link, and its target would be replaced or lost.",
            where=str(path),
            fix="Give another -o FILE, or the target of the link.",
        )
    if path.exists() and is_file_of_run(path):
        raise OutputError(
            "The output is a file of a finished run, which would be damaged.",
            where=str(path),
            fix="Give another -o FILE.",
        )


def write_secret(path: Path, data: bytes) -> None:
    """Write a new file that only its owner can read, regardless of the umask.

    Raises:
        OutputError: the file already exists or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise OutputError("The file already exists.", where=str(path), fix="Keep it, or give another name.") from None
    except OSError as error:
        raise cannot_write(path, error) from None
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), 0o600)
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        with suppress(OSError):  # half of a secret would be taken for one
            path.unlink()
        raise cannot_write(path, error) from None
    sync_folder(path.parent)
