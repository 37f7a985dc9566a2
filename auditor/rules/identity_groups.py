"""Groups of people and the words that speak of them, from ``rules/bias/*.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from auditor.resources import resource_dir
from auditor.rules.strict_yaml import read_yaml


@dataclass(frozen=True)
class IdentityGroup:
    """A group of people: its name by report language, and the words that speak of it by language of the text."""

    title: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


@lru_cache(maxsize=1)
def identity_groups() -> Mapping[str, IdentityGroup]:
    """The groups of ``rules/bias/*.yaml`` by ``kind.group``, such as ``gender.women``."""
    return {
        f"{file.stem}.{name}": IdentityGroup(item["title"], {lang: tuple(item[lang]) for lang in ("en", "zh")})
        for file in sorted((resource_dir("rules") / "bias").glob("*.yaml"))
        for name, item in read_yaml(file).items()
    }
