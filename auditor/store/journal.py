"""An append-only file of lines, for data that must survive when the program is killed."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from auditor.store.files import cannot_write, sync_folder


class Journal:
    """Lines of text in a private file (mode 0600), each synced to disk before `append` returns.

    Several processes may append to one file: each line is written under a file lock. An incomplete last line, left by a
    killed process, is truncated.

    Args:
        path: the file; it is created with the first line, and never opened through a link.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0

    def append(self, line: str) -> list[str]:
        """Write one line.

        Returns:
            The lines appended since the last call of `append` or `read_new`, by any process, this one included.

        Raises:
            OutputError: it cannot be written; it is not there then.
        """
        try:
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                _refuse_special(handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
                _truncate_partial_line(handle)
                _append(handle, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")
                return self._lines(handle)
            finally:
                os.close(handle)
                if is_new:
                    sync_folder(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def read_new(self) -> list[str]:
        """The complete lines appended since the last call of `append` or `read_new`.

        Raises:
            OutputError: it cannot be read.
        """
        try:
            handle = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise cannot_write(self.path, error) from None
        try:
            _refuse_special(handle)
            fcntl.flock(handle, fcntl.LOCK_SH)
            return self._lines(handle)
        except OSError as error:
            raise cannot_write(self.path, error) from None
        finally:
            os.close(handle)

    def _lines(self, handle: int) -> list[str]:
        data = os.pread(handle, max(os.fstat(handle).st_size - self._offset, 0), self._offset)
        complete = data[: data.rfind(b"\n") + 1]
        self._offset += len(complete)
        return complete.decode("utf-8", "replace").split("\n")[:-1]


def _refuse_special(handle: int) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OSError("not a plain file")


def _truncate_partial_line(handle: int) -> None:
    size = end = os.fstat(handle).st_size
    while end > 0:
        start = max(end - 4_096, 0)
        last = os.pread(handle, end - start, start).rfind(b"\n")
        if last >= 0:
            end = start + last + 1
            break
        end = start
    if end < size:
        os.ftruncate(handle, end)


def _append(handle: int, data: bytes) -> None:
    """Append to a file and flush it to disk; on failure, restore the file's length."""
    before = os.fstat(handle).st_size
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, before)
        raise
