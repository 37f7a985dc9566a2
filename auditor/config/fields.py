"""Descriptions of all settings, derived from the fields of `auditor.config.settings`.

The command-line options, ``auditor.toml``, ``--show-config`` and docs/settings.md are generated from them, so each
setting is declared only once.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from operator import attrgetter
from typing import Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from auditor.config.markers import NamesFiles, Option
from auditor.config.settings import Settings

T = TypeVar("T")
Kind = Literal["text", "whole number", "number", "true or false", "date", "word", "list", "table"]
_KINDS: dict[object, Kind] = {bool: "true or false", int: "whole number", float: "number", date: "date"}
_BOUNDS = ((Ge, "ge", "at least {}"), (Gt, "gt", "above {}"), (Le, "le", "at most {}"), (Lt, "lt", "below {}"))
Plain: TypeAlias = "str | int | float | bool | list[str] | dict[str, Plain] | None"


@dataclass(frozen=True)
class Setting:
    """One setting."""

    name: str
    """Dotted, such as ``pii.ner``."""
    kind: Kind
    """Type of its value; word: one of `words`; table: numbers by metric name."""
    default: Plain
    """Default in TOML or JSON form; None: not set."""
    text: str
    """Description, on one line."""
    words: tuple[str, ...] = ()
    """Allowed words for the value, or for each value of a list; empty: any."""
    is_open: bool = False
    """Whether plug-ins can add further words."""
    bounds: tuple[str, ...] = ()
    """Bounds, such as ``at least 1``."""
    option: Option | None = None
    files: NamesFiles | None = None
    """Set if the value names files."""

    @property
    def group(self) -> str:
        """Its table in the settings file; empty: top level."""
        return self.name.rpartition(".")[0]

    @property
    def key(self) -> str:
        """Its name within the group."""
        return self.name.rpartition(".")[2]

    @property
    def flags(self) -> str | None:
        """Its command-line option."""
        return None if self.option is None else self.option.flags or f"--{self.key.replace('_', '-')}"

    @property
    def variable(self) -> str | None:
        """Its environment variable; None for tables."""
        return None if self.kind == "table" else f"AUDITOR_{self.name.upper().replace('.', '_')}"

    @property
    def allowed(self) -> str:
        """The allowed values, as a sentence."""
        if self.words:
            more = ", or one of a plug-in" if self.is_open else ""
            several = "Each one of" if self.kind == "list" else "One of"
            return f"{several}: {', '.join(self.words)}{more}."
        noun = "path" if self.files else "text"
        nouns: dict[Kind, str] = {
            "text": f"A {noun}",
            "list": f"A list of {noun}s",
            "table": "Numbers by metric",
            "date": "A date, YYYY-MM-DD",
            "true or false": "True or false",
        }
        return f"{', '.join((nouns.get(self.kind, f'A {self.kind}'), *self.bounds))}."

    def parsed(self, value: str) -> str | tuple[str, ...]:
        """Split comma-separated lists given in the environment or on the command line; other texts are unchanged."""
        return tuple(part.strip() for part in value.split(",") if part.strip()) if self.kind == "list" else value


@cache
def settings_fields() -> Mapping[str, Setting]:
    """Every setting by its dotted name, in the order of the classes."""
    return {setting.name: setting for setting in _settings(Settings, "")}


def setting_at(key: str) -> Setting | None:
    """The setting of a dotted key, which may be a key within a table (``limits.duplicates.rate``); None: unknown."""
    parts = key.split(".")
    names = (".".join(parts[:end]) for end in range(len(parts), 0, -1))
    return next((settings_fields()[name] for name in names if name in settings_fields()), None)


def group_texts() -> Mapping[str, str]:
    """Descriptions of the groups of settings, by name."""
    return {
        name: " ".join((inspect.getdoc(info.annotation) or "").split())
        for name, info in Settings.model_fields.items()
        if _is_group(info.annotation)
    }


def value_of(settings: Settings, name: str) -> Plain:
    """The value of a setting in TOML or JSON form."""
    group, _, key = name.rpartition(".")
    value: Plain = (attrgetter(group)(settings) if group else settings).model_dump(mode="json")[key]
    return value


def _settings(kind: type[BaseModel], before: str) -> Iterator[Setting]:
    for name, info in kind.model_fields.items():
        if _is_group(info.annotation):
            yield from _settings(info.annotation, f"{before}{name}.")  # type: ignore[arg-type]
        else:
            yield _setting(f"{before}{name}", info)


def _is_group(annotation: object) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _setting(name: str, info: FieldInfo) -> Setting:
    if not info.description:
        raise AssertionError(f"the setting {name} has no text below its field")
    kinds = [kind for kind in _members(info.annotation) if kind is not type(None)]
    kind, words = _kind(kinds), _words(kinds)
    return Setting(
        name=name,
        kind=kind,
        default=value_of(Settings(), name),
        text=" ".join(info.description.replace("``", "`").split()),
        words=words,
        is_open=bool(words) and str in kinds,
        bounds=tuple(_bounds(info.metadata)),
        option=_only(Option, info.metadata),
        files=_only(NamesFiles, info.metadata),
    )


def _members(annotation: object) -> tuple[object, ...]:
    """The members of a union, or the single type."""
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _kind(kinds: Iterable[object]) -> Kind:
    for kind in kinds:
        if (origin := get_origin(kind)) is not None:
            return {tuple: "list", dict: "table"}.get(origin, "word")  # type: ignore[return-value]
        if kind in _KINDS:
            return _KINDS[kind]
    return "text"


def _words(kinds: Iterable[object]) -> tuple[str, ...]:
    """The words of a literal type, or of a tuple of it."""
    inner = [part for kind in kinds for part in (get_args(kind) if get_origin(kind) is tuple else (kind,))]
    return tuple(str(word) for part in inner if get_origin(part) is Literal for word in get_args(part))


def _bounds(marks: Iterable[object]) -> Iterator[str]:
    marks = list(marks)
    for kind, attribute, words in _BOUNDS:
        if (mark := _only(kind, marks)) is not None:
            yield words.format(f"{getattr(mark, attribute):g}")
    if (length := _only(MinLen, marks)) is not None and length.min_length:
        yield "not empty"


def _only(kind: type[T], marks: Iterable[object]) -> T | None:
    return next((mark for mark in marks if isinstance(mark, kind)), None)
