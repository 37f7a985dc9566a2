"""Mask what was found in a corpus, and look through the masked texts again until nothing more is found."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from auditor.corpus.columns import column_texts
from auditor.corpus.corpus import Corpus
from auditor.errors import SafetyError
from auditor.prepare.mask import Masked, Masker, Span

ROUNDS = 8
"""Masking can show what it hid (two numbers become neighbours); so many looks are enough or the run is refused."""
MASKS_SCHEMA = pa.schema(
    [
        pa.field("row_id", pa.int64(), nullable=False),
        pa.field("column", pa.string(), nullable=False),
        pa.field("start", pa.int32(), nullable=False),  # characters (code points), half open, in the masked text
        pa.field("end", pa.int32(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("way", pa.string(), nullable=False),
    ]
)

Rescan = Callable[[Sequence[str]], Sequence[Sequence[Span]]]
"""Personal data that would be masked, in each of several texts."""


@dataclass(frozen=True)
class MaskedCorpus:
    """What masking changed.

    Attributes:
        columns: by column, by row (position), the new text.
        masks: `MASKS_SCHEMA`: where something was put in, in row order.

    """

    columns: Mapping[str, Mapping[int, str]]
    masks: pa.Table

    @property
    def rows(self) -> set[int]:
        """Positions of the rows in which anything changed."""
        return {row for changed in self.columns.values() for row in changed}

    @property
    def counts(self) -> dict[str, int]:
        """Masked places by entity type, the most frequent first."""
        counts = Counter(self.masks.column("entity").to_pylist())
        return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def mask_corpus(
    corpus: Corpus, found: pa.Table, codes: Sequence[str], kept: np.ndarray, masker: Masker, rescan: Rescan | None
) -> MaskedCorpus:
    """Mask the findings of `codes` in kept rows.

    Args:
        corpus: the rows.
        found: the findings table.
        codes: finding codes whose spans are masked.
        kept: bool, one a row.
        masker: what stands for a value.
        rescan: the same search that made the findings; what it still finds is masked as well. None: not done.

    Raises:
        SafetyError: after `ROUNDS` looks there is still something.

    """
    columns: dict[str, dict[int, str]] = {}
    masks: list[tuple[int, str, int, int, str, str]] = []
    for column, spans in sorted(_by_column(corpus, found, codes, kept).items()):
        texts = corpus.texts if column == corpus.roles.text else column_texts(corpus, column)
        rows = sorted(spans)
        masked = [masker(Masked(texts[row]), spans[row]) for row in rows]
        if rescan is not None:
            masked = _until_nothing_is_found(masked, masker, rescan, column)
        columns[column] = {row: one.text for row, one in zip(rows, masked, strict=True)}
        for row, one in zip(rows, masked, strict=True):
            masks += [(int(corpus.row_id[row]), column, *span, masker.way(span[2])) for span in one.inserted]
    masks.sort()
    arrays = zip(*masks, strict=True) if masks else [[] for _ in MASKS_SCHEMA]
    return MaskedCorpus(columns, pa.table(dict(zip(MASKS_SCHEMA.names, map(list, arrays), strict=True)), MASKS_SCHEMA))


def _by_column(
    corpus: Corpus, found: pa.Table, codes: Sequence[str], kept: np.ndarray
) -> dict[str, dict[int, list[Span]]]:
    place = {row_id: i for i, row_id in enumerate(corpus.row_id.tolist())}
    spans: dict[str, dict[int, list[Span]]] = defaultdict(lambda: defaultdict(list))
    names = ("code", "row_id", "column", "start", "end", "value")
    for code, row_id, column, start, end, entity in zip(*(found.column(n).to_pylist() for n in names), strict=True):
        if code in codes and start is not None and kept[place[row_id]]:
            spans[column or corpus.roles.text][place[row_id]].append((start, end, entity))
    return spans


def _until_nothing_is_found(masked: list[Masked], masker: Masker, rescan: Rescan, column: str) -> list[Masked]:
    masked = list(masked)
    left = list(range(len(masked)))
    for _ in range(ROUNDS):
        again = []
        for row, spans in zip(left, rescan([masked[row].text for row in left]), strict=True):
            new = masker(masked[row], spans)
            if new != masked[row]:
                masked[row] = new
                again.append(row)
        left = again
        if not left:
            return masked
    raise SafetyError(
        f"In {len(left):,} rows masking left something that the same search finds.",
        where=f"column {column}",
        fix="Mask with `replace`, or drop the rows (--mask drop); please report the rules used.",
    )
