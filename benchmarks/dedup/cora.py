"""Pairwise precision and recall on citation strings whose true clusters are known (Cora).

    python benchmarks/dedup/cora.py shared/data/dup_cora_citations.parquet

A pair counts as found where auditor puts both rows into one cluster: connected components of verified pairs, with
`--semantic` rows of like meaning as well.
"""

from __future__ import annotations

import sys
import time

import numpy as np
import pyarrow.parquet as pq

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import DuplicateSettings
from auditor.corpus.load import load_corpus
from auditor.dedup.find import find_clusters

SETTINGS = (
    ("default (3-grams, 0.7)", DuplicateSettings()),
    ("2-grams, 0.5", DuplicateSettings(ngram=2, threshold=0.5)),
    ("1-grams, 0.5", DuplicateSettings(ngram=1, threshold=0.5)),
    ("1-grams, 0.6", DuplicateSettings(ngram=1, threshold=0.6)),
    ("1-grams, 0.7", DuplicateSettings(ngram=1, threshold=0.7)),
    ("default + meaning 0.95", DuplicateSettings(semantic=0.95)),
    ("default + meaning 0.90", DuplicateSettings(semantic=0.90)),
    ("default + meaning 0.85", DuplicateSettings(semantic=0.85)),
)


def pairs_of(groups: np.ndarray) -> int:
    counts = np.unique(groups, return_counts=True)[1]
    return int((counts * (counts - 1) // 2).sum())


def main() -> None:
    file = sys.argv[1]
    truth = np.unique(pq.read_table(file, columns=["cluster"])["cluster"].to_numpy(), return_inverse=True)[1]
    corpus = load_corpus([file], CorpusSettings(text="text", language="en"))
    print(f"{len(truth):,} rows, {truth.max() + 1} true clusters, {pairs_of(truth):,} true pairs")
    for name, settings in SETTINGS:
        start = time.process_time()
        groups = find_clusters(corpus, settings).groups()
        found, both = pairs_of(groups), pairs_of(groups * (truth.max() + 1) + truth)
        precision, recall = both / max(found, 1), both / pairs_of(truth)
        f1 = 2 * precision * recall / max(precision + recall, 1e-9)
        print(
            f"{name:<24} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}"
            f"  {time.process_time() - start:.1f} CPU s"
        )


if __name__ == "__main__":
    main()
