"""Chinese person and place names from a segmenter's tags, at low confidence.

Measured on CLUENER2020 (exact spans): of the person names 40% are found, and 52% of what is found is right; much of
the rest are foreign names and titles of works.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from auditor.pii.context import word_lists
from auditor.pii.patterns.offline import missing
from auditor.pii.spans import Evidence, Span

SURNAMES = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊"
    "陆郝孔崔康毛邱秦江史顾侯邵孟龙段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦柳邢岳齐梅莫庄辛管祝左涂谷祁舒耿牟"
)
"""The common single-character surnames, without those that are mainly everyday words (向, 时, 万, 安)."""
HAN_NAME = re.compile(r"[\u4e00-\u9fff]{2,4}")
HAN = re.compile(r"[\u4e00-\u9fff]+")
LATIN_NAME = re.compile(r"[A-Z][a-z]{2,}")
SCORE = 0.5
PHRASE = re.compile("祝[您你愿福贺大各早全].*|谢谢.*|严[格肃重厉禁谨密防惩].*")
"""Wishes, thanks and adverbs that the segmenter tags as persons."""
DIRECTION = re.compile(
    "[东南西北]{3,4}|东[南西]|西[南北东]|南[北东西]|北[南东西]|[朝向临坐靠离近沿][东南西北中街海路窗江湖河湾]|[一二三四五六七八九十东南西北]+楼"
)
"""Ways that a flat looks, what it is beside, and floors; not 东北, which is first of all a region of China."""


class JiebaTagger:
    """rjieba's part-of-speech tags: ``nr`` that starts with a surname, and ``ns``.

    Raises:
        CheckError: rjieba is not installed.

    """

    entities: tuple[str, ...] = ("LOCATION", "PERSON")

    def __init__(self) -> None:
        try:
            import rjieba
        except ImportError:
            raise missing("rjieba") from None
        self._tag = rjieba.tag
        self.name = "rjieba"

    def spans(self, texts: Sequence[str], *, unsure: bool = False) -> list[list[Span]]:
        """Person and place names in each text.

        With `unsure` also those whose first character is no surname, a surname with the word after it, which the
        segmenter often takes for an everyday one (杨 建新), long foreign names, and Latin words with a capital.
        """
        return [list((self._unsure if unsure else self._names)(text)) for text in texts]

    def _names(self, text: str) -> Iterator[Span]:
        start = 0
        for word, tag in self._tag(text):
            end = start + len(word)
            if HAN_NAME.fullmatch(word):
                if tag.startswith("nr") and word[0] in SURNAMES and not _is_no_person(word):
                    yield Span(start, end, "PERSON", SCORE, Evidence.NER)
                elif tag == "ns" and not _is_no_place(word):
                    yield Span(start, end, "LOCATION", SCORE, Evidence.NER)
            start = end

    def _unsure(self, text: str) -> Iterator[Span]:
        words = [*self._tag(text), ("", "")]
        start = 0
        for (word, tag), (following, _) in pairwise(words):
            end = start + len(word)
            if tag.startswith("nr") and HAN.fullmatch(word):
                given = following if len(word) == 1 and len(following) <= 2 and HAN.fullmatch(following) else ""
                yield Span(start, end + len(given), "PERSON", SCORE, Evidence.NER)
            elif tag == "eng" and LATIN_NAME.fullmatch(word):
                yield Span(start, end, "PERSON", SCORE, Evidence.NER)
            elif tag == "ns" and HAN.fullmatch(word):
                yield Span(start, end, "LOCATION", SCORE, Evidence.NER)
            start = end


@lru_cache(maxsize=2)
def _listed(name: str) -> frozenset[str]:
    return frozenset(word_lists()[name])


def _is_no_person(word: str) -> bool:
    return word in _listed("zh_no_person") or PHRASE.fullmatch(word) is not None


def _is_no_place(word: str) -> bool:
    return word in _listed("zh_no_place") or DIRECTION.fullmatch(word) is not None
