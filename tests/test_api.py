"""The public API: data at hand in Python is audited, planned and prepared as files are on the command line."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import auditor

OPTIONS = {"pii__ner": "off", "staleness__as_of": "2026-01-01", "effects": False}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rows = [{"text": f"I lost card number {i} at the {'bank' if i % 2 else 'shop'} on day {i}", "topic": "ab"[i % 2]}
            for i in range(60)]  # fmt: skip
    rows += [dict(rows[3]), {"text": "write to ann@example.org about the refund of last week", "topic": "a"}]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def audited(frame: pd.DataFrame) -> Any:
    return auditor.audit(frame, label="topic", **OPTIONS)


def test_a_frame_is_audited_as_its_file_is(frame: pd.DataFrame, audited: Any, tmp_path: Path, auditor_cli: Any) -> None:
    frame.to_csv(tmp_path / "d.csv", index=False)
    done = auditor_cli("scan", "d.csv", "-o", "out", "--label", "topic", "--ner", "off", "--as-of", "2026-01-01",
                       cwd=tmp_path)  # fmt: skip
    assert done.returncode == 0, done.stderr
    written = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert audited.grades == {name: grade["letter"] for name, grade in written["grades"].items()}
    found = pd.read_parquet(tmp_path / "out" / "findings.parquet")
    assert found.line.tolist() == [row + 2 for row in found.row_id]  # a table has none
    pd.testing.assert_frame_equal(audited.findings.drop(columns="line"), found.drop(columns="line"))


def test_every_kind_of_table_is_taken(frame: pd.DataFrame, audited: Any) -> None:
    datasets = pytest.importorskip("datasets")
    hub = datasets.Dataset.from_pandas(frame, preserve_index=False)
    for data in (pa.Table.from_pandas(frame), hub, hub.select(range(len(frame)))):
        again = auditor.audit(data, label="topic", **OPTIONS)
        assert again.grades == audited.grades
        assert again.scan.corpus.texts == frame.text.to_list()
    parts = datasets.DatasetDict(test=hub.select(range(10)), train=hub.select(range(10, len(frame))))
    split = auditor.audit(parts, label="topic", **OPTIONS).scan.corpus
    assert split.roles.split is not None and sorted(set(split.part.tolist())) == [0, 2]


def test_class_names_of_a_hub_table_are_those_of_its_file() -> None:
    classes = {"names": ["cat", "dog"], "_type": "ClassLabel"}
    metadata = {"huggingface": json.dumps({"info": {"features": {"label": classes}}})}
    texts = [f"the animal {i} in the garden at number {i * 7}" for i in range(30)]
    table = pa.table({"text": texts, "label": [i % 2 if i else -1 for i in range(30)]})
    corpus = auditor.audit(table.replace_schema_metadata(metadata), **OPTIONS, select=("BAL",)).scan.corpus
    assert corpus.labels is not None and corpus.labels[:3] == [None, "dog", "cat"]


def test_a_plan_is_prepared_in_memory(frame: pd.DataFrame, audited: Any) -> None:
    planned = audited.plan()
    assert planned.table.action.tolist().count("drop") == 1, "one of the two equal rows"
    prepared = planned.prepare()
    assert prepared.accounts.rows_in == len(frame) and prepared.accounts.rows_removed == 1
    texts = [text for table in prepared.parts.values() for text in table.column("text").to_pylist()]
    assert len(texts) == len(frame) - 1 and not any("ann@example.org" in text for text in texts)
    assert "ann@example.org" not in prepared.report() and "<!doctype html>" in prepared.report("zh").lower()


def test_nothing_that_may_be_shown_holds_the_address(audited: Any) -> None:
    shown = audited.report() + audited.findings.to_csv() + audited.metrics.to_csv()
    assert "ann@example.org" not in shown
    assert audited.metrics.set_index("name").value["duplicates.rate"] == pytest.approx(1 / 62, abs=1e-6)


def test_a_notebook_shows_letters_and_findings_and_no_script(audited: Any) -> None:
    shown = audited._repr_html_()
    assert "<b style" in shown and "DUP001" in shown and "ann@example.org" not in shown
    seen: set[tuple[str, ...]] = set()

    class Parts(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen.add((tag, *(name for name, _ in attrs)))

    Parts().feed(shown)
    assert {parts[0] for parts in seen} == {"div", "p", "b", "table", "tbody", "tr", "td", "code"}
    assert {name for parts in seen for name in parts[1:]} == {"style"}


def test_rows_are_those_of_the_file(audited: Any) -> None:
    rows = audited.rows
    assert len(rows) == 62 and "DUP001" in {code for codes in rows.codes for code in codes}
    assert "ann@example.org" not in rows.to_csv()


def test_a_grade_is_asserted_with_its_reason(audited: Any) -> None:
    letter = audited.grades["overall"]
    audited.assert_grade(letter)
    audited.assert_grade("F")
    if letter != "A":
        with pytest.raises(AssertionError, match=f"grade {letter} is not A or better: "):
            audited.assert_grade("A")
    with pytest.raises(auditor.UsageError):
        audited.assert_grade("Z")


def test_what_cannot_be_used_is_said(frame: pd.DataFrame) -> None:
    with pytest.raises(auditor.UsageError, match="of this type cannot be audited"):
        auditor.audit(3)
    with pytest.raises(auditor.UsageError):
        auditor.audit(frame, pii__nerr="off")
    with pytest.raises(AttributeError):
        auditor.nothing_of_this_name  # noqa: B018


def test_a_list_of_rows_and_a_series_of_texts_are_tables(frame: pd.DataFrame, audited: Any) -> None:
    rows = auditor.audit(frame.to_dict("records"), label="topic", **OPTIONS)
    assert rows.grades == audited.grades
    assert auditor.audit(frame.text, **OPTIONS, select=("DUP",)).scan.corpus.text.to_pylist() == frame.text.tolist()


def test_columns_of_one_name_in_an_arrow_table_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array(["a"]), pa.array(["b"])], names=["text", "text"])
    with pytest.raises(auditor.errors.InputError, match="same name"):
        auditor.audit(table, **OPTIONS)
