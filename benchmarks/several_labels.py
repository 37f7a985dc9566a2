"""Rows with several labels: foreign and forgotten labels planted into Reuters-21578 and looked for.

    python benchmarks/several_labels.py --data FOLDER [--rows 6000] [--rate 0.1] [--seeds 1]

Articles with at least one topic, each text once, the first `--rows`. In `--rate` of the rows a topic is left out, a
foreign one is added (drawn by how frequent topics are), or both. Told are precision and recall of the labels flagged,
and average precision of the order of the rows beside the base rate and cleanlab's default row score on the same
probabilities. The set has errors of its own, so precision is a lower bound.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.checks.base import Shared
from auditor.checks.labels import multi_label as several
from auditor.checks.labels.check import LabelCheck
from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus, Roles


def load(data: Path, rows: int) -> tuple[list[str], list[list[str]]]:
    table = pq.read_table(data / "reuters21578.parquet", columns=["title", "text", "topics"]).to_pandas()
    table = table[(table["topics"].map(len) > 0) & (table["text"].str.strip() != "")].drop_duplicates("text")[:rows]
    texts = (table["title"].fillna("") + " " + table["text"]).tolist()
    return texts, [sorted(set(topics)) for topics in table["topics"]]


def planted(sets: list[list[str]], rate: float, seed: int) -> tuple[list[list[str]], set, set]:
    """The lists with errors, and the (row, label) pairs that are foreign and forgotten."""
    draw = np.random.default_rng(seed)
    names, counts = np.unique([name for labels in sets for name in labels], return_counts=True)
    given, foreign, forgotten = [list(labels) for labels in sets], set(), set()
    for row in np.flatnonzero(draw.random(len(sets)) < rate).tolist():
        kind = draw.integers(0, 3)
        if kind != 0:
            weight = counts * ~np.isin(names, sets[row])
            name = str(draw.choice(names, p=weight / weight.sum()))
            given[row].append(name)
            foreign.add((row, name))
        if kind != 1:
            name = str(draw.choice(sets[row]))
            given[row].remove(name)
            forgotten.add((row, name))
    return given, foreign, forgotten


def audit(texts: list[str], given: list[list[str]]):
    """The check's result, the probabilities it used, and CPU seconds."""
    from cleanlab.multilabel_classification.rank import get_label_quality_scores

    seen = {}
    find = several.find_doubts

    def keep(has, probabilities):
        seen["theirs"] = get_label_quality_scores([np.flatnonzero(row).tolist() for row in has], probabilities)
        return find(has, probabilities)

    labels = pa.array(given, pa.list_(pa.string()))
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": labels})
    corpus = Corpus("made", ("made",), table, np.arange(len(texts)), Roles("text", "label"))
    several.find_doubts = keep
    try:
        start = time.process_time()
        result = LabelCheck(Settings(), "en").finish([], corpus, Shared())
        return result, seen["theirs"], time.process_time() - start
    finally:
        several.find_doubts = find


def line(name: str, flagged: set, truth: set) -> None:
    right = len(flagged & truth)
    print(f"| {name} | {len(truth)} | {len(flagged)} | {right / max(len(flagged), 1):.3f} | "
          f"{right / max(len(truth), 1):.3f} |", flush=True)  # fmt: skip


def main() -> None:
    from sklearn.metrics import average_precision_score

    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--rows", type=int, default=6000)
    arguments.add_argument("--rate", type=float, default=0.1)
    arguments.add_argument("--seeds", type=int, default=1)
    options = arguments.parse_args()
    texts, sets = load(options.data, options.rows)
    for seed in range(options.seeds):
        given, foreign, forgotten = planted(sets, options.rate, seed)
        result, theirs, seconds = audit(texts, given)
        found = {code: set() for code in ("LBL009", "LBL010")}
        for f in result.findings.to_pylist():
            found.setdefault(f["code"], set()).add((f["row_id"], f["value"]))
        print(
            f"seed {seed}: {seconds:.1f} CPU s, {result.notes[0]}\n| labels | planted | flagged | precision | recall |"
        )
        print("|---|--:|--:|--:|--:|")
        line("foreign", found["LBL009"], foreign)
        line("forgotten", found["LBL010"], forgotten)
        wrong = np.isin(np.arange(len(texts)), [row for row, _ in foreign | forgotten])
        score = np.asarray(result.per_row["label_score"], float)
        print(f"rows: average precision {average_precision_score(wrong, -score):.3f}, cleanlab's default "
              f"{average_precision_score(wrong, -theirs):.3f}, base rate {wrong.mean():.3f}")  # fmt: skip
    as_it_came, _, _ = audit(texts, sets)
    rows = {f["row_id"] for f in as_it_came.findings.to_pylist() if f["code"] in ("LBL009", "LBL010")}
    print(f"as it came: {len(rows) / len(texts):.3f} of the rows flagged")


if __name__ == "__main__":
    main()
