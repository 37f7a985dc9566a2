"""Recall and precision on the planted truth of the shipped samples, a line a kind of fault.

    python benchmarks/samples.py [--ner full]

Rows, not spans, are counted for personal data (a span counts when it overlaps the planted one and has its type); the
banking77 questions have label errors of their own, so label precision is a lower bound.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import pyarrow.parquet as pq

from auditor.config.settings import Settings
from auditor.pipeline import run

SAMPLES = Path(__file__).resolve().parents[1] / "sample_data"
BY_CODE = {
    "old_dates": "STL001",
    "impossible_dates": "STL002",
    "future_dates": "STL003",
    "missing_dates": "STL004",
    "placeholder_dates": ("STL006", "STL007"),
    "empty": "QLT001",
    "rare_classes": "BAL002",
    "label_errors": "LBL001",
    "leaks": "DUP004",
    "conflicts": "DUP005",
}


def score(name: str, planted: set, found: set) -> str:
    """One line of the table."""
    right = len(planted & found)
    recall, precision = right / max(len(planted), 1), right / max(len(found), 1)
    return f"{name:<28}{len(planted):>8}{len(found):>8}{recall:>9.3f}{precision:>11.3f}"


def evaluate(stem: str, settings: Settings) -> None:
    """Scan one sample and print its table."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        run([str(SAMPLES / f"{stem}.csv")], settings, out=out, command="", stages=("scan",), progress=lambda *_: None)
        ids = {r["row_id"]: r["id"] for r in pq.read_table(out / "rows.parquet").to_pylist()}
        findings = pq.read_table(out / "findings.parquet").to_pylist()
        clusters = {ids[r["row_id"]]: r["cluster"] for r in pq.read_table(out / "clusters.parquet").to_pylist()}
    truth = json.loads((SAMPLES / f"{stem}.truth.json").read_text("utf-8"))
    print(f"\n{stem}\n{'fault':<28}{'planted':>8}{'found':>8}{'recall':>9}{'precision':>11}")
    pairs = [pair for kind in ("exact_duplicates", "near_duplicates", "leaks", "conflicts") for pair in truth[kind]]
    together = sum(clusters.get(a, -1) == clusters.get(b, -2) for a, b in pairs)
    rows = {row for pair in pairs for row in pair}
    print(f"{'copies in one cluster':<28}{len(pairs):>8}{together:>8}{together / len(pairs):>9.3f}"
          f"{len(rows & set(clusters)) / len(clusters):>11.3f}")  # fmt: skip
    for kind, code in BY_CODE.items():
        found = {ids.get(f["row_id"], f["value"]) for f in findings if f["code"].startswith(code)}
        planted = truth[kind]
        if kind in ("conflicts", "leaks"):  # pairs: both rows conflict, the copy leaks
            planted = [row for pair in planted for row in (pair if kind == "conflicts" else pair[1:])]
        print(score(kind, set(planted), found))
    personal(truth, findings, ids)


def overlaps(finding: dict, place: tuple[int, int]) -> bool:
    """Whether the finding's span and the planted one share a character."""
    return finding["start"] < place[1] and place[0] < finding["end"]


def personal(truth: dict, findings: list[dict], ids: dict) -> None:
    """A line an entity type, and secrets. Precision: rows of that type that were planted."""
    planted: dict[str, dict[str, tuple[int, int]]] = {}
    for row, spans in truth["personal_data"].items():
        for entity, start, end in spans:
            planted.setdefault(entity, {})[row] = (start, end)
    for entity, rows in sorted(planted.items()):
        hits = [f for f in findings if f["value"] == entity and f["code"].startswith("PII")]
        right = {
            ids[f["row_id"]]
            for f in hits
            if (place := rows.get(ids[f["row_id"]])) and f["start"] < place[1] and place[0] < f["end"]
        }
        found = {ids[f["row_id"]] for f in hits}
        print(score(entity, set(rows), found - (set(rows) - right)))
    print(score("secrets", set(truth["secrets"]), {ids[f["row_id"]] for f in findings if f["code"].startswith("PII9")}))


def main() -> None:
    """Both samples."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ner", default="sample", choices=["full", "sample", "off"])
    settings = Settings.model_validate({"pii": {"ner": parser.parse_args().ner}, "staleness": {"as_of": "2026-11-01"}})
    for stem in ("banking_en", "service_zh"):
        evaluate(stem, settings)


if __name__ == "__main__":
    main()
