"""Files that define the codes of a label column: data cards, and lists and dictionaries of class names.

Cards are those of the Hugging Face Hub (``dataset_info`` in the YAML front matter of README.md, ``dataset_info.json``);
lists and dictionaries are files placed beside the data, such as ``classes.txt``, ``id2label.json`` or ``codebook.csv``.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import yaml

from auditor.corpus.class_names import feature_names, names_by_code

CARDS = ("README.md", "dataset_info.json", "dataset_infos.json")
_WORDS = (
    r"labels?|class(?:es)?|(?:label|class)_?names|label_?map(?:ping)?|mapping|label_?list|id2label|label2id|id2class|class2id"
    r"|categories|names|codebook|(?:data_?)?dictionary|code_?list|标签|类别|数据字典|码表"
)
_STEM = re.compile(rf"(?:{_WORDS})|(?P<column>.+?)[_-](?:{_WORDS})", re.IGNORECASE)
_SUFFIXES = (".txt", ".json", ".csv", ".tsv", ".names")
_MAX_BYTES = 1_000_000
_MAX_NAMES = 2_000
_NUMBER = re.compile(r"-?\d+")
_NUMBERED = re.compile(r"(-?\d+)(?:\t| *[:=,;] *| +)(\S.*)")
_WHOLE = re.compile(r"(-?\d+)\.0+")
Names = Mapping[str, str]
"""Class names by code."""


def is_names_file(path: Path) -> bool:
    """Whether a file defines codes, judged by its name and content."""
    match = _STEM.fullmatch(path.stem)
    return match is not None and path.suffix.lower() in _SUFFIXES and any(_in_file(path))


def names_in_files_beside(path: Path, column: str) -> Iterator[tuple[str, Names]]:
    """Definitions of a column's codes in files beside a data file, and in cards up to two folders above it.

    Args:
        path: the data file.
        column: the label column.

    Returns:
        File name and class names by code, cards first; a list without codes is read starting from 0 and from 1.
    """
    for folder in (path.parent, *list(path.parent.parents)[:2]):
        for name in CARDS:
            if names := _in_card(folder / name, column):
                yield name, names
    for file in sorted(path.parent.iterdir()) if path.parent.is_dir() else ():
        match = _STEM.fullmatch(file.stem)
        if match is None or file == path or file.suffix.lower() not in _SUFFIXES or not file.is_file():
            continue
        if match["column"] is None or match["column"].lower() == column.lower():
            yield from ((file.name, names) for names in _in_file(file, column))


def card_head(readme: Path) -> Mapping[str, object]:
    """The YAML front matter of a data card; empty if there is none."""
    try:
        _, head, _ = readme.read_text("utf-8").split("---\n", 2)
        found = yaml.safe_load(head)
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def code_of(value: str) -> str:
    """A value of the label column as a code; ``1.0`` becomes ``1``."""
    match = _WHOLE.fullmatch(value.strip())
    return match[1] if match else value.strip()


def _in_card(path: Path, column: str) -> Names:
    if path.suffix == ".md":
        info: object = card_head(path).get("dataset_info")
    else:
        info = _json(path)
        if isinstance(info, dict) and "features" not in info:  # by configuration
            info = list(info.values())
    found = [names for item in (info if isinstance(info, list) else [info]) if (names := _in_info(item, column))]
    return found[0] if found and all(names == found[0] for names in found) else {}


def _in_info(info: object, column: str) -> Names:
    features = info.get("features") if isinstance(info, dict) else None
    if isinstance(features, list):  # as in YAML
        features = {str(item.get("name")): item for item in features if isinstance(item, dict)}
    feature = features.get(column) if isinstance(features, dict) else None
    return names_by_code(feature_names(feature)) or _in_yaml(feature)


def _in_yaml(feature: object) -> Names:
    """Names in a feature of the front matter: ``dtype: {class_label: {names: {'0': neg}}}``, also inside lists."""
    while isinstance(feature, dict):
        label = feature.get("class_label")
        if isinstance(label, dict):
            names = label.get("names")
            if isinstance(names, list):
                names = dict(enumerate(names))
            return _checked({str(code): name for code, name in names.items()}) if isinstance(names, dict) else {}
        feature = next((feature[key] for key in ("dtype", "sequence", "list") if key in feature), None)
    return {}


def _in_file(path: Path, column: str | None = None) -> Iterator[Names]:
    """The possible readings of a file of class names."""
    suffix = path.suffix.lower()
    if suffix == ".json":
        readings = _of_json(_json(path))
    elif suffix in (".csv", ".tsv"):
        readings = _of_table(_text(path), "\t" if suffix == ".tsv" else None, column)
    else:
        readings = _of_lines(_text(path))
    yield from (names for reading in readings if (names := _checked(reading)))


def _of_json(value: object) -> Iterator[Mapping[str, object]]:
    if isinstance(value, dict):
        inner = next((value[key] for key in ("id2label", "label_names", "names", "labels") if key in value), None)
        if isinstance(inner, (dict, list)):
            yield from _of_json(inner)
        elif all(isinstance(item, int) for item in value.values()):
            yield {str(code): name for name, code in value.items()}
        else:
            yield {str(code): name for code, name in value.items()}
    elif isinstance(value, list):
        yield from _of_list(value)


def _of_list(names: Sequence[object]) -> Iterator[Mapping[str, object]]:
    yield {str(code): name for code, name in enumerate(names)}
    yield {str(code): name for code, name in enumerate(names, 1)}


def _of_lines(text: str) -> Iterator[Mapping[str, object]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    numbered = [_NUMBERED.fullmatch(line) for line in lines]
    if lines and all(numbered):
        yield {match[1]: match[2].strip() for match in numbered if match}
    else:
        yield from _of_list(lines)


def _of_table(text: str, delimiter: str | None, column: str | None) -> Iterator[Mapping[str, object]]:
    """Codes and names in two columns, with or without a header; a third column in front names the variable."""
    first = text.partition("\n")[0]
    mark = delimiter or max(",;\t|", key=first.count)
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=mark, strict=True)]
    except csv.Error:
        return
    rows = [row for row in rows if any(row)]
    widths = {len(row) for row in rows}
    if widths == {3}:
        variable = (
            column.lower() if column is not None else Counter(row[0].lower() for row in rows).most_common(1)[0][0]
        )
        rows = [row[1:] for row in rows if row[0].lower() == variable]
    elif widths != {2}:
        return
    is_numbered = len(rows) > 1 and all(_NUMBER.fullmatch(code) for code, _ in rows[1:])
    for some in (rows[1:],) if is_numbered and not _NUMBER.fullmatch(rows[0][0]) else (rows, rows[1:]):
        if some and len({code for code, _ in some}) == len(some):
            yield dict(some)


def _checked(names: Mapping[str, object]) -> Names:
    """The names if they are at least two, distinct, and not all numbers; otherwise empty."""
    texts = {code.strip(): name.strip() for code, name in names.items() if isinstance(name, str)}
    is_sound = len(texts) == len(names) and 2 <= len(texts) <= _MAX_NAMES and len(set(texts.values())) == len(texts)
    if not is_sound or not all(texts.values()) or all(_NUMBER.fullmatch(name) for name in texts.values()):
        return {}
    return texts


def _json(path: Path) -> object:
    try:
        return json.loads(_text(path))
    except (ValueError, RecursionError):
        return None


def _text(path: Path) -> str:
    """The content of a small text file; empty for other files."""
    try:
        return path.read_text("utf-8-sig") if path.stat().st_size <= _MAX_BYTES else ""
    except (OSError, UnicodeDecodeError):
        return ""
