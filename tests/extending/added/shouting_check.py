"""A check that is no part of auditor."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.core.findings import findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus


class ShoutingCheck(Check[list[tuple[int, bool, int]]]):
    """Texts in capitals."""

    prefix = "SHO"
    dimension = "shouting"
    rules = Path(__file__).with_name("shouting.yaml")

    def scan(self, batch: pa.RecordBatch) -> list[tuple[int, bool, int]]:
        """Row, whether it shouts, and its capital letters."""
        texts = [text or "" for text in batch.column("text").to_pylist()]
        capitals = [sum(letter.isupper() for letter in text) for text in texts]
        shouts = [count > 4 and text == text.upper() for text, count in zip(texts, capitals, strict=True)]
        return list(zip(batch.column("row_id").to_pylist(), shouts, capitals, strict=True))

    def finish(self, partials: list[list[tuple[int, bool, int]]], corpus: Corpus, shared: Shared) -> Completed:
        """SHO001: texts in capitals."""
        rows = [row for part in partials for row in part]
        loud = [row_id for row_id, shouts, _ in rows if shouts]
        return Completed(
            (
                measured("shouting.rate", len(loud) / len(corpus)),
                measured("shouting.letters", np.mean([capitals for _, _, capitals in rows])),
            ),
            findings("SHO001", "warn", loud, column=corpus.roles.text, confidence=1.0),
            (Figure("bar", "figure.shouted_and_calm", ("SHOUTED", "calm"), (len(loud), len(corpus) - len(loud))),),
        )
