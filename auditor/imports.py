"""Parts of a package without the whole of it.

Some packages import all they have when one module of theirs is wanted: one function of cleanlab brings its data loaders
in, one regular expression of Presidio spaCy, torch and transformers; seconds for what takes a hundredth of one.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType

ASKED = ("__all__", "__version__")
"""The only names of this form for which a package is run: Python itself asks every module for others."""


class Unrun(ModuleType):
    """A package that has not been run, and is when an attribute is asked for that is not there."""

    def __getattr__(self, name: str) -> object:
        if self.__spec__ is None or (name.startswith("__") and name not in ASKED):
            raise AttributeError(name)
        run(self.__spec__.name)
        return getattr(self, name)


def run(name: str) -> None:
    """Run a package, after those it lies in, as Python does when it imports one."""
    parent = name.rpartition(".")[0]
    if parent:
        run(parent)
    module = sys.modules[name]
    if isinstance(module, Unrun) and module.__spec__ is not None and module.__spec__.loader is not None:
        module.__class__ = ModuleType  # type: ignore[assignment]
        module.__spec__.loader.exec_module(module)


def unrun(name: str) -> ModuleType:
    """The package `name`: as it was imported, else put in place without being run, so that its modules can be imported.

    Whoever asks the package itself for something later runs it then, and finds the same classes.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    if (module := sys.modules.get(name)) is not None:
        return module
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    module = module_from_spec(spec)
    module.__class__ = Unrun
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
    return module
