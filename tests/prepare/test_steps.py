"""Text steps: what each does, that doing them again does nothing, and that masks and their order hold."""

import re
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from auditor.config.settings import TEXT_STEPS, PrepareSettings
from auditor.core.findings import findings
from auditor.prepare.transforms import clean_text
from tests.corpora import corpus
from tests.prepare.made import drafted, prepared, varied

DEFAULT = PrepareSettings().steps
ONE_PART = {"test": 0.0, "validation": 0.0}


def cleaned(text, *steps):
    done = clean_text(text, steps)
    return done[-1][1] if done else text


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("mojibake", "The CafÃ© doesnâ€™t open", "The Café doesn’t open"),
        ("mojibake", "Café, naïve: 2 × 3 €", "Café, naïve: 2 × 3 €"),
        ("markup", "<p>Hi <b>you</b>,<br/>AT&amp;T</p>", "\nHi you,\nAT&T\n"),
        ("markup", "if a<b and c>d or <EMAIL_ADDRESS> and List<T>", "if a<b and c>d or <EMAIL_ADDRESS> and List<T>"),
        ("control", "a\x00b\x1bc\td\x9f\ufeff", "abc\td"),
        ("control", "\x1b[1;31mred\x1b[0m \x1b]0;title\x07x\x0cpage\x0bline", "red x\npage\nline"),
        ("markup", "<!DOCTYPE html><script>a()</script><![CDATA[x]]>", "  x"),
        ("markup", "[b]a[/b] [url=http://a.example]b[/url][img]http://a.example/c.png[/img]", "a b"),
        ("markup", "== A ==\n'''B''' is [[c|d]] of [[e]].{{cite|x}}[[File:f.jpg|g]]", "A\nB is d of e."),
        ("markup", "'''甲'''是[[乙|丙]]和[[丁]]的朋友[b]好[/b]", "甲是丙和丁的朋友好"),
        ("markup", "Use the <b> tag, a<b>c, x[[1]], {{name}}", "Use the <b> tag, a<b>c, x[[1]], {{name}}"),
        ("unicode", "cafe\u0301", "café"),
        ("width", "ＡＢＣ１２３％，你好！　（好）", "ABC123%，你好！ （好）"),
        ("simplified", "漢語學習 abc", "汉语学习 abc"),
        ("traditional", "汉语学习", "漢語學習"),
        ("lower", "Mail <EMAIL_ADDRESS> NOW", "mail <EMAIL_ADDRESS> now"),
        ("whitespace", "  a \u00a0 b\r\n\r\n\r\n\r\nc \n", "a b\n\nc"),
    ],
)
def test_each_step(step, text, expected):
    if step in ("simplified", "traditional"):
        pytest.importorskip("opencc")
    assert cleaned(text, step) == expected


def test_steps_are_named_in_the_order_in_which_they_changed_something():
    assert [name for name, _ in clean_text(" CafÃ©\x00  au lait", DEFAULT)] == ["mojibake", "control", "whitespace"]
    assert clean_text("plain text.", DEFAULT) == []


def test_the_default_leaves_what_is_right_alone():
    for text in ("naïve café – “quotes” 你好，世界！", "ｆｕｌｌ", "<b>tag</b> &amp;", "ไทย\u200bไทย", "שלום\u200f"):
        assert cleaned(text, *DEFAULT) == text


PIECES = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(["&amp;amp;lt;b&gt;", "<b", ">", "e", "\u0301", "\x00", "Ã", "©", "â€™", "　", "Ａ", "<EMAIL_ADDRESS>",
                         "漢", "&#64;", "İ", "\r", "\x85", "ÃƒÂ©"]),
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=1_000, deadline=None)
@given(PIECES, st.sets(st.sampled_from([s for s in TEXT_STEPS if s not in ("simplified", "traditional")])))
def test_cleaning_twice_is_cleaning_once(text, chosen):
    steps = tuple(step for step in TEXT_STEPS if step in chosen)
    once = cleaned(text, *steps)
    assert clean_text(once, steps) == []
    assert len(re.findall("<EMAIL_ADDRESS>", once)) >= len(re.findall("<EMAIL_ADDRESS>", text))


def test_every_step_that_changed_a_row_is_recorded_with_a_chain_of_hashes():
    c = corpus(["  CafÃ©  mail a@b.co ", *varied(4)], labels=list("ababa"))
    at = c.texts[0].index("a@b.co")
    found = [
        findings(
            "PII001", "warn", [0], column="text", start=at, end=at + 6, value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS"
        )
    ]
    result, _ = prepared(c, found, **ONE_PART)
    assert result.parts["train"].column("text")[0].as_py() == "Café mail <EMAIL_ADDRESS>"
    changes = result.changes.to_pylist()
    assert [change["step"] for change in changes] == ["mask", "mojibake", "whitespace"]
    assert all(a["new_hmac"] == b["old_hmac"] for a, b in pairwise(changes))
    assert result.accounts.rows_by_step == {"mask": 1, "mojibake": 1, "whitespace": 1}


def test_what_a_step_brings_to_light_is_masked_too():
    c = corpus(["write to joe&#64;b.org now", *varied(4)], labels=list("ababa"))

    def recheck(texts):
        return [[(m.start(), m.end(), "EMAIL_ADDRESS") for m in re.finditer(r"\S+@\S+", t)] for t in texts]

    result, _ = prepared(c, recheck=recheck, steps=("markup",), **ONE_PART)
    assert result.parts["train"].column("text")[0].as_py() == "write to <EMAIL_ADDRESS> now"
    assert result.changes.column("step").to_pylist() == ["markup", "mask"]


def test_rows_that_become_equal_are_judged_as_duplicates_and_never_leak():
    texts = ["same   text here for all", "same text here for all", "same text here\x00 for all", *varied(6)]
    c = corpus(texts, labels=["a", "a", "b", *"ababab"], splits=["train", "test", "train", *["train"] * 6])
    result, plan = prepared(c, steps=("control", "whitespace"), **ONE_PART)
    rows = plan.table.to_pylist()
    # row 0 equals row 1 from the start and is the duplicate check's to find; row 2 only once it is cleaned
    assert (rows[2]["action"], rows[2]["code"], rows[2]["ref_row"]) == ("drop", "DUP004", 1)
    result, plan = prepared(
        corpus(texts[1:], labels=["a", "b", *"ababab"]), steps=("control", "whitespace"), **ONE_PART
    )
    assert plan.table.column("code").to_pylist()[1] == "DUP005"
    assert result.accounts.split_proof == {"groups_in_two_parts": 0, "texts_in_two_parts": 0}


def test_a_split_of_ours_keeps_together_what_only_cleaning_makes_equal():
    """Tags and all, the two are no near duplicates; without them they are one text."""
    texts = varied(40)
    tagged = ["".join(f"<b>{word}</b><br/>" for word in text.split(" ")) for text in texts]
    same = [" ".join(text.split()) for text in texts]
    c = corpus([*[t.replace("<br/>", " ") for t in tagged], *same], labels=["a", "b"] * 40)
    plan, clusters, _ = drafted(c, steps=("markup", "whitespace"), test=0.3, validation=0.3)
    parts = plan.parts()
    assert (parts[:40] == parts[40:]).all()
    assert (clusters.groups()[:40] != clusters.groups()[40:]).any()
    assert set(parts.tolist()) == {0, 1, 2}


def test_null_texts_stay_null():
    c = corpus([None, *varied(3)], labels=list("abab"))
    result, _ = prepared(c, **ONE_PART)
    assert result.parts["train"].column("text")[0].as_py() is None
    assert pa.types.is_large_string(result.parts["train"].schema.field("text").type)


def test_unknown_and_contrary_steps_are_refused():
    with pytest.raises(ValidationError, match="Input should be"):
        PrepareSettings(steps=("spellcheck",))
    with pytest.raises(ValidationError, match="only one of"):
        PrepareSettings(steps=("simplified", "traditional"))
    assert PrepareSettings(steps=("whitespace", "mojibake")).steps == ("mojibake", "whitespace")
    assert PrepareSettings(steps=("none",)).steps == ()


KEPT_AS_THEY_ARE = [
    "def f(x):\n    if x:\n        return  1\n\n\n\n    return 0",
    "for i in range(3):\n    for j in range(3):\n        print(i, j)",
    "a:\n  b:\n    - c\n    - d",
    "- one\n    - nested\n- two",
    "\tall:\n\t\tcc -o x x.c",
    "name\tage\nann\t7\nbob\t8",
    "    indented:\n        more",
]


@pytest.mark.parametrize("text", KEPT_AS_THEY_ARE)
def test_white_space_that_means_something_stays(text):
    assert clean_text(text, DEFAULT) == []
    assert cleaned(text.replace("\n", "  \r\n") + "\n\n", *DEFAULT) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one   two\n three\n\n\n\nfour  ", "one two\nthree\n\nfour"),
        ("  one\ttwo  three ", "one two three"),
        ("one\u00a0\u00a0two\u3000three", "one two three"),
        ("\n    one line only\n", "one line only"),
    ],
)
def test_prose_has_single_blanks(text, expected):
    assert cleaned(text, "whitespace") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("周乾宇老師明天到", "周乾宇老师明天到"),
        ("王志乾先生和李乾明說餅乾很乾", "王志乾先生和李乾明说饼干很干"),
        ("乾坤大挪移", "乾坤大挪移"),
        ("餅乾很乾", "饼干很干"),
        ("一張餅乾。衣服曬乾了，杯子擦乾淨", "一张饼干。衣服晒干了，杯子擦干净"),
        ("黃乾燥", "黄干燥"),
    ],
)
def test_the_character_of_names_is_not_simplified(text, expected):
    pytest.importorskip("opencc")
    assert cleaned(text, "simplified") == expected
    assert clean_text(expected, ("simplified",)) == []
