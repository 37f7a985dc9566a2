"""How cost and memory grow, and what a probe of an index costs.

    python benchmarks/dedup/scale.py CORPORA/50000.norm.parquet CORPORA/300000.norm.parquet ... [--rounds 3]
    python benchmarks/dedup/scale.py --index CORPORA/300000.norm.parquet

The first fits CPU seconds of whole processes against bytes of text (word 5-grams at 0.8, one thread). The second takes
10,000 documents out, indexes the rest and probes with the 10,000: once as a function call, once as the command line.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.duplicates import measure, truth

SETTINGS = ["--set", "duplicates.ngram=5", "--set", "duplicates.threshold=0.8"]


def growth(files: list[Path], rounds: int) -> None:
    sizes, seconds = [], []
    print("documents        MB    CPU s   MB/CPU s   peak MB")
    for file in files:
        texts = pq.read_table(file, columns=["text"])["text"]
        with tempfile.TemporaryDirectory() as folder:
            runs = [measure(sys.executable, "auditor", file, Path(folder, "out.npz"), 5, 0.8) for _ in range(rounds)]
        cpu, peak = (statistics.median(run[key] for run in runs if run) for key in ("cpu", "mb"))
        sizes.append(texts.nbytes / 1e6)
        seconds.append(cpu)
        print(f"{len(texts):>9,}{sizes[-1]:>10.1f}{cpu:>9.2f}{sizes[-1] / cpu:>11.1f}{peak:>10.0f}", flush=True)
    if len(files) > 1:
        pairs = zip(sizes, seconds, sizes[1:], seconds[1:], strict=False)
        steps = [np.log(d / b) / np.log(c / a) for a, b, c, d in pairs]
        print("exponent between neighbours:", ", ".join(f"{step:.2f}" for step in steps))


def cpu() -> float:
    return sum(
        getattr(resource.getrusage(who), name)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        for name in ("ru_utime", "ru_stime")
    )


def run(*arguments: str) -> float:
    start = cpu()
    subprocess.run([sys.executable, "-c", "from auditor.cli.main import main; main()", *arguments], check=True)
    return cpu() - start


def probe(file: Path) -> None:
    from auditor.config.corpus_settings import CorpusSettings
    from auditor.corpus.load import load_corpus
    from auditor.dedup.find import sign_corpus
    from auditor.dedup.reference import match_index
    from auditor.dedup.sketches import open_index

    table = pq.read_table(file, columns=["text"])
    taken = np.zeros(len(table), bool)
    taken[np.random.default_rng(1).choice(len(table), 10_000, replace=False)] = True
    true = truth(file, 5, 0.8)
    crossing = taken[true["a"]] != taken[true["b"]]
    has_match = np.zeros(len(table), bool)
    for side in ("a", "b"):
        has_match[true[side][crossing]] = True
    with tempfile.TemporaryDirectory() as folder:
        old, new, index = f"{folder}/old.parquet", f"{folder}/new.parquet", f"{folder}/index"
        pq.write_table(table.filter(pa.array(~taken)), old)
        pq.write_table(table.filter(pa.array(taken)), new)
        built = run("index", old, "-o", index, "-q", *SETTINGS)
        size = sum(path.stat().st_size for path in Path(index).iterdir())
        print(f"index of {int((~taken).sum()):,} documents: {built:.2f} CPU s, {size / (~taken).sum():.0f} bytes each")
        opened = open_index(Path(index))
        corpus = load_corpus([new], CorpusSettings(language="en"))
        for _ in range(3):
            start = time.process_time()
            signed = sign_corpus(corpus, opened.ngram, opened.banding)
            middle = time.process_time()
            matches = match_index(signed, opened)
            print(f"10,000 documents: signatures {middle - start:.3f}, probe {time.process_time() - middle:.3f} CPU s")
        report = run("scan", new, "--select", "DUP", "--reference", index, "-q", "-o", f"{folder}/run", *SETTINGS)
        plain = run("scan", new, "--select", "DUP", "-q", "-o", f"{folder}/run2", *SETTINGS)
        print(f"whole `auditor scan --reference`: {report:.2f} CPU s, without reference {plain:.2f}")
    rows = np.flatnonzero(taken)
    found = np.zeros(len(table), bool)
    found[rows[matches.rows]] = True
    expected = has_match & taken
    print(
        f"{expected.sum():,} of the 10,000 have a true partner in the index; found {(found & expected).sum():,}, "
        f"others {(found & ~expected).sum():,}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--index", type=Path)
    options = parser.parse_args()
    if options.files:
        growth(options.files, options.rounds)
    if options.index:
        probe(options.index)


if __name__ == "__main__":
    main()
