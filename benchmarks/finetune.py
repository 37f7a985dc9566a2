"""auditor's fine-tuning beside the loop of the field's tutorials, on the same rows, epochs and model.

    python benchmarks/finetune.py banking77.parquet [--train 2400] [--test 1000] [--epochs 3] [--words 0] [--float32]

The tutorials' loop: batches of 16, every text padded to 128 tokens, float32, plain AdamW at 2e-5 (and, since that
learns nothing in so few steps on 77 classes, once more at 3e-4), BERT's own pooler and a linear head. ``--words N``
repeats each text until it has N words, to measure long texts. ``--float32`` computes as on a processor without
bfloat16.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pyarrow.parquet as pq
import torch
from torch.nn.functional import cross_entropy

from auditor.benchmark.classify import fine_tune
from auditor.benchmark.data import Arm, Contest, TestSet, prepare_contest
from auditor.config.settings import Settings
from auditor.models.base_model import default_rate
from auditor.models.hardware import cores, half_precision, seeded_torch
from auditor.models.load import Base, load_packaged
from auditor.models.train import Recipe


def reference(base: Base, contest: Contest, epochs: int, rate: float) -> tuple[float, float]:
    """Examples per second and test accuracy of the tutorials' loop."""
    from transformers import AutoModelForSequenceClassification

    config = type(base.config)(**{**base.config.to_dict(), "num_labels": contest.train_classes})
    model = AutoModelForSequenceClassification.from_config(config)
    model.base_model.load_state_dict(base.weights, strict=False)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)

    def padded(texts):
        return base.tokenizer(texts, padding="max_length", truncation=True, max_length=128, return_tensors="pt")

    arm = contest.arms[0]
    labels = torch.from_numpy(contest.codes(arm.labels))
    rng = np.random.default_rng(0)
    model.train()
    start = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(len(arm))
        for i in range(0, len(order), 16):
            batch = order[i : i + 16]
            loss = cross_entropy(model(**padded([arm.texts[j] for j in batch])).logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    speed = epochs * len(arm) / (time.perf_counter() - start)
    model.eval()
    with torch.inference_mode():
        guesses = [
            model(**padded(contest.test.texts[i : i + 64])).logits.argmax(-1).numpy()
            for i in range(0, len(contest.test), 64)
        ]
    return speed, float((np.concatenate(guesses) == contest.codes(contest.test.labels)).mean())


def ours(base: Base, contest: Contest, epochs: int, max_length: int) -> tuple[float, float]:
    """Examples per second and test accuracy of auditor's training with its default settings."""
    options = Settings().benchmark
    arm = contest.arms[0]
    recipe = Recipe(epochs * -(-len(arm) // options.batch_size), options.batch_size, default_rate(base))
    run, _ = fine_tune(base, contest, arm, recipe, max_length, 0, lambda: None)
    rows_seen = epochs * len(arm) / (recipe.steps * recipe.batch_size)  # last batches are not full
    return rows_seen * run.examples_per_second, float((run.predicted == contest.codes(contest.test.labels)).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="Parquet with text, label and split (train, test)")
    parser.add_argument("--train", type=int, default=2_400)
    parser.add_argument("--test", type=int, default=1_000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--words", type=int, default=0)
    parser.add_argument("--rates", type=float, nargs="*", default=[2e-5, 3e-4])
    parser.add_argument("--float32", action="store_true")
    args = parser.parse_args()
    if args.float32:
        torch.cpu.get_capabilities = dict  # as a processor without any would answer
    table = pq.read_table(args.data).to_pandas()
    if args.words:
        table["text"] = [" ".join((text.split() * args.words)[: args.words]) for text in table["text"]]
    train, test = (table[table.split == part] for part in ("train", "test"))
    arm = Arm("train", list(train.text), list(train.label))
    rows = TestSet(np.arange(len(test)), list(test.text), list(test.label), np.zeros(len(test), bool))
    contest = prepare_contest([arm], rows, args.train, args.test, seed=0)
    base = load_packaged()
    max_length = 128 if args.words else Settings().benchmark.max_length
    print(f"{len(contest.arms[0])} rows, {args.epochs} epochs, {cores()} threads, bfloat16 {half_precision()}")
    with seeded_torch(0):
        fast, accuracy = ours(base, contest, args.epochs, max_length)
        print(f"auditor                {fast:7.1f} examples/s   accuracy {accuracy:.4f}", flush=True)
        for rate in args.rates:
            slow, accuracy = reference(base, contest, args.epochs, rate)
            ratio = f"auditor is {fast / slow:.1f} times as fast"
            print(f"tutorials, rate {rate:g} {slow:9.1f} examples/s   accuracy {accuracy:.4f}   {ratio}", flush=True)


if __name__ == "__main__":
    main()
