"""Reading and writing of run folders, indexes and single files. No other package opens files for writing."""

from auditor.store.files import write_file, write_secret
from auditor.store.folder import RunFolder
from auditor.store.index import IndexFolder
from auditor.store.journal import Journal
from auditor.store.marks import MarkFolder
from auditor.store.reading import (
    TOOL,
    Manifest,
    file_digest,
    input_changed,
    read_manifest,
    read_outputs,
    read_run,
    refuse_changed,
    seen_from_here,
    sha256,
)
from auditor.store.work import WorkFolder

__all__ = [
    "TOOL",
    "IndexFolder",
    "Journal",
    "Manifest",
    "MarkFolder",
    "RunFolder",
    "WorkFolder",
    "file_digest",
    "input_changed",
    "read_manifest",
    "read_outputs",
    "read_run",
    "refuse_changed",
    "seen_from_here",
    "sha256",
    "write_file",
    "write_secret",
]
