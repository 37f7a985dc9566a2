"""Context words of a hit: words that support it, and words that contradict it.

A run of digits matches some numbering plan by chance. The nearest preceding word decides: ``call 2127365000`` is a
phone number, ``order 2127365000`` is not. The name of the column counts as a word before its values.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from auditor.parse import parse
from auditor.pii.spans import Evidence
from auditor.resources import resource_dir
from auditor.rules import read_yaml

CONTEXT_CHARACTERS = 60
"""Maximum distance of a context word before a hit: about ten words, or five long ones."""
VETO_CHARACTERS = 40
"""Maximum distance of a vetoing word before a hit, within the same clause."""
VETO_HAN = 14
"""The same for Chinese text, where a word has two characters."""
AFTER_CHARACTERS = 10
TITLE = 2
"""Characters of a Chinese title."""
CLAUSE_END = re.compile(r"[!?]\s|[.,]\s+(?=[^\W\d]{2})|[,;!?](?=[^\x00-\x7f])|[。！？；，]|(?<![:：])\n")
"""Full-width punctuation may have been folded to ASCII."""
TAKEN = re.compile(r"[0-9].*[^\W\d_]{2}|(?:[^\W\d_]+[\W_]+){5}")
"""Between a word and a hit: the word has its own number, as in ``row 1 says ...``, or five more words follow."""
HAN = re.compile(r"[\u4e00-\u9fff]")
WORDS_FILE = "words.yaml"


@dataclass(frozen=True)
class Context:
    """Words that determine the type of a hit.

    Attributes:
        before: matches the supporting words that precede a hit; ASCII words are matched as whole words.
        after: likewise those that follow directly, such as ``(office)``.
        veto: preceding words that contradict a hit.
        veto_after: likewise those that follow directly, such as a currency.
        cuts: longer words; a hit that shares characters with one of them is dropped, the two behind it included,
            which are a title where the hit is a surname.
        needed: whether a hit without a supporting word is dropped.
        heading_only: whether only the column name may support a hit, which must then be the whole value.
        distinctive: whether the form is used for almost nothing else; ``"zh"``: only next to Chinese characters.
        checksum: whether the rule's check together with a supporting word is strong evidence.
        no_chinese: matches whole values that are something else next to Chinese characters, such as service numbers.

    """

    before: re.Pattern[str] | None = None
    after: re.Pattern[str] | None = None
    veto: re.Pattern[str] | None = None
    veto_after: re.Pattern[str] | None = None
    cuts: re.Pattern[str] | None = None
    needed: bool = False
    heading_only: bool = False
    distinctive: Literal[False, True, "zh"] = False
    checksum: bool = False
    no_chinese: re.Pattern[str] | None = None

    def evidence(self, text: str, start: int, end: int, heading: str = "") -> Evidence | None:
        """The evidence for the hit ``text[start:end]``; None: drop it.

        Args:
            heading: words of the column's name in lower case, see `heading_words`.

        """
        if self.heading_only and not (heading and text.strip() == text[start:end]):
            return None
        if self.cuts is not None and self._is_cut(text, start, end):
            return None
        if (
            self.no_chinese is not None
            and self.no_chinese.fullmatch(text, start, end)
            and _beside_han(text, start, end)
        ):
            return None
        before = text[max(0, start - CONTEXT_CHARACTERS) : start].lower()
        if heading and start < CONTEXT_CHARACTERS:
            before = f"{heading}: {before}"
        after = text[end : end + AFTER_CHARACTERS].partition("\n")[0].lower()
        speaks, vetoes = _last(self.before, before), self._last_veto(before)
        if (speaks >= 0 and speaks >= vetoes) or (self.after is not None and self.after.match(after)):
            return Evidence.VALIDATED if self.checksum else Evidence.CONTEXT
        if self.needed:
            return None
        if vetoes >= 0 or (self.veto_after is not None and self.veto_after.match(after)):
            return Evidence.PATTERN if self.distinctive is True else None
        return Evidence.CONTEXT if self._is_distinctive(text, start, end) else Evidence.PATTERN

    def _last_veto(self, before: str) -> int:
        """End of the nearest vetoing word in the hit's clause; -1: there is none, or it belongs to another number."""
        if self.veto is None:
            return -1
        far = VETO_HAN if HAN.search(before[-VETO_HAN:]) else VETO_CHARACTERS
        begin = max(0, len(before) - far)
        for clause in CLAUSE_END.finditer(before, begin):
            begin = clause.end()
        found = _last(self.veto, before[begin:])
        if found < 0 or TAKEN.search(before, begin + found):
            return -1
        return found + begin

    def _is_distinctive(self, text: str, start: int, end: int) -> bool:
        if self.distinctive != "zh":
            return bool(self.distinctive)
        return _beside_han(text, start, end)

    def _is_cut(self, text: str, start: int, end: int) -> bool:
        assert self.cuts is not None
        low, high = max(0, start - AFTER_CHARACTERS), end + AFTER_CHARACTERS
        words = (match.span() for match in self.cuts.finditer(text, low, high))
        return any(left < end + TITLE and start < right for left, right in words)


NO_CONTEXT = Context()
"""For rules without words."""


def _beside_han(text: str, start: int, end: int) -> bool:
    return HAN.search(text, max(0, start - CONTEXT_CHARACTERS), end + CONTEXT_CHARACTERS) is not None


def _last(words: re.Pattern[str] | None, text: str) -> int:
    """End of the last word in `text`; -1: there is none."""
    end = -1
    if words is not None:
        for match in words.finditer(text):
            end = match.end()
    return end


def heading_words(name: str | None) -> str:
    """The words of a column's name: split at ``_``, ``-``, capital letters and digits, in lower case."""
    if not name:
        return ""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|[_\W]+", " ", name)
    return " ".join(split.lower().split())


def any_of(words: Sequence[str], *, at_once: bool = False) -> re.Pattern[str] | None:
    """A pattern of any of the words, the longest first.

    `at_once`: for ``match``; blanks, a hyphen, a slash or a bracket may be in front.

    Word edges are required only for ASCII letters and digits: Chinese has no white space between words.
    """
    if not words:
        return None
    groups: dict[tuple[bool, bool], list[str]] = defaultdict(list)
    for word in sorted({word.lower() for word in words}, key=lambda word: (-len(word), word)):
        groups[bool(re.match("[0-9a-z]", word)), bool(re.search("[0-9a-z]$", word))].append(word)
    sources = [
        f"{'(?<![0-9a-z])' if left else ''}(?:{_by_first_letter(group)}){'(?![0-9a-z])' if right else ''}"
        for (left, right), group in groups.items()
    ]
    source = "|".join(sources)
    return re.compile(rf"[ \t]*[-/(\[（]?[ \t]*(?:{source})" if at_once else source)


def _by_first_letter(words: Sequence[str]) -> str:
    """Alternatives grouped by their first character, which is many times as fast as a flat list."""
    groups: dict[str, list[str]] = defaultdict(list)
    for word in words:
        groups[word[0]].append(word[1:])
    return "|".join(f"{re.escape(first)}(?:{'|'.join(map(re.escape, rest))})" for first, rest in groups.items())


@lru_cache(maxsize=1)
def word_lists() -> Mapping[str, Sequence[str]]:
    """The shared parts of ``rules/pii/words.yaml``: word lists and, as plain strings, triggers."""
    return parse(dict[str, str | list[str]], read_yaml(resource_dir("rules") / "pii" / WORDS_FILE))


def expanded(words: Sequence[str]) -> list[str]:
    """`words` with each ``$name`` replaced by the list of that name.

    Raises:
        KeyError: there is no such list.

    """
    given = [word_lists()[word[1:]] if word.startswith("$") else [word] for word in words]
    return [word for group in given for word in group]
