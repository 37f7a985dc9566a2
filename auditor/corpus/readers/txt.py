"""Plain text: one document per file, or one per line."""

from __future__ import annotations

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile


class TxtReader:
    """Text files; the only column is `text`. A blank line is no row."""

    suffixes = (".txt",)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        rows, text = FileRows({"text": []}, is_document=True), file.read_text()
        if file.settings.txt == "line":
            for number, line in enumerate(text.splitlines(), 1):
                if line.strip():
                    rows.add(number, {"text": line})
        else:
            rows.add(1, {"text": text})
        return rows
