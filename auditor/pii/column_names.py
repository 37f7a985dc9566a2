"""Columns whose names hold personal data, by other names: those a run shows, and those an option takes instead.

A command that is printed, and a state that is kept, must not hold such a name. They hold the kind of the data in its
place (``<EMAIL_ADDRESS>``), and wherever settings name a column, that word names the column again.
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
"""Kinds of personal data for which a name is replaced; a name of a person or place may well be what a class is."""
LANGUAGES = ("en", "zh", "other")


def strong_spans(
    texts: Sequence[str], settings: Settings, language: str, heading: str | None = None
) -> list[list[Span]]:
    """Identifiers and secrets on strong evidence in each text.

    Raises:
        CheckError: a library is missing.
    """
    rows = find_spans(texts, settings, language, ner=False, heading=heading)
    return [[(s.start, s.end, s.entity) for s in row if replaces_names(s)] for row in rows]


def replaces_names(span: Found) -> bool:
    """Whether a name that holds `span` is replaced."""
    return span.is_strong and entity(span.entity).kind in KINDS


def words_for(columns: Sequence[str], settings: Settings, language: str) -> dict[str, str]:
    """A word for each column whose name holds personal data; the same for the same columns, whatever the masks.

    Raises:
        CheckError: a library is missing.
    """
    masker = Masker(PrepareSettings())
    spans = strong_spans(columns, settings, language)
    masked = {name: masker(Masked(name), found).text for name, found in zip(columns, spans, strict=True) if found}
    final = output_names(columns, masked)
    return {name: final[name] for name in masked}


def by_own_names(settings: Settings, columns: Sequence[str]) -> Settings:
    """Settings in which the words of `words_for` are replaced by the columns' own names.

    Args:
        settings: may name columns by their own names or by those words.
        columns: of the input; a column that is really called by such a word goes first.
    """
    asked = _named(settings.model_dump(mode="json"))
    unknown = {name for name in asked if "<" in name and name not in columns}
    if not unknown:
        return settings
    try:  # the language of the texts is known only when their column is
        words = [words_for(columns, settings, language) for language in LANGUAGES]
    except CheckError:  # a library is missing: no name was replaced by a word either
        return settings
    own = max(({word: name for name, word in some.items() if word in unknown} for some in words), key=len)
    return with_columns(settings, own)


def with_columns(settings: Settings, names: Mapping[str, str]) -> Settings:
    """Settings that name columns in another way.

    Args:
        settings: of a run.
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
"""Settings that name columns."""


def _named(config: Mapping[str, object]) -> set[str]:
    """All names of columns in settings."""
    values = [parse(dict[str, object], config[group])[key] for group, key in _FIELDS]
    return {
        str(name) for value in values for name in (value if isinstance(value, list) else [value]) if name is not None
    }
