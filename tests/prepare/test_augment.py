"""Augmentation: what it spares, what it throws away, and WordNet read from files that are there."""

import re

import pytest

from auditor.errors import UsageError
from auditor.prepare.augment.generate import augment
from auditor.prepare.augment.label_consistency import cue_words, label_model
from auditor.text.wordnet import WordNet, find_wordnet
from tests.prepare.made import varied

TEXTS = [f"please hasn't my refund arrived to <STREET_ADDRESS> {w}" for w in varied(15, 7)]
LABELS = ["refund"] * 15 + ["large"] * 80
ALL = [*TEXTS, *varied(80)]


def made_by(method, **kind):
    return augment(ALL, LABELS, **{"method": method, "budget": 0.3, "language": "en", "seed": 3, **kind})


@pytest.mark.parametrize("method", ["swap", "delete", "crop", "keyboard", "ocr"])
def test_cue_words_placeholders_and_apostrophes_survive(method):
    made = made_by(method)
    assert len(made) >= 5
    for one in made:
        assert LABELS[one.parent] == "refund"
        assert one.recipe == f"nlpaug-{method}"
        assert "<STREET_ADDRESS>" in one.text
        assert "refund" in one.text.lower()
        assert "' t" not in one.text
    forms = [re.findall(r"\w+", one.text.lower()) for one in made]
    assert all(form not in [re.findall(r"\w+", t.lower()) for t in ALL] for form in forms)
    assert made == made_by(method)


def test_cue_words_are_those_of_the_class():
    cues = cue_words(ALL, LABELS, {"refund"}, "en", 0)
    assert {"refund", "Refund"} <= cues
    assert not cues & {"account", "card"}


def test_a_copy_that_reads_as_another_class_is_thrown_away(monkeypatch):
    """The one word that tells the classes apart is deleted in some copies."""
    import auditor.prepare.augment.generate as room

    texts = [f"{'good' if i % 4 else 'bad'} w{i} x{i} y{i}" for i in range(80)]
    labels = ["pos" if i % 4 else "neg" for i in range(80)]
    monkeypatch.setattr(room, "cue_words", lambda *args: set())  # nothing is spared, so that labels can flip
    kind = {"method": "delete", "budget": 1.0, "language": "en", "seed": 0}
    free = augment(texts, labels, check=False, **kind)
    held = augment(texts, labels, check=True, **kind)
    assert any("bad" not in one.text for one in free)
    predict = label_model(texts, labels, 0)
    assert {*predict([one.text for one in held])} == {"neg"}
    assert [one for one in free if predict([one.text]) == ["neg"]] == held


def write_wordnet(folder):
    """Two senses and an ambiguous word, in the format of man 5 wndb."""
    licence = "  1 a licence line\n"
    data = {
        "noun": [
            "00000000 13 n 03 money 0 cash 0 hard_cash 0 000 | gloss",
            "00000000 13 n 02 run 0 tally 0 000 | g",
            "00000000 27 n 02 am 0 americium 0 000 | g",
            "00000000 15 n 02 Paris 0 paname 0 000 | g",
        ],
        "verb": ["00000000 30 v 02 run 0 operate 0 000 01 + 01 00 | gloss"],
        "adj": ["00000000 00 s 02 quick(a) 0 speedy 0 000 | gloss"],
        "adv": [],
    }
    for part, lines in data.items():
        text, index = licence, []
        for line in lines:
            offset = len(text)
            text += f"{offset:08d}{line[8:]}\n"
            lemmas = re.findall(r"([A-Za-z_]+)(?:\(a\))? 0 ", line.split("|")[0])
            index += [f"{lemma.lower()} {part[0]} 1 1 @ 1 1 {offset:08d}  " for lemma in lemmas]
        (folder / f"data.{part}").write_text(text)
        (folder / f"index.{part}").write_text(licence + "".join(f"{line}\n" for line in sorted(index)))


def test_synonyms_come_from_the_files_of_a_folder(tmp_path):
    write_wordnet(tmp_path)
    words = WordNet(find_wordnet(str(tmp_path)))
    assert words.predict("Money") == ["cash"]
    assert words.predict("cash") == ["money"]
    assert words.predict("quick") == ["speedy"]
    assert words.predict("run") == []  # a noun and a verb: which one it is cannot be told
    assert words.predict("am") == words.predict("Paris") == words.predict("MONEY") == words.predict("unheard") == []
    texts = [f"send money {w} please hasn't come" for w in "abcdefghij"] + varied(60)
    labels = ["small"] * 10 + ["large"] * 60
    made = augment(texts, labels, method="synonym", budget=0.3, language="en", seed=1, data=str(tmp_path))
    assert made == []  # money is what the class hangs on
    texts = [t + (" money" if i % 2 else "") for i, t in enumerate(texts)]
    made = augment(texts, labels, method="synonym", budget=0.3, language="en", seed=1, data=str(tmp_path))
    assert made
    assert all("cash" in one.text and "hasn't" in one.text for one in made)


def test_absent_data_is_told_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setenv("WNSEARCHDIR", str(tmp_path))
    monkeypatch.setattr("auditor.text.wordnet._PLACES", ())
    for data in (None, str(tmp_path)):
        with pytest.raises(UsageError, match="The WordNet files were not found") as caught:
            augment(["a"], [None], method="synonym", budget=0.1, language="en", seed=0, data=data)
        assert "wordnet-base" in caught.value.fix
    with pytest.raises(UsageError, match="English or Chinese texts only"):
        augment(["a"], [None], method="synonym", budget=0.1, language="other", seed=0)


def test_a_text_of_nothing_but_cue_words_is_left_alone():
    texts = ["refund"] * 4 + varied(20)
    assert augment(texts, ["a"] * 4 + ["b"] * 20, method="crop", budget=1.0, language="en", seed=0) == []


@pytest.mark.parametrize("method", ["swap", "delete", "crop", "keyboard", "ocr"])
def test_what_masking_put_in_is_neither_changed_nor_lost(method):
    """A changed digit of an invented telephone number could make it somebody's."""
    held = {i: ["Ellen Parks", "555-0123"] for i in range(95)}
    texts = [f"call Ellen Parks, ring 555-0123. then wait {w}" for w in varied(15, 7) + varied(80)]
    made = augment(texts, LABELS, method=method, budget=0.3, language="en", seed=3, replacements=held)
    free = augment(texts, LABELS, method=method, budget=0.3, language="en", seed=3)
    assert len(made) >= 3
    assert all("Ellen Parks" in one.text and "555-0123" in one.text for one in made)
    assert not all("Ellen Parks" in one.text and "555-0123" in one.text for one in free)
