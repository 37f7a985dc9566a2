"""Chinese augmentation: synonyms and homophones from data that packages hold, and from a list of one's own."""

import re

import pytest

from auditor.errors import UsageError
from auditor.prepare.augment.base import AugmentOptions
from auditor.prepare.augment.chinese_synonyms import _from_cedict
from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.homophones import characters_by_reading, common_characters, readings
from auditor.prepare.augment.registry import load_augmenter

pytest.importorskip("pypinyin")
TEXT = "顾客说这家酒店的早餐很差，联系<EMAIL_ADDRESS>或13800000000"


def changed(method, text, texts=(), spared=(), data=None):
    return load_augmenter(method, AugmentOptions("zh", 0, data)).transform([text, *texts], set(spared))([text] * 40)


def test_homophones_are_read_alike_and_common():
    assert len(common_characters()) == 3755
    assert "再" in characters_by_reading()["zai4"]
    assert readings("银行")[1] == "hang2" and readings("行走")[0] == "xing2"
    texts = changed("homophone", TEXT, spared={"差"})
    assert len(set(texts)) > 10
    usual = {c: reading for reading, alike in characters_by_reading().items() for c in alike}
    for text in texts:
        assert len(text) == len(TEXT)
        for old, new, reading in zip(TEXT, text, readings(TEXT), strict=True):
            assert new == old or (usual[new] == reading and old not in "差<EMAIL_ADDRESS>13800000000")
        assert text != TEXT


def test_characters_beyond_the_common_ones_stay():
    assert changed("homophone", "龘龘 ok 漢語") == ["龘龘 ok 漢語"] * 40


def test_synonyms_are_words_that_the_texts_use():
    assert set(changed("synonym", TEXT)) == {TEXT}  # nobody uses another word
    texts = changed("synonym", TEXT, ["客人说饭店的早饭好"])
    assert len(set(texts)) > 2
    for text in texts:
        assert re.fullmatch("(顾客|客人)说这家(酒店|饭店)的(早餐|早饭)很差，联系<EMAIL_ADDRESS>或13800000000", text)
    assert all("早餐" in text for text in changed("synonym", TEXT, ["客人说饭店的早饭好"], {"餐"}))


def test_synonyms_of_ones_own_list(tmp_path):
    (tmp_path / "cilin.txt").write_text("Aa01A01= 顾客 客人\nAa01A02# 酒店 饭店\n早餐 早饭\n", "utf-8")
    texts = changed("synonym", TEXT, ["客人 饭店 早饭"], data=str(tmp_path / "cilin.txt"))
    assert all(text.startswith("客人") for text in texts)
    assert all("酒店" in text for text in texts)  # words of that line are related only
    assert all("早饭" in text for text in texts)
    made = load_augmenter("synonym", AugmentOptions("zh", 0, str(tmp_path / "cilin.txt")))
    assert made.recipe == "list-synonym"
    with pytest.raises(UsageError, match="list of synonyms"):
        load_augmenter("synonym", AugmentOptions("zh", 0, str(tmp_path / "none.txt")))


@pytest.mark.parametrize("method", ["synonym", "homophone", "swap"])
def test_copies_are_new_named_and_the_same_each_time(method):
    texts = [f"这家酒店的早餐很差第{i}次投诉顾客服务" for i in range(10)]
    texts += [f"客人说饭店的早饭好，第{i}次入住" for i in range(40)]
    labels = ["差"] * 10 + ["好"] * 40
    kind = {"method": method, "budget": 0.3, "language": "zh", "seed": 1}
    made = augment(texts, labels, **kind)
    assert made
    assert made == augment(texts, labels, **kind)
    assert not {one.text for one in made} & set(texts)
    assert {one.recipe for one in made} <= {"cedict-synonym", "pinyin-homophone", "nlpaug-swap"}
    assert all("差" in one.text and labels[one.parent] == "差" for one in made)


def test_what_is_absent_or_does_not_fit_is_told(monkeypatch):
    with pytest.raises(UsageError, match="Chinese texts only"):
        load_augmenter("homophone", AugmentOptions("en", 0))
    monkeypatch.setattr("auditor.prepare.augment.chinese_synonyms._FILE", "none.gz")
    _from_cedict.cache_clear()
    with pytest.raises(UsageError, match="CC-CEDICT is not here") as caught:
        load_augmenter("synonym", AugmentOptions("zh", 0, None))
    assert "auditor[zh]" in caught.value.fix
