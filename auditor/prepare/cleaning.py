"""Compute the final text of every row: mask personal data in the original text, then apply the text steps.

Masking comes first because the offsets of findings refer to the original text. A step can reveal personal data that
the audit could not see (``a&#64;b.org``, a number with two blanks in it), so texts that were masked or changed by a
step are scanned and masked again. The steps cannot change replacements: each is hidden behind one private-use
character.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import Texts, gather, text_digests
from auditor.dedup.clusters import components
from auditor.pii.masking.columns import Rescan, mask_to_fixpoint
from auditor.pii.masking.masker import Masked, Masker, Span, identity_word
from auditor.prepare.transforms import clean_text

_PRIVATE_PLANES, _PLANE_SIZE = (0xF0000, 0x100000), 0xFFFE
"""Private-use planes, and the number of characters in each."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of one step to one row: position, step, text before and after, and column.

    The text of a cell that is not a single text is its `written_form`.
    """

    row: int
    step: str
    old: str
    new: str
    column: str


@dataclass(frozen=True)
class Cleaned:
    """Final values of the rows that change.

    Attributes:
        texts: final text by position; for rows with several fields, the view.
        changes: changes by position, in order of application.
        columns: changed cells by column (including fields, but not a single text column) and position.
        inserted: spans of replacements by column (including the text) and position.
        compared_texts: final text by position, with a distinct word for each masked value; never written.
        compared_cells: for rows with several fields, changed cells by column and position, with a distinct word for
            each masked value; never written.
        labels: replacement of each masked label.
        names: replacement of each masked column name.
    """

    texts: Mapping[int, str] = field(default_factory=dict)
    changes: Mapping[int, Sequence[Change]] = field(default_factory=dict)
    columns: Mapping[str, Mapping[int, object]] = field(default_factory=dict)
    inserted: Mapping[str, Mapping[int, tuple[Span, ...]]] = field(default_factory=dict)
    compared_texts: Mapping[int, str] = field(default_factory=dict, repr=False)
    compared_cells: Mapping[str, Mapping[int, object]] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    names: Mapping[str, str] = field(default_factory=dict, repr=False)

    def final(self, corpus: Corpus) -> Texts:
        """The final text of every row."""
        return corpus.texts.with_changes(self.texts)

    def compared(self, corpus: Corpus) -> Texts:
        """The final texts with a word for each masked value, so that rows that only masking makes equal differ."""
        return self.final(corpus).with_changes(self.compared_texts)

    def compared_fields(self, corpus: Corpus, rows: np.ndarray) -> dict[str, pa.Array]:
        """Like `compared`, by column, for rows with several fields: each side is compared separately.

        Args:
            corpus: a corpus with a composed shape.
            rows: int64, positions.
        """
        result = {}
        for name in corpus.shape.columns:
            column = gather(corpus.table.column(name), rows)
            new = self.compared_cells.get(name, {})
            if any(row in new for row in rows.tolist()):
                values = [new.get(row, old) for row, old in zip(rows.tolist(), column.to_pylist(), strict=True)]
                column = pa.array(values, column.type)
            result[name] = column
        return result

    def rows(self) -> set[int]:
        """Positions of the rows in which anything changed."""
        return {*self.texts, *(row for values in self.columns.values() for row in values)}


def clean_rows(
    corpus: Corpus,
    spans: Mapping[int, Sequence[Span]],
    steps: Sequence[str],
    masker: Masker,
    rescan: Rescan | None,
    rows: Collection[int] | None = None,
) -> Cleaned:
    """Mask the texts, apply the text steps, and scan changed texts again.

    Args:
        corpus: the rows.
        spans: spans to mask in the texts, by position.
        steps: names of the text steps.
        masker: replaces values.
        rescan: finds spans to mask in changed texts; None: changed texts are not scanned again.
        rows: positions of the rows to clean; None: all.

    Raises:
        CheckError: the steps do not converge on a row.
        SafetyError: masking does not converge on a row.
    """
    changes: dict[int, list[Change]] = {}

    def apply(row: int, masked: Masked) -> Masked:
        """Record the effect of masking, then apply the steps."""
        _record(changes, row, "mask", masked.text, corpus)
        for step, after in steps_on(masked, steps):
            _record(changes, row, step, after.text, corpus)
            masked = after
        return masked

    texts: dict[int, Masked] = {}
    if rows is None and not steps:
        rows = spans.keys()  # the others do not change
    for row, text in enumerate(corpus.texts) if rows is None else _texts_of(corpus, rows):
        row_spans = spans.get(row)
        cleaned = apply(row, masker(Masked(text), row_spans) if row_spans else Masked(text))
        if row_spans or row in changes:
            texts[row] = cleaned
    texts = mask_to_fixpoint(texts, masker, rescan, corpus.roles.text, apply)
    final = {row: done[-1].new for row, done in sorted(changes.items()) if done[-1].new != corpus.texts[row]}
    inserted = {row: masked.inserted for row, masked in texts.items() if masked.inserted}
    compared = {row: compared_text(masked) for row, masked in texts.items() if masked.inserted}
    return Cleaned(final, {row: changes[row] for row in final}, {}, {corpus.roles.text: inserted}, compared)


def _texts_of(corpus: Corpus, rows: Collection[int]) -> Iterator[tuple[int, str]]:
    return ((row, corpus.texts[row]) for row in sorted(rows))


def compared_text(masked: Masked) -> str:
    """The text with a distinct word in place of each masked value."""
    pieces: list[str] = []
    position = 0
    for (start, end, entity), value in zip(masked.inserted, masked.values, strict=True):
        pieces += [masked.text[position:start], f" {identity_word(entity, value)} "]
        position = end
    return "".join([*pieces, masked.text[position:]])


def _record(changes: dict[int, list[Change]], row: int, step: str, new: str, corpus: Corpus) -> None:
    old = changes[row][-1].new if row in changes else corpus.texts[row]
    if old != new:
        changes.setdefault(row, []).append(Change(row, step, old, new, corpus.roles.text))


def steps_on(masked: Masked, steps: Sequence[str]) -> list[tuple[str, Masked]]:
    """Apply text steps without changing replacements; return (step, text after it) for every step with an effect."""
    base = _free_plane(masked.text, len(masked.inserted))
    if base is None:
        return []
    hidden = masked.text
    for number in range(len(masked.inserted) - 1, -1, -1):
        start, end, _ = masked.inserted[number]
        hidden = hidden[:start] + chr(base + number) + hidden[end:]
    texts = clean_text(hidden, steps)
    done = [(step, _unhidden(text, masked, base)) for step, text in texts]
    if "whitespace" not in steps or all(end > start for start, end, _ in masked.inserted):
        return done
    # at empty replacements, blanks of both sides are now adjacent
    joined = _without_double_blanks(_unhidden(texts[-1][1] if texts else hidden, masked, base))
    if joined.text != (done[-1][1] if done else masked).text:
        done.append(("whitespace", joined))
    # apply the steps once more without the empty replacements; this rarely changes anything
    remaining = [(p, v) for p, v in zip(joined.inserted, joined.values, strict=True) if p[1] > p[0]]
    return [
        *done,
        *steps_on(Masked(joined.text, tuple(p for p, _ in remaining), tuple(v for _, v in remaining)), steps),
    ]


def _without_double_blanks(masked: Masked) -> Masked:
    """Remove the blanks doubled by empty replacements, and those left at the ends of the text."""
    text, inserted, removed = masked.text, [], 0
    for start, end, entity in masked.inserted:
        start, end = start - removed, end - removed
        left, right = text[end - 1 : end] if end else "", text[end : end + 1]
        if start == end and right == " " and (not left or left.isspace()):
            text, removed = text[:end] + text[end + 1 :], removed + 1
        elif start == end and left == " " and right in ("", "\n"):
            text, removed, start, end = text[: end - 1] + text[end:], removed + 1, start - 1, end - 1
        inserted.append((start, end, entity))
    return Masked(text, tuple(inserted), masked.values)


def _free_plane(text: str, count: int) -> int | None:
    """A private-use plane without characters in the text; None if there is none, or too many replacements."""
    if not count:
        return _PRIVATE_PLANES[0]
    used = {ord(character) & ~0xFFFF for character in text if ord(character) >= _PRIVATE_PLANES[0]}
    return next((base for base in _PRIVATE_PLANES if base not in used and count <= _PLANE_SIZE), None)


def _unhidden(hidden: str, masked: Masked, base: int) -> Masked:
    """`hidden` with the private-use characters replaced by the replacements they stand for, and their new spans."""
    parts: list[str] = []
    inserted: list[Span] = []
    position = length = 0
    for number, (start, end, entity) in enumerate(masked.inserted):
        found_at = hidden.index(chr(base + number), position)
        before, new = hidden[position:found_at], masked.text[start:end]
        parts += [before, new]
        length += len(before) + len(new)
        inserted.append((length - len(new), length, entity))
        position = found_at + 1
    return Masked("".join([*parts, hidden[position:]]), tuple(inserted), masked.values)


def text_keys(texts: Sequence[str], digests: np.ndarray | None = None) -> np.ndarray:
    """int64, one per text: equal for texts that are equal after normalisation; a blank text equals no other.

    Args:
        texts: any texts.
        digests: the result of `text_digests` for the texts; None: it is computed.
    """
    digests = text_digests(texts) if digests is None else digests
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    is_first = np.ones(len(order), bool)
    is_first[1:] = (digests[order[1:]] != digests[order[:-1]]).any(axis=1)
    keys = np.empty(len(order), np.int64)
    keys[order] = np.cumsum(is_first) - 1
    blank = np.flatnonzero((digests == text_digests([""])).all(axis=1))
    empty = np.array([row for row in blank.tolist() if not texts[row].strip()], np.int64)
    keys[empty] = keys.max(initial=-1) + 1 + np.arange(len(empty))
    return keys


def connected_groups(*keys: np.ndarray) -> np.ndarray:
    """int64, one per row: group of each row; rows that share a value in any of `keys` are connected."""
    rows = len(keys[0])
    if rows == 0:
        return np.zeros(0, np.int64)
    edges, identity = [], np.arange(rows)
    for key in keys:
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        edges.append((order[1:][same], order[:-1][same]))
    a = np.concatenate([identity, *(x for x, _ in edges)])
    b = np.concatenate([identity, *(y for _, y in edges)])
    return components(rows, a, b)
