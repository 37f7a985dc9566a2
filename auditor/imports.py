"""Import a submodule without running its package's ``__init__``.

The ``__init__`` of some packages imports everything: one function of cleanlab would load its data loaders, one regular
expression of Presidio spaCy, torch and transformers. That takes seconds instead of a few milliseconds.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType

LOADING_DUNDERS = ("__all__", "__version__")
"""The only dunder names that trigger the execution of a package, since Python itself looks up others on any module."""


class LazyPackage(ModuleType):
    """A package whose ``__init__`` is executed when a missing attribute is accessed."""

    def __getattr__(self, name: str) -> object:
        if self.__spec__ is None or (name.startswith("__") and name not in LOADING_DUNDERS):
            raise AttributeError(name)
        execute_package(self.__spec__.name)
        return getattr(self, name)


def execute_package(name: str) -> None:
    """Execute the ``__init__`` of a package after those of its parents, as an import does."""
    parent = name.rpartition(".")[0]
    if parent:
        execute_package(parent)
    module = sys.modules[name]
    if isinstance(module, LazyPackage) and module.__spec__ is not None and module.__spec__.loader is not None:
        module.__class__ = ModuleType  # type: ignore[assignment]
        module.__spec__.loader.exec_module(module)


def lazy_package(name: str) -> ModuleType:
    """Register the package `name` without executing its ``__init__``, so that its submodules can be imported.

    A package that is already imported is returned unchanged. If an attribute of the package is accessed later, its
    ``__init__`` is executed then, and uses the same submodules and classes.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    if (module := sys.modules.get(name)) is not None:
        return module
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = module_from_spec(spec)
    module.__class__ = LazyPackage
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module
