"""Text files: documents, a text a line, or a layout of their own: words in columns, fastText, fields with tabs."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.beside import annotation_file_of, label_file_of
from auditor.corpus.readers.brat import brat_spans
from auditor.corpus.readers.csv import table_of
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.spans import tagged
from auditor.corpus.readers.words import columns_of, sentences_of
from auditor.errors import InputError

_LABEL = re.compile(r"__label__(\S+)\s*")
_HEAD, _LEAST = 1_000, 3
_MAX_CLASSES = 50


class TxtReader:
    """Text files; the only column is `text` where the file has no other layout. A blank line is no row."""

    suffixes = (".txt", ".text", ".log")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        if file.settings.txt == "auto":
            rows = _with_file_beside(text, file) or _with_layout(text, file)
            if rows is not None:
                return rows
        return plain(text, by_line=file.settings.txt == "line" or (file.settings.txt == "auto" and file.is_alone))


def plain(text: str, *, by_line: bool) -> FileRows:
    """One text, or one a line."""
    rows = FileRows({"text": []}, is_document=True)
    if not by_line:
        rows.add(1, {"text": text})
        return rows
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            rows.add(number, {"text": line})
    return rows


def _with_file_beside(text: str, file: InputFile) -> FileRows | None:
    """The rows of a file whose labels or annotations stand in a file beside it; None where there is none.

    Raises:
        InputError: it has not as many labels as lines, or annotations that cannot be read.
    """
    if file.content is not None:
        return None
    if annotations := annotation_file_of(file.path):
        spans = brat_spans(replace(file, path=annotations))
        words, tags, lost = tagged(text, spans)
        rows = FileRows(is_document=True, is_sparse=True)
        marks = [{"start": one.start, "end": one.end, "label": one.label} for one in spans]
        rows.add(1, {"text": text, "spans": marks, "tokens": words, "tags": tags})
        rows.tell("spans")
        if lost:
            rows.tell("spans_without_tags", lost)
        return rows
    if (beside := label_file_of(file.path)) is None:
        return None
    texts = text.splitlines()
    labels = replace(file, path=beside).read_text().splitlines()
    if len(texts) != len(labels):
        raise InputError(
            f"The file of labels has {len(labels):,} lines, that of texts {len(texts):,}.",
            where=f"{beside}, {file.path.name}",
            fix="Bring them to one label a line of text, or give --set corpus.txt=line to read the texts alone.",
        )
    rows = FileRows({"text": [], "label": []})
    for number, (line, label) in enumerate(zip(texts, labels, strict=True), 1):
        if line.strip() or label.strip():
            rows.add(number, {"text": line, "label": label.strip() or None})
    rows.tell("label_file")
    return rows


def _with_layout(text: str, file: InputFile) -> FileRows | None:
    """The rows of a file whose lines are no texts; None where they are."""
    lines = [line for line in text[:4_000_000].splitlines() if line.strip()][:_HEAD]
    if sum(bool(_LABEL.match(line)) for line in lines) >= 0.9 * len(lines):
        return _fasttext(text)
    if len(lines) < _LEAST:
        return None
    column = columns_of(text)
    if column is not None:
        return sentences_of(text, column)
    mark = _mark(lines)
    if mark is None:
        return None
    rows = table_of(text, file, mark)
    rows.tell("table_in_txt", detail={"\t": "tab"}.get(mark, mark))
    return rows


def _mark(lines: list[str]) -> str | None:
    """A delimiter that every line has as often; other than the tab, one before or after a class."""
    for mark in "\t;|":
        counts = {line.count(mark) for line in lines}
        if len(counts) != 1 or counts == {0}:
            continue
        if mark == "\t" or _are_classes([line.rpartition(mark)[2] for line in lines[1:]]):
            return mark
    return None


def _are_classes(values: list[str]) -> bool:
    counts = Counter(values)
    return 1 < len(counts) <= _MAX_CLASSES and len(values) >= 3 * len(counts)


def _fasttext(text: str) -> FileRows:
    """Lines that begin with their labels, as fastText reads them."""
    rows = FileRows()
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    is_several = any(len(_labels(line)[0]) > 1 for _, line in lines)
    for number, line in lines:
        labels, rest = _labels(line)
        if is_several:
            rows.add(number, {"label": labels, "text": rest})
        else:
            rows.add(number, {"label": labels[0] if labels else None, "text": rest})
    rows.tell("fasttext", len(rows.places))
    return rows


def _labels(line: str) -> tuple[list[str], str]:
    labels, place = [], 0
    while match := _LABEL.match(line, place):
        labels.append(match[1])
        place = match.end()
    return labels, line[place:]
