"""Checks that the settings add: one class with one file of rules each.

Only the user's own settings add checks. What a run folder says of its settings never makes anything be imported.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from auditor.errors import UsageError
from auditor.rules.checks import add_check, read_check

_classes: dict[str, type[object]] = {}


def add_checks(names: Iterable[str]) -> None:
    """Import the classes ``module:Class`` and make their specifications known.

    Raises:
        UsageError: there is no such class, or it does not say what a check must say.
        InputError: its file of rules is not valid, or uses names of another check.
    """
    for name in names:
        if name not in _classes:
            kind = _imported(name)
            _add_rules(name, kind)
            _classes[name] = kind


def added_class(name: str) -> type[object]:
    """The class of a check that `add_checks` added.

    Raises:
        UsageError: the settings in use here do not name it.
    """
    if name not in _classes:
        raise UsageError(
            "The run was made with an added check that is not known here.",
            where=f"checks: {name}",
            fix="Name it in the settings, as the run did: checks = [...] in auditor.toml.",
        )
    return _classes[name]


def _imported(name: str) -> type[object]:
    module, _, attribute = name.partition(":")
    try:
        kind = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        kind = None
    if not isinstance(kind, type):
        raise UsageError(
            "An added check cannot be imported.",
            where=f"checks: {name}",
            fix="Write it as module:Class, and put the module where Python finds it (PYTHONPATH, or installed).",
        )
    return kind


def _add_rules(name: str, kind: type[object]) -> None:
    path, dimension, prefix = (getattr(kind, key, None) for key in ("rules", "dimension", "prefix"))
    spec = read_check(path) if isinstance(path, Path) else None
    if spec is None or spec.dimension != dimension or any(code[:3] != prefix for code in spec.codes):
        raise UsageError(
            "An added check and its file of rules do not belong together.",
            where=f"checks: {name}",
            fix="Give the class `rules`, the path of <dimension>.yaml, and the `dimension` and `prefix` of that file.",
        )
    add_check(spec)
