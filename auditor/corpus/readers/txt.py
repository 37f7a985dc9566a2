"""Text files: documents, one text per line, or another format: words in columns, fastText, delimited fields."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.beside import annotation_file_of, label_file_of
from auditor.corpus.readers.brat import brat_spans
from auditor.corpus.readers.csv import table_of
from auditor.corpus.readers.csv_blocks import DELIMITER_NAMES
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.spans import tag_words
from auditor.corpus.readers.words import detect_columns, parse_sentences
from auditor.errors import InputError

_LABEL = re.compile(r"__label__(\S+)\s*")
_HEAD, _LEAST = 1_000, 3
_MAX_CLASSES = 50


class TxtReader:
    """Text files; the only column is `text` unless another format is detected. Blank lines are skipped."""

    suffixes = (".txt", ".text", ".log")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        if file.settings.txt == "auto":
            rows = _with_file_beside(text, file) or _with_layout(text, file)
            if rows is not None:
                return rows
        return text_rows(text, by_line=file.settings.txt == "line" or (file.settings.txt == "auto" and file.is_alone))


def text_rows(text: str, *, by_line: bool) -> FileRows:
    """The whole file as one text, or one text per line."""
    rows = FileRows({"text": []}, is_document=True)
    if not by_line:
        rows.add(1, {"text": text})
        return rows
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            rows.add(number, {"text": line})
    return rows


def _with_file_beside(text: str, file: InputFile) -> FileRows | None:
    """The rows of a file with a file of labels or annotations beside it; None without such a file.

    Raises:
        InputError: the numbers of labels and lines differ, or annotations cannot be read.
    """
    if file.content is not None:
        return None
    if annotations := annotation_file_of(file.path):
        spans = brat_spans(replace(file, path=annotations))
        words, tags, lost = tag_words(text, spans)
        rows = FileRows(is_document=True, is_sparse=True)
        marks = [{"start": span.start, "end": span.end, "label": span.label} for span in spans]
        rows.add(1, {"text": text, "spans": marks, "tokens": words, "tags": tags})
        rows.add_notice("spans")
        if lost:
            rows.add_notice("spans_without_tags", lost)
        return rows
    if (beside := label_file_of(file.path)) is None:
        return None
    texts = text.splitlines()
    labels = replace(file, path=beside).read_text().splitlines()
    if len(texts) != len(labels):
        raise InputError(
            f"The file of labels has {len(labels):,} lines, that of texts {len(texts):,}.",
            where=f"{beside}, {file.path.name}",
            fix="Give one label per line of text, or --set corpus.txt=line to read only the texts.",
        )
    rows = FileRows({"text": [], "label": []})
    for number, (line, label) in enumerate(zip(texts, labels, strict=True), 1):
        if line.strip() or label.strip():
            rows.add(number, {"text": line, "label": label.strip() or None})
    rows.add_notice("label_file")
    return rows


def _with_layout(text: str, file: InputFile) -> FileRows | None:
    """The rows of a file in another format than one text per line; None if no format is detected."""
    lines = [line for line in text[:4_000_000].splitlines() if line.strip()][:_HEAD]
    if sum(bool(_LABEL.match(line)) for line in lines) >= 0.9 * len(lines):
        return _fasttext(text)
    if len(lines) < _LEAST:
        return None
    column = detect_columns(text)
    if column is not None:
        return parse_sentences(text, column)
    delimiter = _delimiter(lines)
    if delimiter is None:
        return None
    rows = table_of(text, file, delimiter)
    rows.add_notice("table_in_txt", detail=DELIMITER_NAMES.get(delimiter, delimiter))
    return rows


def _delimiter(lines: list[str]) -> str | None:
    """A delimiter that occurs equally often on every line; a printable one only if the last field is a class."""
    for delimiter in "\t\x01;|^@":
        counts = {line.count(delimiter) for line in lines}
        if len(counts) != 1 or counts == {0}:
            continue
        if delimiter in "\t\x01" or _are_classes([line.rpartition(delimiter)[2] for line in lines[1:]]):
            return delimiter
    return None


def _are_classes(values: list[str]) -> bool:
    counts = Counter(values)
    return 1 < len(counts) <= _MAX_CLASSES and len(values) >= 3 * len(counts)


def _fasttext(text: str) -> FileRows:
    """Lines that start with their labels, in the format of fastText."""
    rows = FileRows()
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    is_several = any(len(_labels(line)[0]) > 1 for _, line in lines)
    for number, line in lines:
        labels, rest = _labels(line)
        if is_several:
            rows.add(number, {"label": labels, "text": rest})
        else:
            rows.add(number, {"label": labels[0] if labels else None, "text": rest})
    rows.add_notice("fasttext", len(rows.places))
    return rows


def _labels(line: str) -> tuple[list[str], str]:
    labels, place = [], 0
    while match := _LABEL.match(line, place):
        labels.append(match[1])
        place = match.end()
    return labels, line[place:]
