"""YAML, read strictly.

Safe types only, no duplicate keys, bounded size, depth and aliases, and texts that
YAML would turn into something else (``NO``, ``012``, ``2024-01-01``) stay texts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from auditor.errors import InputError

MAX_BYTES, MAX_DEPTH = 1_000_000, 20

_Loader: Any = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
"""libyaml's parser reads the shipped files ten times as fast; both give the same tree."""


class _StrictLoader(_Loader):  # type: ignore[misc]
    """Safe loader without duplicate keys or YAML 1.1's dates, octals and NO/OFF booleans."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[object, object]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen:
                raise yaml.MarkedYAMLError(problem="duplicate key", problem_mark=key_node.start_mark)
            seen.add(key)
        mapping: dict[object, object] = super().construct_mapping(node, deep)
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


def read_yaml(path: Path) -> object:
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
