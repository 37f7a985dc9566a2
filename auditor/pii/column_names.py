"""Replacement names for columns whose names contain personal data, in output and in options.

A printed command and a saved state must not contain such a name. They contain the kind of data instead
(``<EMAIL_ADDRESS>``), and settings accept this word for the column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.config.settings import PrepareSettings, Settings
from auditor.corpus.corpus import ROLES, TOKEN_ROLES
from auditor.corpus.output_names import output_names
from auditor.errors import CheckError
from auditor.parse import parse
from auditor.pii.entities import entity
from auditor.pii.masking.masker import Masked, Masker, Span
from auditor.pii.spans import Span as Found
from auditor.pii.spans import find_spans

KINDS = ("identifier", "secret")
"""Kinds of personal data for which a name is replaced; person and place names are legitimate classes."""
LANGUAGES = ("en", "zh", "other")


def strong_spans(
    texts: Sequence[str], settings: Settings, language: str, heading: str | None = None
) -> list[list[Span]]:
    """Identifiers and secrets with strong evidence in each text.

    Raises:
        CheckError: a library is missing.
    """
    rows = find_spans(texts, settings, language, ner=False, heading=heading)
    return [[(s.start, s.end, s.entity) for s in row if replaces_names(s)] for row in rows]


def replaces_names(span: Found) -> bool:
    """Whether a name that contains `span` is replaced."""
    return span.is_strong and entity(span.entity).kind in KINDS


def words_for(columns: Sequence[str], settings: Settings, language: str) -> dict[str, str]:
    """A word for each column whose name contains personal data; depends only on the columns, not on masking settings.

    Raises:
        CheckError: a library is missing.
    """
    masker = Masker(PrepareSettings())
    spans = strong_spans(columns, settings, language)
    masked = {name: masker(Masked(name), found).text for name, found in zip(columns, spans, strict=True) if found}
    final = output_names(columns, masked)
    return {name: final[name] for name in masked}


def by_own_names(settings: Settings, columns: Sequence[str]) -> Settings:
    """Settings with the words of `words_for` replaced by the original column names.

    Args:
        settings: may contain original column names or those words.
        columns: the input's columns; a column whose original name is such a word takes precedence.
    """
    asked = _named(settings.model_dump(mode="json"))
    unknown = {name for name in asked if "<" in name and name not in columns}
    if not unknown:
        return settings
    try:  # the language of the texts is known only when their column is
        words = [words_for(columns, settings, language) for language in LANGUAGES]
    except CheckError:  # a library is missing: then no name was replaced by a word
        return settings
    searched = max(({word: name for name, word in some.items() if word in unknown} for some in words), key=len)
    return with_columns(settings, searched)


def with_columns(settings: Settings, names: Mapping[str, str]) -> Settings:
    """Settings with other column names.

    Args:
        settings: the settings of a run.
        names: new name by name; columns that are not listed keep theirs.
    """
    return Settings.model_validate(renamed(settings.model_dump(mode="json"), names))


def renamed(config: Mapping[str, object], names: Mapping[str, str]) -> dict[str, object]:
    """`with_columns` for settings as plain data."""

    def new(value: object) -> object:
        if isinstance(value, list):
            return [new(one) for one in value]
        if not isinstance(value, str):
            return value
        column, mark, path = value.partition("[]")  # of a nested field
        return names[value] if value in names else names.get(column, column) + mark + path

    groups = {name: parse(dict[str, object], config[name]) for name, _ in _FIELDS}
    for name, key in _FIELDS:
        groups[name][key] = new(groups[name][key])
    return {**config, **groups}


_FIELDS = (
    *(("corpus", role) for role in (*ROLES, *TOKEN_ROLES, "fields", "label_columns", "annotators")),
    ("prepare", "group"),
    ("pii", "columns"),
    ("pii", "quasi_identifiers"),
)
"""The settings that contain column names."""


def _named(config: Mapping[str, object]) -> set[str]:
    """All names of columns in settings."""
    values = [parse(dict[str, object], config[group])[key] for group, key in _FIELDS]
    return {
        str(name) for value in values for name in (value if isinstance(value, list) else [value]) if name is not None
    }
