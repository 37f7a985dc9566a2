"""Both catalogues say the same things, and numbers read well."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import ClassVar

import pytest

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.message import message
from auditor.prepare.remedies import remedies
from auditor.report.formats.html import render_html
from auditor.report.messages import Messages, catalogue, decimal, share, signed_points
from auditor.report.view import build_view
from auditor.resources import resource_dir
from auditor.rules import thresholds

ALLOWED = {"AUC", "GB", "IP", "SHA", "auditor"}
"""Terms that Chinese writes in Latin letters too."""


def places(text: str) -> set[str]:
    return set(re.findall(r"{(\w*)}", text))


def test_catalogues_have_the_same_keys_and_places() -> None:
    en, zh = catalogue("en"), catalogue("zh")
    assert list(en) == list(zh)
    assert {key for key in en if places(en[key]) != places(zh[key])} == set()


def test_every_key_in_the_templates_is_known() -> None:
    used = set()
    for path in resource_dir("templates").rglob("*.j2"):
        used |= set(re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", path.read_text("utf-8")))
    assert len(used) > 60
    assert used <= set(catalogue("en"))


def test_every_judged_metric_is_told_in_words() -> None:
    for name in thresholds():
        for prefix in ("says", "metric"):
            assert f"{prefix}.{name}" in catalogue("zh")
    for remedy in remedies(Settings()):
        assert f"action.{remedy.metric}" in catalogue("zh")
        assert remedy.metric in thresholds()


class WordsOutsideNames(HTMLParser):
    """Texts that are not marked as names, codes or data by ``translate="no"``."""

    VOID: ClassVar = {"meta", "input", "br", "path", "circle", "rect", "line", "polyline"}

    def __init__(self, html: str) -> None:
        super().__init__()
        self.stack: list[bool] = [False]
        self.texts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            is_name = ("translate", "no") in attrs or tag in {"style", "script"}
            self.stack.append(self.stack[-1] or is_name)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        if not self.stack[-1]:
            self.texts.append(data)


def test_a_chinese_report_has_no_english_word(hotel_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(hotel_audit, mail_run, "zh"))
    texts = re.sub(r"[A-Z]{3}\d{3}", "", " ".join(WordsOutsideNames(html).texts))
    found = set(re.findall(r"[A-Za-z]{2,}", texts))
    assert found <= ALLOWED


def test_an_english_report_has_no_chinese_word(mail_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(mail_audit, mail_run, "en"))
    assert not re.search(r"[\u4e00-\u9fff]", "".join(WordsOutsideNames(html).texts))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.5, "50.0%"),
        (0.0004, "0.04%"),
        (0.00001, "<0.01%"),
        (0.9999, ">99.9%"),
        (0.006, "0.60%"),
    ],
)
def test_shares(value: float, text: str) -> None:
    assert share(value) == text


def test_other_numbers() -> None:
    en = Messages("en")
    assert (decimal(4150), decimal(0.897), decimal(1234.5)) == ("4,150", "0.897", "1,234")
    assert (signed_points(0.011), signed_points(-0.003)) == ("+1.1", "−0.3")
    assert [en.value(v, u) for v, u in ((2.19, "ratio"), (80.4, "ratio"), (1, "rows"), (0.931, "auc"))] == [
        "2.2 : 1", "80 : 1", "1 row", "0.93",
    ]  # fmt: skip
    assert [en.value(v, "days") for v in (1, 400, 8830)] == ["1 day", "400 days", "24.2 years"]
    assert en.value(None, "share") == en.value(float("nan"), "auc") == "–"


def test_notes_fill_their_places_and_unknown_ones_stand() -> None:
    en = Messages("en")
    assert en.message(message("No such key.")) == "No such key."
    assert en.message(message("interval", 1, 2)) == "interval 1 2"  # a key with named places is no note


def test_reasons_are_translated() -> None:
    zh = Messages("zh")
    missing = message("reason.no_column", message("role.date"), "--date")
    assert zh.message(missing) == "没有日期列；可用 --date 指定"
    assert zh.message(message("reason.few_rows", 12, 3)).startswith("样本足够的 3 个类别共 12 条")
    assert zh.message(message("something else")) == "something else"
    assert Messages("en").message(message("reason.not_selected")) == "not selected"
