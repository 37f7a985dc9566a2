"""The files of a folder that hold data; what stands beside them is left out, and one of several data sets asked for."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from auditor.corpus.class_name_files import card_head, is_names_file
from auditor.corpus.readers.input_file import uncompressed_name
from auditor.corpus.readers.registry import reader_of
from auditor.corpus.splits import part_of
from auditor.errors import InputError

_ABOUT = frozenset(
    (
        *("readme", "license", "licence", "changelog", "contributing", "citation", "notice", "authors", "requirements"),
        *("code_of_conduct", "security", "package", "tsconfig", "manifest", "croissant"),
        *("dataset_info", "dataset_infos", "dataset_dict", "state"),
    )
)
"""Stems of files about data."""
DOCUMENTS = (".txt", ".text", ".log", ".md", ".markdown", ".html", ".htm", ".xhtml", ".eml")
_MARKUP = DOCUMENTS[3:8]
_UNLABELLED = frozenset({"unsup", "unsupervised", "unlabeled", "unlabelled"})
_SHOWN = 20
_CODE = 2
"""Letters of a code, as of a language: ``tr_news`` and ``te_news`` are no train and test parts."""


def data_files(folder: Path) -> list[Path]:
    """The files below a folder that are read, sorted.

    Left out: hidden ones, what runs of auditor wrote, files about the data (a README, ``dataset_info.json``) and,
    beside tables, pages of Markdown and HTML; beside tables of another kind ``.json`` files too, which hold settings or
    names, and files that say what codes mean. Of a folder that ``save_to_disk`` wrote, the files it names are read.

    Raises:
        InputError: the folder holds several data sets.
    """
    files = sorted(p for p in folder.rglob("*") if p.is_file() and reader_of(p) and not _is_hidden(p, folder))
    runs = _runs_below(folder)
    files = [file for file in files if not runs.intersection(file.parents)]
    files = _without_names(_without_caches(without_about(files)))
    _require_one_set(folder, files)
    return files


def without_about(files: list[Path]) -> list[Path]:
    """The files of a folder without those about the data, by their names alone; see `data_files`."""
    data = [file for file in files if uncompressed_name(file).partition(".")[0] not in _ABOUT]
    files = data or [file for file in files if file.suffix.lower() != ".json"]
    tables = [file for file in files if not is_document(file)]
    if tables:
        files = [file for file in files if not uncompressed_name(file).endswith(_MARKUP)]
    if not all(uncompressed_name(file).endswith(".json") for file in tables):
        files = [file for file in files if not uncompressed_name(file).endswith(".json")]
    return files


def is_document(path: Path) -> bool:
    """Whether a file by its name holds one document, rather than a table."""
    return uncompressed_name(path).endswith(DOCUMENTS)


def part_of_file(path: Path, root: Path | None = None) -> str | None:
    """The part that the name of a file says, or else a folder that it lies in.

    Args:
        path: of the file.
        root: the folder below which folders count; None: the file's own folder alone counts.
    """
    name = path.name.split(".")[0]
    ends = [word for word in (name.partition("_")[0], name.rpartition("_")[2]) if len(word) > _CODE]
    above = [path.parent.name] if root is None else [*reversed(path.relative_to(root).parent.parts), path.parent.name]
    return next(filter(None, map(part_of, (name, name.split("-")[0], *ends, *above))), None)


def classes_of(files: Sequence[Path]) -> list[str | None] | None:
    """The class of each document, which is the name of its folder; None where folders are no classes.

    They are where all files are documents that lie one folder deep, folders of parts aside, and each folder has
    several. A folder of documents without labels (``unsup``) is no class.
    """
    if len(files) < 4 or not all(map(is_document, files)):
        return None
    root = common_root(files)
    names = []
    for file in files:
        above = [name for name in file.relative_to(root).parent.parts if part_of(name) is None]
        if len(above) != 1:
            return None
        names.append(above[0])
    if len(set(names)) < 2 or min(names.count(name) for name in set(names)) < 2:
        return None
    return [None if name.lower() in _UNLABELLED else name for name in names]


def common_root(files: Sequence[Path]) -> Path:
    """The deepest folder that all files lie in."""
    root = files[0].parent
    while not all(file.is_relative_to(root) for file in files):
        root = root.parent
    return root


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(name.startswith(".") for name in path.relative_to(folder).parts)


def _runs_below(folder: Path) -> set[Path]:
    """Run folders inside a folder, finished or not: what a run wrote is no input of the next."""
    found = set()
    for manifest in folder.rglob("manifest.json"):
        try:
            tool = json.loads(manifest.read_bytes()).get("tool")
        except (OSError, ValueError, AttributeError, RecursionError):
            continue
        if tool == "auditor" and manifest.parent != folder:
            found.add(manifest.parent)
    return found | {path for path in folder.rglob(".*.partial-*") if path.is_dir()}


def _without_caches(files: list[Path]) -> list[Path]:
    """The files without those Arrow files that ``save_to_disk`` wrote and does not name (caches of transformations)."""
    named: dict[Path, set[str]] = {}
    for parent in {file.parent for file in files if file.suffix.lower() == ".arrow"}:
        try:
            state = json.loads((parent / "state.json").read_bytes())
            named[parent] = {str(one["filename"]) for one in state["_data_files"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return [file for file in files if file.parent not in named or file.name in named[file.parent]]


def _without_names(files: list[Path]) -> list[Path]:
    """The files without those that say what codes mean, where others hold the data."""
    data = [file for file in files if not is_names_file(file)]
    return data if any(not is_document(file) for file in data) else files


def _require_one_set(folder: Path, files: Sequence[Path]) -> None:
    """Refuse a folder of several data sets: such as its README lists, or of which each folder has parts of its own.

    Raises:
        InputError: it is one.
    """
    configs = _listed_sets(folder)
    if len(configs) < 2:
        parts: dict[str, set[str]] = {}
        for file in files:
            inner = file.relative_to(folder).parts
            part = part_of(file.name.split(".")[0].split("-")[0])
            if part is not None and not is_document(file):
                parts.setdefault("/".join(inner[:-1]), set()).add(part)
        several = [name for name, found in parts.items() if len(found) > 1]
        if len(parts) < 2 or len(several) < 2:
            return
        configs = {name: str(folder / name) for name in sorted(parts)}
    raise InputError(
        f"The folder holds {len(configs)} data sets.",
        where=f"{folder}: {', '.join(list(configs)[:_SHOWN])}",
        fix=f"Give one of them, such as {next(iter(configs.values()))}, or each in a run of its own.",
    )


def _listed_sets(folder: Path) -> dict[str, str]:
    """The data sets that the head of the README lists, with what to give for each; see the Hub's ``configs``."""
    try:
        configs = card_head(folder / "README.md")["configs"]
        return {str(one["config_name"]): _pattern(one.get("data_files"), folder) for one in configs}  # type: ignore[attr-defined]
    except (KeyError, TypeError, AttributeError):
        return {}


def _pattern(data_files: object, folder: Path) -> str:
    """A path or glob for the files of one data set."""
    if isinstance(data_files, list) and data_files:
        paths = [one.get("path") if isinstance(one, dict) else one for one in data_files]
        folders = {str(Path(str(path)).parent) for path in paths}
        if len(paths) > 1 and len(folders) == 1 and folders != {"."}:
            return str(folder / folders.pop())
        return " ".join(str(folder / str(path)) for path in paths)
    return str(folder / str(data_files)) if isinstance(data_files, str) else str(folder)
