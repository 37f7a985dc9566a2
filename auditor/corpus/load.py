"""Files to a corpus."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.core.audit import ReadNotice
from auditor.corpus.cells import is_text
from auditor.corpus.class_names import names_by_code
from auditor.corpus.corpus import Corpus
from auditor.corpus.files import expand
from auditor.corpus.folders import classes_of, common_root, part_of_file
from auditor.corpus.label_kinds import label_kinds
from auditor.corpus.offers import role_offers
from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.registry import read_file
from auditor.corpus.rejects import Reject
from auditor.corpus.roles import infer_roles
from auditor.corpus.source import Source
from auditor.corpus.splits import require_parts
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
        inputs: paths, globs, folders, addresses such as ``s3://bucket/file.csv``, or ``-`` for the standard input.
        settings: how to read, and roles asked for.
        progress: called with (files done, files in all).
        named: what roles are asked for once it is known which columns there are.

    Raises:
        InputError: nothing to read, files that do not go together, or no column that can be the text.
    """
    sources, rows, fetched = expand(inputs), list[FileRows](), dict[str, str]()
    for number, source in enumerate(sources):
        progress(number, len(sources))
        content = source.content()
        if content is not None:
            fetched[str(source)] = hashlib.sha256(content).hexdigest()
        rows.append(read_file(source.path, settings, is_alone=len(sources) == 1, content=content))
    progress(len(sources), len(sources))
    return replace(_corpus(sources, rows, settings, named), fetched=fetched)


def corpus_of_tables(tables: Mapping[str, pa.Table], settings: CorpusSettings) -> Corpus:
    """The corpus that `load_corpus` would read from Parquet files with these tables, without writing them.

    Args:
        tables: by file name, in the order of the names.
        settings: how to read, and roles asked for.

    Raises:
        InputError: see `load_corpus`.
    """
    rows = [FileRows({name: t.column(name) for name in t.column_names}, list(range(len(t)))) for t in tables.values()]
    return _corpus([Source(Path(name)) for name in tables], rows, settings)


def _corpus(
    files: list[Source],
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
        annotator_columns=inferred.annotator_columns,
        label_separator=settings.label_separator,
        split_parts=settings.split_parts(),
        offers=role_offers(inferred),
        shape=shape,
        notices=_notices(rows),
        class_names=_class_names(rows, roles.label),
    )
    language = settings.language if settings.language != "auto" else guess_language(corpus.text)
    return replace(corpus, language=language)


def _name(files: list[Source]) -> str:
    stem = files[0].name.split(".")[0] if len(files) == 1 else files[0].path.parent.name
    return stem or "corpus"


def _class_names(rows: list[FileRows], label: str | None) -> dict[str, str]:
    """Names of the classes by code, where the files that say them agree and all files with the column do."""
    said = {one.class_names.get(label, ()) for one in rows if label in one.columns} if label is not None else set()
    return names_by_code(said.pop()) if len(said) == 1 else {}


def _notices(rows: list[FileRows]) -> tuple[ReadNotice, ...]:
    """What was repaired or decided, the same in several files counted together."""
    notes: Counter[tuple[str, str]] = sum((one.notes for one in rows), Counter())
    return tuple(ReadNotice(kind, count, detail) for (kind, detail), count in sorted(notes.items()))


def _join(files: list[Source], rows: list[FileRows]) -> tuple[pa.Table, np.ndarray, list[Reject]]:
    names = list(dict.fromkeys(name for one in rows for name in one.columns))
    tables, ids, rejects, first = [], [], [], 0
    for file, one in zip(files, rows, strict=True):
        _same_columns(names, one, file, zip(files, rows, strict=True))
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


def _same_columns(names: list[str], one: FileRows, file: Source, every: Iterable[tuple[Source, FileRows]]) -> None:
    """Only sparse formats, and files that are parts of one set, may lack a column that another file has."""
    missing = [name for name in names if name not in one.columns]
    if not missing or one.is_sparse:
        return
    if part_of_file(file.path) is not None and len(missing) < len(names):
        one.tell("missing_columns", len(missing))
        return
    other = next(source for source, rows in every if missing[0] in rows.columns)
    raise InputError(
        f"The file lacks the column {missing[0]!r} that others have.",
        where=f"{file} (compared with {other.name})",
        fix="Bring the files to the same columns, or audit them apart.",
    )


def _with_file_columns(table: pa.Table, files: list[Source], rows: list[FileRows]) -> pa.Table:
    """Names of documents as ``id``, folders of classes as ``label``, and files or folders of parts as ``split``."""
    counts = [len(one.places) for one in rows]
    paths = [file.path for file in files]
    root = common_root(paths)
    if all(one.is_document for one in rows) and len(files) > 1:
        if "id" not in table.column_names:
            table = _append(table, "id", [path.relative_to(root).as_posix() for path in paths], counts)
        classes = classes_of(paths)
        if classes is not None and "label" not in table.column_names:
            rows[0].tell("class_folders", len(set(classes) - {None}))
            table = _append(table, "label", classes, counts)
    parts = [part_of_file(path, root) for path in paths]
    if len(files) > 1 and all(parts) and len(set(parts)) > 1 and "split" not in table.column_names:
        table = _append(table, "split", [str(part) for part in parts], counts)
    return table


def _append(table: pa.Table, name: str, values: Sequence[str | None], counts: list[int]) -> pa.Table:
    column = np.repeat(np.array(values, dtype=object), counts)
    return table.append_column(name, pa.array(column, pa.large_string()))


def _only_texts(
    table: pa.Table, row_id: np.ndarray, rejects: list[Reject], text: str, rows: list[FileRows], files: list[Source]
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
