"""Does cleaning help a BERT that learns from noisy labels? No cleaning, the default policy, and the review loop.

    python benchmarks/noisy_labels.py shared/data [--rate 0.2] [--seeds 3] [--rows 10003] [--epochs 3]

The labels of banking77's train part are made wrong at the given rate, by class, as people confuse classes
(`label_noise.with_noise`); the test part keeps its true labels. The three train parts go through the command line as a
user's would: as they came; after `auditor clean`; and after `auditor review export`, a reviewer who knows the true
label of the worst tenth of the train rows, `auditor review import`, and `auditor clean --review`. The packaged BERT is
then fine-tuned on each with the same steps, once a noise seed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from scipy.stats import t

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from auditor.benchmark import Side
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.training import train_sides
from auditor.config.loading import load_settings
from benchmarks.label_noise import load, with_noise

ARMS = ("as it came", "default policy", "review loop")


def auditor(*arguments: object) -> None:
    command = [sys.executable, "-c", "from auditor.cli.main import main; main()", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def noisy(data: Path, rate: float, seed: int, rows: int) -> tuple[pd.DataFrame, pd.DataFrame, np.ndarray]:
    """Train rows with wrong labels, test rows, and the true labels of the train rows."""
    table = pq.read_table(data / "banking77.parquet").to_pandas()
    train = table[(table.split == "train") & (table.text.str.strip() != "")].reset_index(drop=True)
    clean = load("banking77", data)
    names = np.unique(train.label)
    given = names[with_noise(clean, "class-dependent", rate, seed).given]
    kept = np.sort(np.random.default_rng(seed).permutation(len(train))[:rows])
    truth = train.label.to_numpy()[kept]
    return train.iloc[kept].assign(label=given[kept])[["text", "label"]], table[table.split == "test"], truth


def answer(queue: Path, truth: np.ndarray, answers: Path, most: int) -> tuple[int, int]:
    """The true label of the first `most` rows of the queue; how many were asked, and how many were wrong."""
    asked = [json.loads(line) for line in queue.read_text("utf-8").splitlines()]
    asked = [item for item in asked if item["row_id"] < len(truth) and item["code"] == "LBL001"][:most]
    for item in asked:
        right = truth[item["row_id"]]
        item |= {"decision": "keep"} if item["label"] == right else {"decision": "relabel", "new_label": right}
    answers.write_text("".join(json.dumps(item) + "\n" for item in asked), "utf-8")
    return len(asked), sum(item["decision"] == "relabel" for item in asked)


def arms(train: pd.DataFrame, test: pd.DataFrame, truth: np.ndarray) -> list[Side[str, str]]:
    made = [Side(ARMS[0], list(train.text), list(train.label))]
    with tempfile.TemporaryDirectory() as folder:
        file, run, again = Path(folder, "noisy.parquet"), Path(folder, "run"), Path(folder, "again")
        both = pd.concat([train.assign(split="train"), test[["text", "label"]].assign(split="test")])
        both.to_parquet(file, index=False)
        auditor("clean", file, "-o", run, "--ner", "off", "-q")
        auditor("review", "export", run, file, "--include", "review,drop", "--format", "jsonl", "--limit", 1_000_000,
                "-o", Path(folder, "queue.jsonl"))  # fmt: skip
        count, wrong = answer(Path(folder, "queue.jsonl"), truth, Path(folder, "answers.jsonl"), len(train) // 10)
        auditor("review", "import", run, Path(folder, "answers.jsonl"), "-o", Path(folder, "decisions.json"))
        auditor("clean", file, "-o", again, "--ner", "off", "-q", "--review", Path(folder, "decisions.json"))
        print(f"  reviewed {count:,} rows, {wrong:,} of them wrong", flush=True)
        for name, where in ((ARMS[1], run), (ARMS[2], again)):
            table = pq.read_table(next(where.glob("dataset/train-*.parquet"))).to_pandas()
            made.append(Side(name, list(table.text), list(table.label), table.sample_weight.to_numpy()))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--rate", type=float, default=0.2)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--epochs", type=int, default=3)
    options = parser.parse_args()
    scores = []
    for seed in range(options.seeds):
        train, test, truth = noisy(options.data, options.rate, seed, options.rows)
        print(f"noise seed {seed}: {len(train):,} train rows, {np.mean(truth != train.label):.3f} wrong", flush=True)
        rows = Side("test", list(test.text), list(test.label), row_ids=np.arange(len(test)))
        settings = load_settings(
            options={
                "seed": seed, "benchmark.seeds": 1, "benchmark.epochs": options.epochs, "benchmark.noisy_rows": 0,
                "benchmark.max_train_rows": 100_000, "benchmark.max_test_rows": 100_000,
            }
        )  # fmt: skip
        done = train_sides(SingleLabel(), arms(train, test, truth), rows, settings, "en", lambda what, share: None)
        codes = done.task.truth(done.experiment)
        scores.append([float(np.mean(run.predicted == codes)) for run in done.runs])
        print("  accuracy: " + ", ".join(f"{arm} {s:.4f}" for arm, s in zip(ARMS, scores[-1], strict=True)), flush=True)
    gains = np.array(scores)[:, 1:] - np.array(scores)[:, :1]
    for name, gain in zip(ARMS[1:], gains.T, strict=True):
        half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / len(gain) ** 0.5 if len(gain) > 1 else float("nan")
        print(f"{name}: {100 * gain.mean():+.2f} points (95 % interval over noise seeds +- {100 * half:.2f})")


if __name__ == "__main__":
    main()
