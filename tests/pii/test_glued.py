"""Chinese text has no spaces: what is glued to Han characters is found all the same."""

from __future__ import annotations

import random
from collections import Counter

from auditor.pii.detector import Detector
from auditor.text.checkdigits import gb11643_symbol

SEED = 20261125
HAN = "的一是在了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经"
SEGMENTS = (
    "130", "131", "135", "136", "137", "138", "139", "147", "150", "151", "152", "155", "157", "158", "166", "173",
    "176", "177", "180", "185", "186", "188", "189", "191", "198", "199",
)  # fmt: skip
DISTRICTS = ("110101", "310104", "440305", "330106", "510107", "420111", "320508", "610113", "370202", "230103")
HOSTS = ("163.com", "qq.com", "126.com", "sina.com.cn", "gmail.com", "foxmail.com", "pku.edu.cn", "corp.cn")


def identity(draw: random.Random) -> str:
    day = f"{draw.randint(1950, 2010)}{draw.randint(1, 12):02}{draw.randint(1, 28):02}"
    body = f"{draw.choice(DISTRICTS)}{day}{draw.randint(0, 999):03}"
    return body + gb11643_symbol(body)


def mobile(draw: random.Random) -> str:
    return f"{draw.choice(SEGMENTS)}{draw.randint(0, 10**8 - 1):08}"


def mail(draw: random.Random) -> str:
    name = "".join(draw.choice("abcdefghijklmnopqrstuvwxyz0123456789_") for _ in range(draw.randint(4, 12)))
    return f"{draw.choice('abcdefgh')}{name}@{draw.choice(HOSTS)}"


MAKERS = {"EMAIL_ADDRESS": mail, "CN_MOBILE": mobile, "CN_ID_CARD": identity}


def paragraph(draw: random.Random) -> tuple[str, set[tuple[str, int, int]]]:
    """Han text with one value of each kind, nothing between them, and where they are."""
    text, truth = "", set()
    for kind in draw.sample(sorted(MAKERS), 3):
        text += "".join(draw.choice(HAN) for _ in range(draw.randint(1, 20)))
        value = MAKERS[kind](draw)
        truth.add((kind, len(text), len(text) + len(value)))
        text += value
    return text + draw.choice(HAN) + draw.choice("。，！"), truth


def test_recall_in_glued_text_is_at_least_99_of_100(chinese: Detector) -> None:
    draw = random.Random(SEED)
    made = [paragraph(draw) for _ in range(500)]
    found: Counter[str] = Counter()
    for (_, truth), spans in zip(made, chinese.spans([text for text, _ in made], ner=False), strict=True):
        found.update(kind for kind, *_ in truth & {(span.entity, span.start, span.end) for span in spans})
    assert {kind: count >= 0.99 * len(made) for kind, count in found.items()} == dict.fromkeys(MAKERS, True)


def test_english_mail_is_not_taken_for_chinese_numbers(english: Detector, emails: list[str]) -> None:
    kinds = {"CN_ID_CARD", "CN_BANK_CARD", "CN_USCC", "CN_PASSPORT", "CN_PLATE", "CN_HKMO_PERMIT", "QQ", "WECHAT"}
    latin = [text for text in emails[:2000] if text.isascii()]
    hits = [span.entity for spans in english.spans(latin, ner=False) for span in spans if span.entity in kinds]
    assert len(latin) > 1500
    assert len(hits) < len(latin) / 1000
