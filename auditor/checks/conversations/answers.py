"""Faults of single answers: empty, truncated, or a repetition of the question."""

from __future__ import annotations

import re
from collections.abc import Sequence

from auditor.checks.conversations.exchange import Exchange, is_wide, words_of
from auditor.text.normalise import normalize_for_matching

_ENDED = 0.8
"""Minimum share of answers that end with a complete sentence for reporting the others as truncated."""
_LEAST_WORDS, _LEAST_WIDE = 8, 15
"""Minimum words (or characters of scripts without spaces) of an answer that is expected to consist of sentences."""
_END = re.compile(
    r"[.!?…。！？.~～)\]}>»\"'”’」』）】》*`:：;；|=/\\_\-–—%°]\s*\Z|[\U0001f000-\U0001faff\u2600-\u27bf]\ufe0f?\s*\Z"
)
_LIST = re.compile(r"\s*(?:[-*+•·▪●○]|\(?\d{1,3}[.)、:]|[a-zA-Z][.)]|#{1,6} |\|)")
_CODE = re.compile(
    r"```|~~~|^(?: {4}|\t)\S|[{};]\s*$|</\w+>|\b(?:def|class|function|import|return|SELECT)\b.{0,80}[(:;]", re.MULTILINE
)
_OPEN = re.compile(
    r"(?:[,，、(（\[“‘]|\b(?:the|an?|and|or|of|to|in|on|at|for|with|by|from|as|that|which|is|are|was|were|be|been|has|have"
    r"|can|will|would|should|could|may|might|must|if|when|where|while|because|but|than|their|its|his|your|my|our|these"
    r"|those|not|very|such)|[的和在与是把被从对向及或但而])\s*\Z",
    re.IGNORECASE,
)
"""Endings that cannot end a sentence."""
SURE_CUT, MAYBE_CUT = 0.8, 0.4
"""Confidence that an answer is truncated: with an ending that cannot end a sentence, and otherwise."""
_LINK = re.compile(r"(?:https?://|www\.)\S+\s*\Z")
_SHORT_LINE = 4
"""Maximum words of a last line that may be a signature or a heading."""
_REPEATED = 0.9
_QUESTION_WORDS, _QUESTION_WIDE = 4, 8
"""Minimum words of a question for an answer that begins with it to be a repetition."""
_EQUAL_WORDS = 3


def empty_share(row: Exchange) -> float:
    """Share of the answers that are blank; 0 without answers."""
    answers = row.answers
    return sum(not normalize_for_matching(answer) for answer in answers) / len(answers) if answers else 0.0


def cut_rows(rows: Sequence[Exchange]) -> dict[int, float]:
    """Confidence by position of rows with an answer that stops within a sentence, if most answers do not.

    Code, lists, links, signatures and answers of a few words are not judged.
    """
    judged = [[answer for answer in row.answers if _is_prose(answer)] for row in rows]
    open_ended = [[answer for answer in answers_of_row if _END.search(answer) is None] for answers_of_row in judged]
    if sum(map(len, open_ended)) > (1 - _ENDED) * sum(map(len, judged)):
        return {}
    return {
        i: SURE_CUT if any(_OPEN.search(answer) for answer in answers_of_row) else MAYBE_CUT
        for i, answers_of_row in enumerate(open_ended)
        if answers_of_row
    }


def _is_prose(answer: str) -> bool:
    stripped = answer.strip()
    last = stripped.rpartition("\n")[2]
    if len(words_of(stripped)) < (_LEAST_WIDE if is_wide(stripped) else _LEAST_WORDS):
        return False
    if _CODE.search(stripped) or _LIST.match(last) or _LINK.search(last):
        return False
    return last == stripped or len(words_of(last)) > _SHORT_LINE


def repeats_question(question: str, answer: str) -> bool:
    """Whether an answer equals its question, begins with it, or consists of nearly the same words."""
    asked, said = normalize_for_matching(question), normalize_for_matching(answer)
    words, others = words_of(asked), words_of(said)
    if asked == said:
        return len(words) >= _EQUAL_WORDS
    if len(words) < (_QUESTION_WIDE if is_wide(asked) else _QUESTION_WORDS):
        return False
    if others[: len(words)] == words:
        return True
    one, two = set(words), set(others)
    return len(one) >= 2 * _QUESTION_WORDS and len(one & two) >= _REPEATED * len(one | two)
