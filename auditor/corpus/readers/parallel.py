"""Parallel text: a file a language, line by line translations of each other, as Moses and OPUS keep them."""

from __future__ import annotations

from dataclasses import replace

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.beside import language_of, translations_of
from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError


class ParallelReader:
    """Files such as ``train.en`` and ``train.de``: a column a language, named by it. The first by name reads all.

    Files are known by each other, not by an ending: ``model.pt`` is no Portuguese unless ``model.en`` stands beside it.
    """

    suffixes = ()

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`; a line that is blank in all languages is no row.

        Raises:
            InputError: the files have not as many lines, or cannot be read.
        """
        paths = sorted([file.path, *translations_of(file.path)]) if file.content is None else [file.path]
        lines = {language_of(path)[1]: _lines(replace(file, path=path)) for path in paths}
        counts = {language: len(one) for language, one in lines.items()}
        if len(set(counts.values())) > 1:
            raise InputError(
                "Files of parallel text have different numbers of lines: "
                + ", ".join(f"{language} {count:,}" for language, count in counts.items())
                + ".",
                where=f"{paths[0]}, {', '.join(path.name for path in paths[1:])}",
                fix="Bring them to the same lines, or rename them to .txt to read each alone.",
            )
        rows = FileRows({language: [] for language in lines})
        for number, texts in enumerate(zip(*lines.values(), strict=True), 1):
            if any(text.strip() for text in texts):
                rows.add(number, dict(zip(lines, texts, strict=True)))
        rows.tell("parallel", len(paths))
        return rows


def _lines(file: InputFile) -> list[str]:
    """Lines by line feeds alone: other marks of `str.splitlines` stand within sentences."""
    return [line.removesuffix("\r") for line in file.read_text().removeprefix("\ufeff").removesuffix("\n").split("\n")]
