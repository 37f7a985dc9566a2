"""Annotations in the standoff format of brat."""

from __future__ import annotations

import re

from auditor.corpus.readers.input_file import InputFile
from auditor.corpus.readers.spans import Span
from auditor.errors import InputError

_ENTITY = re.compile(r"T\S*\t(\S+) (\d+(?: \d+;\d+)* \d+)(?:\t.*)?")


def brat_spans(file: InputFile) -> list[Span]:
    """The entities of an ``.ann`` file, one span per fragment; relations and events are ignored.

    Raises:
        InputError: a line of an entity is malformed; see also `InputFile.read_text`.
    """
    found = []
    data = file.read_text() if file.path.stat().st_size else ""
    for number, line in enumerate(data.splitlines(), 1):
        if not line.startswith("T"):
            continue
        match = _ENTITY.fullmatch(line)
        if match is None:
            raise InputError(
                "An entity of the annotations cannot be read.",
                where=f"{file.path}:{number}",
                fix="Write it as: T1, a tab, the type, start and end separated by blanks, a tab, the text.",
            )
        for piece in match[2].split(";"):
            start, end = piece.split(" ")
            found.append(Span(int(start), int(end), match[1]))
    return found
