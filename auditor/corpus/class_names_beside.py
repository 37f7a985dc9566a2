"""Class names from files beside the data, used if they fit the whole label column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import pyarrow as pa

from auditor.core.audit import ReadNotice
from auditor.corpus.class_name_files import Names, code_of, names_in_files_beside
from auditor.corpus.corpus import Corpus
from auditor.corpus.hidden_labels import HIDDEN
from auditor.corpus.source import Source

_MAX_CODES = 2_000


def with_names_beside(corpus: Corpus, files: Sequence[Source]) -> Corpus:
    """The corpus with class names from a file beside its data, and a notice that names the file.

    Nothing is done if the data files already name the classes. A file whose codes do not cover all values of the
    column, or that is ambiguous, is ignored with a notice.

    Args:
        corpus: the corpus as read.
        files: its files.
    """
    label = corpus.roles.label
    paths = {file.path.parent: file.path for file in files if file.fetch is None}
    if corpus.class_names or label is None or label not in corpus.table.column_names or not paths:
        return corpus
    codes = _codes(corpus.table.column(label))
    if not codes:
        return corpus
    unsuitable: list[str] = []
    for path in paths.values():
        for name, readings in groupby(names_in_files_beside(path, label), key=lambda said: said[0]):
            fitting = [named for _, names in readings if (named := _named(codes, names))]
            if fitting and all(named[code] == fitting[0][code] for named in fitting for code in codes):
                return _with_notice(corpus, "class_names", name, fitting[0])
            unsuitable.append(name)
    are_codes = all(code.lstrip("-").isdigit() for code in codes.values())
    return _with_notice(corpus, "class_names_unfit", unsuitable[0], {}) if unsuitable and are_codes else corpus


def _with_notice(corpus: Corpus, kind: str, name: str, names: Mapping[str, str]) -> Corpus:
    return replace(corpus, class_names=names, notices=(*corpus.notices, ReadNotice(kind, max(len(names), 1), name)))


def _codes(column: pa.ChunkedArray) -> dict[str, str]:
    """The code of each distinct value of a column of single labels; empty if there are too many to be classes."""
    if pa.types.is_nested(column.type):
        return {}
    values: set[str] = set()
    for chunk in column.chunks:
        values.update(value for value in chunk.unique().cast(pa.large_string()).to_pylist() if value is not None)
        if len(values) > _MAX_CODES:
            return {}
    return {value: code_of(value) for value in values if value.strip() and value.strip() not in HIDDEN}


def _named(codes: Mapping[str, str], names: Names) -> dict[str, str]:
    """Class names by value of the column; empty unless every value is a known code."""
    if not codes or not set(codes.values()) <= set(names):
        return {}
    return {**names, **{value: names[code] for value, code in codes.items()}}
