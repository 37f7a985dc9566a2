"""Sentences of tagged words: files in columns (CoNLL), and tables with one word per row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from auditor.corpus.readers.base import FileRows

_TAG = re.compile(r"[BIESLUM][-_]\S+|O|_")
_ENTITY = re.compile(r"[BIESLUM][-_]\S+")
_WORDS, _SENTENCES = ("word", "words", "token", "tokens"), (
    "sentence #", "sentence", "sentence_id", "sent_id", "sentence_idx", "sentence no", "sent", "sentence id"
)  # fmt: skip
_NUMBERED = re.compile(r"(\D*)(\d+)")
_HEADS = frozenset({"tag", "tags", "label", "labels", "ner", "ner_tag", "ner_tags", "bio", "iob"})
_SHARE = 0.95
_HEAD = 1_000
_COUNT = re.compile(r"\d{1,4}(?:[-.]\d{1,4})?")
_CONLL_U, _UPOS = 10, 3
"""Number of columns of CoNLL-U, and the one with parts of speech."""
_COMMENT = ("-DOCSTART-", "# ", "#\t")


@dataclass(frozen=True)
class Columns:
    """The separator of the columns of a file (a tab; None: blanks), and their number."""

    mark: str | None
    width: int


def detect_columns(text: str) -> Columns | None:
    """The columns of a text whose last column consists of entity tags; None for other texts."""
    lines = [line for line in text[:1_000_000].split("\n")[:_HEAD] if _is_word(line)]
    for mark in ("\t", None):
        cells = [line.strip("\r").split(mark) for line in lines]
        widths = {len(one) for one in cells}
        if not cells or len(widths) != 1 or min(widths) < 2:
            continue
        last = [one[-1].strip() for one in cells]
        if any(map(_ENTITY.fullmatch, last)) and sum(map(bool, map(_TAG.fullmatch, last))) >= _SHARE * len(last):
            return Columns(mark, min(widths))
    return None


def parse_sentences(text: str, columns: Columns | None) -> FileRows:
    """Parse a file with one word per line and a blank line after each sentence.

    Args:
        text: content of the file.
        columns: the columns of the file; None: derived from the first line.

    Returns:
        The columns `tokens` and `tags`, and `tags_2` ... for the others. A sentence with lines of different
        numbers of columns is rejected.
    """
    rows = FileRows({"tokens": [], "tags": []})
    lines = text.removeprefix("\ufeff").split("\n")
    first = next((line for line in lines if _is_word(line)), "")
    mark = columns.mark if columns else ("\t" if "\t" in first else None)
    width = columns.width if columns else len(first.split(mark))
    heads = [line.split(mark)[0].strip() for line in lines[:_HEAD] if _is_word(line)]
    is_counted = width > 2 and bool(heads) and all(map(_COUNT.fullmatch, heads))
    numbered = enumerate((line.rstrip("\r") for line in lines), 1)
    for is_inside, group in groupby(numbered, key=lambda one: bool(one[1].strip()) and not _is_aside(one[1])):
        if not is_inside:
            continue
        block = list(group)
        if block[0][1].split(mark)[-1].strip().lower() in _HEADS:
            del block[0]  # a header
        if not block:
            continue
        cells = [[cell.strip() for cell in line.split(mark)] for _, line in block]
        is_even = all(len(one) == width for one in cells) and width > 1
        values = _columns(cells, width, is_counted=is_counted) if is_even else {}
        rows.add(block[0][0], values, None if is_even else "missing_field")
    rows.add_notice("sentences", len(rows.places))
    return rows


def _columns(cells: Sequence[Sequence[str]], width: int, *, is_counted: bool) -> dict[str, list[str]]:
    """The words of a sentence, their tags, and the other columns.

    If the first column counts the words, they are in the second one; of ten columns (CoNLL-X, CoNLL-U), the fourth
    contains the tags. Lines of CoNLL-U that are no words (``1-2``, ``8.1``) are left out.
    """
    word, tag = (1, _UPOS if width == _CONLL_U else width - 1) if is_counted else (0, width - 1)
    kept = [one for one in cells if one[0].isdecimal()] if is_counted else cells
    values = {"tokens": [one[word] for one in kept], "tags": [one[tag] for one in kept]}
    between = [i for i in range(word + 1, width) if i != tag]
    return values | {f"tags_{i + 1}": [one[i] for one in kept] for i in between}


def _is_aside(line: str) -> bool:
    return line.startswith(_COMMENT)


def _is_word(line: str) -> bool:
    return bool(line.strip()) and not _is_aside(line)


def group_sentences(rows: FileRows) -> FileRows:
    """Group a table with one word per row into sentences if it has columns of words, tags and sentence ids.

    Other tables are returned unchanged. All other columns become lists. The sentence id, which becomes `id`, may be
    given only in the first row of a sentence.
    """
    names = {name.strip().lower(): name for name in rows.columns}
    word = next((names[name] for name in _WORDS if name in names), None)
    sentence = next((names[name] for name in _SENTENCES if name in names), None)
    if word is None or sentence is None or not rows.places:
        return rows
    tags = next((name for name in rows.columns if _are_tags(rows.columns[name])), None)
    if tags is None or not all(isinstance(value, str) for value in rows.columns[word]):
        return rows
    keys = _filled(rows.columns[sentence])
    if len(set(keys)) * 2 > len(keys):
        return rows
    renamed = {word: "tokens", tags: "tags"}
    key = "id" if "id" not in names else "sentence_id"
    found = FileRows({}, bad=rows.bad, notes=rows.notes)
    for _, group in groupby(range(len(keys)), key=lambda i: keys[i]):
        places = list(group)
        values: dict[str, object] = {key: keys[places[0]]}
        for name, columns in rows.columns.items():
            if name != sentence:
                values[renamed.get(name, name)] = [columns[i] for i in places]
        for name, value in values.items():
            found.columns.setdefault(name, []).append(value)
        found.places.append(rows.places[places[0]])
        found.lines.append(rows.lines[places[0]])
    found.add_notice("sentences", len(found.places))
    return found


def holds_words(columns: Iterable[str]) -> bool:
    """Whether a table with these columns may have one word per row; see `group_sentences`."""
    names = {name.strip().lower() for name in columns}
    return not names.isdisjoint(_WORDS) and not names.isdisjoint(_SENTENCES)


def _are_tags(values: Sequence[object]) -> bool:
    texts = [value for value in values if isinstance(value, str)]
    share = sum(bool(_TAG.fullmatch(value)) for value in texts)
    return bool(texts) and share >= _SHARE * len(values) and any(map(_ENTITY.fullmatch, texts))


def _filled(values: Sequence[object]) -> list[str]:
    """The values, with empty ones replaced by the preceding value."""
    found, last = [], ""
    for value in values:
        last = str(value) if value not in (None, "") else last
        found.append(last)
    numbers = [_NUMBERED.fullmatch(cells) for cells in found]
    if all(numbers) and len({number[1] for number in numbers if number}) == 1:
        return [number[2] for number in numbers if number]  # of "Sentence: 12"
    return found
