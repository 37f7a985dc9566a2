"""What a batch costs beside a full scan: ``python benchmarks/incremental.py SHARED/data [--rows 96733] [--rounds 3]``.

The corpus is made of the English data sets in that folder, shuffled, with the name of its data set as a row's class;
more rows than they have are made by repeating them with two words of each text put elsewhere. One row in a hundred is
the batch. CPU seconds (user and system, of the process and its children) of `auditor scan` of all rows, of the rows
before the batch, and of the batch with ``--since``; and of the same with ten rows, which is what starting up costs.
All but the rows before the batch are scanned ``--rounds`` times, one after the other; medians are told.
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
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

SETS = (
    "agnews_test", "banking77", "labelerrors_imdb_test", "reuters21578", "rotten_tomatoes_mr", "sms_spam",
    "spamassassin", "wnut17_ner", "pii_presidio_synth_v2",
)  # fmt: skip


def corpus(folder: Path, rows: int) -> pa.Table:
    """`rows` rows with a text and a class."""
    texts, labels = [], []
    for name in SETS:
        table = pq.read_table(folder / f"{name}.parquet")
        column = "text" if "text" in table.column_names else "description"
        texts += table.column(column).cast(pa.large_string()).to_pylist()
        labels += [name] * len(table)
    random = np.random.default_rng(0)
    order = [int(i) for part in range(-(-rows // len(texts))) for i in random.permutation(len(texts))][:rows]
    made = [texts[i] if place < len(texts) else shuffled(texts[i] or "", random) for place, i in enumerate(order)]
    return pa.table({"text": pa.array(made, pa.large_string()), "label": [labels[i] for i in order]})


def shuffled(text: str, random: np.random.Generator) -> str:
    """`text` with two of every ten words in other places, so that it is no near copy."""
    words = text.split(" ")
    for _ in range(len(words) // 10 + 1):
        a, b = random.integers(0, len(words), 2)
        words[a], words[b] = words[b], words[a]
    return " ".join(words)


def scan(path: Path, out: Path, *options: str) -> float:
    """CPU seconds of one scan."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    code = "from auditor.cli.main import main; main()"
    command = [sys.executable, "-c", code, "scan", str(path), "-q", "-o", str(out), "--as-of", "2026-01-01", *options]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(command, check=True, env={**env, "OMP_NUM_THREADS": "1"})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def stages(out: Path) -> dict[str, float]:
    """CPU seconds by stage."""
    timings = json.loads((out / "manifest.json").read_text("utf-8"))["timings"]
    return {name: item["cpu_seconds"] for name, item in timings.items()}


def main() -> None:
    """Print the costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=96_733)
    parser.add_argument("--ner", default="sample")
    parser.add_argument("--rounds", type=int, default=1)
    own = parser.parse_args()
    options = ["--ner", own.ner]
    with tempfile.TemporaryDirectory() as name:
        tmp = Path(name)
        table = corpus(own.folder, own.rows)
        cut = len(table) - len(table) // 100
        parts = {"all": table, "before": table.slice(0, cut), "batch": table.slice(cut), "few": table.slice(cut, 10)}
        for part, rows in parts.items():
            pq.write_table(rows, tmp / f"{part}.parquet")
        since = [*options, "--since", str(tmp / "r_before")]
        cost = {"before": [scan(tmp / "before.parquet", tmp / "r_before", *options)]}
        for _ in range(own.rounds):
            for key, part, more in (
                ("few", "few", options),
                ("few since", "few", since),
                ("batch", "batch", since),
                ("all", "all", options),
            ):
                cost.setdefault(key, []).append(
                    scan(tmp / f"{part}.parquet", tmp / f"r_{key.replace(' ', '_')}", *more)
                )
        size = sum(path.stat().st_size for path in (tmp / "r_before" / "state").rglob("*") if path.is_file())
        middle = {key: statistics.median(values) for key, values in cost.items()}
        for key, values in cost.items():
            rounds = ", ".join(f"{value:.1f}" for value in values)
            print(f"{key:<10} {middle[key]:6.1f} CPU s ({rounds})   {stages(tmp / ('r_' + key.replace(' ', '_')))}")
        whole, part = middle["all"], middle["batch"]
        each = ", ".join(f"{b / a:.1%}" for a, b in zip(cost["all"], cost["batch"], strict=True))
        print(f"batch / all, start-up included: {part / whole:.1%} (by round: {each})")
        print(f"batch / all, beyond start-up:   {(part - middle['few since']) / (whole - middle['few']):.1%}")
        print(f"state: {size / 1e6:.1f} MB, {size / cut:.0f} bytes a row")


if __name__ == "__main__":
    main()
