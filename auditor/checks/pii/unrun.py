"""Presidio's recognizers without the rest of Presidio.

``import presidio_analyzer`` runs its engines too, and with them spaCy, torch and transformers: seconds for a dozen
regular expressions. Here its packages are put in place without being run, and only the modules of the recognizer that
is asked for are imported. A package is run after all as soon as anything is asked of it that it does not have yet, so
whoever imports Presidio later in the same process sees all of it, with the same classes.
"""

from __future__ import annotations

import importlib
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from presidio_analyzer import EntityRecognizer

PACKAGE = "presidio_analyzer"
TOP = f"{PACKAGE}.predefined_recognizers"
BASES = (
    ("analysis_explanation", "AnalysisExplanation"),
    ("recognizer_result", "RecognizerResult"),
    ("entity_recognizer", "EntityRecognizer"),
    ("local_recognizer", "LocalRecognizer"),
    ("pattern", "Pattern"),
    ("pattern_recognizer", "PatternRecognizer"),
)
"""What recognizers are made of: module and class, each importing those before it."""


class _Unrun(ModuleType):
    """A package that has not been run, and is when an attribute is asked for that is not there."""

    def __getattr__(self, name: str) -> object:
        spec = self.__spec__
        if name.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(name)
        self.__class__ = ModuleType  # type: ignore[assignment]
        spec.loader.exec_module(self)
        return getattr(self, name)


def recognizer_class(name: str) -> type[EntityRecognizer] | None:
    """The class of ``presidio_analyzer.predefined_recognizers`` of that name, or None.

    Raises:
        ImportError: presidio-analyzer is not installed.
    """
    package, module = _unrun(PACKAGE), None
    if isinstance(package, _Unrun):
        with _bases(package):
            module = _module_of(name)
    if module is None:
        module = importlib.import_module(TOP)
    kind: type[EntityRecognizer] | None = getattr(module, name, None)
    return kind


def _unrun(name: str) -> ModuleType:
    """The package `name`: as it was imported, else put in place without being run."""
    if (module := sys.modules.get(name)) is not None:
        return module
    spec = find_spec(name)
    if spec is None:
        raise ImportError(name)
    module = module_from_spec(spec)
    module.__class__ = _Unrun
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module


@contextmanager
def _bases(package: ModuleType) -> Iterator[None]:
    """What recognizers are made of, and a stand-in for what some name in annotations and then never use."""
    logging.getLogger("presidio-analyzer").addHandler(logging.NullHandler())  # as the package itself does
    for module, name in BASES:
        if name not in vars(package):
            setattr(package, name, getattr(importlib.import_module(f"{PACKAGE}.{module}"), name))
    engine, stand_in = _unrun(f"{PACKAGE}.nlp_engine"), type("NlpArtifacts", (), {})
    if isinstance(engine, _Unrun):
        setattr(engine, "NlpArtifacts", stand_in)  # noqa: B010 - a module has no such attribute for mypy
    try:
        yield
    finally:
        if vars(engine).get("NlpArtifacts") is stand_in:
            delattr(engine, "NlpArtifacts")  # noqa: B043


def _module_of(name: str) -> ModuleType | None:
    """The module that defines the class `name`, imported with its packages unrun; None where it is not found."""
    folder = Path(next(iter(_unrun(TOP).__path__)))
    for path in sorted(folder.rglob("*.py")):
        if f"class {name}(" in path.read_text("utf-8"):
            parts = path.relative_to(folder).with_suffix("").parts
            for depth in range(1, len(parts)):
                _unrun(".".join((TOP, *parts[:depth])))
            return importlib.import_module(".".join((TOP, *parts)))
    return None
