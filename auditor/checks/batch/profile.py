"""Summary of rows for the state of a run: counts, and texts as hashed terms shared by many of them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.batch.rates import length_bins
from auditor.checks.batch.state import SAMPLE_ROWS, SAMPLE_SCHEMA, Measures, Words
from auditor.checks.drift import CHARACTERS, TERMS, hashed_terms
from auditor.checks.privacy.tables import TAGGED
from auditor.checks.words import LEAST_DOCUMENTS, WordCounts, count_words
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters
from auditor.dedup.minhash import Signatures
from auditor.pii.entities import entities

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

COMMON = 10
"""The minimum number of different texts for a term to have its own entry."""
FEW_CLASSES = 20
BUCKETS = 32
"""Buckets for all other terms: few, so that they reveal how much of a text is uncommon but not its content."""


@dataclass(frozen=True)
class Measured:
    """The summary of a corpus.

    Attributes:
        measures: the part that is saved in the state.
        signed: signatures of the masked texts.
        words: of the sampled rows, in plain text. Never written.
        documents: the number of sampled rows.
    """

    measures: Measures
    signed: Signatures
    words: WordCounts
    documents: int


def measure(
    corpus: Corpus,
    masked: Corpus,
    signed: Signatures,
    clusters: Clusters,
    privacy: Completed,
    seed: int,
    vocabulary: np.ndarray | None,
) -> Measured:
    """Summarise `corpus`.

    The vocabulary is chosen on rows outside the sample: terms that happen to be frequent in the sample would otherwise
    distinguish it from every later batch.

    Args:
        masked: the same rows with personal data masked.
        signed: signatures of the masked texts.
        vocabulary: of the state that the rows extend; None: a new one, chosen on half of the drawn rows.
    """
    drawn = np.random.default_rng(seed).permutation(len(corpus))
    group = signed.sequence[clusters.kept]
    choosing = drawn[:0] if vocabulary is not None else drawn[: min(SAMPLE_ROWS, len(drawn) // 2)]
    rows = np.sort(drawn[len(choosing) : len(choosing) + SAMPLE_ROWS])
    texts = _texts(masked, rows)
    others = _texts(masked, np.sort(choosing[np.unique(group[choosing], return_index=True)[1]]))
    if vocabulary is None:
        vocabulary = _common(hashed_terms(others, corpus.language)) if others else np.zeros(0, np.int32)
    counts = folded(hashed_terms(texts, corpus.language), vocabulary) if texts else None
    words, documents = count_words([*others, *texts], corpus.language), len(others) + len(texts)
    held = sorted(words.documents.items())
    common = {word: count for word, count in held if count >= LEAST_DOCUMENTS and words.is_lower(word)}
    measures = Measures(
        rows=len(corpus),
        classes=_classes(masked),
        entities=_entities(corpus, privacy),
        lengths=length_bins(pc.fill_null(pc.utf8_length(corpus.text), 0).to_numpy()),
        vocabulary=vocabulary,
        sample=_table(counts, group[rows]),
        words=_hashed(common, documents),
    )
    return Measured(measures, signed, words, documents)


def folded(counts: csr_matrix, vocabulary: np.ndarray) -> csr_matrix:
    """Sparse (texts, `TERMS` + `BUCKETS`): terms of the vocabulary in their own columns, all others in buckets."""
    from scipy.sparse import csr_matrix

    known = np.zeros(TERMS, bool)
    known[vocabulary] = True
    places = np.where(known[counts.indices], counts.indices, TERMS + counts.indices % BUCKETS).astype(np.int32)
    made = csr_matrix((counts.data, places, counts.indptr), shape=(counts.shape[0], TERMS + BUCKETS))
    made.sum_duplicates()
    return made


def matrix(sample: pa.Table) -> csr_matrix:
    """The sparse counts of a sample; see `folded`."""
    from scipy.sparse import csr_matrix

    terms = sample.column("terms").combine_chunks()
    values = sample.column("counts").combine_chunks().flatten().to_numpy()
    ends = np.concatenate([[0], np.cumsum(pc.list_value_length(terms).to_numpy())])
    return csr_matrix((values, terms.flatten().to_numpy(), ends), shape=(len(sample), TERMS + BUCKETS))


def word_hashes(words: Sequence[str]) -> np.ndarray:
    """uint64, one per word."""
    digests = [hashlib.blake2b(word.encode("utf-8", "replace"), digest_size=8).digest() for word in words]
    return np.array([int.from_bytes(digest, "little") for digest in digests], np.uint64)


def _table(counts: csr_matrix | None, group: np.ndarray) -> pa.Table:
    if counts is None:
        return SAMPLE_SCHEMA.empty_table()
    ends = pa.array(counts.indptr.astype(np.int32))
    lists = [pa.ListArray.from_arrays(ends, pa.array(values)) for values in (counts.indices, counts.data)]
    return pa.Table.from_arrays([pa.array(group), *lists], schema=SAMPLE_SCHEMA)


def _common(counts: csr_matrix) -> np.ndarray:
    held = np.bincount(counts.indices, minlength=TERMS)  # each text counts a term once
    return np.flatnonzero(held >= COMMON).astype(np.int32)


def _hashed(words: dict[str, int], documents: int) -> Words:
    hashes = word_hashes(list(words))
    order = np.argsort(hashes, kind="stable")
    share = np.array(list(words.values()), np.float64) / max(documents, 1)
    return Words(hashes[order], share[order], documents)


def _classes(corpus: Corpus) -> dict[str, int]:
    """Rows by class; empty if most labels are different: they are texts or identifiers, not classes."""
    names, counts = np.unique([label for label in corpus.labels or () if label is not None], return_counts=True)
    if len(names) > max(FEW_CLASSES, counts.sum() // 2):
        return {}
    return dict(zip(map(str, names.tolist()), counts.tolist(), strict=True))


def _entities(corpus: Corpus, privacy: Completed) -> dict[str, tuple[int, int]]:
    """Rows with each kind, and rows searched for it: names are searched for in a sample."""
    hits = {m.slice: int(m.value or 0) for m in privacy.metrics if m.name == "privacy.entity_rows" and m.slice}
    tagged = privacy.coverage.tagged_rows if privacy.coverage is not None else 0
    return {
        name: (hits.get(name, 0), tagged if name in TAGGED else len(corpus)) for name in sorted({*entities(), *hits})
    }


def _texts(corpus: Corpus, rows: np.ndarray) -> list[str]:
    return [(corpus.text[row].as_py() or "")[:CHARACTERS] for row in rows.tolist()]
