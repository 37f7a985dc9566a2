"""Files to a corpus."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.cells import is_text
from auditor.corpus.corpus import Corpus
from auditor.corpus.files import expand
from auditor.corpus.label_kinds import label_kinds
from auditor.corpus.offers import role_offers
from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.registry import read_file
from auditor.corpus.rejects import Reject
from auditor.corpus.roles import infer_roles
from auditor.corpus.splits import part_of, require_parts
from auditor.corpus.to_array import to_array
from auditor.errors import InputError
from auditor.text.language import guess_language

Named = Callable[[CorpusSettings, Sequence[str]], CorpusSettings]
"""Settings as the files want them, of settings and of the names of the files' columns."""


def load_corpus(
    inputs: Sequence[str],
    settings: CorpusSettings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    named: Named = lambda settings, columns: settings,
) -> Corpus:
    """Read files, globs and folders into one corpus.

    Args:
        inputs: paths, globs or folders.
        settings: how to read, and roles asked for.
        progress: called with (files done, files in all).
        named: what roles are asked for once it is known which columns there are.

    Raises:
        InputError: nothing to read, files that do not go together, or no column that can be the text.
    """
    files = expand(inputs)
    lines = settings.txt == "line" or (settings.txt == "auto" and len(files) == 1)
    reading = settings.model_copy(update={"txt": "line" if lines else "file"})
    rows = []
    for number, file in enumerate(files):
        progress(number, len(files))
        rows.append(read_file(file, reading))
    progress(len(files), len(files))
    return _corpus(files, rows, settings, named)


def corpus_of_tables(tables: Mapping[str, pa.Table], settings: CorpusSettings) -> Corpus:
    """The corpus that `load_corpus` would read from Parquet files with these tables, without writing them.

    Args:
        tables: by file name, in the order of the names.
        settings: how to read, and roles asked for.

    Raises:
        InputError: see `load_corpus`.
    """
    rows = [FileRows({name: t.column(name) for name in t.column_names}, list(range(len(t)))) for t in tables.values()]
    return _corpus([Path(name) for name in tables], rows, settings)


def _corpus(
    files: list[Path],
    rows: list[FileRows],
    settings: CorpusSettings,
    named: Named = lambda settings, columns: settings,
) -> Corpus:
    table, row_id, rejects = _join(files, rows)
    table = _with_file_columns(table, files, rows)
    settings = named(settings, table.column_names)
    inferred = infer_roles(table, settings)
    roles, shape = inferred.roles, inferred.shape
    if roles.split is not None:
        require_parts(table, roles.split, settings.split_parts())
    for name in shape.columns or (roles.text,):
        table, row_id, rejects = _only_texts(table, row_id, rejects, name, rows, files)
    kinds = label_kinds([one.columns.get(roles.label or "", []) for one in rows])
    corpus = Corpus(
        name=_name(files),
        files=tuple(str(f) for f in files),
        table=table,
        row_id=row_id,
        roles=roles,
        rejects=tuple(sorted(rejects, key=lambda r: r.row_id)),
        label_kinds=kinds,
        label_columns=inferred.label_columns,
        label_separator=settings.label_separator,
        split_parts=settings.split_parts(),
        offers=role_offers(inferred),
        shape=shape,
    )
    language = settings.language if settings.language != "auto" else guess_language(corpus.text)
    return replace(corpus, language=language)


def _name(files: list[Path]) -> str:
    stem = files[0].name.split(".")[0] if len(files) == 1 else files[0].parent.name
    return stem or "corpus"


def _join(files: list[Path], rows: list[FileRows]) -> tuple[pa.Table, np.ndarray, list[Reject]]:
    names = list(dict.fromkeys(name for one in rows for name in one.columns))
    tables, ids, rejects, first = [], [], [], 0
    for file, one in zip(files, rows, strict=True):
        _same_columns(names, one, file, files[0])
        columns = {name: to_array(one.columns.get(name, [None] * len(one.places))) for name in names}
        tables.append(pa.table(columns))
        ids.append(np.asarray(one.places, np.int64) + first)
        rejects += [Reject(first + place, file.name, line, reason) for place, line, reason in one.bad]
        first += len(one.places) + len(one.bad)
    try:
        table = pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise InputError(
            "The files' columns have types that do not go together.",
            where=", ".join(f.name for f in files[:5]),
            fix="Bring them to one schema, or audit them apart.",
        ) from None
    return table, np.concatenate(ids), rejects


def _same_columns(names: list[str], one: FileRows, file: Path, first: Path) -> None:
    """Only sparse formats may lack a column that another file has."""
    missing = [name for name in names if name not in one.columns]
    if missing and not one.is_sparse:
        raise InputError(
            f"The file lacks the column {missing[0]!r} that others have.",
            where=f"{file} (compared with {first.name})",
            fix="Bring the files to the same columns, or audit them apart.",
        )


def _with_file_columns(table: pa.Table, files: list[Path], rows: list[FileRows]) -> pa.Table:
    """Names of files that are documents as ``id``; files named after splits as ``split``."""
    counts = [len(one.places) for one in rows]
    if all(one.is_document for one in rows) and len(files) > 1:
        table = _append(table, "id", [f.name for f in files], counts)
    parts = [part_of(f.name.split(".")[0].split("-")[0]) for f in files]
    if len(files) > 1 and all(parts) and len(set(parts)) > 1 and "split" not in table.column_names:
        table = _append(table, "split", [str(part) for part in parts], counts)
    return table


def _append(table: pa.Table, name: str, values: list[str], counts: list[int]) -> pa.Table:
    column = np.repeat(np.array(values, dtype=object), counts)
    return table.append_column(name, pa.array(column, pa.large_string()))


def _only_texts(
    table: pa.Table, row_id: np.ndarray, rejects: list[Reject], text: str, rows: list[FileRows], files: list[Path]
) -> tuple[pa.Table, np.ndarray, list[Reject]]:
    """Reject rows whose text is a number, a list or an object, where the column is one of texts."""
    wrong, start = [], 0
    if not is_text(table.column(text).type):
        return table, row_id, rejects
    for file, one in zip(files, rows, strict=True):
        values = one.columns.get(text)
        if isinstance(values, list):
            bad = [i for i, value in enumerate(values) if value is not None and not isinstance(value, str)]
            wrong += [(start + i, file.name, one.lines[i] if one.lines else one.places[i] + 1) for i in bad]
        start += len(one.places)
    if not wrong:
        return table, row_id, rejects
    keep = np.ones(len(row_id), bool)
    keep[[i for i, _, _ in wrong]] = False
    added = [Reject(int(row_id[i]), name, line, "not_text") for i, name, line in wrong]
    return table.filter(pa.array(keep)), row_id[keep], rejects + added
