"""Text quality around the five dimensions: empty texts, broken encoding, markup residue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import Check, Shared
from auditor.checks.judge import judged, stated
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Figure, findings, merge_findings

_EMPTY = r"^[^\p{L}\p{N}]*$"
# U+FFFD, or what two-byte and three-byte UTF-8 looks like when it was read as Latin-1 or Windows-1252
_BROKEN = "\ufffd|[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\u0080-\u00bf™œ\u009d“”¦]|ã€[\u0080-\u00bf]"
_MARKUP = r"</?[a-zA-Z][^<>]{0,200}>|&(?:[a-z]{2,8}|#\d{1,6});"
_MARKUP_MIN = 3
_LENGTH_BINS = 40


@dataclass(frozen=True)
class _Part:
    empty: np.ndarray
    broken: np.ndarray
    markup: np.ndarray
    lengths: np.ndarray


class QualityCheck(Check):
    """Row-wise rules on the text."""

    prefix = "QLT"
    dimension = "quality"

    def scan(self, batch: pa.RecordBatch) -> _Part:
        """Row ids by rule, and text lengths in characters."""
        text = pc.fill_null(batch.column("text"), "")
        row_id = batch.column("row_id").to_numpy()
        hits = pc.match_substring_regex(text, _BROKEN).to_numpy(zero_copy_only=False)
        maybe = np.flatnonzero(pc.match_substring_regex(text, "[<&]").to_numpy(zero_copy_only=False))
        markup = [i for i in maybe.tolist() if _count(text[i].as_py()) >= _MARKUP_MIN]
        empty = pc.match_substring_regex(text, _EMPTY).to_numpy(zero_copy_only=False)
        return _Part(row_id[empty], row_id[hits], row_id[markup], pc.utf8_length(text).to_numpy())

    def finish(self, partials: Sequence[_Part], corpus: Corpus, shared: Shared) -> CheckResult:
        """QLT001 empty, QLT002 broken encoding, QLT003 markup residue."""
        empty = np.concatenate([part.empty for part in partials])
        broken = np.concatenate([part.broken for part in partials])
        markup = np.concatenate([part.markup for part in partials])
        lengths = np.concatenate([part.lengths for part in partials])
        text = corpus.roles.text
        return Completed(
            (
                judged("quality.empty_rate", len(empty) / len(corpus), "share"),
                judged("quality.broken_rate", len(broken) / len(corpus), "share"),
                stated("quality.markup_rows", len(markup), "rows"),
                stated("quality.median_length", float(np.median(lengths)), "characters"),
            ),
            merge_findings(
                [
                    findings("QLT001", "warn", empty, column=text, confidence=1.0, suggestion="drop"),
                    findings("QLT002", "warn", broken, column=text, confidence=0.8, suggestion="repair"),
                    findings("QLT003", "info", markup, column=text, confidence=0.9, suggestion="strip"),
                ]
            ),
            (_histogram(lengths),),
        )


def _count(text: str) -> int:
    return len(re.findall(_MARKUP, text))


def _histogram(lengths: np.ndarray) -> Figure:
    """Rows by text length; the last bin holds all beyond the 99th percentile."""
    top = max(float(np.quantile(lengths, 0.99)), 1.0)
    width = max(1, int(np.ceil(top / _LENGTH_BINS)))
    counts = np.bincount(np.minimum(lengths // width, _LENGTH_BINS), minlength=_LENGTH_BINS + 1)
    labels = (*(f"{i * width}" for i in range(_LENGTH_BINS)), f"{_LENGTH_BINS * width}+")
    return Figure("histogram", "figure.text_length", labels, tuple(float(c) for c in counts))
