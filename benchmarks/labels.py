"""Finding wrong labels: auditor against cleanlab's defaults, Datalab and agreement of neighbours.

    python benchmarks/labels.py --data FOLDER [--corpora banking77,hotel,headlines,imdb] [--seeds 3]
        [--methods auditor,thorough] [--noise uniform]

Average precision of each method's order of the rows: over injected errors (10 % uniform or class-dependent, see
`benchmarks/label_noise.py`, the same rows for every method), and over the rows that people verified (imdb). Beside it
precision and recall of the rows flagged, and CPU seconds (user and system, imports left out). cleanlab and Datalab
bring no model; they get the same out-of-sample TF-IDF probabilities, whose cost is counted in. Datalab gets static
vectors too (its kNN graph). Thorough: auditor with ``labels.model=bert``. Neighbours: share of the 10 nearest rows by
static vectors with the same label.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from label_noise import Labelled, load, with_noise

METHODS: dict[str, Callable[[Labelled], Ranked]] = {}


@dataclass(frozen=True)
class Ranked:
    """A method's order (low: likely wrong) and the rows it flags."""

    score: np.ndarray
    flagged: np.ndarray


def method(function: Callable[[Labelled], Ranked]) -> Callable[[Labelled], Ranked]:
    METHODS[function.__name__] = function
    return function


def audited(rows: Labelled, model: str) -> Ranked:
    from auditor.checks.base import Shared
    from auditor.checks.labels.check import LabelCheck
    from auditor.config.loading import load_settings
    from auditor.corpus.corpus import Corpus, Roles

    table = pa.table({"text": pa.array(rows.texts, pa.large_string()), "label": [f"c{k}" for k in rows.given]})
    places = np.arange(len(rows.texts))
    corpus = Corpus("made", ("made",), table, places, Roles("text", "label"), (), rows.language)
    settings = load_settings(options={"labels.model": model})
    result = LabelCheck(settings, rows.language).finish([], corpus, Shared())
    found = result.findings.to_pylist()
    flagged = np.isin(places, [f["row_id"] for f in found if f["code"] == "LBL001"])
    if "label_score" not in result.per_row:
        return Ranked(np.ones(len(places)), flagged)
    return Ranked(np.nan_to_num(np.asarray(result.per_row["label_score"], float), nan=1.0), flagged)


@method
def auditor(rows: Labelled) -> Ranked:
    return audited(rows, "linear")


@method
def thorough(rows: Labelled) -> Ranked:
    return audited(rows, "bert")


def probabilities(rows: Labelled) -> np.ndarray:
    from auditor.checks.labels.probabilities import out_of_sample

    places = np.arange(len(rows.given))
    found = out_of_sample(rows.texts, rows.given, places, language=rows.language, folds=5, seed=0)
    return found.probabilities


def vectors(rows: Labelled) -> np.ndarray:
    from auditor.models.static_vectors import latent_vectors, static_vectors
    from auditor.models.tfidf import tfidf

    found = None if rows.language == "zh" else static_vectors(rows.texts)
    return latent_vectors(tfidf(rows.texts, rows.language), 0) if found is None else found


@method
def cleanlab(rows: Labelled) -> Ranked:
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    given = probabilities(rows)
    flagged = find_label_issues(rows.given, given, filter_by="prune_by_noise_rate", n_jobs=1)
    return Ranked(get_label_quality_scores(rows.given, given, method="self_confidence"), np.asarray(flagged))


@method
def datalab(rows: Labelled) -> Ranked:
    from cleanlab import Datalab

    with contextlib.redirect_stdout(io.StringIO()):
        lab = Datalab({"label": rows.given.tolist()}, label_name="label", verbosity=0)
        lab.find_issues(pred_probs=probabilities(rows), features=vectors(rows), issue_types={"label": {}})
        found = lab.get_issues("label")
    return Ranked(found["label_score"].to_numpy(), found["is_label_issue"].to_numpy())


@method
def neighbours(rows: Labelled) -> Ranked:
    from auditor.checks.labels.neighbours import nearest

    near = nearest(vectors(rows), np.arange(len(rows.given)), 10)
    agree = (rows.given[near] == rows.given[:, None]).mean(axis=1)
    return Ranked(agree, agree < 0.3)


def measure(find: Callable[[Labelled], Ranked], rows: Labelled) -> tuple[float, float, float, float, float]:
    """Average precision, precision, recall and share of the flagged rows, CPU seconds."""
    from sklearn.metrics import average_precision_score

    start = time.process_time()
    ranked = find(rows)
    seconds = time.process_time() - start
    wrong, flagged = rows.wrong[rows.judged], ranked.flagged[rows.judged]
    hits = int((wrong & flagged).sum())
    precision = average_precision_score(wrong, -ranked.score[rows.judged]) if wrong.any() else float("nan")
    right = hits / flagged.sum() if wrong.any() and flagged.any() else float("nan")
    return precision, right, hits / wrong.sum() if wrong.any() else float("nan"), ranked.flagged.mean(), seconds


def sets(name: str, data: Path, seeds: int) -> list[tuple[str, list[Labelled]]]:
    clean = load(name, data)
    if name == "imdb":
        return [("verified by people", [clean])]
    noisy = [(kind, [with_noise(clean, kind, 0.1, s) for s in range(seeds)]) for kind in ("uniform", "class-dependent")]
    shuffled = Labelled(clean.texts, np.random.default_rng(0).permutation(clean.given), clean.wrong, clean.judged,
                        clean.language)  # fmt: skip
    return [*noisy, ("as it came", [clean]), ("labels shuffled", [shuffled])]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--corpora", default="banking77,hotel,headlines,imdb")
    quick = [name for name in METHODS if name != "thorough"]
    arguments.add_argument("--methods", default=",".join(quick), help="thorough takes minutes; all others are default")
    arguments.add_argument("--noise", default="", help="only this kind of errors")
    arguments.add_argument("--seeds", type=int, default=3)
    options = arguments.parse_args()
    warm_up(options.methods.split(","))
    print("| corpus | errors | method | average precision | flagged: precision | recall | share of rows | CPU s |")
    print("|---|---|---|--:|--:|--:|--:|--:|")
    for corpus in options.corpora.split(","):
        for kind, samples in sets(corpus, options.data, options.seeds):
            if options.noise and kind != options.noise:
                continue
            for name in options.methods.split(","):
                try:
                    cells = np.array([measure(METHODS[name], rows) for rows in samples]).mean(axis=0)
                except ImportError as error:
                    print(
                        f"| {corpus} | {kind} | {name} | not run: {error.name} is not installed | | | | |", flush=True
                    )
                    continue
                texts = ["–" if np.isnan(cell) else f"{cell:.3f}" for cell in cells[:4]]
                print(f"| {corpus} | {kind} | {name} | {' | '.join(texts)} | {cells[4]:.1f} |", flush=True)


def warm_up(methods: list[str]) -> None:
    """Import everything once, so that no method pays for it."""
    texts = [f"{'river water' if i % 2 else 'credit bank'} {i % 7} {i % 5}" for i in range(400)]
    given = np.arange(400) % 2
    tiny = Labelled(texts, given, given > 5, np.ones(400, bool), "en")
    for name in methods:
        with contextlib.suppress(ImportError):
            METHODS[name](tiny)


if __name__ == "__main__":
    main()
