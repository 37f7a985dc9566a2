"""Comparison of prompts and answers: prompts with several answers, contradicting answers, fixed openings."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from auditor.checks.conversations.exchange import ANSWERS, Exchange, is_wide, words_of
from auditor.checks.conversations.turns import DESIGN
from auditor.checks.conversations.wording import Hit
from auditor.corpus.shape import Side
from auditor.text.negation import count_negations
from auditor.text.normalise import normalize_for_matching

_CLOSED_WORDS, _CLOSED_WIDE = 3, 6
"""Maximum words of an atomic answer (yes, a number, a name), which any other atomic answer contradicts."""
_ALIKE = 0.6
"""Minimum share of common words for a differing negation or number to be a contradiction."""
_YES = frozenset({"yes", "yeah", "true", "correct", "right", "是", "是的", "对", "正确", "可以", "能"})
_NO = frozenset({"no", "nope", "false", "incorrect", "wrong", "否", "不", "不是", "错", "错误", "不可以", "不能"})
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_OPENING_WORDS, _OPENING_WIDE = 8, 16
_OPENING_ROWS, _OPENING_SHARE = 20, 0.03
"""Minimum rows with the same opening for a template."""


@dataclass(frozen=True)
class SamePrompt:
    """Rows that share their prompt with other rows but have a different answer.

    Attributes:
        other: by row (position): the first row with its prompt.
        contradicting: those of them whose answer contradicts another.
        repeated: rows that share their prompt with another row.
        is_design: whether repeated prompts are the design of the corpus; no row is then reported.
    """

    other: dict[int, int]
    contradicting: frozenset[int]
    repeated: int
    is_design: bool


def same_prompts(rows: Sequence[Exchange], is_labelled: bool) -> SamePrompt:
    """Compare the answers to prompts that are equal except for case and spacing.

    Args:
        rows: rows of the corpus.
        is_labelled: whether a label rates each answer; several answers per prompt are then intended.
    """
    groups: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for place, row in enumerate(rows):
        last = row.last()
        if (
            last is not None
            and (prompt := normalize_for_matching(last[0]))
            and (answer := normalize_for_matching(last[1].text))
        ):
            groups[prompt].append((place, answer))
    shared = [members for members in groups.values() if len({answer for _, answer in members}) > 1]
    repeated = sum(len(members) for members in groups.values() if len(members) > 1)
    if is_labelled or sum(map(len, shared)) > DESIGN * len(rows):
        return SamePrompt({}, frozenset(), repeated, is_design=bool(shared))
    other = {
        place: members[0][0] if place != members[0][0] else members[1][0] for members in shared for place, _ in members
    }
    contradicting = {place for members in shared for place in _contradicting(members)}
    return SamePrompt(other, frozenset(contradicting), repeated, is_design=False)


def _contradicting(group: Sequence[tuple[int, str]]) -> Iterable[int]:
    answers = list(dict.fromkeys(answer for _, answer in group))[:50]  # a longer prompt is not a question
    wrong = {
        one
        for place, first in enumerate(answers)
        for second in answers[place + 1 :]
        if contradict(first, second)
        for one in (first, second)
    }
    return (place for place, answer in group if answer in wrong)


def contradict(first: str, second: str) -> bool:
    """Whether two different answers to one question contradict each other, judged by their form.

    Both are a word or a number; or one is yes and the other no; or they differ only in a negation or a number.

    Args:
        first, second: see `auditor.text.normalise.normalize_for_matching`.
    """
    one, two = words_of(first), words_of(second)
    if not one or not two or one == two:
        return False
    if _is_closed(first, one) and _is_closed(second, two):
        return True
    if (_leans(first, one), _leans(second, two)) in ((True, False), (False, True)):
        return True
    is_alike = len(set(one) & set(two)) >= _ALIKE * len(set(one) | set(two))
    differs = count_negations(first) != count_negations(second) or set(_NUMBER.findall(first)) != set(
        _NUMBER.findall(second)
    )
    return is_alike and differs


def _is_closed(text: str, words: Sequence[str]) -> bool:
    return len(words) <= (_CLOSED_WIDE if is_wide(text) else _CLOSED_WORDS)


def _leans(text: str, words: Sequence[str]) -> bool | None:
    """Whether an answer begins with yes (True) or no (False); None if it begins with neither."""
    head = re.split(r"[\s,，.。!！;；:：]", text, maxsplit=1)[0]
    for candidates, says in ((_YES, True), (_NO, False)):
        if head in candidates or (words[0] in candidates and not is_wide(text)):
            return says
    return None


def openings(rows: Sequence[Exchange]) -> list[Hit]:
    """The opening shared verbatim by many prompts, or many answers, for each of their rows.

    The first 8 words, in scripts without spaces the first 16 characters, of at least 20 different texts in 3% of the
    rows.
    """
    found: dict[tuple[bool, str], list[Hit]] = defaultdict(list)
    texts: dict[tuple[bool, str], set[str]] = defaultdict(set)
    for place, row in enumerate(rows):
        for is_answer in (False, True):
            sides = ANSWERS if is_answer else {Side.PROMPT, Side.USER}
            segment = next((one for one in row.segments if one.side in sides), None)
            end = None if segment is None else _opening_end(segment.text)
            if segment is not None and end is not None:
                key = is_answer, normalize_for_matching(segment.text[:end])
                found[key].append(Hit(place, "", segment.column, segment.start, segment.start + end))
                texts[key].add(segment.text)
    least = max(_OPENING_ROWS, _OPENING_SHARE * len(rows))
    return [hit for key, hits in found.items() if min(len(hits), len(texts[key])) >= least for hit in hits]


def _opening_end(text: str) -> int | None:
    """The end of the opening; None if the text is hardly longer."""
    wanted = _OPENING_WIDE if is_wide(text) else _OPENING_WORDS
    ends = [
        match.end()
        for match, _ in zip(
            re.finditer(r"\S", text) if is_wide(text) else re.finditer(r"\S+", text), range(wanted + 2), strict=False
        )
    ]
    return ends[wanted - 1] if len(ends) > wanted else None


def most_common(hits: Iterable[Hit]) -> Counter[str]:
    """Rows by phrase."""
    return Counter(hit.phrase for hit in hits)
