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

from auditor.benchmark import Side
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.tasks.encoder import EncoderTrainer
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.config.settings import Settings
from auditor.models.base_model import Ticker, default_rate
from auditor.models.checkpoint import packaged_folder
from auditor.models.hardware import cores, half_precision, seeded_torch
from auditor.models.load import Base, load_packaged
from auditor.models.train import Recipe

TASK = SingleLabel()


def reference(base: Base, experiment: Experiment[str, str], epochs: int, rate: float) -> tuple[float, float]:
    """Examples per second and test accuracy of the tutorials' loop."""
    from transformers import AutoModelForSequenceClassification

    classes = experiment.trained_labels
    model = AutoModelForSequenceClassification.from_pretrained(packaged_folder(), num_labels=classes)
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate)

    def padded(texts):
        return base.tokenizer(texts, padding="max_length", truncation=True, max_length=128, return_tensors="pt")

    side = experiment.sides[0]
    labels = torch.tensor([experiment.label_codes[label] for label in side.targets])
    rng = np.random.default_rng(0)
    model.train()
    start = time.perf_counter()
    for _ in range(epochs):
        order = rng.permutation(len(side))
        for i in range(0, len(order), 16):
            batch = order[i : i + 16]
            loss = cross_entropy(model(**padded([side.inputs[j] for j in batch])).logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    speed = epochs * len(side) / (time.perf_counter() - start)
    model.eval()
    with torch.inference_mode():
        guesses = [
            model(**padded(experiment.test.inputs[i : i + 64])).logits.argmax(-1).numpy()
            for i in range(0, len(experiment.test), 64)
        ]
    return speed, float((np.concatenate(guesses) == TASK.truth(experiment)).mean())


def ours(base: Base, experiment: Experiment[str, str], epochs: int, max_length: int) -> tuple[float, float]:
    """Examples per second and test accuracy of auditor's training with its default settings."""
    options = Settings().benchmark
    side = experiment.sides[0]
    recipe = Recipe(epochs * -(-len(side) // options.batch_size), options.batch_size, default_rate(base))
    tick = Ticker(recipe.steps, lambda what, share: None)
    run, _ = EncoderTrainer(TASK, experiment, base, recipe, max_length, tick).run(side, 0)
    rows_seen = epochs * len(side) / (recipe.steps * recipe.batch_size)  # last batches are not full
    return rows_seen * run.examples_per_second, float((run.predicted == TASK.truth(experiment)).mean())


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
    side = Side("train", list(train.text), list(train.label))
    rows = Side("test", list(test.text), list(test.label), row_ids=np.arange(len(test)))
    options = Settings().benchmark.model_copy(update={"max_train_rows": args.train, "max_test_rows": args.test})
    experiment = make_experiment(TASK, [side], rows, options, seed=0)
    base = load_packaged()
    max_length = 128 if args.words else Settings().benchmark.tokens()
    print(f"{len(experiment.sides[0])} rows, {args.epochs} epochs, {cores()} threads, bfloat16 {half_precision()}")
    with seeded_torch(0):
        fast, accuracy = ours(base, experiment, args.epochs, max_length)
        print(f"auditor                {fast:7.1f} examples/s   accuracy {accuracy:.4f}", flush=True)
        for rate in args.rates:
            slow, accuracy = reference(base, experiment, args.epochs, rate)
            ratio = f"auditor is {fast / slow:.1f} times as fast"
            print(f"tutorials, rate {rate:g} {slow:9.1f} examples/s   accuracy {accuracy:.4f}   {ratio}", flush=True)


if __name__ == "__main__":
    main()
