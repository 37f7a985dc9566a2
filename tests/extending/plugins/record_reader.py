"""Files of records: lines of `name: value`, and a blank line after each record."""

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile
from auditor.plugins import register_reader


class RecordReader:
    suffixes = (".rec",)

    def read(self, file: InputFile) -> FileRows:
        rows = FileRows(is_sparse=True)
        start, values, is_broken = 1, {}, False
        for number, line in enumerate([*file.read_text().splitlines(), ""], 1):
            name, colon, value = line.partition(":")
            if line.strip():
                values[name.strip()] = value.strip()
                is_broken = is_broken or not colon
            elif values:
                rows.add(start, values, "missing_field" if is_broken else None)
                values, is_broken = {}, False
            if not line.strip():
                start = number + 1
        return rows


register_reader(RecordReader())
