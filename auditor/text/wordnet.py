"""Synonyms from the database files of WordNet (Fellbaum 1998; format: man 5 wndb).

Words are not tagged with their part of speech, so only words that WordNet lists under a single part of speech have
synonyms here, namely those of their most frequent sense.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from auditor.errors import UsageError

_PARTS = ("noun", "verb", "adj", "adv")
_PLACES = ("/usr/share/wordnet", "/usr/local/share/wordnet")


def find_wordnet(folder: str | None) -> Path:
    """The folder with ``index.*`` and ``data.*``: `folder`, ``$WNSEARCHDIR``, or the usual folders of Linux packages.

    Raises:
        UsageError: the files are not found.
    """
    places = [folder] if folder is not None else [os.environ.get("WNSEARCHDIR"), *_PLACES]
    for place in places:
        if place and all((Path(place) / f"{kind}.{part}").is_file() for part in _PARTS for kind in ("index", "data")):
            return Path(place)
    raise UsageError(
        "The WordNet files were not found, and nothing is downloaded automatically.",
        where=f"prepare.augment_data = {folder}" if folder else "prepare.augment = synonym",
        fix="Install Debian's wordnet-base, or name a folder with index.noun, data.noun and so on: "
        "--set prepare.augment_data=DIR",
    )


def has_wordnet() -> bool:
    """Whether `find_wordnet` finds the files in a standard location."""
    try:
        find_wordnet(None)
    except UsageError:
        return False
    return True


class WordNet:
    """A dictionary with the interface that nlpaug's SynonymAug expects.

    Args:
        folder: see `find_wordnet`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sense: dict[str, tuple[str, int]] = {}
        ambiguous: set[str] = set()
        for part in _PARTS:
            for word, offset in _index(folder / f"index.{part}"):
                if word in self._sense:
                    ambiguous.add(word)
                self._sense[word] = (part, offset)
        for word in ambiguous:
            del self._sense[word]
        self._data = {part: (folder / f"data.{part}").read_bytes() for part in _PARTS}
        self.predict = lru_cache(maxsize=100_000)(self._predict)

    def pos_tag(self, tokens: list[str]) -> list[tuple[str, str]]:
        """The tokens with empty tags."""
        return [(token, "") for token in tokens]

    def _predict(self, word: str, pos: str | None = None) -> list[str]:
        """The other single words of the most frequent sense of `word`, which must be a lemma.

        Function words, words in capitals and names have none: for WordNet, "am" is americium and "ATM" an atmosphere.
        """
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        found = self._sense.get(word.lower())
        if found is None or (len(word) > 1 and not word[1:].islower()) or word.lower() in ENGLISH_STOP_WORDS:
            return []
        part, offset = found
        line = self._data[part][offset : self._data[part].index(b"\n", offset)].decode("ascii", "replace").split()
        words = [line[4 + 2 * i].partition("(")[0] for i in range(int(line[3], 16))]
        if word.lower() not in words:  # WordNet capitalizes it: a name
            return []
        return [w for w in dict.fromkeys(words) if "_" not in w and w.islower() and w != word.lower()]


def _index(file: Path) -> list[tuple[str, int]]:
    """(lemma, offset of its first sense) of each single word."""
    found = []
    for line in file.read_text("ascii", "replace").splitlines():
        if line.startswith(" ") or not line.strip():
            continue  # the licence
        fields = line.split()
        if "_" not in fields[0]:
            pointers = int(fields[3])
            found.append((fields[0], int(fields[6 + pointers])))
    return found
