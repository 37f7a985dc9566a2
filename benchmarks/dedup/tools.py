"""Run one deduplication tool on one file and write what it puts together: ``python tools.py TOOL FILE OUT N T``.

FILE is a Parquet file with a column ``text`` of folded words between single spaces. OUT gets ``x`` and ``y``: pairs of
row numbers that the tool calls duplicates (its own pairs, or each row with the first of its cluster). Every tool is
used as its documentation shows; none but auditor verifies its candidates by default.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

TOOL, FILE, OUT, N, THRESHOLD = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])


def texts() -> list[str]:
    return pq.read_table(FILE, columns=["text"])["text"].to_pylist()


def ngrams(text: str) -> list[str]:
    words = text.split(" ")
    return [" ".join(words[i : i + N]) for i in range(max(1, len(words) - N + 1))]


def auditor():
    from auditor.config.corpus_settings import CorpusSettings
    from auditor.config.settings import DuplicateSettings
    from auditor.corpus.load import load_corpus
    from auditor.dedup.find import find_clusters

    corpus = load_corpus([FILE], CorpusSettings(language=os.environ.get("LANGUAGE", "auto")))
    settings = DuplicateSettings(ngram=N, threshold=THRESHOLD)
    clusters = find_clusters(corpus, settings, threads=int(os.environ.get("THREADS", "1")))
    at = np.flatnonzero(clusters.cluster >= 0)
    _, first, inverse = np.unique(clusters.cluster[at], return_index=True, return_inverse=True)
    return at, at[first][inverse]


def datasketch():
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(threshold=THRESHOLD, num_perm=128)
    sketches = list(MinHash.generator(([g.encode() for g in ngrams(text)] for text in texts()), num_perm=128))
    for row, sketch in enumerate(sketches):
        index.insert(row, sketch, check_duplication=False)
    return zip(*((i, j) for i, sketch in enumerate(sketches) for j in index.query(sketch) if j > i), strict=True)


def rensa():
    from rensa import RMinHash, RMinHashLSH

    rows, sketches = texts(), []
    for start in range(0, len(rows), 5000):
        sketches += RMinHash.from_token_sets([ngrams(t) for t in rows[start : start + 5000]], num_perm=128, seed=42)
    index = RMinHashLSH(threshold=THRESHOLD, num_perm=128, num_bands=16)
    index.insert_many(sketches)
    found = ((i, j) for i, others in enumerate(index.query_all(sketches)) for j in others if j > i)
    return zip(*found, strict=True)


def daft():
    import daft
    from daft import col
    from daft.functions import minhash

    bands, height = 14, 9
    frame = daft.read_parquet(FILE).select(
        minhash(col("text"), num_hashes=bands * height, ngram_size=N, seed=1, hash_function="xxhash").alias("h")
    )
    table = np.asarray(frame.to_arrow()["h"].combine_chunks().flatten()).reshape(-1, bands, height)
    x, y = [], []
    for band in range(bands):  # daft has no banding of its own
        _, first, inverse = np.unique(table[:, band], axis=0, return_index=True, return_inverse=True)
        other = first[inverse.ravel()]
        hit = np.flatnonzero(other != np.arange(len(table)))
        x.append(hit)
        y.append(other[hit])
    return np.concatenate(x), np.concatenate(y)


def datatrove():
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.dedup import MinhashDedupBuckets, MinhashDedupCluster, MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig
    from datatrove.pipeline.readers import ParquetReader

    work = OUT + ".datatrove"
    shutil.rmtree(work, ignore_errors=True)
    Path(work, "in").mkdir(parents=True)
    table = pq.read_table(FILE, columns=["text"])
    pq.write_table(
        table.append_column("id", [[str(i) for i in range(len(table))]]), work + "/in/0.parquet", row_group_size=5000
    )
    config = MinhashConfig(n_grams=N)
    signatures = MinhashDedupSignature(output_folder=work + "/sig", config=config, language="eng")
    steps = (
        ([ParquetReader(work + "/in", glob_pattern="*.parquet"), signatures], 1),
        ([MinhashDedupBuckets(work + "/sig", work + "/buckets", config=config)], config.num_buckets),
        ([MinhashDedupCluster(work + "/buckets", work + "/out", config=config, save_cluster_id=True)], 1),
    )
    for number, (pipeline, tasks) in enumerate(steps):
        LocalPipelineExecutor(pipeline=pipeline, tasks=tasks, workers=1, logging_dir=f"{work}/log{number}").run()
    pairs = np.fromfile(f"{work}/out/000000.clusters", "<u4").reshape(-1, 2).astype(np.int64)
    _, first, inverse = np.unique(pairs[:, 1], return_index=True, return_inverse=True)
    return pairs[:, 0], pairs[:, 0][first][inverse]


def text_dedup():
    import pickle

    from text_dedup.minhash import main

    work = OUT + ".text-dedup"
    shutil.rmtree(work, ignore_errors=True)
    options = {
        "path": "parquet", "data_files": FILE, "split": "train", "column": "text", "cache_dir": work + "/cache",
        "output": work, "ngram": N, "threshold": THRESHOLD, "num_perm": 128, "num_proc": 1,
    }  # fmt: skip
    main([f"--{name}={value}" for name, value in options.items()] + ["--debug"], standalone_mode=False)
    united = pickle.loads(Path(work, "uf.pkl").read_bytes())
    rows = list(united.parent)
    return rows, [united.find(row) for row in rows]


if __name__ == "__main__":
    found = [np.asarray(list(side), np.int64) for side in globals()[TOOL]()]
    x, y = found if found else (np.zeros(0, np.int64), np.zeros(0, np.int64))
    np.savez(OUT, x=x, y=y)
    print(json.dumps({"pairs": len(x)}))
