"""A file that is only ever added to, line by line: what a program must not lose when it is killed."""

from __future__ import annotations

import fcntl
import os
import stat
from contextlib import suppress
from pathlib import Path

from auditor.store.files import cannot_write, sync_folder


class Journal:
    """Lines of text in a file of the user alone (mode 0600), each on the disk before `add` returns.

    Several processes may add to one file: each line is written under a lock of the file. A line that a killed process
    left half written is taken off.

    Args:
        path: the file; it is made when the first line is added, and never opened through a link.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0

    def add(self, line: str) -> list[str]:
        """Write one line.

        Returns:
            The lines that were added since the last call of `add` or `new`, by whatever process, this one included.

        Raises:
            OutputError: it cannot be written; it is not there then.
        """
        try:
            is_new = not self.path.exists()
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                _refuse_special(handle)
                fcntl.flock(handle, fcntl.LOCK_EX)
                _take_off_half_line(handle)
                _write_whole(handle, line.replace("\n", " ").encode("utf-8", "replace") + b"\n")
                return self._lines(handle)
            finally:
                os.close(handle)
                if is_new:
                    sync_folder(self.path.parent)
        except OSError as error:
            raise cannot_write(self.path, error) from None

    def new(self) -> list[str]:
        """The lines that were added since the last call of `add` or `new`; a half written one is none.

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
        data = os.pread(handle, max(os.fstat(handle).st_size - self._read, 0), self._read)
        whole = data[: data.rfind(b"\n") + 1]
        self._read += len(whole)
        return whole.decode("utf-8", "replace").split("\n")[:-1]


def _refuse_special(handle: int) -> None:
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        raise OSError("not a plain file")


def _take_off_half_line(handle: int) -> None:
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


def _write_whole(handle: int, data: bytes) -> None:
    """Add to the end of a file and have it on the disk, or leave the file as it was."""
    before = os.fstat(handle).st_size
    try:
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
    except OSError:
        with suppress(OSError):
            os.ftruncate(handle, before)
        raise
