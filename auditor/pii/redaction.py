"""Replacement of names that contain personal data in all output of a run.

Column names, class names, sources and file names leave the process in many places: profile, metrics, figures, notes,
findings, settings. Planning uses the original names; output is made from a copy in which every such name is replaced,
distinct names by distinct words. Class and column names are replaced by the same words as in the data set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import PrepareSettings, Settings
from auditor.core.audit import Audit
from auditor.core.results import Completed
from auditor.corpus.cells import is_text
from auditor.corpus.corpus import Corpus
from auditor.corpus.file_places import shown_path
from auditor.corpus.label_sets import known_labels
from auditor.corpus.output_names import output_names
from auditor.corpus.texts import gather
from auditor.credentials import credentials, without_credentials
from auditor.errors import AuditorError, CheckError
from auditor.message import message
from auditor.pii.column_names import renamed, replaces_names, strong_spans, words_for
from auditor.pii.masking.columns import column_masker, mask_to_fixpoint
from auditor.pii.masking.masker import Masked, Masker, mask_text
from auditor.pii.run_masking import Masking
from auditor.pii.spans import find_spans

T = TypeVar("T")
NOTE = "note.pii_names"


@dataclass(frozen=True)
class Redaction:
    """The replacement of each name with strong evidence of personal data; distinct names stay distinct.

    Attributes:
        columns, classes, sources, files: new name by name; names without personal data are not listed.
        unkeyed: the classes as named by runs without a data set, which have no key.
        words: words that options accept instead of column names, see `auditor.pii.column_names`.
    """

    columns: Mapping[str, str] = field(default_factory=dict, repr=False)
    classes: Mapping[str, str] = field(default_factory=dict, repr=False)
    sources: Mapping[str, str] = field(default_factory=dict, repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    unkeyed: Mapping[str, str] = field(default_factory=dict, repr=False)
    words: Mapping[str, str] = field(default_factory=dict, repr=False)

    def __bool__(self) -> bool:
        """Whether any name is replaced."""
        return bool(self.all)

    @cached_property
    def all(self) -> dict[str, str]:
        """New name by name, of all kinds."""
        return {**self.sources, **self.files, **self.columns, **self.classes}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """Any of the names, longest first."""
        return re.compile("|".join(map(re.escape, sorted(self._written, key=lambda name: (-len(name), name)))))

    @cached_property
    def _written(self) -> dict[str, str]:
        """New name by name, also in JSON-escaped form, which messages of findings use."""
        return {json.dumps(name, ensure_ascii=False)[1:-1]: new for name, new in self.all.items()} | self.all

    def text(self, text: str) -> str:
        """`text` with every such name in it replaced."""
        if not self:
            return text
        return self.all.get(text) or self._pattern.sub(lambda match: self._written[match[0]], text)

    def value(self, value: T) -> T:
        """A copy of plain data (dataclasses, mappings, sequences, tables) with the names in it replaced."""
        return self._value(value) if self else value

    def _value(self, value: object) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, pa.Table):
            return self.table(value)
        if isinstance(value, Mapping):
            return {self._value(key): self._value(item) for key, item in value.items()}
        if isinstance(value, (tuple, list)):
            return type(value)(map(self._value, value))
        if is_dataclass(value) and not isinstance(value, type):
            return replace(value, **{f.name: self._value(getattr(value, f.name)) for f in fields(value) if f.init})
        return value

    def table(self, table: pa.Table, but: Collection[str] = ()) -> pa.Table:
        """A table with the names in its text columns replaced, except in the columns `but`."""
        for place, name in enumerate(table.column_names):
            if self and name not in but and is_text(table.column(name).type):
                table = table.set_column(place, table.schema.field(name), self._column(table.column(name)))
        return table

    def _column(self, column: pa.ChunkedArray) -> pa.Array:
        coded = column.combine_chunks().dictionary_encode()
        new = [None if value is None else self.text(value) for value in coded.dictionary.to_pylist()]
        return pa.array(new, column.type).take(coded.indices)

    def audit(self, audit: Audit) -> Audit:
        """The audit for output; a note of the privacy check gives the number of replaced names."""
        if not self:
            return audit
        results = {name: self.value(result) for name, result in audit.results.items()}
        privacy = results.get("privacy")
        if isinstance(privacy, Completed):
            counts = [len(names) for names in (self.columns, self.classes, self.files)]
            results["privacy"] = replace(privacy, notes=(*privacy.notes, message(NOTE, *counts)))
        return replace(
            audit,
            corpus=self.value(audit.corpus),
            results=results,
            config=self.value(audit.config),
            excerpts=self.value(audit.excerpts),
        )

    def corpus(self, corpus: Corpus) -> Corpus:
        """The corpus with class names and sources replaced, for a benchmark that reports them."""
        for role, names in (("label", self.classes), ("source", self.sources)):
            column = getattr(corpus.roles, role)
            if names and column in corpus.table.column_names and is_text(corpus.table.column(column).type):
                corpus = corpus.with_column(column, self._column(corpus.table.column(column)))
        return corpus

    def is_repeatable(self, settings: Settings) -> bool:
        """Whether a run written without these names can be repeated from its manifest.

        Columns are recognised by position; names of files and of classes in the settings are not.
        """
        config = settings.model_dump(mode="json")
        known = renamed(self.value(config), {new: old for old, new in self.columns.items()})
        return known == config == settings.written()

    def inputs(self, inputs: Sequence[str]) -> list[str]:
        """Inputs as typed, without these names; empty if a folder name or a pattern is one of them.

        Files are recognised by content.
        """
        paths = [(Path(one), Path(self.text(one))) for one in inputs]
        known = all(new == path or (new.parent == path.parent and path.is_file()) for path, new in paths)
        known = known and not any(map(credentials, inputs))
        return [self.text(one) for one in inputs] if known else []

    def repeating(self, inputs: Sequence[str], settings: Settings) -> dict[str, object]:
        """The manifest entries for a later run over the same input; no inputs if one contains personal data."""
        counts = {"columns": len(self.columns), "classes": len(self.classes), "files": len(self.files)}
        given = self.inputs(inputs) if self.is_repeatable(settings) else []
        return {"given": given, **({"names_replaced": counts} if any(counts.values()) else {})}

    def command(self, words: Sequence[str]) -> list[str]:
        """The words of a command without these names; columns are given by the words that options accept."""
        names_of = replace(self, columns={**self.columns, **self.words})
        return [without_credentials(names_of.text(word)) for word in words]

    def original(self, text: str | None) -> str | None:
        """A class name, or a JSON array of them, as in the input."""
        if text is None or not self.classes:
            return text
        for old, new in (*self.classes.items(), *self.unkeyed.items()):
            text = text.replace(new, old)
        return text


def redaction(corpus: Corpus, masking: Masking, audit: Audit, inputs: Sequence[str] = ()) -> Redaction:
    """The replacements for the names of a corpus that contain personal data.

    Args:
        corpus: the input.
        masking: of the run; class and column names are replaced as it masks them in the data set.
        audit: audit of the corpus, with the sources of findings.
        inputs: as they were typed; folders and patterns in them have names too.
    """
    settings, language = masking.settings, corpus.language
    paths = [*map(shown_path, corpus.files), *inputs]
    files = [*(Path(file).name for file in corpus.files), *(part for one in paths for part in Path(one).parts)]
    try:
        classes = class_names(corpus, settings, masking)
        return Redaction(
            columns=_columns(corpus, masking),
            classes=classes,
            unkeyed=class_names(corpus, settings) if classes and masking.masker.key.is_secret else {},
            sources=_values(corpus, corpus.roles.source, _suspect_sources(corpus, audit), masking),
            files=file_words(files, settings, language),
            words=words_for(corpus.table.column_names, settings, language),
        )
    except CheckError:  # a library is missing: the privacy check reports that no search was possible
        return Redaction()


def class_names(corpus: Corpus, settings: Settings, masking: Masking | None = None) -> dict[str, str]:
    """The replacement of each class name that contains personal data.

    Args:
        corpus: rows with labels, or without.
        settings: of the run.
        masking: of the run; None: the default masks.

    Raises:
        CheckError: a library is missing.
    """
    sets = corpus.label_sets
    labels = sorted(known_labels(sets)) if sets is not None else _distinct(corpus, "label")
    masking = masking or Masking(corpus, settings, Path(), is_used=False)
    return _values(corpus, corpus.roles.label, labels, masking)


def safe_name(corpus: Corpus, settings: Settings) -> Corpus:
    """The corpus with a name without personal data; the name is part of reports and of the run folder's name."""
    whole = Path(corpus.files[0]).name if len(corpus.files) == 1 else Path(corpus.files[0]).parent.name
    try:
        new = {corpus.name: corpus.name, **file_words([corpus.name, whole], settings, corpus.language)}
    except CheckError:
        return corpus
    name = new.get(whole, new[corpus.name])  # half of an address may remain if the name ends at a dot
    return replace(corpus, name=re.sub(r"[<>]", "", name.split(".")[0])) if name != corpus.name else corpus


E = TypeVar("E", bound=AuditorError)


def without_personal_data(value: T, settings: Settings) -> T:
    """Plain data with the identifiers and secrets in its strings masked, such as a command line and its settings."""
    texts = sorted(_strings(value))
    try:
        spans = strong_spans(texts, settings, "other")
    except CheckError:  # a library is missing: no search is possible
        return value
    masked = {text: mask_text(text, found, "replace") for text, found in zip(texts, spans, strict=True) if found}
    return Redaction(columns=masked).value(value)


def _strings(value: object) -> set[str]:
    if isinstance(value, str):
        return {value, *value.split()}
    if isinstance(value, Mapping):
        return {text for item in value.items() for one in item for text in _strings(one)}
    if isinstance(value, (tuple, list)):
        return {text for item in value for text in _strings(item)}
    return set()


def harmless(error: E, settings: Settings) -> E:
    """An error of reading, which may quote names of columns and files, without personal data in it."""
    texts = [error.what, error.where, error.fix]
    try:
        spans = strong_spans(texts, settings, "other")
    except CheckError:
        return error
    what, where, fix = (mask_text(text, names_of, "replace") for text, names_of in zip(texts, spans, strict=True))
    return type(error)(what, where=where, fix=fix)


def _suspect_sources(corpus: Corpus, audit: Audit) -> list[str]:
    """Sources with findings of the privacy check; all if it did not search them."""
    values, result = corpus.role("source"), audit.results.get("privacy")
    name = corpus.roles.source
    if values is None or not isinstance(result, Completed) or result.coverage is None:
        return _distinct(corpus, "source")
    if name not in result.coverage.columns:
        return _distinct(corpus, "source")
    subset = result.findings.filter(pc.equal(result.findings.column("column"), name))
    positions = corpus.positions(np.unique(subset.column("row_id").drop_null().to_numpy()))
    return [
        value
        for value in pc.unique(gather(values, positions[positions >= 0]).cast(pa.large_string())).to_pylist()
        if value
    ]


def _columns(corpus: Corpus, masking: Masking) -> dict[str, str]:
    names = corpus.table.column_names
    strong = strong_spans(names, masking.settings, corpus.language)
    policy = masking.rescan(names)
    masker = _masker(masking)
    masked = {
        name: masker(Masked(name), wished or found).text
        for name, found, wished in zip(names, strong, policy, strict=True)
        if found or wished
    }
    final = output_names(names, masked)
    return {name: final[name] for name in masked}


def _values(corpus: Corpus, column: str | None, values: Sequence[str], masking: Masking) -> dict[str, str]:
    """The replacement of some values of a column: the tokens of the data set."""
    if column is None or not values or column == corpus.roles.text:
        return {}
    rows = find_spans(values, masking.settings, corpus.language, ner=False, heading=column)
    strong = [
        [(s.start, s.end, s.entity) for s in r if replaces_names(s) or (s.is_strong and masking.masks(s))] for r in rows
    ]
    found = {value: spans for value, spans in zip(values, strong, strict=True) if spans}
    masker = column_masker(corpus, column, _masker(masking), masking.settings.prepare.group)
    masked = {value: masker(Masked(value), spans) for value, spans in found.items()}
    masked = mask_to_fixpoint(masked, masker, partial(masking.rescan, heading=column), column)
    return _distinct_words({value: one.text for value, one in masked.items()}, set(values) - set(found))


def _masker(masking: Masking) -> Masker:
    """The run's masker; without a data set there is no key, and only the kind of data is given."""
    return masking.masker if masking.is_used else Masker(PrepareSettings())


def file_words(names: Iterable[str], settings: Settings, language: str) -> dict[str, str]:
    """New names of files and folders.

    An address followed by a file suffix is not recognised, and ``_`` replaces spaces: each name is also searched
    without its last suffixes, and with spaces.
    """
    names = list(dict.fromkeys(names))
    written = [[name, *(name.removesuffix("".join(Path(name).suffixes[-n:])) for n in (1, 2))] for name in names]
    asked = [[*some, *(name.replace("_", " ") for name in some)] for some in written]
    found = iter(strong_spans([name for some in asked for name in some], settings, language))
    spans = {name: [span for _ in some for span in next(found)] for name, some in zip(names, asked, strict=True)}
    masked = {name: mask_text(name, names_of, "replace") for name, names_of in spans.items() if names_of}
    return _distinct_words(masked, set(names) - set(masked))


def _distinct(corpus: Corpus, role: str) -> list[str]:
    """The distinct values of a role's column as texts, in order of appearance."""
    column = corpus.role(role)
    if column is None or pa.types.is_nested(column.type):
        return []
    return [value for value in pc.unique(column.cast(pa.large_string())).to_pylist() if value]


def _distinct_words(masked: Mapping[str, str], taken: Collection[str]) -> dict[str, str]:
    """`masked` with numbers appended to words shared by several names."""
    used, result = set(taken), {}
    for name, word in masked.items():
        new, number = word, 2
        while new in used:
            new, number = f"{word}_{number}", number + 1
        used.add(new)
        result[name] = new
    return result
