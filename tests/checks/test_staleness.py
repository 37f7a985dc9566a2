"""Dates in other columns, age by slice, gaps, text that dates itself, versions, drift against a reference, no dates."""

import statistics
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.base import Shared
from auditor.checks.calendar import gaps_and_bursts
from auditor.checks.drift import shift_of_lengths, shift_of_shares
from auditor.checks.outdated_phrases import load_stale_rules
from auditor.checks.staleness import StalenessCheck
from auditor.config.settings import DuplicateSettings, Settings
from auditor.core.results import Skipped
from auditor.dedup.find import find_clusters
from auditor.errors import InputError
from auditor.text.year_mentions import years_mentioned
from tests.corpora import corpus

AS_OF = {"as_of": "2026-06-01", "max_age": "2y"}


def run(c, reference=None, **staleness):
    check = StalenessCheck(Settings.model_validate({"staleness": {**AS_OF, **staleness}}), c.language)
    shared = Shared(find_clusters(c, DuplicateSettings()), None, reference)
    return check.finish([check.scan(batch) for batch in c.batches(check.roles)], c, shared)


def hits(result, code):
    return [f for f in result.findings.to_pylist() if f["code"] == code]


def value(result, name, slice_=None):
    return next(m.value for m in result.metrics if m.name == name and m.slice == slice_)


def days(n, start=date(2024, 1, 1), step=1):
    return [(start + timedelta(days=step * i)).isoformat() for i in range(n)]


def test_broken_dates_in_other_columns_are_found_there():
    c = corpus([f"text {i}" for i in range(100)], dates=days(100))
    headers = [f"Tue, {1 + i % 28:02d} Mar 2024 10:00:00 +0000" for i in range(100)]
    headers[7], headers[9] = "Thu, 04 Jul 0102 10:00:00 +0000", "Wed, 04 Oct 2093 12:05:01 -0400"
    table = c.table.append_column("header", pa.chunked_array([pa.array(headers, pa.large_string())]))
    table = table.append_column(
        "number", pa.chunked_array([pa.array([str(1900 + i) for i in range(100)], pa.large_string())])
    )
    wide = type(c)(c.name, c.files, table, c.row_id, c.roles)
    result = run(wide)
    assert [(f["row_id"], f["column"]) for f in hits(result, "STL002")] == [(7, "header")]
    assert [(f["row_id"], f["column"]) for f in hits(result, "STL003")] == [(9, "header")]


def test_age_is_told_by_class_and_source():
    c = corpus(
        ["t"] * 40,
        dates=["2020-01-01"] * 20 + ["2026-01-01"] * 20,
        labels=["a"] * 20 + ["b"] * 20,
        sources=["x", "y"] * 20,
    )
    result = run(c)
    assert value(result, "staleness.old_rate_by_label", "a") == 1.0
    assert value(result, "staleness.old_rate_by_label", "b") == 0.0
    assert value(result, "staleness.old_rate_by_source", "x") == 0.5
    assert value(result, "staleness.median_age_by_label", "b") == (date(2026, 6, 1) - date(2026, 1, 1)).days


def test_a_row_of_several_labels_counts_for_each_of_them():
    days = [str(date(2020, 1, 1) + timedelta(days=7 * i)) for i in range(300)]
    one = corpus([f"text number {i} of many" for i in range(300)], dates=days, labels=["x"] * 300)
    sets = [["a"], ["a", "b"], [], None] * 25 + [["b"], ["b"], ["b", "c"], []] * 50
    table = one.table.set_column(one.table.column_names.index("label"), "label", pa.array(sets, pa.list_(pa.string())))
    result = run(type(one)(one.name, one.files, table, one.row_id, one.roles))
    rows = {name: [i for i, labels in enumerate(sets) if name in (labels or ())] for name in "abc"}
    newest = date(2026, 6, 1)
    for name, own in rows.items():
        ages = [(newest - date.fromisoformat(days[i])).days for i in own]
        assert value(result, "staleness.median_age_by_label", name) == statistics.median(ages)
    # the last hundred rows have 75 b and 25 c, the first 50 a and 25 b
    assert value(result, "staleness.label_shift") == pytest.approx(2 / 3)
    assert value(result, "staleness.label_p") < 0.01


def test_dates_that_are_years_have_no_gaps():
    years = np.repeat(np.array(["2020-01-01", "2021-01-01", "2023-01-01"], "datetime64[D]").astype(float), [50, 2, 2])
    assert gaps_and_bursts(years, np.ones(len(years), bool)) == ([], [])


def test_gaps_and_bursts_are_months_of_their_own():
    months = {"2024-01": 4, "2024-02": 4, "2024-04": 30, "2024-05": 4, "2024-06": 5}
    stamps = np.array([np.datetime64(f"{m}-10", "D").astype(float) for m, n in months.items() for _ in range(n)])
    assert gaps_and_bursts(stamps, np.ones(len(stamps), bool)) == (["2024-03"], ["2024-04"])
    assert gaps_and_bursts(stamps, np.zeros(len(stamps), bool)) == ([], [])


def test_text_that_dates_itself_is_marked_with_what_replaces_it():
    texts = ["It runs on Windows XP only.", "As of 2003 this is true.", "As of 2026 this is true.", "nothing here"]
    result = run(corpus(texts, dates=days(4, date(2026, 1, 1))))
    found = {(f["row_id"], texts[f["row_id"]][f["start"] : f["end"]], f["value"]) for f in hits(result, "STL010")}
    assert found == {(0, "Windows XP", "windows-out-of-support"), (1, "As of 2003", "this-year")}
    assert hits(result, "STL010")[0]["suggestion"]


def test_chinese_rules_are_for_chinese():
    texts = ["今年2008年的奥运会", "国家工商总局发布通知", "今天天气很好"]
    zh = run(corpus(texts, dates=days(3, date(2026, 1, 1)), language="zh"))
    assert {(f["row_id"], f["value"]) for f in hits(zh, "STL010")} == {(0, "zh-this-year"), (1, "zh-departments")}


def test_rules_do_not_reach_over_a_sentence_or_into_an_address():
    texts = [
        "It was better this year. In 1986 it fell.",
        "see btnG=Google+Search now",
        "closed Google+ then",
        "on Windows 8.1",
    ]
    result = run(corpus(texts, dates=days(4, date(2026, 1, 1))))
    found = {(f["row_id"], texts[f["row_id"]][f["start"] : f["end"]]) for f in hits(result, "STL010")}
    assert found == {(2, "Google+"), (3, "Windows 8.1")}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("rules:\n  - {name: a, pattern: '(?=x)', replaced_by: y}\n", "RE2"),
        ("rules:\n  - {name: a, pattern: 'x*', replaced_by: y}\n", "empty"),
        ("rules:\n  - {name: a, pattern: 'year', replaced_by: y, year: true}\n", "group"),
        ("rules:\n  - {name: a, patern: x, replaced_by: y}\n", "form"),
        ("other: 1\n", "form"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(tmp_path, text, words):
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(InputError, match=words):
        load_stale_rules((str(tmp_path / "r.yaml"),))


def test_a_users_rule_replaces_the_shipped_one_of_its_name(tmp_path):
    (tmp_path / "r.yaml").write_text("rules:\n  - {name: twitter, pattern: 'Tweetdeck', replaced_by: nothing}\n")
    c = corpus(["I read it on Twitter", "I read it on Tweetdeck"], dates=days(2, date(2026, 1, 1)))
    assert [f["row_id"] for f in hits(run(c, rules=(str(tmp_path / "r.yaml"),)), "STL010")] == [1]


STORY = (
    "the ministry said on monday that the harvest of wheat fell by ten percent after the long dry summer in the south"
)


def test_the_older_of_two_versions_is_named_with_the_newest():
    texts = [
        STORY,
        STORY + " officials",
        "update " + STORY + " officials",
        "another story of which there is one version only",
    ]
    result = run(corpus(texts, dates=["2026-01-01", "2026-01-03", "2026-02-01", "2026-02-02"]))
    assert {(f["row_id"], f["ref_row"]) for f in hits(result, "STL011")} == {(0, 2), (1, 2)}
    same_day = run(corpus(texts, dates=["2026-01-01"] * 4))
    assert hits(same_day, "STL011") == []


def words(draw, n, extra=""):
    return [f"{' '.join(draw.choice([f'w{i}' for i in range(300)], 12))} {extra} {i}" for i in range(n)]


def test_drift_from_a_reference_is_told_apart_from_none():
    draw = np.random.default_rng(0)
    reference = corpus(words(draw, 200, "telegram"))
    same, other = corpus(words(draw, 200, "telegram")), corpus(words(draw, 200, "chat"))
    assert hits(run(same, reference), "STL009") == []
    assert len(hits(run(other, reference), "STL009")) == 1


def test_labels_of_one_row_are_not_taken_for_so_many_rows():
    """Eight labels that always come together tell no more than one: chance alone sets few draws of 40 apart."""
    draw = np.random.default_rng(2)
    together, apart = 0, 0
    for seed in range(40):
        kinds, rows = draw.integers(0, 2, 60), np.repeat(np.arange(60), 8)
        labels = np.repeat(kinds * 8, 8) + np.tile(np.arange(8), 60)
        first, last = (labels[rows < 30], rows[rows < 30]), (labels[rows >= 30], rows[rows >= 30])
        together += shift_of_shares(first[0], last[0], seed, (first[1], last[1])).p_value < 0.05
        apart += shift_of_shares(first[0], last[0], seed).p_value < 0.05
    assert together <= 4 < apart, (together, apart)


def test_shifts_of_classes_and_lengths_come_with_their_chance():
    draw = np.random.default_rng(1)
    a, b = draw.integers(0, 3, 300), draw.integers(0, 3, 300)
    assert shift_of_shares(a, b, 0).p_value > 0.05
    moved = shift_of_shares(a, np.where(draw.random(300) < 0.3, 0, b), 0)
    assert moved.p_value < 0.01
    assert shift_of_shares(np.zeros(10, int), np.ones(10, int), 0).distance == 1.0
    assert shift_of_lengths(a, b).p_value > 0.05
    assert shift_of_lengths(a, b + 1).p_value < 0.01


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("Date: Thu, 22 Aug 2002 18:26:25\n\nin 2019 we", 2002),
        ("on 12 March 1999 and later, see 2031", 1999),
        ("March 5th, 2004; reviewed 2006-07-08", 2006),
        ("发布于 2015年3月2日", 2015),
        ("the year 1987 was dry", 1987),
        ("call 2015550100 or pay $2005", 0),
        ("2093 will be fine", 0),
        ("no year", 0),
    ],
)
def test_the_year_a_text_is_from(text, year):
    assert years_mentioned(pa.chunked_array([[text]], pa.large_string()), 2026).tolist() == [year]


def test_without_a_date_column_years_are_stated_and_never_judged():
    named = run(corpus([f"in the year {1990 + i % 10} it rained" for i in range(50)]))
    assert value(named, "staleness.mined_rate") == 1.0
    assert all(m.threshold is None for m in named.metrics)
    assert isinstance(run(corpus(["no year at all"] * 50)), Skipped)


def test_one_day_for_all_rows_is_said():
    def notes(dates):
        return [note.key for note in run(corpus([f"text {i}" for i in range(30)], dates=dates)).notes]

    assert "note.one_day" in notes(["2026-03-01"] * 29 + [None])
    assert "note.one_day" not in notes(["2026-03-01"] * 29 + ["2026-03-02"])
