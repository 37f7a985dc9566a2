"""Import plug-in modules that are named in the user's settings.

Modules named in a run folder, or merely installed, are never imported. A module registers what it adds itself, see
`auditor.plugins`.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Iterable
from pathlib import Path

from auditor.errors import AuditorError, UsageError


def import_plugins(names: Iterable[str]) -> None:
    """Import modules, once each, so that they register what they add.

    Args:
        names: module names, or paths of ``.py`` files.

    Raises:
        UsageError: a module is missing, fails, or registers something that already exists.
    """
    for name in names:
        try:
            if name.endswith(".py"):
                _import_file(Path(name))
            else:
                importlib.import_module(name)
        except AuditorError:
            raise
        except Exception as error:
            is_missing = isinstance(error, FileNotFoundError) or (
                isinstance(error, ModuleNotFoundError) and error.name == name
            )
            raise UsageError(
                "A plug-in was not found." if is_missing else f"A plug-in fails when it is imported: {error!r}.",
                where=f"plugins: {name}",
                fix="Give the path of a .py file, or the name of a module that Python finds."
                if is_missing
                else "Import it in Python to see where.",
            ) from error


def _import_file(path: Path) -> None:
    """Import a file as a module with the name of the file."""
    file = path.resolve()
    loaded = sys.modules.get(path.stem)
    if loaded is not None and getattr(loaded, "__file__", None) == str(file):
        return
    if loaded is not None or not path.stem.isidentifier():
        raise UsageError(
            "The file name of a plug-in is that of another module, or not a valid module name.",
            where=f"plugins: {path}",
            fix="Rename the file.",
        )
    spec = importlib.util.spec_from_file_location(path.stem, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
