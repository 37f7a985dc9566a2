"""The final text of every row: personal data masked first, on the text it was found in, then the text steps.

Masking first keeps the offsets of findings true. A step can bring to light what the audit could not see in the raw
text (``a&#64;b.org``, a number with two blanks in it), so texts that were masked or that a step changed are looked
through and masked again. What masking put in is out of reach of the steps: they see one character of private use for
it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.corpus.texts import Texts, gather, text_digests
from auditor.dedup.clusters import components
from auditor.pii.masking.columns import Rescan, until_nothing_is_found
from auditor.pii.masking.masker import Masked, Masker, Span, identity_word
from auditor.prepare.transforms import clean_text

_PRIVATE, _ROOM = (0xF0000, 0x100000), 0xFFFE
"""Planes of private use, and how many characters each has."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one step did to one row: its position, the step, the text before and after, and its column.

    The text of a cell that holds more than a text is its `written_form`.
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
        texts: final text by position; of rows with several fields the view.
        changes: by row, in the order in which they were done.
        columns: by column beside the text, by position: the masked value; the fields of the text among them.
        inserted: by column (the text among them), by position: the places where masking put something in.
        compared_texts: by position, the final text with a word for each masked value; in memory only.
        compared_cells: of rows with several fields by column, by position: the values that change, with a word for each
            masked value; in memory only.
        labels: the replacement of a masked label, by label.
        names: the replacement of a masked column name, by name.
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
        """The final texts with a word for each masked value: rows that only masking makes equal stay different."""
        return self.final(corpus).with_changes(self.compared_texts)

    def compared_fields(self, corpus: Corpus, rows: np.ndarray) -> dict[str, pa.Array]:
        """`compared` by column, of rows with several fields: each side is compared with its like.

        Args:
            corpus: whose shape is composed.
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
    """Mask, do the steps, look again.

    Args:
        corpus: the rows.
        spans: what to mask in the texts, by position.
        steps: names of the text steps.
        masker: what replaces a value.
        rescan: finds what to mask in texts that were changed; None: they are taken as they are.
        rows: positions of the rows to clean; None: all.

    Raises:
        CheckError: the steps do not converge on a row.
        SafetyError: masking does not converge on a row.
    """
    changes: dict[int, list[Change]] = {}

    def stepped(row: int, one: Masked) -> Masked:
        """Note what masking did, then do the steps."""
        _note(changes, row, "mask", one.text, corpus)
        for step, after in steps_on(one, steps):
            _note(changes, row, step, after.text, corpus)
            one = after
        return one

    texts: dict[int, Masked] = {}
    if rows is None and not steps:
        rows = spans.keys()  # nothing is done to the others
    for row, text in enumerate(corpus.texts) if rows is None else _texts_of(corpus, rows):
        own = spans.get(row)
        one = stepped(row, masker(Masked(text), own) if own else Masked(text))
        if own or row in changes:
            texts[row] = one
    texts = until_nothing_is_found(texts, masker, rescan, corpus.roles.text, stepped)
    final = {row: done[-1].new for row, done in sorted(changes.items()) if done[-1].new != corpus.texts[row]}
    inserted = {row: one.inserted for row, one in texts.items() if one.inserted}
    compared = {row: compared_text(one) for row, one in texts.items() if one.inserted}
    return Cleaned(final, {row: changes[row] for row in final}, {}, {corpus.roles.text: inserted}, compared)


def _texts_of(corpus: Corpus, rows: Collection[int]) -> Iterator[tuple[int, str]]:
    return ((row, corpus.texts[row]) for row in sorted(rows))


def compared_text(one: Masked) -> str:
    """The text with a word for each masked value."""
    pieces: list[str] = []
    position = 0
    for (start, end, entity), value in zip(one.inserted, one.values, strict=True):
        pieces += [one.text[position:start], f" {identity_word(entity, value)} "]
        position = end
    return "".join([*pieces, one.text[position:]])


def _note(changes: dict[int, list[Change]], row: int, step: str, new: str, corpus: Corpus) -> None:
    old = changes[row][-1].new if row in changes else corpus.texts[row]
    if old != new:
        changes.setdefault(row, []).append(Change(row, step, old, new, corpus.roles.text))


def steps_on(one: Masked, steps: Sequence[str]) -> list[tuple[str, Masked]]:
    """(step, text after it) of every step that changed something; what was put in stays as it is."""
    base = _free_plane(one.text, len(one.inserted))
    if base is None:
        return []
    hidden = one.text
    for number in range(len(one.inserted) - 1, -1, -1):
        start, end, _ = one.inserted[number]
        hidden = hidden[:start] + chr(base + number) + hidden[end:]
    texts = clean_text(hidden, steps)
    done = [(step, _shown(text, one, base)) for step, text in texts]
    if "whitespace" not in steps or all(end > start for start, end, _ in one.inserted):
        return done
    # where nothing was put in, the blanks on both sides have met
    joined = _joined(_shown(texts[-1][1] if texts else hidden, one, base))
    if joined.text != (done[-1][1] if done else one).text:
        done.append(("whitespace", joined))
    # seldom is there more to do; the places where nothing was put in are then no longer known
    known = [(p, v) for p, v in zip(joined.inserted, joined.values, strict=True) if p[1] > p[0]]
    return [*done, *steps_on(Masked(joined.text, tuple(p for p, _ in known), tuple(v for _, v in known)), steps)]


def _joined(one: Masked) -> Masked:
    """One blank of those that meet where nothing was put in, and none at the ends of the text."""
    text, inserted, gone = one.text, [], 0
    for start, end, entity in one.inserted:
        start, end = start - gone, end - gone
        left, right = text[end - 1 : end] if end else "", text[end : end + 1]
        if start == end and right == " " and (not left or left.isspace()):
            text, gone = text[:end] + text[end + 1 :], gone + 1
        elif start == end and left == " " and right in ("", "\n"):
            text, gone, start, end = text[: end - 1] + text[end:], gone + 1, start - 1, end - 1
        inserted.append((start, end, entity))
    return Masked(text, tuple(inserted), one.values)


def _free_plane(text: str, places: int) -> int | None:
    """A plane of private use that the text does not use; None where there is none, or there are too many places."""
    if not places:
        return _PRIVATE[0]
    used = {ord(character) & ~0xFFFF for character in text if ord(character) >= _PRIVATE[0]}
    return next((base for base in _PRIVATE if base not in used and places <= _ROOM), None)


def _shown(hidden: str, one: Masked, base: int) -> Masked:
    """`hidden` with what the private characters stand for put back, and where it is now."""
    parts: list[str] = []
    inserted: list[Span] = []
    position = length = 0
    for number, (start, end, entity) in enumerate(one.inserted):
        at = hidden.index(chr(base + number), position)
        before, new = hidden[position:at], one.text[start:end]
        parts += [before, new]
        length += len(before) + len(new)
        inserted.append((length - len(new), length, entity))
        position = at + 1
    return Masked("".join([*parts, hidden[position:]]), tuple(inserted), one.values)


def text_keys(texts: Sequence[str], digests: np.ndarray | None = None) -> np.ndarray:
    """int64, one per text: equal for equal texts after normalisation; a text without content equals no other.

    Args:
        texts: any texts.
        digests: of the texts, where they are known (`text_digests`).
    """
    digests = text_digests(texts) if digests is None else digests
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    fresh = np.ones(len(order), bool)
    fresh[1:] = (digests[order[1:]] != digests[order[:-1]]).any(axis=1)
    keys = np.empty(len(order), np.int64)
    keys[order] = np.cumsum(fresh) - 1
    blank = np.flatnonzero((digests == text_digests([""])).all(axis=1))
    empty = np.array([row for row in blank.tolist() if not texts[row].strip()], np.int64)
    keys[empty] = keys.max(initial=-1) + 1 + np.arange(len(empty))
    return keys


def joined_groups(*keys: np.ndarray) -> np.ndarray:
    """int64, one per row: rows that share a value in any of `keys` share a group (connected components)."""
    rows = len(keys[0])
    if rows == 0:
        return np.zeros(0, np.int64)
    edges, place = [], np.arange(rows)
    for key in keys:
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        edges.append((order[1:][same], order[:-1][same]))
    a = np.concatenate([place, *(x for x, _ in edges)])
    b = np.concatenate([place, *(y for _, y in edges)])
    return components(rows, a, b)
