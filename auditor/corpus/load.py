"""Load files into a corpus."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.corpus_settings import CorpusSettings
from auditor.core.audit import ReadNotice
from auditor.corpus.cells import is_text
from auditor.corpus.class_names import hub_class_names, names_by_code
from auditor.corpus.class_names_beside import with_names_beside
from auditor.corpus.corpus import Corpus
from auditor.corpus.file_places import places_of
from auditor.corpus.files import expand
from auditor.corpus.folders import classes_of, common_root, part_of_file
from auditor.corpus.label_kinds import label_kinds
from auditor.corpus.mapped import BATCH_ROWS, release
from auditor.corpus.offers import role_offers
from auditor.corpus.readers.base import FileRows, require_columns
from auditor.corpus.readers.blocks import Kind
from auditor.corpus.readers.registry import read_file
from auditor.corpus.rejects import Reject
from auditor.corpus.roles import infer_roles
from auditor.corpus.sample import do_nothing, rows_at
from auditor.corpus.source import Source
from auditor.corpus.splits import require_parts
from auditor.corpus.spool import Spool, Stored, size_of
from auditor.corpus.to_array import to_array, without_empty_objects
from auditor.errors import InputError
from auditor.text.language import SAMPLE_ROWS, guess_language
from auditor.text.normalise import normalize_for_matching

Named = Callable[[CorpusSettings, Sequence[str]], CorpusSettings]
"""Adapts the settings to the files, given the settings and the column names of the files."""


def load_corpus(
    inputs: Sequence[str],
    settings: CorpusSettings,
    progress: Callable[[int, int], None] = lambda done, total: None,
    named: Named = lambda settings, columns: settings,
    work: Path | None = None,
) -> Corpus:
    """Read files, globs and folders into one corpus.

    If the files have more than ``spool_bytes`` in total, they are read block by block into a file below `work`, and the
    corpus's table is a memory-mapped view of it (`Corpus.stored`); the corpus equals the one that is read into memory.

    Args:
        inputs: paths, globs, folders, addresses such as ``s3://bucket/file.csv``, or ``-`` for the standard input.
        settings: how to read, and requested roles.
        progress: called with (files done, number of files).
        named: adapts the settings once the column names are known.
        work: a folder for large inputs, created if necessary; the caller removes it when the corpus is no longer
            needed.
            None: everything is read into memory.

    Raises:
        InputError: there is nothing to read, the files are incompatible, or no column can be the text.
        OutputError: the work folder cannot be written.
    """
    sources, rows, fetched = expand(inputs), list[FileRows](), dict[str, str]()
    stamps = {str(source): stamp for source in sources if (stamp := source.stamp()) is not None}
    spool = Spool(work) if work is not None and size_of(sources) > settings.spool_bytes else None
    for number, source in enumerate(sources):
        progress(number, len(sources))
        content = source.content()
        if content is not None:
            fetched[str(source)] = hashlib.sha256(content).hexdigest()
        file_rows = spool.read(source, settings) if spool is not None and content is None else None
        if file_rows is None:
            file_rows = read_file(source.path, settings, is_alone=len(sources) == 1, content=content)
        rows.append(file_rows)
    progress(len(sources), len(sources))
    corpus = with_names_beside(_corpus(sources, rows, settings, named, spool), sources)
    return replace(corpus, fetched=fetched, stamps=stamps)


def corpus_of_tables(tables: Mapping[str, pa.Table], settings: CorpusSettings) -> Corpus:
    """The corpus that `load_corpus` would read from Parquet files with these tables.

    Args:
        tables: by file name, in the order of the names.
        settings: how to read, and requested roles.

    Raises:
        InputError: see `load_corpus`.
    """
    rows = [
        FileRows(
            {name: t.column(name) for name in t.column_names},
            list(range(len(t))),
            class_names=hub_class_names(t.schema.metadata),
        )
        for t in tables.values()
    ]
    return _corpus([Source(Path(name)) for name in tables], rows, settings)


def _corpus(
    files: list[Source],
    rows: list[FileRows],
    settings: CorpusSettings,
    named: Named = lambda settings, columns: settings,
    spool: Spool | None = None,
) -> Corpus:
    table, row_id, rejects = _join(files, rows)
    table = _with_file_columns(table, files, rows)
    settings = named(settings, table.column_names)
    inferred = infer_roles(table, settings, do_nothing if spool is None else spool.release)
    roles, shape = inferred.roles, inferred.shape
    if roles.split is not None:
        require_parts(table, roles.split, settings.split_parts())
    plain = [name for name in shape.columns or (roles.text,) if name not in shape.json_columns]
    not_text = _rows_without_text(table, plain, rows, files)
    rejects += [Reject(int(row_id[i]), name, line, "not_text") for i, (name, line) in not_text.items()]
    stored = None
    if spool is not None:
        stored = _stored(spool, table, row_id, rows, not_text)
        table, row_id = stored.table, stored.row_id
    elif not_text:
        keep = _all_but(len(row_id), not_text)
        table, row_id = table.filter(pa.array(keep)), row_id[keep]
    kinds = label_kinds(rows, roles.label)
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
        notices=(*_notices(rows), *_similar_names(table.column_names)),
        class_names=_class_names(rows, roles.label),
        stored=None if stored is None else stored.path,
        file_places=places_of(files, rows),
    )
    return replace(corpus, language=settings.language if settings.language != "auto" else _language(corpus))


def _language(corpus: Corpus) -> str:
    """The main language, from rows sampled at regular intervals."""
    places = np.arange(0, len(corpus), max(1, len(corpus) // SAMPLE_ROWS))
    sample = rows_at(corpus.table, places, lambda: release(corpus.stored))
    return guess_language(replace(corpus, table=sample, stored=None).text)


def _stored(
    spool: Spool, table: pa.Table, row_id: np.ndarray, rows: list[FileRows], gone: Mapping[int, tuple[str, int]]
) -> Stored:
    """The table in a file, without the rows in `gone`."""
    only = rows[0].values if len(rows) == 1 else None
    if only is not None and only.path is not None and not gone:
        read = [(name, column.type) for name, column in rows[0].columns.items()]
        if [(field.name, field.type) for field in table.schema] == read:
            return Stored(only.path, table, row_id)
    keep = _all_but(len(row_id), gone) if gone else None
    stored = spool.store(table, row_id, keep)
    spool.clear(stored.path)
    return stored


def _all_but(rows: int, gone: Iterable[int]) -> np.ndarray:
    """bool, one per row: False for the rows in `gone`."""
    keep = np.ones(rows, bool)
    keep[list(gone)] = False
    return keep


def _name(files: list[Source]) -> str:
    stem = files[0].name.split(".")[0] if len(files) == 1 else files[0].path.parent.name
    return stem or "corpus"


def _class_names(rows: list[FileRows], label: str | None) -> dict[str, str]:
    """Class names by code, if all files with the label column define the same names."""
    said = (
        {file_rows.class_names.get(label, ()) for file_rows in rows if label in file_rows.columns}
        if label is not None
        else set()
    )
    return names_by_code(said.pop()) if len(said) == 1 else {}


def _notices(rows: list[FileRows]) -> tuple[ReadNotice, ...]:
    """The notices of all files; equal ones are added up."""
    notes: Counter[tuple[str, str]] = sum((file_rows.notes for file_rows in rows), Counter())
    return tuple(ReadNotice(kind, count, detail) for (kind, detail), count in sorted(notes.items()))


def _similar_names(names: Sequence[str]) -> list[ReadNotice]:
    """A notice of columns whose names differ only in case, blanks, form or invisible characters (numbers from 1)."""
    places: dict[str, list[int]] = {}
    for place, name in enumerate(names, 1):
        places.setdefault(normalize_for_matching(name), []).append(place)
    twins = sorted(place for alike in places.values() if len(alike) > 1 for place in alike)
    return [ReadNotice("alike_columns", len(twins), ", ".join(map(str, twins[:20])))] if twins else []


def _join(files: list[Source], rows: list[FileRows]) -> tuple[pa.Table, np.ndarray, list[Reject]]:
    names = list(dict.fromkeys(name for file_rows in rows for name in file_rows.columns))
    require_columns(len(names), ", ".join(file.name for file in files[:5]))
    tables, ids, rejects, rows_before = [], [], [], 0
    for file, file_rows in zip(files, rows, strict=True):
        _require_same_columns(names, file_rows, file, zip(files, rows, strict=True))
        missing = pa.chunked_array(_repeat(None, file_rows.count), pa.large_string())
        tables.append(pa.table({name: to_array(file_rows.columns.get(name, missing)) for name in names}))
        places = np.asarray(file_rows.places, np.int64) if file_rows.values is None else file_rows.values.places
        ids.append(places + rows_before if rows_before else places)
        rejects += [Reject(rows_before + place, file.name, line, reason) for place, line, reason in file_rows.bad]
        rows_before += file_rows.extent
    try:
        table = without_empty_objects(pa.concat_tables(tables, promote_options="permissive"))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise InputError(
            "The files have columns of incompatible types.",
            where=", ".join(f.name for f in files[:5]),
            fix="Convert them to one schema, or audit them separately.",
        ) from None
    return table, ids[0] if len(ids) == 1 else np.concatenate(ids), rejects


def _require_same_columns(
    names: list[str], file_rows: FileRows, file: Source, every: Iterable[tuple[Source, FileRows]]
) -> None:
    """Require equal columns, except in sparse formats and in files that are parts of one data set."""
    missing = [name for name in names if name not in file_rows.columns]
    if not missing or file_rows.is_sparse:
        return
    if part_of_file(file.path) is not None and len(missing) < len(names):
        file_rows.add_notice("missing_columns", len(missing))
        return
    other = next(source for source, rows in every if missing[0] in rows.columns)
    raise InputError(
        f"The file lacks the column {missing[0]!r} that others have.",
        where=f"{file} (compared with {other.name})",
        fix="Give the files the same columns, or audit them separately.",
    )


def _with_file_columns(table: pa.Table, files: list[Source], rows: list[FileRows]) -> pa.Table:
    """Add the columns ``id`` (document names), ``label`` (class folders) and ``split`` (files or folders of parts)."""
    counts = [file_rows.count for file_rows in rows]
    paths = [file.path for file in files]
    root = common_root(paths)
    if all(file_rows.is_document for file_rows in rows) and len(files) > 1:
        if "id" not in table.column_names:
            table = _append(table, "id", [path.relative_to(root).as_posix() for path in paths], counts)
        classes = classes_of(paths)
        if classes is not None and "label" not in table.column_names:
            rows[0].add_notice("class_folders", len(set(classes) - {None}))
            table = _append(table, "label", classes, counts)
    parts = [part_of_file(path, root) for path in paths]
    if len(files) > 1 and all(parts) and len(set(parts)) > 1 and "split" not in table.column_names:
        table = _append(table, "split", [str(part) for part in parts], counts)
    return table


def _append(table: pa.Table, name: str, values: Sequence[str | None], counts: list[int]) -> pa.Table:
    chunks = [chunk for value, count in zip(values, counts, strict=True) for chunk in _repeat(value, count)]
    return table.append_column(name, pa.chunked_array(chunks, pa.large_string()))


def _repeat(value: str | None, count: int) -> list[pa.Array]:
    """A value repeated `count` times, in chunks that share memory."""
    chunk = pa.repeat(pa.scalar(value, pa.large_string()), min(count, BATCH_ROWS))
    return [chunk] * (count // BATCH_ROWS) + [chunk.slice(0, count % BATCH_ROWS)]


def _rows_without_text(
    table: pa.Table, texts: Sequence[str], rows: list[FileRows], files: list[Source]
) -> dict[int, tuple[str, int]]:
    """Rows of a text column whose value is a number, a list or an object.

    Args:
        table: all rows.
        texts: the text columns.
        rows: rows by file.
        files: the files.

    Returns:
        File name and line, by row position.
    """
    wrong: dict[int, tuple[str, int]] = {}
    for name in texts:
        if not is_text(table.column(name).type):
            continue
        start = 0
        for file, file_rows in zip(files, rows, strict=True):
            wrong.update((start + i, (file.name, line)) for i, line in _lines_without_text(file_rows, name))
            start += file_rows.count
    return dict(sorted(wrong.items()))


def _lines_without_text(file_rows: FileRows, name: str) -> Iterator[tuple[int, int]]:
    """Position and line of each row of a file whose value is present but not a text."""
    values = file_rows.columns.get(name)
    if file_rows.values is not None and name in file_rows.values.kinds:
        is_text_or_none = pc.is_in(file_rows.values.kinds[name], pa.array([Kind.MISSING, Kind.TEXT], pa.int8()))
        for place in np.flatnonzero(~is_text_or_none.to_numpy()).tolist():
            yield place, int(file_rows.values.lines[place])
    elif isinstance(values, list):
        for i, value in enumerate(values):
            if value is not None and not isinstance(value, str):
                yield i, file_rows.lines[i] if file_rows.lines else file_rows.places[i] + 1
