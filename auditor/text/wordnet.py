"""Synonyms from the files of WordNet (Fellbaum 1998; format: man 5 wndb), read as they are.

No tagger says which part of speech a word has in its sentence, so a word has synonyms here only where WordNet knows
it as one part of speech, and only those of its most frequent sense.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from auditor.errors import UsageError

_PARTS = ("noun", "verb", "adj", "adv")
_PLACES = ("/usr/share/wordnet", "/usr/local/share/wordnet")


def find_wordnet(folder: str | None) -> Path:
    """The folder with ``index.*`` and ``data.*``: the one given, WordNet's own variable, or where Debian puts it.

    Raises:
        UsageError: there is none.
    """
    places = [folder] if folder is not None else [os.environ.get("WNSEARCHDIR"), *_PLACES]
    for place in places:
        if place and all((Path(place) / f"{kind}.{part}").is_file() for part in _PARTS for kind in ("index", "data")):
            return Path(place)
    raise UsageError(
        "The WordNet files are not here, and nothing is downloaded.",
        where=f"prepare.augment_data = {folder}" if folder else "prepare.augment = synonym",
        fix="Install Debian's wordnet-base, or name a folder with index.noun, data.noun and so on: "
        "--set prepare.augment_data=DIR",
    )


def has_wordnet() -> bool:
    """Whether `find_wordnet` finds the files without being told where they are."""
    try:
        find_wordnet(None)
    except UsageError:
        return False
    return True


class WordNet:
    """A dictionary as nlpaug's SynonymAug asks for one.

    Args:
        folder: see `find_wordnet`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sense: dict[str, tuple[str, int]] = {}
        several: set[str] = set()
        for part in _PARTS:
            for word, offset in _index(folder / f"index.{part}"):
                if word in self._sense:
                    several.add(word)
                self._sense[word] = (part, offset)
        for word in several:
            del self._sense[word]
        self._data = {part: (folder / f"data.{part}").read_bytes() for part in _PARTS}
        self.predict = lru_cache(maxsize=100_000)(self._predict)

    def pos_tag(self, tokens: list[str]) -> list[tuple[str, str]]:
        """Tokens without tags."""
        return [(token, "") for token in tokens]

    def _predict(self, word: str, pos: str | None = None) -> list[str]:
        """Other single words of the most frequent sense of `word`, which must be a bare lemma.

        Function words and words in capitals have none ("am" is americium to WordNet, "ATM" an atmosphere), nor have
        names.
        """
        from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

        found = self._sense.get(word.lower())
        if found is None or (len(word) > 1 and not word[1:].islower()) or word.lower() in ENGLISH_STOP_WORDS:
            return []
        part, offset = found
        line = self._data[part][offset : self._data[part].index(b"\n", offset)].decode("ascii", "replace").split()
        words = [line[4 + 2 * i].partition("(")[0] for i in range(int(line[3], 16))]
        if word.lower() not in words:  # WordNet writes it with a capital: a name
            return []
        return [w for w in dict.fromkeys(words) if "_" not in w and w.islower() and w != word.lower()]


def _index(file: Path) -> list[tuple[str, int]]:
    """(lemma, offset of its first sense) of single words."""
    found = []
    for line in file.read_text("ascii", "replace").splitlines():
        if line.startswith(" ") or not line.strip():
            continue  # the licence
        fields = line.split()
        if "_" not in fields[0]:
            pointers = int(fields[3])
            found.append((fields[0], int(fields[6 + pointers])))
    return found
