"""What a check wrote as a key or in English is shown in the reader's language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.core.audit import Audit, Excerpt
from auditor.core.findings import detail_of, findings, merge_findings
from auditor.core.policy import load_policy
from auditor.core.results import Completed
from auditor.core.run_summary import PlanLine, RunSummary
from auditor.message import Message, Quantity, message
from auditor.prepare.plan import BUILT_IN_RULES
from auditor.report.formats.html import render_html
from auditor.report.formats.markdown import render_markdown
from auditor.report.messages import Messages, catalogue
from auditor.report.view import build_view
from auditor.report.view.context import Context
from auditor.report.view.values import finding_value
from auditor.resources import resource_dir
from auditor.rules import read_yaml


@pytest.mark.parametrize(
    ("code", "value", "column", "en", "zh"),
    [
        ("STL010", "windows-out-of-support", None, "Windows version out of support", "已停止支持的 Windows 版本"),
        ("STL010", "my-own-rule", None, "my-own-rule", "my-own-rule"),
        ("STL002", "unreadable", None, "unreadable", "无法读取"),
        ("STL002", "2028", None, "2028", "2028"),
        ("BIA001", "gender.women · toxic: 34% / 12%", None, "Women · toxic: 34% / 12%", "女性 · toxic: 34% / 12%"),
        ("BAL007", "latin · spam: 2 / 18", "script", "Latin · spam: 2 / 18", "拉丁字母 · spam: 2 / 18"),
        ("BAL007", "latin · spam: 2 / 18", "source", "latin · spam: 2 / 18", "latin · spam: 2 / 18"),
        ("PII009", "LOCATION", None, "Place", "地点"),
        ("LBL005", "other → all", None, "other → all", "other → all"),
    ],
)
def test_values_of_findings(mail_audit: Audit, code: str, value: str, column: str | None, en: str, zh: str) -> None:
    shown = [finding_value(Context(mail_audit, Messages(lang)), code, value, column) for lang in ("en", "zh")]
    assert [shown[0].lower(), shown[1]] == [en.lower(), zh]


@pytest.mark.parametrize(
    ("said", "en", "zh"),
    [
        (message("value.month", "2002-04", message("value.gap")), "2002-04 without rows", "2002-04 无样本"),
        (message("part.validation"), "Validation", "验证集"),
        (message("value.row", "march", "1200"), "march, row 1200", "march 第 1200 行"),
    ],
)
def test_details_of_findings(mail_audit: Audit, said: Message, en: str, zh: str) -> None:
    contexts = [Context(mail_audit, Messages(lang)) for lang in ("en", "zh")]
    shown = [finding_value(context, "X", "as it is", detail=detail_of(said)) for context in contexts]
    assert [shown[0].lower(), shown[1]] == [en.lower(), zh]


def test_masked_kinds_are_named_in_the_language_of_the_report(mail_audit: Audit) -> None:
    parts = (("text", "Call [NAME] or "), ("mask", "⟦PERSON⟧"), ("mark", " at ⟦NRP⟧"), ("text", "⟦unknown⟧"))
    audit = replace(mail_audit, excerpts=(Excerpt(17, "PII001", parts), *mail_audit.excerpts))
    for lang, words in (
        ("en", ("⟦Person's name⟧", "⟦Nationality, religion or politics⟧")),
        ("zh", ("⟦人名⟧", "⟦国籍、宗教或政治倾向⟧")),
    ):
        context = Context(audit, Messages(lang))
        shown = [context.with_titles(text) for _, text in parts]
        assert shown == ["Call [NAME] or ", words[0], f" at {words[1]}", "⟦unknown⟧"]
        page = render_html(build_view(audit, None, lang))
        assert not re.search(r"⟦[A-Z_]+⟧", page)


@pytest.mark.parametrize("parts", [(), (("text", " "),), (("label", "ham"), ("text", "\u00a0"))])
def test_a_text_in_which_nothing_is_seen_is_called_empty(mail_audit: Audit, parts: tuple[tuple[str, str], ...]) -> None:
    blank = findings("QLT001", "fail", [17], column="text")
    audit = replace(mail_audit, results={"quality": Completed((), blank)}, excerpts=(Excerpt(17, "QLT001", parts),))
    page = render_html(build_view(audit, None, "zh"))
    assert page.count(">（空）<") == 2, "among the examples and in the table"


def test_the_column_of_a_finding_is_named_where_it_is_not_the_usual_one(mail_audit: Audit) -> None:
    found = [
        findings(code, "warn", [row], column=column, value=[value])
        for row, (code, column, value) in enumerate(
            [("PII002", "sender", "PHONE_NUMBER"), ("PII002", "text", "PHONE_NUMBER"), ("STL002", "date", "2028"),
             ("STL002", "received", "2028"), ("STL010", "text", "flash")]
        )
    ]  # fmt: skip
    corpus = replace(mail_audit.corpus, roles={"text": "text", "date": "date"})
    results = {"privacy": Completed((), merge_findings(found))}
    lines = build_view(replace(mail_audit, corpus=corpus, results=results)).findings.rows
    named = {line.row: [fact.value for fact in line.detail if fact.name == "column"] for line in lines}
    assert named == {"0": ["sender"], "1": [], "2": [], "3": ["received"], "4": []}


def test_every_shipped_rule_has_a_title_in_both_languages() -> None:
    stale = read_yaml(resource_dir("rules") / "staleness.yaml")["rules"]
    for lang in ("en", "zh"):
        texts = catalogue(lang)
        missing = {rule.name for rule in load_policy().rules} | set(BUILT_IN_RULES)
        assert {name for name in missing if f"policy.{name}" not in texts} == set()
        assert {rule["name"] for rule in stale if f"stale.{rule['name']}" not in texts} == set()
    names = {"Microsoft Edge", "HTML5", "Python 3", "X", "Meta Platforms", "euro"}
    words = {rule["replaced_by"] for rule in stale} - names
    assert all(re.search("[\u4e00-\u9fff]", Messages("zh").message(Message(word))) for word in words)


def test_the_plan_shows_titles_and_the_names_of_the_users_own_rules(mail_audit: Audit) -> None:
    run = RunSummary(plan=(PlanLine("leaks", "drop", 3), PlanLine("my-rule", "flag", 2)))
    rows = build_view(mail_audit, run, "zh").changes.plan  # type: ignore[union-attr]
    assert [(row.title, row.rule) for row in rows] == [("跨划分泄漏", "leaks"), ("", "my-rule")]


def test_an_interrupted_run_names_the_command_that_resumes_it(mail_audit: Audit, mail_run: RunSummary) -> None:
    command = "auditor run a.csv --resume runs/x"
    view = build_view(mail_audit, replace(mail_run, resume=command))
    page, short = render_html(view), render_markdown(view)
    assert "interrupted" in page and "<span>--resume</span>" in page
    assert f"`{command}`" in short
    assert "interrupted" not in render_markdown(build_view(mail_audit, mail_run))


@pytest.mark.parametrize(("days", "en", "zh"), [(1825, "5.0 years", "5.0 年"), (90, "90 days", "90 天")])
def test_the_age_limit_is_written_out(days: int, en: str, zh: str) -> None:
    note = message("note.as_of", "2026-01-01", Quantity(days, "days"))
    assert en in Messages("en").message(note) and zh in Messages("zh").message(note)
