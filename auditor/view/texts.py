"""The texts of rows for display: masked as in reports, and raw only on request for a single row."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import Texts, replace_values
from auditor.errors import CheckError
from auditor.report.choose_excerpts import Windows, around, in_known_language
from auditor.report.excerpts import MatchedRow, Piece, make_excerpts, make_pair_excerpts, visible, visible_lines
from auditor.report.view.context import Context
from auditor.report.view.rows import LABEL
from auditor.view.rows import Rows

Pieces: TypeAlias = tuple[Piece, ...]
_Make: TypeAlias = Callable[[Sequence[int], str], list[Pieces]]
WHY = "why"
"""Kind of the only piece if the text cannot be shown; its text is the reason."""
LINE, WHOLE, PAIRED, RAW = 200, 8_000, 3_000, 200_000
"""Maximum number of characters shown of a text in a list, alone, in a pair, and raw."""
_REMEMBERED = 3_000
_LOWER_BYTES = 1 << 29
"""Maximum size of texts of which a lower-case copy is kept, which makes searches three times as fast."""
_HIDDEN = "\x00"


class RowTexts:
    """The masked texts of the rows of a run.

    Args:
        rows: rows of the run.
        settings: settings of the run, for the detection of personal data.
        language: language of the corpus.
        corpus: the input; None: only `known` and the excerpts of the report are available.
        known: masked texts of the data set by row id.
        context: the audit in the reader's language, with the excerpts of its report.
    """

    def __init__(
        self,
        rows: Rows,
        settings: Settings,
        language: str,
        corpus: Corpus | None,
        known: Mapping[int | None, str],
        context: Context,
    ) -> None:
        self._rows, self._settings, self._language = rows, settings, language
        self._corpus, self._context = corpus, context
        self._texts: Sequence[str | None] = (
            [known.get(int(row)) for row in rows.ids] if corpus is None else corpus.texts
        )
        self._lock = threading.Lock()
        self._shown: OrderedDict[tuple[str, int, str], Pieces] = OrderedDict()
        self._column = _searchable(rows, corpus, self._texts)
        small = self._column.nbytes <= _LOWER_BYTES
        self._lower: pa.ChunkedArray | None = pc.utf8_lower(self._column) if small else None

    @property
    def has_raw(self) -> bool:
        """Whether raw texts are available."""
        return self._corpus is not None

    @property
    def looks_for_names(self) -> bool:
        """Whether a name tagger searches the texts before they are shown."""
        return self._settings.pii.ner != "off"

    def raw(self, position: int) -> str | None:
        """The original text with invisible characters written out; None without the input."""
        if self._corpus is None:
            return None
        text = self._corpus.texts[position]
        return visible_lines(text[:RAW]) + ("…" if len(text) > RAW else "")

    def having(self, words: str) -> np.ndarray:
        """bool, one per row: whether the text contains `words` outside of personal data that the run found."""
        if self._lower is not None:
            return np.asarray(pc.match_substring(self._lower, words.lower()))
        return np.asarray(pc.match_substring(self._column, words, ignore_case=True))

    def lines(self, positions: Sequence[int], words: str = "") -> list[Pieces]:
        """The beginning of each text, or the passage with `words`."""
        return self._cached("line", positions, words, self._lines)

    def whole(self, position: int) -> Pieces:
        """A text with its line breaks, up to `WHOLE` characters."""
        return self._cached("whole", [position], "", self._whole)[0]

    def pair(self, position: int, other: int) -> tuple[Pieces, Pieces]:
        """Two texts with differences marked, up to `PAIRED` characters; equal texts as one piece of kind ``same``."""
        first, second = self._texts[position], self._texts[other]
        if first is None or second is None or not all(in_known_language([first, second], self._settings)):
            return self.whole(position), self.whole(other)
        with self._lock:
            windows = self._windows()
            left, right = (windows.add(text, 0, min(len(text), PAIRED))[0] for text in (first, second))
            self._search(windows)
            pairs = [("", position, left, other, right)]
            excerpts = make_pair_excerpts(pairs, windows.spans, PAIRED)
        return self._pair_pieces(excerpts[0].parts), self._pair_pieces(excerpts[1].parts)

    def _pair_pieces(self, pieces: Pieces) -> Pieces:
        """Pieces of a pair, in which masked values can be marked as different."""
        return tuple((kind, self._context.with_titles(text)) for kind, text in pieces)

    def _cached(self, kind: str, positions: Sequence[int], words: str, make: _Make) -> list[Pieces]:
        with self._lock:
            new = [row for row in dict.fromkeys(positions) if (kind, row, words) not in self._shown]
            for row, pieces in zip(new, make(new, words), strict=True):
                self._shown[kind, row, words] = pieces
            result = [self._shown[kind, row, words] for row in positions]
            while len(self._shown) > _REMEMBERED:
                self._shown.popitem(last=False)
        return result

    def _whole(self, positions: Sequence[int], words: str) -> list[Pieces]:
        return self._masked([(place, 0, WHOLE, None) for place in positions], WHOLE, keep_lines=True)

    def _lines(self, positions: Sequence[int], words: str) -> list[Pieces]:
        passages = []
        for row in positions:
            text, match = self._texts[row] or "", self._find(row, words)
            passages.append((row, *around(text, match), match))
        return self._masked(passages, LINE)

    def _find(self, position: int, words: str) -> tuple[int, int] | None:
        """Range of `words` in a text outside of personal data; None: not found."""
        if not words or words.startswith("#"):
            return None
        text = self._column[position].as_py() or ""
        start = text.lower().find(words.lower())
        return (start, min(start + len(words), len(text))) if 0 <= start < len(text) else None

    def _masked(
        self, passages: Sequence[tuple[int, int, int, tuple[int, int] | None]], limit: int, *, keep_lines: bool = False
    ) -> list[Pieces]:
        """Pieces of (position, first and last character, match); must be called with the lock held."""
        texts = [self._texts[row] for row, *_ in passages]
        is_known_language = in_known_language([text or "" for text in texts], self._settings)
        windows, rows = self._windows(), list[MatchedRow]()
        for (row, first, last, match), text, is_known in zip(passages, texts, is_known_language, strict=True):
            if text is not None and is_known:
                window, before = windows.add(text, first, min(last, len(text)))
                inside = (match[0] - before, match[1] - before) if match else None
                rows.append((row, "", window, inside))
        self._search(windows)
        excerpts = make_excerpts(rows, windows.spans, limit, keep_lines=keep_lines)
        parts = {excerpt.row_id: excerpt.parts for excerpt in excerpts}
        return [
            self._titled(parts[row]) if row in parts else self._fallback(row, text is None)
            for (row, *_), text in zip(passages, texts, strict=True)
        ]

    def _fallback(self, position: int, is_unknown: bool) -> Pieces:
        """The report's excerpt, or the reason why a text is not shown."""
        excerpt = self._context.texts.get(int(self._rows.ids[position])) if is_unknown else None
        if excerpt is not None:
            return self._titled(tuple((kind, visible(text)) for kind, text in excerpt.parts if kind != LABEL))
        return ((WHY, self._context.messages.text("view.text.absent" if is_unknown else "view.text.language")),)

    def _titled(self, pieces: Pieces) -> Pieces:
        """Pieces with titles of entity types; a match within a mask is shown as a mask only."""
        return tuple(
            ("mask" if kind == "mark" and text.startswith("⟦") else kind, self._context.with_titles(text))
            for kind, text in pieces
        )

    def _windows(self) -> Windows:
        return Windows(self._language, self._settings)

    def _search(self, windows: Windows) -> None:
        try:
            windows.search()
        except CheckError:  # no tagger is installed, which the audit and the page report
            if self._settings.pii.ner == "off":
                raise
            off = self._settings.pii.model_copy(update={"ner": "off"})
            self._settings = self._settings.model_copy(update={"pii": off})
            windows.search(names=False)


def _searchable(rows: Rows, corpus: Corpus | None, texts: Sequence[str | None]) -> pa.ChunkedArray:
    """The texts with every character of detected personal data replaced by a character that cannot be typed.

    Rows with several fields and personal data are not searched at all, since spans refer to the fields.
    """
    if corpus is None or not isinstance(texts, Texts):
        return pa.chunked_array([pa.array([text or "" for text in texts], pa.large_string())])
    findings = rows.found.append_column("at", pa.array(rows.found_row))
    findings = findings.filter(pc.starts_with(findings.column("code"), "PII"))
    columns = pa.array(list(corpus.text_columns) if corpus.shape.is_composed else [corpus.roles.text])
    findings = findings.filter(pc.is_in(findings.column("column"), columns))
    if corpus.shape.is_composed:
        return replace_values(corpus.text, dict.fromkeys(np.unique(findings.column("at").to_numpy()).tolist(), ""))
    findings = findings.filter(findings.column("start").is_valid())
    spans: dict[int, list[tuple[int, int]]] = {}
    for row, start, end in zip(*(findings.column(name).to_pylist() for name in ("at", "start", "end")), strict=True):
        spans.setdefault(row, []).append((start, end))
    order = sorted(spans)
    return replace_values(
        corpus.text,
        {
            row: _hidden(text, spans[row])
            for row, text in zip(order, texts.take(np.array(order, np.int64)), strict=True)
        },
    )


def _hidden(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + _HIDDEN * (min(end, len(text)) - start) + text[end:]
    return text
