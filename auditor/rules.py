"""``rules/*.yaml`` as typed rules.

YAML is read strictly: safe types only, no duplicate keys, bounded size, depth and aliases, and texts that
YAML would turn into something else (``NO``, ``012``, ``2024-01-01``) stay texts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import yaml

from auditor.errors import InputError, nearest
from auditor.resources import resource_dir

MAX_BYTES, MAX_DEPTH = 1_000_000, 20

_Loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml's parser reads the shipped files ten times as fast; both give the same tree."""


class _StrictLoader(_Loader):  # type: ignore[misc]
    """Safe loader without duplicate keys or YAML 1.1's dates, octals and NO/OFF booleans."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem="a key stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        return mapping


_StrictLoader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag.rpartition(":")[2] in {"null", "float"}]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_StrictLoader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))
_StrictLoader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(?:0|[1-9][0-9]*)$"), list("-+0123456789")
)


def _refuse_deep_and_aliased(text: str) -> None:
    """Refuse nesting and aliases before anything is built of them."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        mark: Any = event.start_mark
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent):
            raise yaml.MarkedYAMLError(problem="aliases are not allowed", problem_mark=mark)
        if depth + isinstance(event, yaml.ScalarEvent) > MAX_DEPTH:
            raise yaml.MarkedYAMLError(problem="nested too deeply", problem_mark=mark)


def read_yaml(path: Path) -> Any:
    """Parse one rules file.

    Raises:
        InputError: unreadable, too large or deep, or not plain data.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError("The rules file is too large.", where=str(path), fix=f"Keep it under {MAX_BYTES} bytes.")
        text = path.read_text("utf-8")
        _refuse_deep_and_aliased(text)
        return yaml.load(text, _StrictLoader)  # noqa: S506 - a subclass of SafeLoader
    except (OSError, UnicodeDecodeError):
        raise InputError(
            "The rules file cannot be read.", where=str(path), fix="Check its path and encoding."
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise InputError(
            f"The rules file is not valid: {getattr(error, 'problem', None) or 'nested too deeply'}.",
            where=f"{path}:{mark.line + 1}" if mark else str(path),
            fix="Correct the line; quote texts that look like numbers or dates.",
        ) from None


@dataclass(frozen=True)
class CodeDoc:
    """The documentation of one finding code, as `auditor rules CODE` prints it."""

    code: str
    name: str
    dimension: str
    title: Mapping[str, str]
    """By report language."""
    why: Mapping[str, str]
    how: str
    fix: Mapping[str, str]
    example: str


@lru_cache(maxsize=1)
def code_docs() -> Mapping[str, CodeDoc]:
    """All finding codes, from ``rules/codes.yaml`` and, one an entity type, ``rules/pii/entities.yaml``."""
    docs = {}
    for code, item in read_yaml(resource_dir("rules") / "codes.yaml").items():
        docs[code] = CodeDoc(code=code, **item)
    for entity, item in read_yaml(resource_dir("rules") / "pii" / "entities.yaml").items():
        texts = {key: item[key] for key in ("title", "why", "how", "fix", "example")}
        docs[item["code"]] = CodeDoc(code=item["code"], name=entity, dimension="privacy", **texts)
    return docs


def code_doc(code: str) -> CodeDoc:
    """The documentation of `code`.

    Raises:
        InputError: there is no such code.
    """
    docs = code_docs()
    if code.upper() not in docs:
        raise InputError("There is no such finding code.", where=code, fix=nearest(code.upper(), docs))
    return docs[code.upper()]


@dataclass(frozen=True)
class Threshold:
    """When a metric is good or bad: upper bounds of A, B, C and D; above them F."""

    metric: str
    dimension: str
    bounds: tuple[float, float, float, float]
    caps: bool = True

    def letter(self, value: float) -> str:
        """The grade of `value`."""
        for letter, bound in zip("ABCD", self.bounds, strict=True):
            if value <= bound:
                return letter
        return "F"

    def status(self, value: float) -> Literal["pass", "warn", "fail"]:
        """Pass for A and B, warn for C, fail for D and F."""
        letter = self.letter(value)
        return "pass" if letter in "AB" else "warn" if letter == "C" else "fail"

    def with_bounds(self, bounds: tuple[float, float, float, float]) -> Threshold:
        """The same metric judged by other bounds."""
        return replace(self, bounds=bounds)


@lru_cache(maxsize=1)
def thresholds() -> Mapping[str, Threshold]:
    """The judged metrics, from ``rules/thresholds.yaml``."""
    items = read_yaml(resource_dir("rules") / "thresholds.yaml")
    return {
        name: Threshold(name, item["dimension"], tuple(float(b) for b in item["bounds"]))  # type: ignore[arg-type]
        for name, item in items.items()
    }


@lru_cache(maxsize=1)
def metric_names() -> frozenset[str]:
    """All metrics that a check may give: those that the reports have a label for."""
    catalogue = read_yaml(resource_dir("templates") / "messages" / "en.yaml")
    return frozenset(key.removeprefix("metric.") for key in catalogue if key.startswith("metric."))


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
