"""Wrong token labels: average precision of the sentence order beside the share of wrong sentences.

    python benchmarks/token_labels.py --data FOLDER [--seeds 3]

Weibo NER: the first annotation against its revision. WNUT-17 (train): 5 % of the entities, and as many tokens outside
them, get another type, lose their tags or become entities.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus, Roles
from auditor.text.bio import spans


def with_noise(tags: list[list[str]], seed: int, rate: float = 0.05) -> list[list[str]]:
    """A copy with wrong entities."""
    draw = np.random.default_rng(seed)
    kinds = sorted({span.kind for row in tags for span in spans(row)})
    noisy = [list(row) for row in tags]
    places = [(i, span) for i, row in enumerate(tags) for span in spans(row)]
    outside = [(i, k) for i, row in enumerate(tags) for k, tag in enumerate(row) if tag == "O"]
    for at in draw.choice(len(places), round(rate * len(places)), replace=False):
        i, span = places[at]
        kind = str(draw.choice([k for k in kinds if k != span.kind]))
        is_lost = draw.random() < 0.5
        for k in range(span.start, span.end):
            noisy[i][k] = "O" if is_lost else f"{tags[i][k][:2]}{kind}"
    for at in draw.choice(len(outside), round(rate * len(places)), replace=False):
        i, k = outside[at]
        noisy[i][k] = f"B-{draw.choice(kinds)}"
    return noisy


def measure(name: str, tokens: list[list[str]], given: list[list[str]], true: list[list[str]]) -> np.ndarray:
    from sklearn.metrics import average_precision_score

    texts = pa.array([" ".join(row) for row in tokens], pa.large_string())
    table = pa.table({"text": texts, "tokens": tokens, "tags": given})
    corpus = Corpus(name, (name,), table, np.arange(len(tokens)), Roles("text", tokens="tokens", tags="tags"))
    start = time.process_time()
    result = LabelCheck(Settings(), "en").finish([], corpus, Shared())
    seconds = time.process_time() - start
    wrong = np.array([a != b for a, b in zip(given, true, strict=True)])
    score = np.nan_to_num(np.asarray(result.per_row["label_score"], float), nan=1.0)
    rows = [f["row_id"] for f in result.findings.to_pylist() if f["code"] == "LBL006"]
    flagged = np.isin(np.arange(len(tokens)), rows)
    hits = (flagged & wrong).sum()
    precision = average_precision_score(wrong, -score)
    return np.array([wrong.mean(), precision, hits / flagged.sum(), hits / wrong.sum(), seconds])


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--data", type=Path, required=True)
    arguments.add_argument("--seeds", type=int, default=3)
    options = arguments.parse_args()
    print("| corpus | wrong sentences | average precision | flagged: precision | recall | CPU s |")
    print("|---|--:|--:|--:|--:|--:|")
    weibo = pq.read_table(options.data / "labelerrors_weibo_ner.parquet").to_pydict()
    cells = measure("weibo", weibo["tokens"], weibo["given_tags"], weibo["corrected_tags"])
    print(f"| Weibo NER, revised by people | {' | '.join(f'{c:.3f}' for c in cells)} |", flush=True)
    wnut = pq.read_table(options.data / "wnut17_ner.parquet", filters=[("split", "=", "train")]).to_pydict()
    runs = [
        measure("wnut", wnut["tokens"], with_noise(wnut["ner_tags"], s), wnut["ner_tags"]) for s in range(options.seeds)
    ]
    print(f"| WNUT-17, injected | {' | '.join(f'{c:.3f}' for c in np.mean(runs, axis=0))} |", flush=True)


if __name__ == "__main__":
    main()
