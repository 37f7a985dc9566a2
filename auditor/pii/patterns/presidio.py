"""Presidio's recognizers without the rest of Presidio: its engines, and with them spaCy, torch and transformers.

Its packages are registered without being executed (`auditor.imports`), and only the modules of the requested recognizer
are imported.
"""

from __future__ import annotations

import importlib
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from auditor.imports import LazyPackage, execute_package, lazy_package

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
"""The base classes of recognizers: module and class, each importing those before it."""


def recognizer_class(name: str) -> type[EntityRecognizer] | None:
    """The class of ``presidio_analyzer.predefined_recognizers`` of that name, or None.

    Raises:
        ImportError: presidio-analyzer is not installed.
    """
    package, module = lazy_package(PACKAGE), None
    if isinstance(package, LazyPackage):
        try:
            with _bases(package):
                module = _module_of(name)
        except (ImportError, AttributeError):  # a version with another structure: import all of it
            module = None
    if module is None:
        execute_package(PACKAGE)
        module = importlib.import_module(TOP)
    kind: type[EntityRecognizer] | None = getattr(module, name, None)
    return kind


@contextmanager
def _bases(package: ModuleType) -> Iterator[None]:
    """The base classes of recognizers, and a placeholder for names used only in annotations."""
    if not (logger := logging.getLogger("presidio-analyzer")).handlers:
        logger.addHandler(logging.NullHandler())  # as the package itself does
    for module, name in BASES:
        if name not in vars(package):
            setattr(package, name, getattr(importlib.import_module(f"{PACKAGE}.{module}"), name))
    engine, stand_in = lazy_package(f"{PACKAGE}.nlp_engine"), type("NlpArtifacts", (), {})
    if isinstance(engine, LazyPackage):
        setattr(engine, "NlpArtifacts", stand_in)  # noqa: B010 - a module has no such attribute for mypy
    try:
        yield
    finally:
        if vars(engine).get("NlpArtifacts") is stand_in:
            delattr(engine, "NlpArtifacts")


def _module_of(name: str) -> ModuleType | None:
    """The module that defines the class `name`, imported without executing its packages; None if it is not found."""
    folder = Path(next(iter(lazy_package(TOP).__path__)))
    if name not in (paths := _classes(folder)):
        return None
    parts = paths[name].relative_to(folder).with_suffix("").parts
    for depth in range(1, len(parts)):
        lazy_package(".".join((TOP, *parts[:depth])))
    return importlib.import_module(".".join((TOP, *parts)))


@lru_cache(maxsize=1)
def _classes(folder: Path) -> Mapping[str, Path]:
    """The file of each class by its name."""
    files = sorted(folder.rglob("*.py"))
    return {name: path for path in files for name in re.findall(r"(?m)^class (\w+)\(", path.read_text("utf-8"))}
