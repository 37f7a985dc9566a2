"""The folder for what does not fit in memory, which lives as long as one run."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from auditor.errors import OutputError
from auditor.store.files import cannot_write
from auditor.store.lock import Lock
from auditor.store.reading import leftovers

_KIND = "work"


class WorkFolder:
    """A hidden folder beside an output, of the user alone. Use as a context manager: nothing of it remains.

    It is made by whoever first writes into it. What killed runs left beside the same output is removed.

    Args:
        target: the output.

    Attributes:
        path: of the folder.

    Raises:
        OutputError: the folder of the output cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self._target = Path.cwd() / target
        self.path = self._target.parent / f".{self._target.name}.{_KIND}-{os.getpid()}"
        self._made: list[Path] = []
        self._lock: Lock | None = None

    def __enter__(self) -> WorkFolder:
        parent = self._target.parent
        self._made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self._sweep()
            self._lock = Lock(_lock_of(self.path))
        except BlockingIOError:
            raise OutputError(
                "Another run of this process reads for this output.", where=str(self._target), fix="Wait for its end."
            ) from None
        except OSError as error:
            self._remove_made()
            raise cannot_write(self._target, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._remove_made()

    def _remove_made(self) -> None:
        """Take away folders above the output that hold nothing after all."""
        for folder in self._made:
            with suppress(OSError):
                folder.rmdir()

    def _sweep(self) -> None:
        """Remove folders and lock files of runs that do not live any more."""
        for folder in {_folder_of(path) for path in leftovers(self._target, _KIND)}:
            try:
                lock = Lock(_lock_of(folder))
            except OSError:  # its run lives
                continue
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _folder_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".lock"))
