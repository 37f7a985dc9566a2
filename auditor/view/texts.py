"""The texts of rows as they may be shown: masked as in reports, and raw only where a person asks for a row."""

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
"""Kind of the only piece where there is no text: its text is a key of the catalogue."""
LINE, WHOLE, PAIRED, RAW = 200, 8_000, 3_000, 200_000
"""Characters shown of a text in a list, alone, beside another one, and raw."""
_REMEMBERED = 3_000
_LOWER_BYTES = 1 << 29
"""Texts of up to so many bytes are held in lower case as well, which makes a search three times as fast."""
_HIDDEN = "\x00"


class RowTexts:
    """The texts of a run's rows, masked.

    Args:
        rows: of the run.
        settings: of the run; texts are searched for personal data with them.
        language: of the corpus.
        corpus: the input; None: `known` and `excerpts` are all there is.
        known: texts of the data set by row, which the run masked.
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
        """Whether raw texts can be asked for."""
        return self._corpus is not None

    @property
    def looks_for_names(self) -> bool:
        """Whether a name tagger looks through what is shown."""
        return self._settings.pii.ner != "off"

    def raw(self, position: int) -> str | None:
        """A text as it came, unseen characters written out; None without the input."""
        if self._corpus is None:
            return None
        text = self._corpus.texts[position]
        return visible_lines(text[:RAW]) + ("…" if len(text) > RAW else "")

    def having(self, words: str) -> np.ndarray:
        """bool, one per row: whether the text holds `words` outside of what the run found to be personal data."""
        if self._lower is not None:
            return np.asarray(pc.match_substring(self._lower, words.lower()))
        return np.asarray(pc.match_substring(self._column, words, ignore_case=True))

    def lines(self, positions: Sequence[int], words: str = "") -> list[Pieces]:
        """The beginning of each text, or where `words` are in it."""
        return self._remembered("line", positions, words, self._lines)

    def whole(self, position: int) -> Pieces:
        """A text with its lines, up to `WHOLE` characters."""
        return self._remembered("whole", [position], "", self._whole)[0]

    def pair(self, position: int, other: int) -> tuple[Pieces, Pieces]:
        """Two texts with what differs marked, up to `PAIRED` characters; equal texts as one piece of kind ``same``."""
        one, two = self._texts[position], self._texts[other]
        if one is None or two is None or not all(in_known_language([one, two], self._settings)):
            return self.whole(position), self.whole(other)
        with self._lock:
            windows = self._windows()
            left, right = (windows.add(text, 0, min(len(text), PAIRED))[0] for text in (one, two))
            self._look(windows)
            pairs = [("", position, left, other, right)]
            made = make_pair_excerpts(pairs, windows.spans, PAIRED)
        return self._differing(made[0].parts), self._differing(made[1].parts)

    def _differing(self, pieces: Pieces) -> Pieces:
        """Pieces of a pair, in which a masked value may differ too."""
        return tuple((kind, self._context.with_titles(text)) for kind, text in pieces)

    def _remembered(self, kind: str, positions: Sequence[int], words: str, make: _Make) -> list[Pieces]:
        with self._lock:
            new = [place for place in dict.fromkeys(positions) if (kind, place, words) not in self._shown]
            for place, pieces in zip(new, make(new, words), strict=True):
                self._shown[kind, place, words] = pieces
            found = [self._shown[kind, place, words] for place in positions]
            while len(self._shown) > _REMEMBERED:
                self._shown.popitem(last=False)
        return found

    def _whole(self, positions: Sequence[int], words: str) -> list[Pieces]:
        return self._masked([(place, 0, WHOLE, None) for place in positions], WHOLE, keep_lines=True)

    def _lines(self, positions: Sequence[int], words: str) -> list[Pieces]:
        asked = []
        for place in positions:
            text, match = self._texts[place] or "", self._place_of(place, words)
            asked.append((place, *around(text, match), match))
        return self._masked(asked, LINE)

    def _place_of(self, position: int, words: str) -> tuple[int, int] | None:
        """Where `words` are in a text outside of personal data; None: nowhere."""
        if not words or words.startswith("#"):
            return None
        text = self._column[position].as_py() or ""
        start = text.lower().find(words.lower())
        return (start, min(start + len(words), len(text))) if 0 <= start < len(text) else None

    def _masked(
        self, asked: Sequence[tuple[int, int, int, tuple[int, int] | None]], limit: int, *, keep_lines: bool = False
    ) -> list[Pieces]:
        """Pieces of position, first and last character, match; called with the lock held."""
        texts = [self._texts[place] for place, *_ in asked]
        may = in_known_language([text or "" for text in texts], self._settings)
        windows, rows = self._windows(), list[MatchedRow]()
        for (place, first, last, match), text, is_known in zip(asked, texts, may, strict=True):
            if text is not None and is_known:
                window, before = windows.add(text, first, min(last, len(text)))
                inside = (match[0] - before, match[1] - before) if match else None
                rows.append((place, "", window, inside))
        self._look(windows)
        made = {one.row_id: one.parts for one in make_excerpts(rows, windows.spans, limit, keep_lines=keep_lines)}
        return [
            self._said(made[place]) if place in made else self._without(place, text is None)
            for (place, *_), text in zip(asked, texts, strict=True)
        ]

    def _without(self, position: int, is_unknown: bool) -> Pieces:
        """What is shown where the text is not: the report's excerpt, or the reason."""
        excerpt = self._context.texts.get(int(self._rows.ids[position])) if is_unknown else None
        if excerpt is not None:
            return self._said(tuple((kind, visible(text)) for kind, text in excerpt.parts if kind != LABEL))
        return ((WHY, self._context.messages.text("view.text.absent" if is_unknown else "view.text.language")),)

    def _said(self, pieces: Pieces) -> Pieces:
        """With the kinds of personal data in words; a match that lies in something masked is no match to the reader."""
        return tuple(
            ("mask" if kind == "mark" and text.startswith("⟦") else kind, self._context.with_titles(text))
            for kind, text in pieces
        )

    def _windows(self) -> Windows:
        return Windows(self._language, self._settings)

    def _look(self, windows: Windows) -> None:
        try:
            windows.look()
        except CheckError:  # no tagger is installed: the audit says so too, and the page
            if self._settings.pii.ner == "off":
                raise
            off = self._settings.pii.model_copy(update={"ner": "off"})
            self._settings = self._settings.model_copy(update={"pii": off})
            windows.look(names=False)


def _searchable(rows: Rows, corpus: Corpus | None, texts: Sequence[str | None]) -> pa.ChunkedArray:
    """The texts with every character of personal data that the run found replaced by one that nobody types.

    Rows of several fields in which any was found are not searched at all: its places are those of the fields.
    """
    if corpus is None or not isinstance(texts, Texts):
        return pa.chunked_array([pa.array([text or "" for text in texts], pa.large_string())])
    found = rows.found.append_column("at", pa.array(rows.found_row))
    found = found.filter(pc.starts_with(found.column("code"), "PII"))
    columns = pa.array(list(corpus.text_columns) if corpus.shape.is_composed else [corpus.roles.text])
    found = found.filter(pc.is_in(found.column("column"), columns))
    if corpus.shape.is_composed:
        return replace_values(corpus.text, dict.fromkeys(np.unique(found.column("at").to_numpy()).tolist(), ""))
    found = found.filter(found.column("start").is_valid())
    places: dict[int, list[tuple[int, int]]] = {}
    for at, start, end in zip(*(found.column(name).to_pylist() for name in ("at", "start", "end")), strict=True):
        places.setdefault(at, []).append((start, end))
    order = sorted(places)
    return replace_values(
        corpus.text,
        {at: _hidden(text, places[at]) for at, text in zip(order, texts.take(np.array(order, np.int64)), strict=True)},
    )


def _hidden(text: str, places: Sequence[tuple[int, int]]) -> str:
    for start, end in places:
        text = text[:start] + _HIDDEN * (min(end, len(text)) - start) + text[end:]
    return text
