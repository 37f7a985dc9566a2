"""Names for the codes of a label column, from files beside the data, where they fit the whole column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import groupby

import pyarrow as pa

from auditor.core.audit import ReadNotice
from auditor.corpus.class_name_files import Names, code_of, said_beside
from auditor.corpus.corpus import Corpus
from auditor.corpus.hidden_labels import HIDDEN
from auditor.corpus.source import Source

_MOST_CODES = 2_000


def with_names_beside(corpus: Corpus, files: Sequence[Source]) -> Corpus:
    """The corpus with the names of its classes that files beside its own say, and a notice which file does.

    Where the files of the corpus name the classes themselves, nothing else is looked for. A file whose codes do not
    cover all values of the column, or that can be read in two ways, is left aside, and that is told too.

    Args:
        corpus: as it was read.
        files: of it.
    """
    label = corpus.roles.label
    paths = {file.path.parent: file.path for file in files if file.fetch is None}
    if corpus.class_names or label is None or label not in corpus.table.column_names or not paths:
        return corpus
    codes = _codes(corpus.table.column(label))
    if not codes:
        return corpus
    unfit: list[str] = []
    for path in paths.values():
        for name, readings in groupby(said_beside(path, label), key=lambda said: said[0]):
            fitting = [named for _, names in readings if (named := _named(codes, names))]
            if fitting and all(named[code] == fitting[0][code] for named in fitting for code in codes):
                return _told(corpus, "class_names", name, fitting[0])
            unfit.append(name)
    are_codes = all(code.lstrip("-").isdigit() for code in codes.values())
    return _told(corpus, "class_names_unfit", unfit[0], {}) if unfit and are_codes else corpus


def _told(corpus: Corpus, kind: str, name: str, names: Mapping[str, str]) -> Corpus:
    return replace(corpus, class_names=names, notices=(*corpus.notices, ReadNotice(kind, max(len(names), 1), name)))


def _codes(column: pa.ChunkedArray) -> dict[str, str]:
    """Values of single labels as they are, with each as a code; none where there are too many to be classes."""
    if pa.types.is_nested(column.type):
        return {}
    values: set[str] = set()
    for chunk in column.chunks:
        values.update(value for value in chunk.unique().cast(pa.large_string()).to_pylist() if value is not None)
        if len(values) > _MOST_CODES:
            return {}
    return {value: code_of(value) for value in values if value.strip() and value.strip() not in HIDDEN}


def _named(codes: Mapping[str, str], names: Names) -> dict[str, str]:
    """Names of the values of a column; none unless every one is a code."""
    if not codes or not set(codes.values()) <= set(names):
        return {}
    return {**names, **{value: names[code] for value, code in codes.items()}}
