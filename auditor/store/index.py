"""The folder of an index, which is extended by adding files and replacing its head."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from auditor.errors import OutputError
from auditor.interrupts import begin_commit
from auditor.store.files import cannot_write, write_file
from auditor.store.lock import Lock

INDEX_HEAD = "index.json"
_INDEX_FILE = re.compile(r"segment-\d+\.arrow|\..+\.partial-\d+")
"""Names of the files that an index writes; other files in its folder are left alone."""


class IndexFolder:
    """An index being extended: new files first, then its head, atomically. A context manager.

    Args:
        folder: an index, or an empty or new folder.

    Raises:
        OutputError: the folder holds other files, cannot be written, or is being extended by another run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / INDEX_HEAD).is_file())):
            raise OutputError(
                "The folder contains files that are not an index.", where=str(folder), fix="Give a new or empty -o DIR."
            )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = Lock(folder / ".lock")
        except BlockingIOError:
            raise OutputError(
                "Another run is extending this index.", where=str(folder), fix="Wait for it to end."
            ) from None
        except OSError as error:
            raise cannot_write(folder, error) from None

    def __enter__(self) -> IndexFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    def add(self, name: str, data: bytes) -> tuple[str, str]:
        """Write one file that the head does not list yet; returns its name and SHA-256."""
        write_file(self.folder / name, data)
        return name, hashlib.sha256(data).hexdigest()

    def publish(self, head: Mapping[str, object], keep: Sequence[str]) -> None:
        """Replace the head, then delete files of the index that are not in `keep`, such as leftovers of killed runs.

        Until the new head is in place, the old one and all files that it lists remain.
        """
        begin_commit()
        write_file(self.folder / INDEX_HEAD, (json.dumps(head, indent=1) + "\n").encode())
        for path in self.folder.iterdir():
            if path.name not in keep and _INDEX_FILE.fullmatch(path.name):
                with suppress(OSError):  # the next run tries again
                    path.unlink()
