"""Diversity: lexical richness, repetition, number of topics, and terms that never occur."""

from __future__ import annotations

import csv
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from auditor.checks.base import Check, Shared
from auditor.checks.lexical_diversity import distinct_bigrams, mtld, words
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.errors import InputError
from auditor.message import Text, message
from auditor.stats import entropy
from auditor.text.terms import TermIndex

SAMPLE_ROWS = 10_000
"""Lexical measures depend on the amount of text; a fixed sample keeps corpora comparable."""
COMPRESSED_BYTES = 10_000_000
VECTOR_ROWS, LARGE_VECTOR_ROWS, TOPICS, ROWS_A_TOPIC = 50_000, 20_000, 50, 20
"""Rows whose vectors are compared: fewer if the label check does not compute the vectors of all rows."""
_TERM_COLUMNS = ("term", "entity", "relation")


class DiversityCheck(Check[None]):
    """Uses a sample of the texts, and all texts for the user's terms."""

    prefix = "DIV"
    dimension = "diversity"

    def ready(self, corpus: Corpus) -> None:
        """Check that the user's terms can be read; else InputError."""
        if self.settings.diversity.domain_terms is not None:
            read_terms(Path(self.settings.diversity.domain_terms))

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """DIV001: a term of the user's list that occurs in no text."""
        draw = np.random.default_rng(self.settings.seed)
        at = draw.permutation(len(corpus))[:SAMPLE_ROWS]
        tokens = [words(text) for text in corpus.texts.take(np.sort(at))]
        if not any(tokens):
            return Skipped(message("reason.no_word"))
        metrics = [
            measured("diversity.mtld", mtld([token for row in tokens for token in row])),
            measured("diversity.distinct_2", distinct_bigrams(tokens)),
            measured("diversity.compression", _compression(corpus.texts.take(at))),
        ]
        figures: list[Figure] = []
        several = VECTOR_ROWS if len(corpus) <= self.settings.labels.sample_rows else LARGE_VECTOR_ROWS
        drawn = np.sort(draw.permutation(len(corpus))[:several])
        vectors = shared.vectors_at(corpus, drawn) if len(corpus) >= 2 * ROWS_A_TOPIC else None
        if vectors is not None:
            more, figure = _of_meaning(vectors, self.settings.seed)
            metrics += more
            figures.append(figure)
        sampled = message("note.diversity_sample", len(at), len(corpus))
        notes = (sampled,) if figures else (sampled, message("note.no_vectors"))
        tables = []
        if self.settings.diversity.domain_terms:
            terms = read_terms(Path(self.settings.diversity.domain_terms))
            rows = TermIndex(corpus.text).rows_with_each({term: [term] for term in terms})
            absent = [term for term in terms if not rows[term].any()]
            metrics += _coverage(terms, set(absent))
            tables.append(
                findings("DIV001", "warn", [None] * len(absent), column=corpus.roles.text, value=absent, confidence=1.0)
            )
        return Completed(tuple(metrics), merge_findings(tables), tuple(figures), notes)


def _compression(texts: list[str]) -> float:
    """The zlib compression ratio of the texts: the higher, the more repetition."""
    data = "\n".join(texts).encode("utf-8", "replace")[:COMPRESSED_BYTES]
    return len(data) / len(zlib.compress(data, 6))


def _of_meaning(vectors: np.ndarray, seed: int) -> tuple[list[Metric], Figure]:
    """Vendi score, and topics: clusters of static vectors and the evenness of their sizes."""
    from sklearn.cluster import MiniBatchKMeans

    topics = max(2, min(TOPICS, len(vectors) // ROWS_A_TOPIC))
    model = MiniBatchKMeans(topics, random_state=seed, n_init=1, batch_size=2048).fit(vectors)
    sizes = np.sort(np.bincount(model.labels_, minlength=topics))[::-1]
    share = sizes[sizes > 0] / sizes.sum()
    metrics = [
        measured("diversity.vendi", vendi_score(vectors)),
        measured("diversity.effective_topics", float(np.exp(entropy(share)))),
        measured("diversity.topics", topics),
        measured("diversity.largest_topic", float(share[0])),
    ]
    names = tuple(str(i + 1) for i in range(topics))
    return metrics, Figure("bar", "figure.topic_sizes", names, tuple(map(float, sizes)))


def vendi_score(vectors: np.ndarray) -> float:
    """Effective number of distinct texts: exp of the entropy of the similarity matrix's eigenvalues.

    Friedman and Dieng 2023. The eigenvalues of the (rows, rows) cosine matrix over n are those of the (n, n)
    covariance of the vectors, which is small.
    """
    values = np.linalg.eigvalsh((vectors.T @ vectors).astype(np.float64) / len(vectors))
    values = values[values > 1e-12]
    values /= values.sum()
    return float(np.exp(entropy(values)))


def read_terms(file: Path) -> dict[str, tuple[str, ...]]:
    """The user's terms, each with its entity and relation if these columns exist.

    Raises:
        InputError: the file cannot be read or has no column ``term``.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream)
            if "term" not in (rows.fieldnames or ()):
                raise InputError(
                    "The term list has no column 'term'.",
                    where=str(file),
                    fix=Text(
                        "Give a CSV with the columns {0}; the last two may be left out.", ", ".join(_TERM_COLUMNS)
                    ),
                )
            return {
                row["term"].strip(): tuple((row.get(name) or "").strip() for name in _TERM_COLUMNS[1:])
                for row in rows
                if (row["term"] or "").strip()
            }
    except (OSError, UnicodeDecodeError, csv.Error):
        raise InputError("The term list cannot be read.", where=str(file), fix="Give a CSV in UTF-8.") from None


def _coverage(terms: dict[str, tuple[str, ...]], absent: set[str]) -> list[Metric]:
    """Share of the terms that occur: overall, and per entity and relation."""
    if not terms:
        return []
    totals: Counter[str] = Counter()
    present: dict[str, int] = defaultdict(int)
    for term, kinds in terms.items():
        for kind in filter(None, kinds):
            totals[kind] += 1
            present[kind] += term not in absent
    covered = measured("diversity.terms_covered", 1 - len(absent) / len(terms))
    slices = [measured("diversity.term_coverage", present[k] / n, slice_=k) for k, n in sorted(totals.items())]
    return [covered, *slices]
