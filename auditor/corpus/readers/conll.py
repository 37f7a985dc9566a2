"""CoNLL files: words in columns."""

from __future__ import annotations

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.words import detect_columns, parse_sentences


class ConllReader:
    """One word per line with its tags, and a blank line after each sentence; a sentence is a row."""

    suffixes = (".conll", ".conll2003", ".conll02", ".conllu", ".bio", ".iob", ".iob2", ".bioes")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        return parse_sentences(text, detect_columns(text))
