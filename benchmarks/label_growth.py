"""How the cost of the label check grows with the rows: CPU seconds, wall seconds and peak memory.

    python benchmarks/label_growth.py [--rows 62500,125000,250000,500000] [--classes 20]

Texts are drawn: 20 to 60 words from a Zipf distribution over 60,000 made words, two of five of them from the words of
the row's class; 10 % of the labels are wrong. Each size runs in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa

WORDS, OWN_WORDS = 60_000, 2_000


def texts_of(rows: int, classes: int, seed: int) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Texts, given labels, and which are wrong."""
    draw = np.random.default_rng(seed)
    letters = np.array(list("aeiouklmnprst"))
    words = np.array(["".join(row) for row in letters[draw.integers(0, len(letters), (WORDS, 7))]], dtype=object)
    weight = 1 / np.arange(1, WORDS + 1)
    common = np.cumsum(weight / weight.sum())
    own = [draw.permutation(WORDS)[:OWN_WORDS] for _ in range(classes)]
    truth = draw.integers(0, classes, rows)
    lengths = draw.integers(20, 61, rows)
    texts = []
    for label, length in zip(truth.tolist(), lengths.tolist(), strict=True):
        at = np.searchsorted(common, draw.random(length))
        at = np.where(draw.random(length) < 0.4, own[label][at % OWN_WORDS], at)
        texts.append(" ".join(words[at]))
    wrong = draw.random(rows) < 0.1
    return texts, np.where(wrong, (truth + draw.integers(1, classes, rows)) % classes, truth), wrong


def run(rows: int, classes: int) -> None:
    from sklearn.metrics import average_precision_score

    from auditor.checks.base import Shared
    from auditor.checks.labels.check import LabelCheck
    from auditor.config.settings import Settings
    from auditor.corpus.corpus import Corpus, Roles

    texts, given, wrong = texts_of(rows, classes, 0)
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": [f"c{k}" for k in given]})
    del texts
    corpus = Corpus("made", ("made",), table, np.arange(rows), Roles("text", "label"))
    cpu, wall = time.process_time(), time.perf_counter()
    result = LabelCheck(Settings(), "en").finish([], corpus, Shared())
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    score = np.nan_to_num(np.asarray(result.per_row["label_score"], float), nan=1.0)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    precision = average_precision_score(wrong, -score)
    print(f"{rows} {cpu:.1f} {wall:.1f} {peak:.2f} {precision:.3f} {result.notes[0].split('|')[1]}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--rows", default="62500,125000,250000,500000")
    arguments.add_argument("--classes", type=int, default=20)
    arguments.add_argument("--one", type=int, help="run this size here")
    options = arguments.parse_args()
    if options.one:
        run(options.one, options.classes)
        return
    print("| rows | CPU s | wall s | peak GB | average precision | models |\n|--:|--:|--:|--:|--:|---|", flush=True)
    sizes, seconds = [int(n) for n in options.rows.split(",")], []
    for rows in sizes:
        command = [sys.executable, __file__, "--one", str(rows), "--classes", str(options.classes)]
        cells = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().split(" ", 5)
        seconds.append(float(cells[1]))
        print(f"| {' | '.join(cells)} |", flush=True)
    if len(sizes) > 1:
        print(f"growth exponent of CPU seconds: {np.polyfit(np.log(sizes), np.log(seconds), 1)[0]:.2f}")


if __name__ == "__main__":
    main()
