"""Files of words in columns (CoNLL)."""

from __future__ import annotations

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.words import columns_of, sentences_of


class ConllReader:
    """A word a line with its tags, and a blank line after each sentence; a sentence is a row."""

    suffixes = (".conll", ".conll2003", ".conll02", ".bio", ".iob", ".iob2", ".bioes")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        text = file.read_text()
        return sentences_of(text, columns_of(text))
