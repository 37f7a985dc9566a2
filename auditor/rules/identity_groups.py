"""Groups of people and the words that speak of them, from ``rules/bias/*.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules.strict_yaml import read_yaml


@dataclass(frozen=True)
class IdentityGroup:
    """A group of people: its name by report language, and the words that speak of it by language of the text."""

    title: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class _Item:
    """A group as the file writes it."""

    title: Mapping[str, str]
    en: tuple[str, ...]
    zh: tuple[str, ...]


@lru_cache(maxsize=1)
def identity_groups() -> Mapping[str, IdentityGroup]:
    """The groups of ``rules/bias/*.yaml`` by ``kind.group``, such as ``gender.women``."""
    return {
        f"{file.stem}.{name}": IdentityGroup(item.title, {"en": item.en, "zh": item.zh})
        for file in sorted((resource_dir("rules") / "bias").glob("*.yaml"))
        for name, item in parse(dict[str, _Item], read_yaml(file)).items()
    }
