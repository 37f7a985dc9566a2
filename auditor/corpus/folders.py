"""Select the data files of a folder, leaving out other files; a folder of several data sets is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from auditor.corpus.class_name_files import card_head, is_names_file
from auditor.corpus.readers.beside import label_file_of
from auditor.corpus.readers.input_file import uncompressed_name
from auditor.corpus.readers.registry import reader_of
from auditor.corpus.splits import part_of
from auditor.errors import InputError

_ABOUT = frozenset(
    (
        *("readme", "license", "licence", "changelog", "contributing", "citation", "notice", "authors", "requirements"),
        *("code_of_conduct", "security", "package", "tsconfig", "manifest", "croissant"),
        *("dataset_info", "dataset_infos", "dataset_dict", "state", "sample_submission", "samplesubmission"),
    )
)
"""Stems of files that describe data or projects."""
DOCUMENTS = (".txt", ".text", ".log", ".md", ".markdown", ".html", ".htm", ".xhtml", ".eml")
_MARKUP = DOCUMENTS[3:8]
_UNLABELLED = frozenset({"unsup", "unsupervised", "unlabeled", "unlabelled"})
_MAX_LISTED = 20
_LANGUAGE_CODE = 2
"""Length of a language code: ``tr_news`` and ``te_news`` do not name train and test parts."""


def data_files(folder: Path) -> list[Path]:
    """The data files below a folder, sorted.

    Left out are hidden files, output of auditor runs, files about the data (README, ``dataset_info.json``), beside
    tables also Markdown and HTML pages, beside tables in other formats also ``.json`` files (settings or names), and
    files that define codes. In a folder written by ``save_to_disk``, only the files that it lists are read.

    Raises:
        InputError: the folder contains several data sets.
    """
    files = sorted(p for p in folder.rglob("*") if p.is_file() and reader_of(p) and not _is_hidden(p, folder))
    runs = _runs_below(folder)
    files = [file for file in files if not runs.intersection(file.parents)]
    files = _without_names(_without_caches(without_about(files)))
    _require_one_set(folder, files)
    return files


def without_about(files: list[Path]) -> list[Path]:
    """The files without those about the data, judged by their names; see `data_files`."""
    data = [file for file in files if uncompressed_name(file).partition(".")[0] not in _ABOUT]
    files = data or [file for file in files if file.suffix.lower() != ".json"]
    tables = [file for file in files if not is_document(file)]
    if tables:
        files = [file for file in files if not uncompressed_name(file).endswith(_MARKUP)]
    if not all(uncompressed_name(file).endswith(".json") for file in tables):
        files = [file for file in files if not uncompressed_name(file).endswith(".json")]
    return files


def is_document(path: Path) -> bool:
    """Whether a file is one document rather than a table, judged by its name."""
    return uncompressed_name(path).endswith(DOCUMENTS)


def part_of_file(path: Path, root: Path | None = None) -> str | None:
    """The part named by a file name, or otherwise by one of its parent folders.

    Args:
        path: the file.
        root: only parent folders below it are considered; None: only the immediate parent folder.
    """
    name = path.name.split(".")[0]
    ends = [word for word in (name.partition("_")[0], name.rpartition("_")[2]) if len(word) > _LANGUAGE_CODE]
    above = [path.parent.name] if root is None else [*reversed(path.relative_to(root).parent.parts), path.parent.name]
    return next(filter(None, map(part_of, (name, name.split("-")[0], *ends, *above))), None)


def classes_of(files: Sequence[Path]) -> list[str | None] | None:
    """The class of each document, given by its folder; None if the folders are not classes.

    Folders are classes if all files are documents at a depth of one folder, not counting folders of parts, and each
    folder contains several. A folder of unlabelled documents (``unsup``) is not a class.
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
    """The deepest common parent folder."""
    root = files[0].parent
    while not all(file.is_relative_to(root) for file in files):
        root = root.parent
    return root


def _is_hidden(path: Path, folder: Path) -> bool:
    return any(name.startswith(".") for name in path.relative_to(folder).parts)


def _runs_below(folder: Path) -> set[Path]:
    """Run folders inside a folder, finished or not, which are not read as input."""
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
    """The files without Arrow files that ``save_to_disk`` does not list: caches of transformations."""
    named: dict[Path, set[str]] = {}
    for parent in {file.parent for file in files if file.suffix.lower() == ".arrow"}:
        try:
            state = json.loads((parent / "state.json").read_bytes())
            named[parent] = {str(item["filename"]) for item in state["_data_files"]}
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
    return [file for file in files if file.parent not in named or file.name in named[file.parent]]


def _without_names(files: list[Path]) -> list[Path]:
    """The files without those that define codes, if others contain the data."""
    data = [file for file in files if not is_names_file(file)]
    return data if any(not is_document(file) or label_file_of(file) for file in data) else files


def _require_one_set(folder: Path, files: Sequence[Path]) -> None:
    """Refuse a folder of several data sets: listed in its README, or in subfolders that each have several parts.

    Raises:
        InputError: the folder contains several data sets.
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
        f"The folder contains {len(configs)} data sets.",
        where=f"{folder}: {', '.join(list(configs)[:_MAX_LISTED])}",
        fix=f"Give one of them, such as {next(iter(configs.values()))}, or audit each in a separate run.",
    )


def _listed_sets(folder: Path) -> dict[str, str]:
    """The data sets listed in the front matter of the README (``configs``, as on the Hub), with the input for each."""
    try:
        configs = card_head(folder / "README.md")["configs"]
        return {str(item["config_name"]): _pattern(item.get("data_files"), folder) for item in configs}  # type: ignore[attr-defined]
    except (KeyError, TypeError, AttributeError):
        return {}


def _pattern(data_files: object, folder: Path) -> str:
    """A path or glob for the files of a data set."""
    if isinstance(data_files, list) and data_files:
        paths = [item.get("path") if isinstance(item, dict) else item for item in data_files]
        folders = {str(Path(str(path)).parent) for path in paths}
        if len(paths) > 1 and len(folders) == 1 and folders != {"."}:
            return str(folder / folders.pop())
        return " ".join(str(folder / str(path)) for path in paths)
    return str(folder / str(data_files)) if isinstance(data_files, str) else str(folder)
