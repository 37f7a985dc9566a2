"""A check: texts in capitals."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.core.findings import findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.message import message
from auditor.plugins import register_check

LEAST = 5
"""Letters without which a text does not shout."""


class ShoutingCheck(Check[list[tuple[int, bool, int]]]):
    prefix, dimension = "SHO", "shouting"
    rules = Path(__file__).with_name("shouting.yaml")

    def scan(self, batch: pa.RecordBatch) -> list[tuple[int, int, int]]:
        texts = [text or "" for text in batch.column("text").to_pylist()]
        counts = [(sum(map(str.isupper, text)), sum(map(str.islower, text))) for text in texts]
        return [(row, *count) for row, count in zip(batch.column("row_id").to_pylist(), counts, strict=True)]

    def finish(self, partials: Sequence[list[tuple[int, int, int]]], corpus: Corpus, shared: Shared) -> CheckResult:
        rows = [row for part in partials for row in part]
        capitals = sum(upper for _, upper, _ in rows)
        if not capitals:
            return Skipped(message("reason.no_capitals"))
        loud = [row_id for row_id, upper, lower in rows if upper >= LEAST and not lower]
        figure = Figure("bar", "figure.shouted_and_calm", ("A", "a"), (len(loud), len(rows) - len(loud)))
        return Completed(
            (measured("shouting.rate", len(loud) / len(rows)), measured("shouting.letters", capitals / len(rows))),
            findings("SHO001", "warn", loud, column=corpus.roles.text, confidence=1.0),
            (figure,),
            (message("note.shouting", LEAST),),
        )


register_check(ShoutingCheck)
