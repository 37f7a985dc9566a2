"""Words that turn the meaning of a text: negations, opposites and numbers."""

from __future__ import annotations

import re
from collections import Counter

NEGATION = re.compile(
    r"\b(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|barely|isnt|dont|doesnt|didnt|cant|wont)\b"
    r"|n['’]t\b"
    r"|[不没沒別别未无無非莫勿否]",
    re.IGNORECASE,
)


def count_negations(text: str) -> int:
    """Number of negation words in a text."""
    return len(NEGATION.findall(text))


_FURTHER_NEGATIONS = re.compile(
    r"\b(?:nicht|kein\w{0,2}|nie|niemals|ohne|pas|jamais|aucune?|sans|nunca|jam[aá]s|ning[uú]n\w?|sin|non|mai|senza|n[aã]o|sem)\b",
    re.IGNORECASE,
)
"""In German, French, Spanish, Italian and Portuguese; only for texts that are nearly equal."""
_OPPOSITES = (
    "on/off up/down open/close opened/closed increase/decrease increased/decreased rise/fall rose/fell raised/cut "
    "high/low higher/lower more/less most/least before/after with/without buy/sell accept/reject accepted/rejected "
    "enable/disable enabled/disabled always/never good/bad better/worse best/worst left/right start/stop yes/no "
    "started/stopped true/false positive/negative win/lose won/lost recommend/avoid love/hate above/below in/out "
    "inside/outside 开/关 高/低 升/降 涨/跌 增/减 好/差 好/坏 棒/差 买/卖 多/少 阳/阴 正/负 左/右 上/下 前/后 喜/恶"
)
_PAIRS = {tuple(pair.split("/")[::step]) for pair in _OPPOSITES.split() for step in (1, -1)}
_WORDS = re.compile(r"\d+(?:[.,:]\d+)*|[\u3400-\u9fff]|[^\W\d_]+")


def is_turned(first: str, second: str) -> bool:
    """Whether two nearly equal texts differ by a negation, by a number or by a word in place of its opposite."""
    if count_negations(first) != count_negations(second):
        return True
    if len(_FURTHER_NEGATIONS.findall(first)) != len(_FURTHER_NEGATIONS.findall(second)):
        return True
    one, two = Counter(_WORDS.findall(first.lower())), Counter(_WORDS.findall(second.lower()))
    gone, new = one - two, two - one
    if any(word[0].isdigit() for word in gone) and any(word[0].isdigit() for word in new):
        return True
    return any((a, b) in _PAIRS for a in gone for b in new)
