"""A lock file that lets one process at a time write an output."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

_TRIES = 100


class Lock:
    """An exclusive lock, held from its creation to `release`.

    The file is opened without following links and never written. It is deleted while the lock is still held; a process
    that had opened it before and locks it afterwards notices that the file is gone and tries again.

    Args:
        path: the lock file.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the file cannot be created, or is not a regular file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        for _ in range(_TRIES):
            self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
            try:
                if not stat.S_ISREG(os.fstat(self._handle).st_mode):
                    raise OSError("the lock file is not a regular file")
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(self._handle)
                raise
            if self._is_current():
                return
            os.close(self._handle)
        raise BlockingIOError

    def _is_current(self) -> bool:
        """Whether the path still names the locked file."""
        try:
            named = self._path.lstat()
        except FileNotFoundError:
            return False
        return os.path.samestat(named, os.fstat(self._handle))

    def release(self) -> None:
        """Delete the file and release the lock."""
        if self._is_current():
            self._path.unlink()
        os.close(self._handle)
