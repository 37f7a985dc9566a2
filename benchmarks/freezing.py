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

from auditor.benchmark import Side
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.tasks.encoder import EncoderTask, EncoderTrainer
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.tasks.token import TokenClassification
from auditor.config.settings import Settings
from auditor.models.base_model import Ticker, default_rate
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
    train, test = (
        Side(part, list(rows.text), [str(label) for label in rows[args.label]])
        for part in ("train", "test")
        for rows in [table[table.split == part]]
    )
    return learned(SingleLabel(), base, train, test, args, seed)


def tags(base: Base, table: pd.DataFrame, args: argparse.Namespace, seed: int) -> tuple[list[float], float, int]:
    train, test = (
        Side(part, [tuple(words) for words in rows.tokens], [tuple(tags) for tags in rows.ner_tags])
        for part, most in (("train", args.train), ("test", args.test))
        for rows in [table[table.split == part].iloc[:most]]
    )
    return learned(TokenClassification(), base, train, test, args, seed)


def learned(
    task: EncoderTask, base: Base, train: Side, test: Side, args: argparse.Namespace, seed: int
) -> tuple[list[float], float, int]:
    """Scores, CPU seconds of a training with what goes before it, and rows."""
    options = OPTIONS.model_copy(update={"max_train_rows": args.train, "max_test_rows": args.test})
    experiment = make_experiment(task, [train], test, options, seed=0)
    side, marks, start = experiment.sides[0], [], time.process_time()
    recipe = Recipe(args.epochs * -(-len(side) // OPTIONS.batch_size), OPTIONS.batch_size, default_rate(base))
    tick = Ticker(recipe.steps, lambda what, share: marks.append(time.process_time()))
    run, _ = EncoderTrainer(task, experiment, base, recipe, args.tokens, tick).run(side, seed)
    scores = task.scoring.scores(task.truth(experiment), run.predicted[None])
    return [scores[name][0] for name in task.scoring.compared], marks[-1] - start, len(side)


if __name__ == "__main__":
    main()
