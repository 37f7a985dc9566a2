"""Deduplication, side by side: CPU seconds, wall, peak memory, recall and precision against exact truth.

    python benchmarks/dedup/corpus.py CORPORA 50000 300000 --folders ...
    python benchmarks/duplicates.py CORPORA/50000.norm.parquet --rounds 3 --python datasketch=ENV/bin/python ...

Every tool gets the same file, one thread, and a process of its own that imports, reads, computes and writes; tools take
turns in every round, and medians are shown. Tools for which no ``--python`` is given run in this environment, and are
left out with a word where they are not installed. *recall*: share of the true pairs (exact join, `dedup/truth.c`) that
end in one cluster; *precision*: share of the documents put into a cluster that have a true partner. Tools that give
pairs get connected components over them, as a user would write it. MB are those of the file's texts.
"""

from __future__ import annotations

import argparse
import json
import os
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
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

HERE = Path(__file__).resolve().parent
TOOLS = ("auditor", "datasketch", "rensa", "daft", "text_dedup", "datatrove")


def truth(file: Path, n: int, threshold: float) -> np.ndarray:
    """Structured array a, b, s of all true pairs, kept beside the file."""
    kept = file.with_suffix(f".{n}.{threshold:g}.pairs")
    if not kept.exists():
        texts = pq.read_table(file, columns=["text"])["text"].cast(pa.large_string()).combine_chunks()
        with tempfile.TemporaryDirectory() as folder:
            program = f"{folder}/truth"
            subprocess.run(["cc", "-O2", "-o", program, HERE / "dedup" / "truth.c", "-lm"], check=True)
            np.frombuffer(texts.buffers()[1], np.int64)[: len(texts) + 1].tofile(f"{folder}/offsets")
            Path(folder, "data").write_bytes(texts.buffers()[2])
            arguments = [f"{folder}/offsets", f"{folder}/data", str(n), str(threshold), f"{folder}/out"]
            subprocess.run([program, *arguments], check=True)
            kept.write_bytes(Path(folder, "out").read_bytes())
    return np.fromfile(kept, [("a", "<u4"), ("b", "<u4"), ("s", "<f8")])


def clusters(rows: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    graph = coo_matrix((np.ones(len(x), np.int8), (x, y)), shape=(rows, rows))
    return connected_components(graph, directed=False)[1]


def score(rows: int, x: np.ndarray, y: np.ndarray, true: np.ndarray) -> dict[str, float]:
    found, right = clusters(rows, x, y), clusters(rows, true["a"], true["b"])
    together = found[true["a"]] == found[true["b"]]
    paired, truly = np.bincount(found)[found] > 1, np.bincount(right)[right] > 1
    return {
        "recall": float(together.mean()) if len(true) else 1.0,
        "precision": float((paired & truly).sum() / max(paired.sum(), 1)),
        "removed": int(rows - found.max() - 1),
    }


def measure(python: str, tool: str, file: Path, out: Path, n: int, threshold: float) -> dict[str, float] | None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE.parent),
        "OMP_NUM_THREADS": "1",
        "THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [python, str(HERE / "dedup" / "tools.py"), tool, str(file), str(out), str(n), str(threshold)]
    with tempfile.TemporaryFile("w+") as said:  # not a pipe: nobody empties it while the tool runs
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if status:
            said.seek(0)
            print(f"  {tool}: {(said.read().strip().splitlines() or ['failed'])[-1]}")
            return None
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu": cpu, "wall": wall, "mb": usage.ru_maxrss / 1024}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("--python", action="append", default=[], metavar="TOOL=PATH")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ngram", type=int, default=5)
    parser.add_argument("--threshold", type=float, default=0.8)
    options = parser.parse_args()
    pythons = dict(pair.split("=", 1) for pair in options.python)
    texts = pq.read_table(options.file, columns=["text"])["text"]
    rows, size = len(texts), texts.nbytes / 1e6
    true = truth(options.file, options.ngram, options.threshold)
    print(f"{rows:,} documents, {size:.1f} MB, {len(true):,} true pairs ({options.ngram}-grams, {options.threshold:g})")
    results: dict[str, list[dict[str, float]]] = {tool: [] for tool in options.tools.split(",")}
    scores = {}
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(options.rounds):
            for tool in results:
                out = Path(folder, f"{tool}.npz")
                run = measure(
                    pythons.get(tool, sys.executable), tool, options.file, out, options.ngram, options.threshold
                )
                if run is not None:
                    results[tool].append(run)
                    with np.load(out) as found:
                        scores[tool] = score(rows, found["x"], found["y"], true)
    print("tool         CPU s   wall s   MB/CPU s   peak MB   recall  precision   removed   CPU to auditor's")
    own = statistics.median(run["cpu"] for run in results.get("auditor") or [{"cpu": float("nan")}])
    for tool, runs in results.items():
        if runs:
            cpu, wall, peak = (statistics.median(run[key] for run in runs) for key in ("cpu", "wall", "mb"))
            s = scores[tool]
            print(
                f"{tool:<11}{cpu:>7.2f}{wall:>9.2f}{size / cpu:>11.1f}{peak:>10.0f}{s['recall']:>9.4f}"
                f"{s['precision']:>11.4f}{s['removed']:>10,}{cpu / own:>12.1f}"
            )
    print(json.dumps({tool: scores[tool] for tool in scores}))


if __name__ == "__main__":
    main()
