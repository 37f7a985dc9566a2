"""Is the verdict to be trusted? The same data on both sides, and data made worse on one.

    python benchmarks/verdicts.py shared/data/banking77.parquet [--times 20] [--first 0] [--train 600] [--test 500]
        [--epochs 3] [--classes 10] [--kinds A/A,noise]

*A/A*: after is before in another order, so that trainings differ by chance alone; each time with other rows and other
seeds. *noise*: a fifth of the labels of one side are replaced at random.
"""

from __future__ import annotations

import argparse
from collections import Counter

import numpy as np
import pyarrow.parquet as pq

from auditor.benchmark import Side, Sides, run_benchmark
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.config.loading import load_settings


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data")
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--first", type=int, default=0, help="number of the first repetition, to go on")
    parser.add_argument("--train", type=int, default=600)
    parser.add_argument("--test", type=int, default=500)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--kinds", default="A/A,noise")
    options = parser.parse_args()
    table = pq.read_table(options.data).to_pandas()
    table = table[table.label.isin(sorted(table.label.unique())[: options.classes])]
    train, test = (table[table.split == part] for part in ("train", "test"))
    for kind in options.kinds.split(","):
        outcomes, values = Counter(), []
        times = options.times if kind == "A/A" else max(1, options.times // 5)
        for number in range(options.first if kind == "A/A" else 0, times):
            draw = np.random.default_rng(number)
            own = train.iloc[draw.permutation(len(train))[: options.train]]
            rows = test.iloc[draw.permutation(len(test))[: options.test]]
            before = Side("before", list(own.text), list(own.label))
            turned = before.take(draw.permutation(len(before)))
            labels = list(turned.targets)
            if kind == "noise":
                names = sorted(set(labels))
                for i in np.flatnonzero(draw.random(len(labels)) < 0.2).tolist():
                    labels[i] = str(draw.choice([name for name in names if name != labels[i]]))
            settings = load_settings(
                options={
                    "seed": 10 * number,
                    "benchmark.epochs": options.epochs,
                    "benchmark.noisy_rows": 0,
                    "benchmark.seeds": 3,
                }
            )
            test_ids, disputed = np.arange(len(rows)), np.zeros(len(rows), bool)
            held = Side("test", list(rows.text), list(rows.label), row_ids=test_ids, disputed=disputed)
            sides = Sides(before, Side("after", turned.inputs, labels), held)
            found = run_benchmark(SingleLabel(), sides, settings, "en", lambda a, b: None).result
            outcomes[found.outcome] += 1
            values.append(found.difference["macro_f1"].value)
            print(f"{kind} {number}: {found.verdict}", flush=True)
        print(f"{kind}: {dict(outcomes)}, macro-F1 changed by {np.mean(values):+.4f} on average")


if __name__ == "__main__":
    main()
