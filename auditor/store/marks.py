"""What finished steps of a long run came to, beside its output until the run is over: started again, it goes on."""

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
"""Marks of a run that nobody started again are removed after so many days, by the next one beside them."""
_MAC_BYTES = 32


class MarkFolder:
    """A hidden folder of the user alone (mode 0700) with one file a mark.

    Each file is authenticated by `secret` (HMAC-SHA256 over its name and content): one that was cut off, changed or put
    there by somebody else is none.

    Args:
        beside: an output that is about to be written.
        key: names the run: what it reads, its settings and the version.
        secret: of at least 32 bytes.

    Raises:
        BlockingIOError: a run of the same key lives.
        OSError: the folder cannot be written, or somebody else can write into it: whoever has the content of the corpus
            can compute the secret.
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
            _sweep(parent)
        except OSError:
            self._lock.release()
            raise

    def read(self, name: str) -> bytes | None:
        """The content of a mark; None where there is none."""
        try:
            stored = (self.path / name).read_bytes()
        except OSError:
            return None
        mac, content = stored[:_MAC_BYTES], stored[_MAC_BYTES:]
        return content if hmac.compare_digest(mac, self._mac(name, content)) else None

    def write(self, name: str, content: bytes) -> None:
        """Keep a mark. Where the disk refuses, none are kept from then on: marks are no reason to fail."""
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
        """Let go of the folder; it stays where the run is not over and there are marks.

        Returns:
            Whether it stays.
        """
        stays = not is_over and self.path.exists() and any(self.path.iterdir())
        if not stays:
            shutil.rmtree(self.path, ignore_errors=True)
        self._lock.release()
        return stays

    def _mac(self, name: str, content: bytes) -> bytes:
        return hmac.digest(self._secret, name.encode() + b"\x00" + content, "sha256")


def _require_private(folder: Path) -> None:
    """Refuse a link, a folder of another user, and one that others may enter."""
    found = folder.lstat()
    is_mine = not hasattr(os, "getuid") or found.st_uid == os.getuid()
    if not stat.S_ISDIR(found.st_mode) or not is_mine or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError("the folder of marks is not the user's alone")


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _sweep(parent: Path) -> None:
    """Remove old folders that no run holds."""
    for folder in parent.glob(f"{PREFIX}*"):
        with suppress(OSError):
            if folder.is_symlink() or not folder.is_dir() or time.time() - folder.stat().st_mtime < DAYS * 86_400:
                continue
            lock = Lock(_lock_of(folder))
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()
