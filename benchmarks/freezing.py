"""What a BERT learns, and how fast, with layers from the bottom left as they are.

    python benchmarks/freezing.py DATA.parquet... [--freeze 0,2,3,4] [--seeds 2] [--label label]

The benchmark's own training with its defaults (3,000 rows, 3 epochs, 64 tokens, the packaged BERT) on each data set,
test rows drawn where it has no split; lists of tags are learnt as tags and judged by entity F1. Accuracy and macro-F1
(or entity F1), and CPU seconds of a training with what goes before it, test rows aside.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from auditor.benchmark.classify import fine_tune
from auditor.benchmark.data import Arm, TestSet, prepare_contest
from auditor.benchmark.entities import entity_counts, entity_f1
from auditor.benchmark.tagging import TaggedRows, _tag
from auditor.config.settings import Settings
from auditor.models.base_model import default_rate
from auditor.models.load import Base, load_packaged
from auditor.models.train import Recipe
from auditor.models.tuning import Tuning

OPTIONS = Settings().benchmark


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--freeze", default="0,2,3,4")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--label", default="label")
    parser.add_argument("--train", type=int, default=OPTIONS.max_train_rows)
    parser.add_argument("--test", type=int, default=OPTIONS.max_test_rows)
    parser.add_argument("--epochs", type=int, default=OPTIONS.epochs)
    parser.add_argument("--tokens", type=int, default=OPTIONS.max_length)
    args = parser.parse_args()
    base = load_packaged()
    print("| data | rows | frozen | scores by seed | mean | CPU s |\n|---|--:|--:|---|--:|--:|")
    for path in args.data:
        table = with_split(pq.read_table(path).to_pandas())
        learn = tags if "ner_tags" in table else classes
        for frozen in map(int, args.freeze.split(",")):
            tuned = replace(base, tuning=Tuning(frozen_layers=frozen), _states={})
            found = [learn(tuned, table, args, seed) for seed in range(args.seeds)]
            scores = np.array([score for score, _, _ in found])
            told = "; ".join(" / ".join(f"{s:.4f}" for s in seed) for seed in scores)
            mean = " / ".join(f"{s:.4f}" for s in scores.mean(0))
            cpu = np.mean([seconds for _, seconds, _ in found])
            print(f"| {path.stem} | {found[0][2]:,} | {frozen} | {told} | {mean} | {cpu:.0f} |", flush=True)


def with_split(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with ``split`` of train and test; a quarter is drawn for the test where there is none."""
    if "split" in table and {"train", "test"} <= set(table.split):
        return table
    table["split"] = np.where(np.random.default_rng(0).random(len(table)) < 0.25, "test", "train")
    return table


def classes(base: Base, table: pd.DataFrame, args: argparse.Namespace, seed: int) -> tuple[list[float], float, int]:
    table = table[table[args.label].notna() & table.text.notna()]
    train, test = (table[table.split == part] for part in ("train", "test"))
    arm = Arm("train", list(train.text), [str(label) for label in train[args.label]])
    wanted = [str(label) for label in test[args.label]]
    rows = TestSet(np.arange(len(test)), list(test.text), wanted, np.zeros(len(test), bool))
    contest = prepare_contest([arm], rows, args.train, args.test, seed=0)
    arm = contest.arms[0]
    start = time.process_time()
    recipe = Recipe(args.epochs * -(-len(arm) // OPTIONS.batch_size), OPTIONS.batch_size, default_rate(base))
    marks: list[float] = []
    run, _ = fine_tune(base, contest, arm, recipe, args.tokens, seed, lambda: marks.append(time.process_time()))
    from sklearn.metrics import f1_score

    right = contest.codes(contest.test.labels)
    accuracy = float((run.predicted == right).mean())
    return [accuracy, float(f1_score(right, run.predicted, average="macro"))], marks[-1] - start, len(arm)


def tags(base: Base, table: pd.DataFrame, args: argparse.Namespace, seed: int) -> tuple[list[float], float, int]:
    parts = {}
    for part, most in (("train", args.train), ("test", args.test)):
        rows = table[table.split == part].iloc[:most]
        parts[part] = TaggedRows(part, [list(t) for t in rows.tokens], [list(t) for t in rows.ner_tags])
    arm = parts["train"]
    recipe = Recipe(args.epochs * -(-len(arm) // OPTIONS.batch_size), OPTIONS.batch_size, default_rate(base))
    names = sorted({tag for row in arm.tags for tag in row})
    start, marks = time.process_time(), []
    found = _tag(base, arm, parts["test"], names, recipe, args.tokens, seed, lambda: marks.append(time.process_time()))
    counts = entity_counts(parts["test"].tags, found)
    score = float(entity_f1(counts[None], np.ones((1, len(counts))))[0, 0])
    return [score], marks[-1] - start, len(arm)


if __name__ == "__main__":
    main()
