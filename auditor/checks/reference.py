"""The reference that the input is compared with: other files, or an index of sketches."""

from __future__ import annotations

from pathlib import Path

from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.dedup.find import sign_corpus
from auditor.dedup.minhash import Banding, Signatures
from auditor.dedup.reference import Matches, match_corpus, match_index
from auditor.dedup.sketches import SketchIndex, is_index, open_index

Reference = Corpus | SketchIndex


def load_reference(settings: Settings) -> Reference | None:
    """The reference of the settings. Its columns are inferred; the requested text column is used if present.

    Raises:
        InputError: it cannot be read.
    """
    paths = settings.reference
    if not paths:
        return None
    if len(paths) == 1 and is_index(Path(paths[0])):
        return open_index(Path(paths[0]))
    roles = {"label": None, "id": None, "date": None, "split": None, "source": None}
    asked = settings.corpus.model_copy(update=roles)
    free = asked.model_copy(update={"text": None})
    reference = load_corpus(paths, free)
    if asked.text is None or asked.text not in reference.table.column_names:
        return reference
    return load_corpus(paths, asked)


def match_reference(corpus: Corpus, signed: Signatures, reference: Reference, settings: Settings) -> Matches:
    """Rows of `corpus` that are also in `reference`.

    Raises:
        InputError: a file of the index is broken.
    """
    options = settings.duplicates
    if isinstance(reference, Corpus):
        banding = Banding.for_threshold(options.threshold)
        return match_corpus(corpus, signed, reference, options.ngram, options.threshold, banding, settings.threads())
    banding = Banding.for_threshold(options.threshold)
    if (reference.ngram, reference.banding) != (options.ngram, banding):
        signed = sign_corpus(corpus, reference.ngram, reference.banding, settings.threads())
    return match_index(signed, reference)
