"""Bias: groups are found by their words, associations by a test that chance passes only as often as it may."""

import numpy as np
import pytest

from auditor.checks.base import Shared
from auditor.checks.bias import BiasCheck, associations
from auditor.config.settings import Settings
from auditor.rules import identity_groups
from tests.corpora import corpus


def run(c):
    check = BiasCheck(Settings(), c.language)
    return check.finish([check.scan(batch) for batch in c.batches(check.roles, 70)], c, Shared())


def values(result, code):
    return [f["value"] for f in result.findings.to_pylist() if f["code"] == code]


def test_a_label_that_goes_with_a_group_is_found_with_its_shares():
    texts = ["The woman asked for the menu."] * 100 + ["Someone asked for the menu."] * 300
    labels = ["bad"] * 60 + ["good"] * 40 + ["bad"] * 60 + ["good"] * 240
    found = values(run(corpus(texts, labels=labels)), "BIA001")
    assert [value.split(" (")[0] for value in found] == [
        "gender.women · bad: 60% / 20%",
        "gender.women · good: 40% / 80%",
    ]


def test_labels_drawn_without_regard_to_groups_are_left_alone():
    draw = np.random.default_rng(0)
    people = ["a woman", "a man", "a child", "a pensioner", "a muslim", "a christian", "someone"]
    texts = [f"{draw.choice(people)} came in" for _ in range(2000)]
    assert values(run(corpus(texts, labels=draw.choice(["a", "b", "c"], 2000).tolist())), "BIA001") == []


def test_small_groups_are_counted_and_not_compared():
    texts = ["a deaf guest"] * 20 + ["a guest"] * 200
    result = run(corpus(texts, labels=["bad"] * 20 + ["good"] * 200))
    assert values(result, "BIA001") == []
    assert next(m.value for m in result.metrics if m.slice == "disability.senses") == pytest.approx(20 / 220, abs=1e-6)


def test_many_tests_are_held_to_one_rate_of_false_alarms():
    draw = np.random.default_rng(3)
    rows = {f"kind.{i}": draw.random(2000) < 0.3 for i in range(40)}
    labels = draw.choice(["a", "b", "c", "d"], 2000).tolist()
    assert len(associations(rows, labels)[0]) <= 1, "uncorrected, 160 tests at 5 % would give about eight"


def test_a_group_hardly_spoken_of_is_told_beside_the_most_spoken_of():
    result = run(corpus(["his father"] * 150 + ["her mother"] * 15 + ["nobody"] * 35))
    assert values(result, "BIA002") == ["gender.women: 15 / gender.men: 150"]


@pytest.mark.parametrize(
    ("men", "women", "others"),
    [
        (150, 0, 50),  # a group that no text names is counted, not judged
        (150, 3, 47),
        (60, 11, 29),  # too few rows speak of gender at all
        (150, 15, 30_000),  # too small a part of the corpus
        (150, 40, 10),  # unequal, but not by five to one
    ],
)
def test_nothing_is_said_where_there_is_nothing_to_compare(men, women, others):
    result = run(corpus(["his father"] * men + ["her mother"] * women + ["nobody"] * others))
    assert values(result, "BIA002") == []
    assert next(m.value for m in result.metrics if m.slice == "gender.men") > 0


def test_chinese_lists_work_inside_sentences():
    result = run(corpus(["这位女士很满意"] * 5 + ["房间很好"] * 5, language="zh"))
    assert next(m.value for m in result.metrics if m.slice == "gender.women") == 0.5


def test_lists_are_whole_in_both_languages_and_no_word_stands_for_two_groups_of_a_kind():
    for lang in ("en", "zh"):
        seen: dict[tuple[str, str], str] = {}
        for key, group in identity_groups().items():
            assert group.title[lang]
            assert len(group.words[lang]) >= 2, key
            for word in group.words[lang]:
                assert seen.setdefault((key.split(".")[0], word), key) == key


def test_words_count_in_rows_of_their_own_language_only():
    german = ["Die Sitzung wurde wegen des Wetters auf morgen verschoben, sagte man gestern."] * 40
    english = ["The woman asked for the menu and waited for a long time."] * 30 + [
        "Nobody asked for the menu today."
    ] * 30
    chinese = ["那位女性顾客点了菜单，等了很长时间。"] * 20
    result = run(corpus([*german, *english, *chinese]))
    mentions = next(m.value for m in result.metrics if m.name == "bias.mentions" and m.slice == "gender.women")
    assert mentions == pytest.approx(50 / 80, abs=1e-6)
    assert next(note.args for note in result.notes if note.key == "note.bias_language") == (80, 120)


def test_a_corpus_in_neither_language_is_skipped():
    result = run(corpus(["Die Frau bat um die Speisekarte und wartete lange auf den Kellner."] * 40, language="other"))
    assert result.reason.key == "reason.no_lists"
