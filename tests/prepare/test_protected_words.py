"""Copies keep negations and marks: without them the label no longer fits, or a mark is broken."""

import pytest

from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.protected_words import MARK, keeps_fixed
from tests.prepare.made import varied

NEGATED = ["Never buy the {0}, it does not work and will not last.", "I don't want the {0} back, there's no hope.",
           "Nobody said that the {0} can't be used without water."]  # fmt: skip
MARKED = ["The [NAME] of the {0} wrote to ⟦EMAIL⟧ about it again.", "Ask <EMAIL> or @helper_7 about the {0} #broken today.",
          "See https://ex.am/ple?id=7 on order 4711-22 of the {0} and {{name}}."]  # fmt: skip
HAN = ["这个{0}我不想要了，也没有人别提，尚未处理", "请看[NAME]的{0}，联系⟦EMAIL⟧或者@小王，订单4711"]
THINGS = ["radio", "lamp", "kettle", "chair", "mixer", "phone", "table", "clock", "heater", "fan"]
HAN_THINGS = ["灯", "椅子", "桌子", "风扇", "水壶", "钟", "手机", "电视", "冰箱", "书"]
NEGATIONS = ("not", "never", "n't", "no ", "nobody", "without")


def made(method, frames, things, language="en", **kind):
    texts = [frame.format(thing) for thing in things for frame in frames]
    more = varied(80) if language == "en" else [f"今天天气很好我们去公园散步第{i}次" for i in range(80)]
    labels = ["small"] * len(texts) + ["large"] * 80
    copies = augment([*texts, *more], labels, method=method, budget=1.0, language=language, seed=3, check=False, **kind)
    return [(texts[one.parent], one.text) for one in copies]


@pytest.mark.parametrize("method", ["swap", "delete", "crop", "keyboard", "ocr"])
def test_negations_stay_with_what_they_negate(method):
    pairs = made(method, NEGATED, THINGS)
    assert pairs
    for old, new in pairs:
        for word in NEGATIONS:
            assert old.lower().count(word) == new.lower().count(word), (old, new)
        if method in ("swap", "delete", "crop"):
            assert ("does not work" in old) <= ("not work" in new), (old, new)


@pytest.mark.parametrize("method", ["swap", "delete", "crop", "keyboard", "ocr"])
def test_marks_of_other_tools_addresses_tags_and_numbers_stay_whole(method):
    pairs = made(method, MARKED, THINGS)
    assert pairs
    for old, new in pairs:
        for mark in MARK.findall(old):
            assert mark in new, (old, new)


@pytest.mark.parametrize("method", ["swap", "delete", "homophone"])
def test_chinese_negations_and_marks_stay(method):
    if method == "homophone":
        pytest.importorskip("pypinyin")
    pairs = made(method, HAN, HAN_THINGS, "zh")
    assert pairs
    for old, new in pairs:
        assert [c for c in old if c in "不没别未"] == [c for c in new if c in "不没别未"], (old, new)
        for mark in ("[NAME]", "⟦EMAIL⟧", "4711"):
            assert old.count(mark) == new.count(mark), (old, new)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("it is not good", "it is good", False),
        ("it is not good", "it is not very good", False),
        ("it isn't good at all", "it isn't good", True),
        ("ring 555 now", "ring 55 now", False),
        ("see @anna now", "see @ana now", False),
        ("plain words here", "plain here", True),
        ("我不去", "我去", False),
    ],
)
def test_what_a_copy_must_keep(old, new, same):
    assert keeps_fixed(old, new, order=True) is same


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("mail to ann.lee+x@ex.org, order ab12cd-7 of 2024-05-01", ["ann.lee+x@ex.org", "ab12cd-7", "2024-05-01"]),
        ("订单4711号", ["4711"]),
        ("plain words only", []),
    ],
)
def test_addresses_and_numbers_are_found_whole(text, marks):
    assert MARK.findall(text) == marks
