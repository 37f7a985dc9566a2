"""The block of lines: everything that the table says, coded and safe in a script element."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from auditor.core.audit import Audit, Excerpt
from auditor.core.findings import findings, merge_findings
from auditor.core.results import Completed
from auditor.report.formats.html import render_html
from auditor.report.formats.lines import SIGNS, Block, block, dumps
from auditor.report.view import build_view
from auditor.report.view.model import Fact, FindingRow, Pieces


def decoded(coded: Block, line: tuple[int | str, ...]) -> tuple[object, ...]:
    row, kind, text, *rest = line
    code, severity, confidence = coded.kinds[int(kind)]
    facts = []
    for head, value in zip(rest[::2], rest[1::2], strict=True):
        name, is_name, leads_to = coded.heads[int(head)]
        facts.append(Fact(name, value if isinstance(value, str) else coded.values[value], is_name, leads_to))
    kinds = {sign: kind for kind, sign in SIGNS.items()}
    pieces: Pieces = tuple((kinds[piece[0]], piece[1:]) for piece in coded.texts[int(text)])
    return row, *coded.codes[code], *coded.severities[severity], *coded.confidences[confidence], tuple(facts), pieces


def said(row: FindingRow) -> tuple[object, ...]:
    sure = (row.confidence_value, row.confidence)
    return row.row_id, row.code, row.title, row.status, row.word, *sure, row.detail, row.pieces


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_block_says_what_the_view_says(mail_audit: Audit, lang: str) -> None:
    rows = build_view(mail_audit, None, lang).findings
    coded = block(rows)
    assert len(coded.lines) > 400
    assert [decoded(coded, line) for line in coded.lines] == [said(row) for row in rows.rows]
    assert coded.corpus == next(row.row for row in rows.rows if row.row_id < 0)


@pytest.mark.parametrize(
    "text", ["</script>", "<!--", "<script>", "]]>", "a\u2028b\u2029c", 'it\'s & "so"', "中文 ⟦人名⟧"]
)
def test_json_in_a_script_element_cannot_end_it(text: str) -> None:
    written = dumps({"text": [text]})
    assert not set("<>&'\u2028\u2029") & set(written)
    assert json.loads(written) == {"text": [text]}


def test_a_hostile_text_in_the_block_stays_a_text(mail_audit: Audit) -> None:
    attack = "</script><!--<script>alert(1)//"
    found = findings("QLT002", "warn", [1], value=attack)
    audit = replace(
        mail_audit, results={"quality": Completed((), found)}, excerpts=(Excerpt(1, "QLT002", (("text", attack),)),)
    )
    html = render_html(build_view(audit))
    assert "<!--" not in html and html.count("<script") == html.count("</script>") == 2
    written = json.loads(html.split('id="lines">')[1].split("</script>")[0])
    assert written["texts"] == [[f" {attack}"]]


def test_a_cluster_of_several_findings_can_be_shown_as_one(mail_audit: Audit) -> None:
    twins = findings("DUP001", "warn", [1, 2, 3], score=1.0, group=[7, 7, 8], ref_row=[0, 0, 4])
    labels = findings("LBL001", "warn", [1], suggestion="spam", ref_row=[9])
    audit = replace(mail_audit, results={"duplicates": Completed((), merge_findings([twins, labels]))}, excerpts=())
    led = {
        (row.row_id, row.code): [(fact.leads_to, fact.value) for fact in row.detail if fact.leads_to]
        for row in build_view(audit).findings.rows
    }
    assert led == {
        (1, "DUP001"): [("row", "0"), ("cluster", "7")],
        (2, "DUP001"): [("row", "0"), ("cluster", "7")],
        (3, "DUP001"): [("row", "4")],
        (1, "LBL001"): [("row", "9")],
    }
