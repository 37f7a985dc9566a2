"""Is the sequential verdict honest, and what does it see? Real trainings, drawn again and again.

    python benchmarks/power.py train banking77.parquet -o pool.npz [--train 800] [--classes 25] [--seeds 16]
    python benchmarks/power.py verdicts pool.npz [--times 200] [--seconds 20] [--budget 200s] [--svg power.svg]
    python benchmarks/power.py gains banking77.parquet rotten_tomatoes_mr.parquet ... [--times 10]
    python benchmarks/power.py reviews banking77.parquet rotten_tomatoes_mr.parquet ... [--times 5] [--wrong 0.25]

*train* fine-tunes the packaged BERT with many seeds on the train rows as they are and with a quarter of their labels
replaced at random, and keeps what each training predicts of each test row.

*verdicts* draws seeds without replacement and test rows with replacement from that pool, so each repetition is a
benchmark made of real trainings. *A/A*: both sides from the clean trainings. A planted effect of 1, 2 or 4 points of
accuracy: on some test rows, drawn for each repetition, each training of the side *after* errs every second time. Both
are given to the sequential rule, with so many simulated seconds a seed, and to the fixed three seeds, and to a fixed
number of seeds that costs as much as the rule took on average.

*gains*: rows are held back, the gain from them is predicted and then measured with them.

*reviews*: a share of the train labels is replaced at random; the gain from reviewing the most suspicious rows, in the
order of the label check, is predicted and then measured with the labels as they were.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from auditor.benchmark import Side
from auditor.benchmark.compare import compare
from auditor.benchmark.draw import make_experiment
from auditor.benchmark.experiment import Experiment
from auditor.benchmark.growth import MORE, expected_gains
from auditor.benchmark.metrics import Scoring, accuracy
from auditor.benchmark.runs import SeedRun
from auditor.benchmark.seeds import SeedRule
from auditor.benchmark.tasks.single_label import SingleLabel
from auditor.benchmark.training import train_sides
from auditor.checks.labels.ensemble import opinion
from auditor.checks.labels.probabilities import out_of_sample
from auditor.config.benchmark_settings import BenchmarkSettings
from auditor.config.loading import load_settings
from auditor.core.benchmark_result import Gain
from auditor.models.static_vectors import static_vectors

EFFECTS = (0.0, 0.01, 0.02, 0.04)
NONE = np.zeros(0, np.float32)


class Accuracy(SingleLabel):
    """The verdict on accuracy, in whose points effects are planted."""

    scoring = Scoring(compared={"accuracy": accuracy}, deciding="accuracy")


def sides_of(path: str, rows: int, classes: int, seed: int = 0) -> tuple[Side[str, str], Side[str, str]]:
    """Train rows (at most `rows`) and test rows (the test part, else a third) of the first classes."""
    table = pq.read_table(path).to_pandas()
    table["label"] = table.label.astype(str)
    table = table[table.label.isin(sorted(table.label.unique())[:classes])]
    draw = np.random.default_rng(seed)
    if "split" not in table:
        table["split"] = np.where(draw.random(len(table)) < 0.35, "test", "train")
    train, test = (table[table.split == part] for part in ("train", "test"))
    own = train.iloc[draw.permutation(len(train))[:rows]]
    clean = Side("clean", list(own.text), list(own.label), row_ids=np.arange(len(own)))
    ids = np.arange(len(test)) + 1_000_000
    held = Side("test", list(test.text), list(test.label), row_ids=ids, disputed=np.zeros(len(test), bool))
    return clean, held


def with_wrong_labels(side: Side[str, str], share: float, seed: int) -> Side[str, str]:
    """A share of the labels replaced by another one."""
    draw, names, labels = np.random.default_rng(seed), sorted(set(side.targets)), list(side.targets)
    for i in np.flatnonzero(draw.random(len(labels)) < share).tolist():
        labels[i] = str(draw.choice([name for name in names if name != labels[i]]))
    return replace(side, name="noisy", targets=labels)


def train(options: argparse.Namespace) -> None:
    clean, test = sides_of(options.data, options.train, options.classes)
    changes = {"benchmark.seeds": options.seeds, "benchmark.noisy_rows": 0}
    sides = [clean, with_wrong_labels(clean, 0.25, 5)]
    done = train_sides(Accuracy(), sides, test, load_settings(options=changes), "en", lambda what, share: None)
    truth = done.task.truth(done.experiment)
    predicted = {side.name: done.predicted(side.name).astype(np.int16) for side in sides}
    np.savez_compressed(options.out, truth=truth, **predicted)
    for name, each in predicted.items():
        right = (each == truth).mean(axis=1)
        print(f"{name}: accuracy {right.mean():.4f}, seeds {right.std(ddof=1):.4f}")


@dataclass(frozen=True)
class Pool:
    """Predictions of real trainings, (seeds, test rows), and what is right."""

    truth: np.ndarray
    clean: np.ndarray

    def drawn(self, draw: np.random.Generator, effect: float, most: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Truth, and both sides' predictions with `most` seeds each, of rows drawn with replacement."""
        seeds, rows = draw.permutation(len(self.clean)), draw.integers(len(self.truth), size=len(self.truth))
        before, after = self.clean[seeds[:most]], self.clean[seeds[most : 2 * most]]
        share = 2 * effect / (self.clean == self.truth).mean()
        spoilt = (draw.random(len(self.truth)) < share) & (draw.random(after.shape) < 0.5)
        after = np.where(spoilt, (self.truth + 1) % (self.truth.max() + 1), after)
        return self.truth[rows], before[:, rows], after[:, rows]


def experiment_of(truth: np.ndarray) -> Experiment[str, str]:
    """Test rows with these class codes; nothing is trained on the sides."""
    labels = tuple(f"{code:03d}" for code in range(int(truth.max()) + 1))
    test = Side("test", [""] * len(truth), [labels[code] for code in truth])
    empty = [Side(name, ["x"], [labels[0]]) for name in ("before", "after")]
    return Experiment(tuple(empty), test, labels, len(labels), {})


def sequential(
    truth: np.ndarray, before: np.ndarray, after: np.ndarray, options: argparse.Namespace
) -> SeedRule[str, str]:
    """The rule at its end, on seeds that take so many simulated seconds."""
    now = [0.0]
    settings = BenchmarkSettings(budget=options.budget, resolution=options.resolution)
    rule = SeedRule(Accuracy(), experiment_of(truth), settings, float(options.seconds), clock=lambda: now[0])
    runs: list[SeedRun] = []
    for seed in range(len(before)):
        if not rule.should_continue(runs):
            return rule
        runs += [
            SeedRun(side, seed, each[seed].astype(np.int64), NONE, 1.0)
            for side, each in (("before", before), ("after", after))
        ]
        now[0] += options.seconds
    rule.should_continue(runs)
    return rule


def verdicts(options: argparse.Namespace) -> None:
    kept = np.load(options.pool)
    pool = Pool(kept["truth"], kept["clean"])
    most = min(len(pool.clean) // 2, int(options.budget[:-1]) // options.seconds)
    print(f"{len(pool.truth)} test rows, {most} seeds a side at most, {options.times} repetitions")
    curve = {}
    for effect in EFFECTS:
        found, used, half = Counter(), [], []
        times = options.times if effect else options.times * 2
        draw, fixed = np.random.default_rng(7), Counter()
        drawn = [pool.drawn(draw, effect, most) for _ in range(times)]
        for truth, before, after in drawn:
            rule = sequential(truth, before, after, options)
            last = rule.looks[-1]
            found["shown"] += not last.interval[0] <= 0 <= last.interval[1]
            found["wrong sign"] += last.interval[0] > 0 and effect > 0
            used.append(last.seeds)
            half.append((last.interval[1] - last.interval[0]) / 2)
            found[rule.reason] += 1
        equal = max(3, round(float(np.mean(used))))
        for seeds in {3, equal}:
            for truth, before, after in drawn:
                one = compare(Accuracy.scoring, truth, before[:seeds], after[:seeds])["accuracy"]
                fixed[seeds] += one.outcome != "no-difference"
        curve[effect] = (found["shown"] / times, fixed[3] / times, fixed[equal] / times)
        print(
            f"effect {100 * effect:.0f} points: sequential {found['shown']}/{times}, {np.mean(used):.1f} seeds, "
            f"half-width {100 * np.mean(half):.2f}, wrong sign {found['wrong sign']}; three seeds {fixed[3]}/{times}; "
            f"{equal} seeds fixed {fixed[equal]}/{times}; ended {dict(found)}",
            flush=True,
        )
    if options.svg:
        Path(options.svg).write_text(drawing(curve), "utf-8")


def drawing(curve: dict[float, tuple[float, float, float]]) -> str:
    """The power curves as SVG: share of verdicts over the planted effect in points."""
    names = ("sequential", "three seeds", "fixed, equal cost")
    colours = ("#1b6ca8", "#b4472e", "#6a8a3a")
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 460 300" font-family="sans-serif" font-size="12">']
    parts += [
        '<path d="M50 250H420M50 250V30" stroke="#444" fill="none"/><text x="150" y="290">planted effect, points</text>'
    ]
    for share in (0.05, 0.5, 1.0):
        y = 250 - 200 * share
        parts.append(f'<text x="8" y="{y + 4:.0f}">{100 * share:.0f} %</text><path d="M50 {y}H420" stroke="#ddd"/>')
    for effect in curve:
        parts.append(f'<text x="{46 + 9_000 * effect:.0f}" y="268">{100 * effect:.0f}</text>')
    for k, (name, colour) in enumerate(zip(names, colours, strict=True)):
        points = " ".join(f"{50 + 9_000 * effect:.0f},{250 - 200 * each[k]:.0f}" for effect, each in curve.items())
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="300" y="{170 + 18 * k}" fill="{colour}">{name}</text>')
    return "".join([*parts, "</svg>\n"])


def gains(options: argparse.Namespace) -> None:
    task = SingleLabel()
    rows_or_none = load_settings().benchmark.model_copy(update={"max_train_rows": 1_000_000})
    for path in options.data:
        held: list[bool] = []
        for number in range(options.times):
            every, test = sides_of(path, 1_000_000, 1_000, seed=number)
            few = every.take(np.arange(min(options.rows, len(every) - MORE)))
            more = every.take(np.arange(len(few) + MORE))
            one = make_experiment(task, [few, more], test, rows_or_none, 0)
            before, after = (task.baseline(one, side, "en") for side in one.sides)
            [gain] = [
                gain
                for gain in expected_gains(task, replace(one, sides=(few,)), before, "en", None, number)
                if gain.kind == "rows"
            ]
            seen = compare(task.scoring, task.truth(one), before[None], after[None])["macro_f1"].value
            held.append(gain.interval[0] <= seen <= gain.interval[1])
            print(f"{Path(path).stem} {number}: {MORE} more rows: {beside(gain, seen)}", flush=True)
        print(f"{Path(path).stem}: within {sum(held)}/{len(held)}", flush=True)


def reviews(options: argparse.Namespace) -> None:
    task = SingleLabel()
    asked = load_settings().benchmark.model_copy(update={"max_train_rows": 1_000_000})
    for path in options.data:
        held: list[bool] = []
        for number in range(options.times):
            every, test = sides_of(path, options.rows, 1_000, seed=number)
            right = np.array(every.targets)
            wrong = replaced(right, options.wrong, number)
            side = replace(every, targets=wrong.tolist())
            experiment = make_experiment(task, [side, side], test, asked, 0)
            gains = task.review_gains(experiment, options.language, None, number)
            order = by_suspicion(every.inputs, wrong, options.language)
            before = task.baseline(experiment, side, options.language)
            for gain in gains:
                labels = wrong.copy()
                labels[order[: gain.rows]] = right[order[: gain.rows]]
                after = task.baseline(experiment, replace(side, targets=labels.tolist()), options.language)
                seen = compare(task.scoring, task.truth(experiment), before[None], after[None])["macro_f1"].value
                held.append(gain.interval[0] <= seen <= gain.interval[1])
                print(f"{Path(path).stem} {number}: {gain.rows} reviewed: {beside(gain, seen)}", flush=True)
        print(f"{Path(path).stem}, {options.wrong:.0%} wrong: within {sum(held)}/{len(held)}", flush=True)


def beside(gain: Gain, seen: float) -> str:
    """A forecast beside what was measured, in points."""
    low, high = (100 * bound for bound in gain.interval)
    return f"predicted {100 * gain.value:+.1f} ({low:+.1f} to {high:+.1f}), seen {100 * seen:+.1f}"


def replaced(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """A share of the labels replaced by other classes, drawn evenly."""
    rng = np.random.default_rng(seed)
    names, codes = np.unique(labels, return_inverse=True)
    chosen = rng.permutation(len(labels))[: round(share * len(labels))]
    codes[chosen] = (codes[chosen] + rng.integers(1, len(names), len(chosen))) % len(names)
    return names[codes]


def by_suspicion(texts: list[str], labels: np.ndarray, language: str) -> np.ndarray:
    """Rows in the order in which the label check doubts them."""
    codes = np.unique(labels, return_inverse=True)[1]
    oos = out_of_sample(texts, codes, np.arange(len(texts)), language=language, folds=5, seed=0)
    vectors = static_vectors(texts) if language == "en" else None
    return np.argsort(opinion(codes, oos, vectors, 0).rank, kind="stable")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    one = verbs.add_parser("train")
    one.add_argument("data")
    one.add_argument("-o", "--out", required=True)
    one.add_argument("--train", type=int, default=800)
    one.add_argument("--classes", type=int, default=25)
    one.add_argument("--seeds", type=int, default=16)
    one.set_defaults(run=train)
    two = verbs.add_parser("verdicts")
    two.add_argument("pool")
    two.add_argument("--times", type=int, default=100)
    two.add_argument("--seconds", type=int, default=25, help="simulated time of a seed on both sides")
    two.add_argument("--budget", default="200s")
    two.add_argument("--resolution", type=float, default=1.0)
    two.add_argument("--svg")
    two.set_defaults(run=verdicts)
    three = verbs.add_parser("gains")
    three.add_argument("data", nargs="+")
    three.add_argument("--times", type=int, default=5)
    three.add_argument("--rows", type=int, default=2_000)
    three.set_defaults(run=gains)
    four = verbs.add_parser("reviews")
    four.add_argument("data", nargs="+")
    four.add_argument("--times", type=int, default=5)
    four.add_argument("--rows", type=int, default=3_000)
    four.add_argument("--wrong", type=float, default=0.25)
    four.add_argument("--language", default="en")
    four.set_defaults(run=reviews)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
