"""The page as a parser and a browser see it: allowed markup only, whatever the data holds."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from auditor.config.settings import ReportSettings
from auditor.core.accounts import Accounts
from auditor.core.audit import Audit, Excerpt
from auditor.core.benchmark_result import ClassResult, Gap, SideCounts, SideGaps, SideShares
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure
from auditor.core.results import Completed, Failed, Skipped
from auditor.core.run_summary import ClassCount, OutputFile, PlanLine, Prepared, RunSummary
from auditor.message import message
from auditor.report.formats.html import render_html
from auditor.report.view import build_view
from auditor.resources import resource_dir
from tests.report.conftest import benchmark_of, change, score

ELEMENT_NAMES = """
html head meta title style body script noscript a use symbol div nav p ul ol li main header footer section dl dt dd figure
figcaption table caption thead tbody tr th td h1 h2 h3 span strong b i small code mark button label input select
option details summary br svg path circle rect line polyline g text
"""
ATTRIBUTE_NAMES = """
hreflang rel lang charset name content http-equiv class id href aria-label aria-labelledby aria-hidden translate title scope
colspan role type hidden value autocomplete dir data-copied data-status data-to data-row data-cluster data-empty data-same data-dark data-light viewbox
preserveaspectratio width height x y x1 x2 y1 y2 cx cy r rx d points fill-opacity stroke-dasharray text-anchor
"""
ELEMENTS, ATTRIBUTES = set(ELEMENT_NAMES.split()), set(ATTRIBUTE_NAMES.split())
PAYLOADS = (
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(1)</script>",
    "</title></style><svg onload=alert(1)>",
    "javascript:alert(1)",
    "'-alert(1)-'",
    "{{ 7 * 7 }}{% raw %}",
    "<!-- ]]> -->",
    "\u202egnp.exe \x1b[31m\u2028",
)


class Page(HTMLParser):
    """Elements, attributes and texts of a page."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def shape(self) -> dict[str, int]:
        """Elements by count; each word of a command has a span of its own."""
        return {name: count for name, count in self.elements.items() if name != "span"}

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def assert_inert(html: str) -> Page:
    """Only the templates' elements and attributes; nothing that runs or leaves the page."""
    page = Page(html)
    assert set(page.elements) <= ELEMENTS
    assert {name for _, name, _ in page.attributes} <= ATTRIBUTES
    assert page.elements["script"] == 2 and page.elements["style"] == 1
    assert page.values("type").count("application/json") == 1
    assert all(re.fullmatch(r"#[A-Za-z0-9-]+", target) for target in page.values("href"))
    assert lines_of(html)["codes"]
    return page


def lines_of(html: str) -> dict[str, Any]:
    """The block of lines, as a browser finds it: up to the first thing that could end the element."""
    text = html.split('<script type="application/json" id="lines">')[1]
    text = text[: re.search(r"</|<!--|<script", text).start()]  # type: ignore[union-attr]
    assert not re.search("[<>&'\u2028\u2029]", text)
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_page_has_only_allowed_markup(mail_audit: Audit, mail_run: RunSummary, lang: str) -> None:
    page = assert_inert(render_html(build_view(mail_audit, mail_run, lang)))
    assert page.values("lang") == ["zh-Hans" if lang == "zh" else "en"]
    assert len(page.values("id")) == len(set(page.values("id")))
    assert {target[1:] for target in page.values("href")} <= set(page.values("id"))


def test_every_picture_has_a_title_or_repeats_what_stands_beside_it(mail_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(mail_audit, mail_run))
    pictures = re.findall(r"<svg([^>]*)>(.{7})", html, re.DOTALL)
    assert {start for attributes, start in pictures if 'aria-hidden="true"' not in attributes} == {"<title>"}


def test_an_icon_is_drawn_once_and_used(mail_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(mail_audit, mail_run))
    drawn = set(re.findall(r'<symbol id="([a-z-]+)"', html))
    used = re.findall(r'<svg class="icon \w+" aria-hidden="true"><use href="#([a-z-]+)"/></svg>', html)
    assert len(used) > 40 and set(used) <= drawn and html.count('class="icon') == len(used)


def hostile(audit: Audit, payload: str) -> tuple[Audit, RunSummary]:
    """The audit with `payload` wherever data can put a text."""
    figure = Figure("bar", payload, (payload, "b"), (2, 1), {})
    lines = Figure("line", payload, (payload, "b"), (), {payload: (1.0, 2.0)})
    heat = Figure("heatmap", payload, (payload,), (), {payload: (1.0,)})
    labels = Completed(
        metrics=audit.results["labels"].metrics,  # type: ignore[union-attr]
        findings=merge_findings(
            [
                findings("LBL001", "fail", [1], value=payload, suggestion=payload),
                findings("XXX001", "warn", [2], value=payload, suggestion=payload),
            ]
        ),
        figures=(figure, lines, heat, replace(heat, kind="table"), replace(figure, kind="histogram")),
        notes=(message(payload), message(payload, payload)),
    )
    corpus = replace(
        audit.corpus,
        name=payload,
        files=(payload,),
        columns=(payload,),
        roles={"text": payload, payload: payload},
        role_reasons={"text": message(payload)},
        reject_reasons={payload: 3},
    )
    results = {
        **audit.results,
        "labels": labels,
        "privacy": Failed(message(payload)),
        "staleness": Skipped(message(payload)),
    }
    excerpts = (Excerpt(1, "LBL001", (("text", payload), ("mark", payload), ("mask", payload), (payload, payload))),)
    run = RunSummary(
        plan=(PlanLine(payload, payload, 1, (payload,)),),
        prepared=Prepared(
            Accounts(1, 1, 0, 0, 0, 1), classes=(ClassCount(payload, payload, 1, 1),), files=(OutputFile(payload, 1),)
        ),
        benchmark=benchmark_of(
            {"accuracy": score(0.5)},
            {"accuracy": score(0.6)},
            {"accuracy": change(0.1, 0.0, 0.2)},
            model=payload,
            task=payload,
            seeds=(payload,),
            verdict=payload,
            classes=(ClassResult(payload, 1, SideCounts(1, 1), *[SideShares(0.5, 0.6)] * 3),),
            group_gaps={payload: SideGaps(*[Gap(0.1, payload, payload)] * 2)},
        ),
        facts={"command": payload, payload: payload},
    )
    config = {payload: payload, "list": [payload]}
    return replace(
        audit, corpus=corpus, results=results, excerpts=excerpts, config=config, versions={payload: payload}
    ), run


@pytest.mark.parametrize("payload", PAYLOADS)
def test_hostile_texts_stay_texts(mail_audit: Audit, mail_run: RunSummary, payload: str) -> None:
    clean = assert_inert(render_html(build_view(*hostile(mail_audit, "payload"))))
    page = assert_inert(render_html(build_view(*hostile(mail_audit, payload))))
    assert page.shape() == clean.shape()
    assert not {"\u202e", "\x1b", "\u2028"} & set("".join(page.texts))


@pytest.fixture(scope="module")
def xss_payloads() -> list[str]:
    """Every thirteenth line of the collected attack strings."""
    shared = Path(os.environ.get("AUDITOR_SHARED", Path(__file__).parents[3] / "shared"))
    file = shared / "corpora" / "xss" / "Intruder" / "xss-payload-list.txt"
    if not file.is_file():
        pytest.skip("the collected attack strings are not here; set AUDITOR_SHARED")
    return file.read_text("utf-8", "replace").splitlines()[::13]


def test_known_attack_strings_stay_texts(mail_audit: Audit, xss_payloads: list[str]) -> None:
    joined = [xss_payloads[i::20] for i in range(20)]
    clean = assert_inert(render_html(build_view(*hostile(mail_audit, "payload"))))
    for group in joined:
        page = assert_inert(render_html(build_view(*hostile(mail_audit, "".join(group)))))
        assert page.shape() == clean.shape()


def test_templates_never_switch_escaping_off() -> None:
    folder = resource_dir("templates")
    sources = [path for path in folder.rglob("*") if path.is_file()] + list(
        (Path(__file__).parents[2] / "auditor" / "report").rglob("*.py")
    )
    assert len(sources) > 20
    for path in sources:
        assert not re.search(r"\|\s*safe\b|Markup\(|autoescape\s*(false|=\s*False)", path.read_text("utf-8")), path


def test_policy_names_the_hashes_of_style_and_script(mail_audit: Audit) -> None:
    html = render_html(build_view(mail_audit))
    policy = Page(html).values("content")[2]
    for tag in ("style", "script"):
        text = html.split(f"<{tag}>")[1].split(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ") and "unsafe" not in policy


def test_nothing_points_outside(mail_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(mail_audit, mail_run))
    assert not re.search(r"https?://|//[a-z]+\.|@import|url\(", html)


def test_a_check_that_did_not_run_never_looks_passed(partial_audit: Audit) -> None:
    html = render_html(build_view(partial_audit))
    tiles = re.findall(r'<a class="tile (\w+)" href="#(\w+)">(.*?)</a>', html, re.DOTALL)
    states = {key: (status, body) for status, key, body in tiles}
    assert states["labels"][0] == "skipped" and "no column holds labels" in states["labels"][1]
    assert states["privacy"][0] == "failed" and "no model found" in states["privacy"][1]
    for key in ("labels", "privacy"):
        assert "Pass" not in states[key][1]
    assert "Incomplete: a check could not run." in html
    assert html.count("This is not a clean bill") == 2


def test_accounting_is_on_the_page(mail_audit: Audit, mail_run: RunSummary) -> None:
    html = render_html(build_view(mail_audit, mail_run))
    assert "rows in 6,046 = kept 5,864 + removed 180 + rejected 2" in html
    assert "rows out 6,333 = kept 5,864 + added 469" in html


def test_six_thousand_rows_weigh_little_and_have_few_nodes(mail_audit: Audit) -> None:
    """Every row has a finding; a dozen codes have texts of full length, as in a run over 6,046 mails."""
    codes = [f"PII{n:03}" for n in range(1, 18)] + [
        "QLT001",
        "QLT002",
        "QLT003",
        "STL001",
        "STL011",
        "LBL002",
        "DUP006",
    ]
    rows = list(range(6_000))
    many = merge_findings(
        [findings(code, "warn", rows[place::3], column="text", confidence=0.5, value=f"{code} of a kind",
                  ref_row=rows[place::3])
         for place, code in enumerate(codes)]
    )  # fmt: skip
    excerpts = tuple(
        Excerpt(row, code, (("cut", "…"), ("text", f"{row} word " * 12), ("mark", "⟦PERSON⟧"), ("text", "and so on " * 10)))
        for place, code in enumerate(codes) for row in rows[place::3][:12]
    )  # fmt: skip
    result = replace(mail_audit.results["privacy"], findings=many)  # type: ignore[type-var]
    audit = replace(mail_audit, results={**mail_audit.results, "privacy": result}, excerpts=excerpts)
    html = render_html(build_view(audit))
    page = Page(html)
    assert len(html.encode()) < 400_000
    assert sum(page.elements.values()) < 8_000
    assert len(lines_of(html)["lines"]) == 2_000
    body = html.split('<table class="plain findings">')[1].split("<tbody>")[1].split("</tbody>")[0]
    assert body.count("<tr>") == 25
    assert "1,975 more lines" in html.split("<noscript>")[1].split("</noscript>")[0]
    assert "findings.parquet" in html.split("<noscript>")[1].split("</noscript>")[0]


def test_every_line_has_a_text_or_says_why_not(mail_audit: Audit) -> None:
    view = build_view(mail_audit)
    block = lines_of(render_html(view))
    assert all(row.pieces for row in view.findings.rows)
    assert all(block["texts"][line[2]] for line in block["lines"])
    whys = {row.pieces[0][1] for row in view.findings.rows if row.pieces[0][0] == "why"}
    assert whys == {
        "no single text: the finding is about the whole data set",
        "not shown: not among the texts masked for this page",
    }
    off = replace(mail_audit, excerpts=(), config={**mail_audit.config, "excerpts": "none"})
    said = {row.pieces for row in build_view(off).findings.rows if row.row_id >= 0}
    assert said == {(("why", "not shown: texts are switched off for this run"),)}


def test_a_line_takes_the_text_of_its_row_from_another_finding(mail_audit: Audit) -> None:
    table = merge_findings([findings("QLT002", "warn", [7]), findings("PII001", "warn", [7], value="EMAIL_ADDRESS")])
    shown = Excerpt(7, "QLT002", (("text", "mail "), ("mark", "⟦EMAIL_ADDRESS⟧"), ("mark", "53"), ("text", " end")))
    audit = replace(mail_audit, results={"quality": Completed((), table)}, excerpts=(shown,))
    by_code = {row.code: row.pieces for row in build_view(audit).findings.rows}
    assert by_code["QLT002"][2] == ("mark", "53")
    assert by_code["PII001"] == (("text", "mail "), ("mask", "⟦E-mail address⟧"), ("text", "53"), ("text", " end"))
    sender = replace(shown, code="PII001")
    table = merge_findings([findings("QLT002", "warn", [7]), findings("PII001", "warn", [7], column="sender")])
    audit = replace(audit, results={"quality": Completed((), table)}, excerpts=(sender,))
    by_code = {row.code: row.pieces[0][0] for row in build_view(audit).findings.rows}
    assert by_code == {"PII001": "text", "QLT002": "why"}, "the text of another column says nothing of the row's"


def test_equal_views_give_equal_bytes(mail_audit: Audit, mail_run: RunSummary) -> None:
    first, second = (render_html(build_view(mail_audit, mail_run, "zh")) for _ in range(2))
    assert first == second


def test_a_page_leads_to_the_other_language_beside_it_and_to_the_pages_of_codes(mail_audit: Audit) -> None:
    audit = replace(mail_audit, config={**mail_audit.config, "report": {"docs_url": "https://docs.example/a"}})
    html = render_html(build_view(audit), "report.zh.html")
    assert '<a href="report.zh.html" hreflang="zh-Hans" lang="zh-Hans">中文</a>' in html
    assert '<a href="https://docs.example/a/codes/DUP001.html"' in html
    zh = render_html(build_view(audit, lang="zh"), "report.html")
    assert '<a href="report.html" hreflang="en" lang="en">English</a>' in zh and '<html lang="zh-Hans">' in zh
    alone = render_html(build_view(mail_audit))
    assert "hreflang" not in alone and "codes/DUP001" not in alone


@pytest.mark.parametrize(
    "base", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a b", "ftp://x"]
)
def test_pages_of_codes_are_addresses_of_the_web_or_paths(mail_audit: Audit, base: str) -> None:
    with pytest.raises(ValidationError):
        ReportSettings(docs_url=base)
    audit = replace(mail_audit, config={"report": {"docs_url": base}})
    assert f'href="{base}' not in render_html(build_view(audit))
    assert ReportSettings(docs_url="../site").docs_url == "../site"
