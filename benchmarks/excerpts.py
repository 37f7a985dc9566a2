"""How many names are seen in a report's excerpts: ``python benchmarks/excerpts.py SHARED/data``.

Texts of three data sets whose names are known are joined to longer ones and shown as a report shows them, every second
one around a place drawn at random. A name (a person, for English also a place or an address) is seen where all of it
is in the excerpt. Told beside it: how many are seen where no names are looked for, which is what there is to hide,
and how much of the excerpts is masks.
"""

from __future__ import annotations

import argparse
import ast
import json
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import PiiSettings, Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.findings import findings
from auditor.core.results import Completed
from auditor.corpus.load import load_corpus
from auditor.pii.spans import find_spans
from auditor.report import choose_excerpts as excerpts

TOGETHER, LEAST = 8, {"en": 4, "zh": 2}
"""Texts joined, and characters of a name that counts: shorter ones are found in other words."""

Named = tuple[str, list[str]]
"""A text and the names in it."""


def synthetic(folder: Path) -> Iterator[Named]:
    """Presidio's synthetic texts: persons, places, addresses."""
    kinds = {"PERSON", "STREET_ADDRESS", "GPE", "LOCATION"}
    for row in pq.read_table(folder / "pii_presidio_synth_v2.parquet").to_pylist():
        yield row["text"], [span["text"] for span in json.loads(row["spans"]) if span["label"] in kinds]


def tweets(folder: Path) -> Iterator[Named]:
    """WNUT-17's test texts: persons and places."""
    for row in pq.read_table(folder / "wnut17_ner.parquet").to_pylist():
        if row["split"] == "test":
            yield row["text"], list(_entities(row["tokens"], row["ner_tags"], {"person", "location"}))


def news(folder: Path) -> Iterator[Named]:
    """CLUENER's development texts: persons."""
    for row in pq.read_table(folder / "cluener2020.parquet").to_pylist():
        if row["split"] != "train":
            yield row["text"], [span["text"] for span in ast.literal_eval(row["spans"]) if span["label"] == "name"]


def _entities(tokens: list[str], tags: list[str], kinds: set[str]) -> Iterator[str]:
    words: list[str] = []
    for token, tag in [*zip(tokens, tags, strict=True), ("", "O")]:
        if words and not tag.startswith("I-"):
            yield " ".join(words)
            words = []
        if tag[2:] in kinds and (tag.startswith("B-") or words):
            words.append(token)


def shown(texts: list[str], language: str, ner: str, tmp: Path) -> list[str]:
    """What is seen of each text, masks in brackets."""
    path = tmp / "texts.parquet"
    pq.write_table(pa.table({"text": texts}), path)
    corpus = load_corpus([path], CorpusSettings(text="text", language=language))
    draw = np.random.default_rng(0)
    starts = [int(draw.integers(0, len(text) - 3)) if i % 2 else None for i, text in enumerate(texts)]
    ends = [None if start is None else start + 3 for start in starts]
    table = findings("QLT003", "info", corpus.row_id, column="text", start=starts, end=ends)
    profile = CorpusProfile("d", (), len(texts), 0, ("text",), {"text": "text"}, {}, language, 1, "", {})
    audit = Audit(profile, {"quality": Completed((), table)}, {}, {}, {})
    chosen = excerpts.choose_excerpts(corpus, audit, Settings(pii=PiiSettings(ner=ner)))
    by_row = {item.row_id: "".join(part for _, part in item.parts) for item in chosen}
    return [by_row[row] for row in corpus.row_id.tolist()]


def main() -> None:
    """Print a line a data set."""
    import tempfile

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    excerpts.EACH_CODE = 10**9
    for name, made, language in (
        ("synth v2", synthetic, "en"),
        ("wnut17 test", tweets, "en"),
        ("cluener dev", news, "zh"),
    ):
        rows = list(made(folder))
        order = np.random.default_rng(0).permutation(len(rows))
        parts = [[rows[i] for i in order[k : k + TOGETHER]] for k in range(0, len(rows) - TOGETHER, TOGETHER // 2)]
        texts = [" ".join(text for text, _ in part) for part in parts]
        names = [{n for _, own in part for n in own if len(n) >= LEAST[language]} for part in parts]
        with tempfile.TemporaryDirectory() as tmp:
            find_spans(texts[:1], Settings(), language, ner=True)  # loads the model
            seen = {}
            for ner in ("off", "sample"):
                began = time.process_time()
                views = shown(texts, language, ner, Path(tmp))
                cost = time.process_time() - began
                found = sum(" ".join(n.split()) in view for view, own in zip(views, names, strict=True) for n in own)
                seen[ner] = found, sum(view.count("⟦") for view in views) / len(views)
        print(
            f"{name:<12} {len(texts):5} excerpts   names seen {seen['sample'][0]:5} of {seen['off'][0]:5}"
            f" ({seen['sample'][0] / seen['off'][0]:.1%})   masks an excerpt {seen['sample'][1]:.2f}   {cost:.1f} CPU s"
        )


if __name__ == "__main__":
    main()
