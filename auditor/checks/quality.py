"""Text quality, besides the five dimensions: empty texts, broken encoding, markup residue."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import Check, Shared
from auditor.core.findings import Severity, findings, merge_findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import CheckResult, Completed
from auditor.corpus.corpus import Corpus
from auditor.text.repair import broken_encoding_span, markup_span

_EMPTY = r"^[\p{Z}\p{Cc}\p{Cf}\s\x{115F}\x{1160}\x{2800}\x{3164}\x{FFA0}\x{FE00}-\x{FE0F}]*$"
"""Invisible characters: white space, control and format characters, and letters and marks rendered blank."""
PLACEHOLDERS = frozenset({
    "[removed]", "[deleted]", "[redacted]", "[empty]", "<null>", "(null)", "null", "nan", "none", "n/a", "#n/a",
    "#name?", "#value", "#ref", "#div/0", "#num", "#null", "undefined", "nil", "<na>", "(empty)", "(blank)",
    "(no text)", "[ removed by reddit ]", "[deleted by user]", "[removed by moderator]", "[unavailable]",
    "[deleted video]", "[private video]", "此内容已删除", "该内容已被删除", "该评论已删除", "评论已删除",
    "评论已被删除", "抱歉，此微博已被作者删除", "此用户没有填写评价", "此用户没有填写评论", "此用户未填写评价内容",
    "该用户未填写评价内容", "系统默认好评", "系统默认评论", "转发微博", "暂无",
})  # fmt: skip
"""Placeholders for a missing text, compared without case, outer white space and final stops."""
_PLACEHOLDER_ENDS = ".!。！"
_LENGTH_BINS = 40

Place = tuple[int, int, int]
"""Row id, and start and end (code points) of a finding."""


@dataclass(frozen=True)
class _Part:
    empty: np.ndarray
    placeholder: np.ndarray
    broken: list[Place]
    markup: list[Place]
    lengths: np.ndarray


class QualityCheck(Check[_Part]):
    """Applies row-wise rules to the text."""

    prefix = "QLT"
    dimension = "quality"

    def scan(self, batch: pa.RecordBatch) -> _Part:
        """Row ids by rule, and text lengths in characters."""
        text = pc.fill_null(batch.column("text"), "")
        row_id = batch.column("row_id").to_numpy()
        empty = pc.match_substring_regex(text, _EMPTY).to_numpy(zero_copy_only=False)
        core = pc.utf8_rtrim(pc.utf8_lower(pc.utf8_trim_whitespace(text)), characters=_PLACEHOLDER_ENDS)
        plain = pc.is_in(core, pa.array(sorted(PLACEHOLDERS), text.type))
        broken = pc.match_substring_regex(text, r"[^\t-\r\x20-\x7e]")
        markup = pc.match_substring_regex(text, r"[<&\[{]|'''")
        return _Part(
            row_id[empty],
            row_id[plain.to_numpy(zero_copy_only=False)],
            _places(text, broken, row_id, broken_encoding_span),
            _places(text, markup, row_id, markup_span),
            pc.utf8_length(text).to_numpy(),
        )

    def finish(self, partials: Sequence[_Part], corpus: Corpus, shared: Shared) -> CheckResult:
        """QLT001 empty, QLT002 broken encoding, QLT003 markup residue, QLT004 a placeholder instead of a text."""
        empty, placeholder = (
            np.concatenate([getattr(part, name) for part in partials]) for name in ("empty", "placeholder")
        )
        broken, markup = (
            [place for part in partials for place in getattr(part, name)] for name in ("broken", "markup")
        )
        lengths = np.concatenate([part.lengths for part in partials])
        text = corpus.roles.text
        return Completed(
            (
                measured("quality.empty_rate", len(empty) / len(corpus)),
                measured("quality.broken_rate", len(broken) / len(corpus)),
                measured("quality.reject_rate", len(corpus.rejects) / corpus.rows_read),
                measured("quality.markup_rows", len(markup)),
                measured("quality.placeholder_rows", len(placeholder)),
                measured("quality.median_length", float(np.median(lengths))),
            ),
            merge_findings(
                [
                    findings("QLT001", "warn", empty, column=text, confidence=1.0, suggestion="drop"),
                    _of_places("QLT002", "warn", broken, text, 0.8, "repair"),
                    _of_places("QLT003", "info", markup, text, 0.9, "strip"),
                    findings("QLT004", "warn", placeholder, column=text, confidence=0.9),
                ]
            ),
            (_histogram(lengths),),
        )


def _places(
    text: pa.Array, maybe: pa.Array, row_id: np.ndarray, find: Callable[[str], tuple[int, int] | None]
) -> list[Place]:
    """The results of `find` for the texts that may contain a match."""
    rows = np.flatnonzero(maybe.to_numpy(zero_copy_only=False)).tolist()
    found = ((i, find(text[i].as_py())) for i in rows)
    return [(int(row_id[i]), *place) for i, place in found if place is not None]


def _of_places(
    code: str, severity: Severity, places: Sequence[Place], column: str, confidence: float, suggestion: str
) -> pa.Table:
    return findings(
        code,
        severity,
        [row_id for row_id, _, _ in places],
        column=column,
        start=[start for _, start, _ in places],
        end=[end for _, _, end in places],
        confidence=confidence,
        suggestion=suggestion,
    )


def _histogram(lengths: np.ndarray) -> Figure:
    """Rows by text length, in at most 40 bins of round width; the last contains all beyond the 99th percentile."""
    top = max(float(np.quantile(lengths, 0.99)), 1.0)
    power = 10 ** int(np.log10(max(top / _LENGTH_BINS, 1)))
    width = next(step * power for step in (1, 2, 5, 10) if step * power * _LENGTH_BINS >= top)
    bins = int(np.ceil(top / width))
    counts = np.bincount(np.minimum(lengths // width, bins), minlength=bins + 1)
    labels = (*(f"{i * width}" for i in range(bins)), f"{bins * width}+")
    return Figure("histogram", "figure.text_length", labels, tuple(float(c) for c in counts))
