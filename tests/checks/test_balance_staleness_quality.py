"""Balance, staleness and quality: one planted fault each."""

from datetime import date, timedelta

import numpy as np
import pytest

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Check, Shared
from auditor.checks.calendar import gaps_and_bursts
from auditor.checks.quality import QualityCheck, _histogram
from auditor.checks.slices import correlation_ratio, cramers_v, gini, scripts
from auditor.checks.staleness import StalenessCheck
from auditor.config.settings import DuplicateSettings, Settings
from auditor.core.results import Skipped
from auditor.dedup.find import find_clusters
from auditor.message import message
from auditor.prepare.transforms import clean_text
from auditor.text.repair import strip_markup
from tests.corpora import corpus


def run(kind, c, **settings):
    own = Settings.model_validate(settings)
    check = kind(own, c.language)
    batches = c.batches(kind.roles) if kind.scan is not Check.scan else []
    return check.finish([check.scan(batch) for batch in batches], c, Shared())


def hits(result, code):
    return [f for f in result.findings.to_pylist() if f["code"] == code]


def metric(result, name):
    return next(m for m in result.metrics if m.name == name)


def test_balance_numbers():
    c = corpus(["t"] * 120, labels=["a"] * 60 + ["b"] * 40 + ["c"] * 20)
    result = run(BalanceCheck, c)
    assert metric(result, "balance.ratio").value == 3.0
    assert metric(result, "balance.ratio").status == "pass"
    p = np.array([60, 40, 20]) / 120
    assert metric(result, "balance.effective_classes").value == pytest.approx(np.exp(-(p * np.log(p)).sum()), abs=1e-5)
    assert hits(result, "BAL002") == []


def test_rare_classes_and_near_equal_labels_are_named():
    c = corpus(["t"] * 112, labels=["pos"] * 50 + ["neg"] * 50 + [" Pos "] * 3 + ["1"] * 5 + ["1.0"] * 4)
    result = run(BalanceCheck, c)
    assert {f["value"] for f in hits(result, "BAL002")} == {" Pos ", "1", "1.0"}
    assert {(f["value"], f["suggestion"]) for f in hits(result, "BAL003")} == {(" Pos ", "pos"), ("1.0", "1")}


def test_a_class_that_lives_in_one_source_is_reported():
    c = corpus(["t"] * 200, labels=["a", "b"] * 100, sources=["web", "app"] * 100)
    assert [f["value"] for f in hits(run(BalanceCheck, c), "BAL004")] == ["source"]
    mixed = corpus(["t"] * 200, labels=["a", "b"] * 100, sources=["web", "web", "app", "app"] * 50)
    assert hits(run(BalanceCheck, mixed), "BAL004") == []


def test_cramers_v_is_one_for_identity_and_zero_for_independence():
    assert cramers_v(np.diag([50.0, 30.0, 20.0])) == pytest.approx(1.0)
    assert cramers_v(np.outer([50, 30, 20], [0.2, 0.8])) == 0.0


def test_a_subgroup_that_is_all_but_absent_is_named_with_what_was_expected():
    labels, sources = ["a", "b"] * 100, ["web"] * 100 + ["app"] * 100
    missing = [i for i in range(100, 200) if labels[i] == "b"][:48]
    keep = [i for i in range(200) if i not in missing]
    c = corpus(["t"] * len(keep), labels=[labels[i] for i in keep], sources=[sources[i] for i in keep])
    assert [f["value"] for f in hits(run(BalanceCheck, c), "BAL007")] == ["app · b: 2 / 18"]


def test_a_class_told_by_the_length_of_its_texts_is_reported():
    texts = ["short text here"] * 60 + ["a much longer text, " * 12] * 60
    uneven = run(BalanceCheck, corpus(texts, labels=["a"] * 60 + ["b"] * 60))
    even = run(BalanceCheck, corpus(texts, labels=["a", "b"] * 60))
    assert len(hits(uneven, "BAL006")) == 1
    assert hits(even, "BAL006") == []
    bars = next(f for f in uneven.figures if f.title == "figure.length_per_class")
    assert dict(zip(bars.labels, bars.values, strict=True)) == {"a": 15.0, "b": 240.0}


def test_labels_that_go_with_a_script_are_reported():
    texts = ["你好世界"] * 50 + ["hello world"] * 50
    assert [f["value"] for f in hits(run(BalanceCheck, corpus(texts, labels=["a"] * 50 + ["b"] * 50)), "BAL004")] == [
        "script"
    ]
    assert scripts(corpus(["日本のカメラ", "中文", "Ωμέγα", "12", None]).text).to_pylist() == [
        "kana",
        "han",
        "other",
        None,
        None,
    ]


def test_gini_and_correlation_ratio_at_their_ends():
    assert gini(np.array([5.0, 5.0, 5.0])) == 0.0
    assert gini(np.array([0.0, 0.0, 0.0, 8.0])) == pytest.approx(0.75)
    assert correlation_ratio(np.array([1.0, 1.0, 9.0, 9.0]), np.array([0, 0, 1, 1])) == pytest.approx(1.0)
    assert correlation_ratio(np.array([1.0, 9.0, 1.0, 9.0]), np.array([0, 0, 1, 1])) == 0.0


def test_one_class_is_skipped_with_the_reason():
    assert run(BalanceCheck, corpus(["t"] * 9, labels=["a"] * 9)) == Skipped(message("reason.one_class"))


def days(n, start=date(2024, 1, 1)):
    return [(start + timedelta(days=i)).isoformat() for i in range(n)]


def test_every_kind_of_broken_date_has_its_code():
    bad = ["2024-02-30", "1970-01-01", "", "2093-01-01", "1991-05-05", "2015-07-07"]
    c = corpus(["t"] * 706, dates=days(700) + bad)
    result = run(StalenessCheck, c, staleness={"as_of": "2026-06-01", "max_age": "2y"})
    rows = {
        code: [f["row_id"] for f in hits(result, code)] for code in ("STL002", "STL003", "STL004", "STL006", "STL007")
    }
    assert rows == {"STL002": [700, 704], "STL006": [], "STL007": [701], "STL004": [702], "STL003": [703]}
    old = [f["row_id"] for f in hits(result, "STL001")]
    limit = (date(2026, 6, 1) - date(2024, 1, 1)).days - 730
    assert old == [*range(limit), 705], "ten years before the others is old and possible"
    assert metric(result, "staleness.old_rate").value == pytest.approx((limit + 1) / 701, abs=1e-6)
    assert result.per_row["age_days"][0].as_py() == (date(2026, 6, 1) - date(2024, 1, 1)).days
    assert result.per_row["age_days"][703].as_py() is None, "the future has no age"


def test_drift_is_found_where_the_words_changed_and_only_there():
    draw = np.random.default_rng(0)
    words = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    same = [" ".join(draw.choice(words, 12)) for _ in range(450)]
    moved = [f"{text} {'telegram cable' if i < 150 else 'chat app'}" for i, text in enumerate(same)]
    still = run(StalenessCheck, corpus(same, dates=days(450)), staleness={"as_of": "2026-06-01"})
    drifted = run(StalenessCheck, corpus(moved, dates=days(450)), staleness={"as_of": "2026-06-01"})
    assert hits(still, "STL005") == []
    assert message("note.no_words_moved") in still.notes
    assert "figure.shifted_words" not in {figure.title for figure in still.figures}
    assert len(hits(drifted, "STL005")) == 1
    assert metric(drifted, "staleness.drift_auc").value > 0.95
    assert 0.4 < metric(drifted, "staleness.drift_null").value < 0.6
    shifted = next(f for f in drifted.figures if f.title == "figure.shifted_words")
    z = dict(zip(shifted.labels, shifted.values, strict=True))
    assert z["chat"] > 2
    assert z["telegram"] < -2


def test_names_are_not_among_the_shifted_words():
    texts = [f"meeting with {'Waldemar' if i < 150 else 'nobody'} about item {i}" for i in range(450)]
    result = run(StalenessCheck, corpus(texts, dates=days(450)), staleness={"as_of": "2026-06-01"})
    shifted = next(f for f in result.figures if f.title == "figure.shifted_words")
    assert "nobody" in shifted.labels
    assert "waldemar" not in shifted.labels


def test_ambiguous_dates_skip_the_check_with_what_to_do():
    from auditor.errors import InputError

    with pytest.raises(InputError, match="cannot be distinguished"):
        run(StalenessCheck, corpus(["t"] * 60, dates=["01/02/2024"] * 60))


def test_quality_rules():
    texts = [
        "fine text",
        "",
        "...",
        None,
        "caf\u00c3\u00a9 au lait",
        "bad \ufffd char",
        "<p>a</p> &nbsp; <br>",
        "a < b & c > d",
        "naïve café",
    ]
    result = run(QualityCheck, corpus(texts))
    assert [f["row_id"] for f in hits(result, "QLT001")] == [1, 3]
    assert [f["row_id"] for f in hits(result, "QLT002")] == [4, 5]
    assert [f["row_id"] for f in hits(result, "QLT003")] == [6]


@pytest.mark.parametrize("text", ["😀", "?", ":(", "👍🏽", "。", "-", "5"])
def test_what_can_be_seen_is_a_text(text):
    assert hits(run(QualityCheck, corpus([text, "more text"])), "QLT001") == []


@pytest.mark.parametrize("text", [" \t", "\u200b\u200d", "\u3164", "\u2800 ", "\ufe0f", "\x00", "\u3000"])
def test_what_cannot_be_seen_is_none(text):
    assert [f["row_id"] for f in hits(run(QualityCheck, corpus([text, "more text"])), "QLT001")] == [0]


@pytest.mark.parametrize(
    "text",
    [
        "[removed]",
        " [Deleted] ",
        "NaN",
        "NULL",
        "n/a",
        "该评论已删除",
        "#DIV/0!",
        "此用户没有填写评价。",
        "转发微博",
        "[deleted by user]",
    ],
)
def test_a_placeholder_is_no_text(text):
    result = run(QualityCheck, corpus([text, "the null hypothesis was removed"]))
    assert [f["row_id"] for f in hits(result, "QLT004")] == [0]
    assert metric(result, "quality.placeholder_rows").value == 1


def test_the_audit_counts_what_cleaning_repairs_and_says_where():
    broken = ["Great trip ðŸ˜€ again", "ÐŸÑ€Ð¸Ð²ÐµÑ‚, ÐºÐ°Ðº Ð´ÐµÐ»Ð°", "don\x92t say \x93no\x94", "锟斤拷锟斤拷 你好"]
    sound = ["Привет, как дела", "schöne Grüße", "你好，世界", "€5 – “quoted”", "Ångström Ã"]
    found = hits(run(QualityCheck, corpus([*broken, *sound])), "QLT002")
    assert [f["row_id"] for f in found] == [0, 1, 2, 3]
    assert (found[0]["start"], found[3]["start"]) == (11, 0)
    for text in (*broken[:3], *sound):
        assert (clean_text(text, ("mojibake",)) != []) == (text in broken)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("Nice.<br /><br />Really nice", 5),
        ("Long plot.<br>Good end.", 10),
        ("see [b]bold[/b] words", 4),
        ("[[A]] and [[B|b]] and {{cite}}", 0),
        ("Tom &amp; Jerry", 4),
        ("this is <strong>very</strong> good", 8),
        ("open <a href=http://a.example>", 5),
        ("x <script>a < b</script> y", 2),
    ],
)
def test_markup_that_closes_nothing_or_is_no_html_is_markup(text, start):
    (found,) = hits(run(QualityCheck, corpus([text, "x < y and [1] & {2}"])), "QLT003")
    assert (found["row_id"], found["start"]) == (0, start)


@pytest.mark.parametrize(
    "text",
    [
        "Use the <b> tag to make text bold.", "if a<b and c>d", "Write &lt; to show <.", "&nbspace; &copyright",
        "a[i] = b[i]; c[/i]", "arr[[1]], arr[[2]] and arr[[3]]", "[[ -f a ]] && [[ -d b ]] || [[ -e c ]]",
        "{{ user.name }} {{ x }} {{ y }}", "{{name}}, {{street}}, {{city}}", "[[nodiscard]] [[nodiscard]] [[nodiscard]]",
    ],
)  # fmt: skip
def test_code_and_words_about_markup_are_no_markup(text):
    assert hits(run(QualityCheck, corpus([text, "more text"])), "QLT003") == []
    assert [after for _, after in clean_text(text, ("markup",)) if "<" not in after] == []


@pytest.mark.parametrize("text", ["a\x00b", "\x1b[31mred\x1b[0m", "bad\x08 text", "ab\ufeffc", "锛屽綋鏃�"])
def test_control_characters_are_damage(text):
    assert [f["row_id"] for f in hits(run(QualityCheck, corpus([text, "page\x0cpage\x0bline\ttab"])), "QLT002")] == [0]


def test_nearly_equal_texts_are_no_crash_and_no_drift():
    texts = [f"thank you very much for the help with this thing number {i}" for i in range(299)]
    c = corpus(texts, dates=days(299))
    check = StalenessCheck(Settings.model_validate({"staleness": {"as_of": "2026-06-01"}}), "en")
    clusters = find_clusters(c, DuplicateSettings())
    assert (clusters.cluster == 0).sum() > 290, "nearly all texts are one cluster, so no fold has two sides"
    result = check.finish([check.scan(batch) for batch in c.batches(check.roles)], c, Shared(clusters))
    assert message("note.drift_skipped") in result.notes


def test_a_burst_is_unusual():
    spread = np.array([3, 90] * 24)  # every other month has many rows
    assert gaps_and_bursts(_days_of(spread), np.ones(spread.sum(), bool)) == ([], [])
    one = np.full(48, 10)
    one[20] = 300
    gaps, bursts = gaps_and_bursts(_days_of(one), np.ones(one.sum(), bool))
    assert (gaps, bursts) == ([], ["2021-09"])


def _days_of(counts):
    starts = [(np.datetime64("2020-01", "M") + i).astype("datetime64[D]").astype(int) for i in range(len(counts))]
    return np.repeat(np.array(starts, float), counts)


@pytest.mark.parametrize(("longest", "width"), [(3, 1), (41, 2), (165, 5), (8260, 500)])
def test_bins_of_text_lengths_have_round_widths(longest, width):
    figure = _histogram(np.array([1] * 50 + [longest] * 50))
    assert figure.labels[:2] == ("0", str(width)) and len(figure.labels) <= 41
    assert sum(figure.values) == 100
    below, last = figure.values[:-1], figure.labels[-1]
    assert (last, figure.values[longest // width]) == (f"{len(below) * width}+", 50)


@pytest.mark.parametrize(("names", "alike"), [(("+1", "-1"), 0), (("A", "A-"), 0), (("top_up", "Top-up"), 1)])
def test_a_sign_is_part_of_a_class_name(names, alike):
    c = corpus(["some text"] * 40, labels=[names[i % 2] for i in range(40)])
    assert len(hits(run(BalanceCheck, c), "BAL003")) == alike


@pytest.mark.parametrize("sign", ["<script>", "<b>", "<!--", "<![CDATA[", "[b]", "[[a|", "{{a|b", "<ref>", "<a b="])
def test_markup_without_an_end_ends_the_search_for_it(sign):
    assert strip_markup(sign * 20_000 + " [[a]] '''b''' [[c]]").endswith("c")
