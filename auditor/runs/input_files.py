"""Digests of the files that a run was made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from auditor.corpus.corpus import Corpus
from auditor.corpus.source import stamp_of
from auditor.store import file_digest, input_changed


def input_digests(corpus: Corpus) -> dict[str, str]:
    """SHA-256 of the local files that were read, by path.

    Raises:
        InputError: a file has changed since it was read.
    """
    digests = {file: file_digest(file) for file in corpus.on_disk}
    for file, stamp in corpus.stamps.items():
        if file in digests and stamp_of(Path(file)) != stamp:
            raise input_changed(file)
    return digests


def digests_by_name(inputs: Mapping[str, str]) -> dict[str, str]:
    """Digests by file name without the folder; files with the same name, as in folders of parts, are numbered."""
    digests: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for file, digest in inputs.items():
        name = Path(file).name
        seen[name] += 1
        digests[name if seen[name] == 1 else f"{name} ({seen[name]})"] = digest
    return digests
