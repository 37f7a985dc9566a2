"""What a setting catches: share of copies with known edits that end in the cluster of their original.

    python benchmarks/dedup/edits.py CORPORA/50000.parquet [--show 20]

*others*: rows removed though their original is not the one of the row kept for them, which are near duplicates that
the source itself holds, or mistakes: ``--show N`` prints N such pairs of the default setting to be judged by eye.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow.parquet as pq

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import DuplicateSettings
from auditor.corpus.load import load_corpus
from auditor.dedup.find import find_clusters

SETTINGS = ((5, 0.8), (5, 0.7), (3, 0.8), (3, 0.7), (3, 0.6), (2, 0.7))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--show", type=int, default=0)
    options = parser.parse_args()
    table = pq.read_table(options.file, columns=["original", "rate"])
    original, rate = table["original"].to_numpy(), table["rate"].to_numpy()
    home = np.full(original.max() + 1, -1)
    home[original[rate == 0]] = np.flatnonzero(rate == 0)
    corpus = load_corpus([options.file], CorpusSettings(text="text", language="en"))
    rates = sorted(set(rate.tolist()) - {0.0})
    print(
        "setting      " + "".join(f"{'exact' if r < 0 else f'{r:.0%}':>8}" for r in rates) + "   removed  others  CPU s"
    )
    for n, threshold in SETTINGS:
        start = time.process_time()
        clusters = find_clusters(corpus, DuplicateSettings(ngram=n, threshold=threshold))
        seconds = time.process_time() - start
        together = (clusters.cluster == clusters.cluster[home[original]]) & (clusters.cluster >= 0)
        shares = [together[(rate == r) & (np.arange(len(rate)) != home[original])].mean() for r in rates]
        removed = np.flatnonzero(clusters.kept != np.arange(len(rate)))
        others = removed[original[removed] != original[clusters.kept[removed]]]
        print(
            f"{n}-grams {threshold:<4}" + "".join(f"{share:>8.3f}" for share in shares)
            + f"{len(removed):>10,}{len(others):>8,}{seconds:>7.1f}"
        )  # fmt: skip
        if options.show and (n, threshold) == (3, 0.7):
            for row in np.random.default_rng(0).permutation(others)[: options.show].tolist():
                kept = int(clusters.kept[row])
                own, other = corpus.texts[row][:300], corpus.texts[kept][:300]
                print(f"\n--- {clusters.similarity[row]:.2f}\n{own}\n  ====\n{other}")


if __name__ == "__main__":
    main()
