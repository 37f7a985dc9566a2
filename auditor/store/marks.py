"""Checkpoints of a long run, stored beside its output until it ends, from which a restarted run continues."""

from __future__ import annotations

import hmac
import os
import shutil
import stat
import time
from contextlib import suppress
from pathlib import Path

from auditor.store.lock import Lock

PREFIX = ".auditor-marks-"
DAYS = 7
"""Checkpoints that no run has resumed are deleted after this many days, by the next run beside them."""
_MAC_BYTES = 32


class MarkFolder:
    """A hidden private folder (mode 0700) with one file per checkpoint.

    Each file is authenticated with `secret` (HMAC-SHA256 over its name and content); truncated, changed or foreign
    files are ignored.

    Args:
        beside: the output that is about to be written.
        key: identifies the run by its input, settings and version.
        secret: at least 32 bytes.

    Raises:
        BlockingIOError: another run with the same key is active.
        OSError: the folder cannot be written, or others can write into it: anybody who has the corpus can compute the
            secret.
    """

    def __init__(self, beside: Path, key: str, secret: bytes) -> None:
        parent = (Path.cwd() / beside).parent
        self.path = parent / f"{PREFIX}{key[:24]}"
        self._secret = secret
        self._can_write = True
        self._lock = Lock(_lock_of(self.path))
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            _require_private(self.path)
            _delete_old(parent)
        except OSError:
            self._lock.release()
            raise

    def read(self, name: str) -> bytes | None:
        """The content of a checkpoint; None if there is no valid one."""
        try:
            stored = (self.path / name).read_bytes()
        except OSError:
            return None
        mac, content = stored[:_MAC_BYTES], stored[_MAC_BYTES:]
        return content if hmac.compare_digest(mac, self._mac(name, content)) else None

    def write(self, name: str, content: bytes) -> None:
        """Store a checkpoint. After a write error no more are stored: missing checkpoints do not stop a run."""
        if not self._can_write:
            return
        partial = self.path / f"{name}.partial"
        try:
            handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(self._mac(name, content))
                stream.write(content)
            partial.replace(self.path / name)
        except OSError:
            self._can_write = False
            partial.unlink(missing_ok=True)

    def close(self, *, is_over: bool) -> bool:
        """Release the folder; it is kept if the run is not over and there are checkpoints.

        Returns:
            Whether it is kept.
        """
        is_kept = not is_over and self.path.exists() and any(self.path.iterdir())
        if not is_kept:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        return is_kept

    def _mac(self, name: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, name.encode() + b"\x00" + content, "sha256")


def _require_private(folder: Path) -> None:
    """Refuse a link, a folder of another user, or one that others can access."""
    status = folder.lstat()
    is_mine = not hasattr(os, "getuid") or status.st_uid == os.getuid()
    if not stat.S_ISDIR(status.st_mode) or not is_mine or stat.S_IMODE(status.st_mode) & 0o077:
        raise PermissionError("the checkpoint folder is accessible to other users")


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _delete_old(parent: Path) -> None:
    """Delete old checkpoint folders that no active run has locked."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or time.time() - folder.stat().st_mtime < DAYS * 86_400:
                continue
            lock = Lock(_lock_of(folder))
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()
