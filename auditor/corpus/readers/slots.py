"""Slot filling in the format of ATIS and SNIPS: ``seq.in``, ``seq.out`` and ``label`` in a folder, line by line."""

from __future__ import annotations

from dataclasses import replace

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.beside import slot_files_of
from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError


class SlotReader:
    """One sentence per line: `tokens` from ``seq.in``, `tags` from ``seq.out``, the intent from ``label`` if any."""

    suffixes = ("seq.in",)

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`; lines with different numbers of words and tags are rejected.

        Raises:
            InputError: there are no tags, or the files have different numbers of lines.
        """
        beside = {path.name: path for path in slot_files_of(file.path)} if file.content is None else {}
        if "seq.out" not in beside:
            raise InputError(
                "There is no seq.out with the tags beside the file.",
                where=str(file.path),
                fix="Put it there, or rename the file to .txt to read only the sentences.",
            )
        lines = [replace(file, path=path).read_text().splitlines() for path in (file.path, *beside.values())]
        if len({len(column) for column in lines}) > 1:
            raise InputError(
                f"The files have different numbers of lines: {', '.join(f'{len(column):,}' for column in lines)}.",
                where=f"{file.path}, {', '.join(beside)}",
                fix="Give each file one line per sentence.",
            )
        rows = FileRows({"tokens": [], "tags": []})
        for number, (sentence, slots, *intent) in enumerate(zip(*lines, strict=True), 1):
            words, tags = sentence.split(), slots.split()
            values: dict[str, object] = {"tokens": words, "tags": tags}
            if intent:
                values["label"] = intent[0].strip() or None
            if words or tags:
                rows.add(number, values, None if len(words) == len(tags) else "missing_field")
        rows.add_notice("slots", len(rows.places))
        return rows
