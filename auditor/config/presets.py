"""Presets: settings for a purpose, from ``rules/presets.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules import read_yaml


@dataclass(frozen=True)
class Preset:
    """The settings for one purpose.

    Attributes:
        text: description in one or two sentences.
        settings: values by dotted key.
    """

    text: str
    settings: Mapping[str, object]


@cache
def presets() -> dict[str, Preset]:
    """All presets by name, in the order of the file."""
    return parse(dict[str, Preset], read_yaml(resource_dir("rules") / "presets.yaml"))
