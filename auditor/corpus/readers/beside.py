"""Files that belong to another file: labels per line, brat annotations, translations, tags and intents."""

from __future__ import annotations

import re
from pathlib import Path

from auditor.corpus.readers.input_file import COMPRESSIONS

_TEXTS = re.compile(r"(?:(?<=[_.-])|^)(texts?|sentences?|inputs?|documents?)(?=[_.-]|$)", re.IGNORECASE)
_LABELS = ("labels", "label", "targets", "classes")
_CODES = (
    "af am ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it ja ka "
    "kk km kn ko ku ky lo lt lv mg mk ml mn mr ms mt my nb ne nl nn no or pa pl ps pt ro ru rw sd si sk sl so sq "
    "sr sv sw ta te tg th tk tl tr tt ug uk ur uz vi wo xh yi yo yue zh zu src tgt source target"
)
"""File suffixes and column names: ISO 639 codes, and the names of the sides in translation corpora."""
_LANGUAGES = frozenset(_CODES.split())
_REGION = re.compile(r"[_-](?:[A-Za-z]{2}|[A-Za-z]{4}|\d{3})$")
_SLOTS = ("seq.out", "label")


def label_file_of(path: Path) -> Path | None:
    """The file with a label for each line of `path`, such as ``train_labels.txt`` for ``train_text.txt``, if any."""
    if path.suffix.lower() not in (".txt", ".text"):
        return None
    found = _TEXTS.search(path.stem)
    names = [path.stem[: found.start()] + word + path.stem[found.end() :] for word in _LABELS] if found else []
    candidates = [path.with_name(name + path.suffix) for name in names]
    candidates += [path.with_suffix(f".{word}") for word in _LABELS]
    return next((file for file in candidates if file != path and file.is_file()), None)


def annotation_file_of(path: Path) -> Path | None:
    """The file of brat annotations of the document `path`, if any."""
    beside = path.with_suffix(".ann")
    return beside if path.suffix.lower() == ".txt" and beside.is_file() else None


def language_of(path: Path) -> tuple[str, str]:
    """The name of a file without its language suffix, and the language, such as ``en`` or ``zh_CN``.

    ``src`` and ``tgt`` count as languages. Both are empty without a language suffix; compression suffixes are ignored.
    """
    name = next((path.name.removesuffix(end) for end in COMPRESSIONS if path.name.lower().endswith(end)), path.name)
    stem, _, end = name.rpartition(".")
    return (stem, end) if stem and is_language(end) else ("", "")


def is_language(name: str) -> bool:
    """Whether a column name or file suffix is a language, such as ``en``, ``zh_CN`` or ``src``."""
    return _REGION.sub("", name).lower() in _LANGUAGES


def translations_of(path: Path) -> list[Path]:
    """The files with the same name as `path` in other languages, sorted."""
    stem, language = language_of(path)
    if not language or not path.is_file():
        return []
    others = [file for file in path.parent.iterdir() if language_of(file)[0] == stem and file.name != path.name]
    found = {language_of(file)[1]: file for file in sorted(others) if file.is_file()}
    return [file for other, file in sorted(found.items()) if other != language]


def slot_files_of(path: Path) -> list[Path]:
    """The files of tags and intents of the sentences in ``seq.in``, if they exist."""
    if path.name != "seq.in":
        return []
    return [file for file in map(path.with_name, _SLOTS) if file.is_file()]


def files_beside(path: Path) -> list[Path]:
    """The files that are read together with `path`; translations are read with the first of them."""
    translations = translations_of(path)
    if translations and translations[0].name < path.name:
        translations = []
    found = [file for file in (label_file_of(path), annotation_file_of(path)) if file is not None]
    return [*found, *translations, *slot_files_of(path)]
