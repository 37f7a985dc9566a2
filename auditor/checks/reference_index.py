"""Build and extend an index of sketches for comparison with later runs (`auditor.checks.reference`)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.config.settings import Settings
from auditor.core.progress import Progress
from auditor.corpus.load import load_corpus
from auditor.dedup.find import sign_corpus
from auditor.dedup.minhash import Banding
from auditor.dedup.sketches import SketchIndex, extended, is_index, open_index
from auditor.errors import UsageError
from auditor.pii.redaction import safe_name
from auditor.store import IndexFolder


def extend_index(
    inputs: Sequence[str], settings: Settings, folder: Path, progress: Progress
) -> tuple[SketchIndex, int]:
    """Add the rows of `inputs` to the index in `folder`; an input that was added before is skipped.

    Returns:
        The index and the number of rows added.

    Raises:
        InputError: the input or the index cannot be read.
        UsageError: the settings differ from those of the index.
        OutputError: the folder is something else, cannot be written, or is being written.
    """
    options = settings.duplicates
    empty = SketchIndex(folder, options.ngram, options.threshold, Banding.for_threshold(options.threshold))
    with IndexFolder(folder) as store:
        index = open_index(folder) if is_index(folder) else empty
        if (index.ngram, index.threshold) != (empty.ngram, empty.threshold):
            raise UsageError(
                f"The index was made with {index.ngram}-grams and a threshold of {index.threshold:g}.",
                where=str(folder),
                fix=f"Add --set duplicates.ngram={index.ngram} --set duplicates.threshold={index.threshold:g}.",
            )
        corpus = load_corpus(inputs, settings.corpus, lambda done, total: progress("read", done, total))
        corpus = safe_name(corpus, settings)
        if any(segment.digest == corpus.digest for segment in index.segments):
            return index, 0
        progress("index", 0, 1)
        signed = sign_corpus(corpus, index.ngram, index.banding, settings.threads())
        index, name, data = extended(index, corpus.row_id, signed, corpus.name, corpus.digest)
        store.add(name, data)
        store.publish(index.head(), keep=list(index.by_file()))
        progress("index", 1, 1)
    return index, len(corpus)
