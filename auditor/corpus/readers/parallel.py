"""Parallel text: one file per language, translated line by line, as in Moses and OPUS."""

from __future__ import annotations

from dataclasses import replace

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.beside import language_of, translations_of
from auditor.corpus.readers.input_file import InputFile
from auditor.errors import InputError


class ParallelReader:
    """Files such as ``train.en`` and ``train.de``: one column per language. The first file by name reads all of them.

    Files are recognized by each other: ``model.pt`` is read as Portuguese only if a file such as ``model.en`` exists.
    """

    suffixes = ()

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`; lines that are blank in all languages are skipped.

        Raises:
            InputError: the files have different numbers of lines, or cannot be read.
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
                fix="Give them the same lines, or rename them to .txt to read each separately.",
            )
        rows = FileRows({language: [] for language in lines})
        for number, texts in enumerate(zip(*lines.values(), strict=True), 1):
            if any(text.strip() for text in texts):
                rows.add(number, dict(zip(lines, texts, strict=True)))
        rows.add_notice("parallel", len(paths))
        return rows


def _lines(file: InputFile) -> list[str]:
    """Split at line feeds only: the other line boundaries of `str.splitlines` occur within sentences."""
    return [line.removesuffix("\r") for line in file.read_text().removeprefix("\ufeff").removesuffix("\n").split("\n")]
