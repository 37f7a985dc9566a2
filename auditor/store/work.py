"""A temporary folder for data that does not fit in memory, deleted at the end of the run."""

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
    """A hidden private folder beside an output. A context manager: the folder is deleted at its end.

    The folder itself is created by its first writer. Leftovers of killed runs beside the same output are deleted.

    Args:
        target: the output.

    Attributes:
        path: the folder.

    Raises:
        OutputError: the parent folder of the output cannot be written.
    """

    def __init__(self, target: Path) -> None:
        self._target = Path.cwd() / target
        self.path = self._target.parent / f".{self._target.name}.{_KIND}-{os.getpid()}"
        self._created_parents: list[Path] = []
        self._lock: Lock | None = None

    def __enter__(self) -> WorkFolder:
        parent = self._target.parent
        self._created_parents = [folder for folder in (parent, *parent.parents) if not folder.exists()]
        try:
            parent.mkdir(parents=True, exist_ok=True)
            self._clean_up()
            self._lock = Lock(_lock_of(self.path))
        except BlockingIOError:
            raise OutputError(
                "Another run in this process uses the same output.", where=str(self._target), fix="Wait until it ends."
            ) from None
        except OSError as error:
            self._remove_empty_parents()
            raise cannot_write(self._target, error) from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        self._remove_empty_parents()

    def _remove_empty_parents(self) -> None:
        """Delete the parent folders created for this output that are still empty."""
        for folder in self._created_parents:
            with suppress(OSError):
                folder.rmdir()

    def _clean_up(self) -> None:
        """Delete folders and lock files of runs that are no longer active."""
        for folder in {_folder_of(path) for path in leftovers(self._target, _KIND)}:
            try:
                lock = Lock(_lock_of(folder))
            except OSError:  # its run is still active
                continue
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.lock")


def _folder_of(path: Path) -> Path:
    return path.with_name(path.name.removesuffix(".lock"))
