"""Labels keep their differences: types that are mixed, numbers that are none, lists."""

import json

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.corpus.load import load_corpus


def jsonl(path, labels):
    path.write_text("".join(json.dumps({"text": f"text {i}", "label": v}) + "\n" for i, v in enumerate(labels)))
    return load_corpus([str(path)], CorpusSettings(label="label"))


def parquet(path, labels):
    pq.write_table(pa.table({"text": [f"text {i}" for i in range(len(labels))], "label": labels}), path)
    return load_corpus([str(path)], CorpusSettings(label="label"))


def balance(corpus):
    return BalanceCheck(Settings(), "en").finish([], corpus, Shared())


def test_one_in_three_types_is_told_and_never_merged_in_silence(tmp_path):
    corpus = jsonl(tmp_path / "a.jsonl", [1, 1.0, "1", True, None, "spam"] * 20)
    assert corpus.labels[:6] == ["1", "1.0", "1", "true", None, "spam"]
    found = [f for f in balance(corpus).findings.to_pylist() if f["code"] == "BAL005"]
    assert [f["value"] for f in found] == ["1", "text + boolean + decimal + integer"]
    assert {f["severity"] for f in found} == {"fail"}
    near = [(f["value"], f["suggestion"]) for f in balance(corpus).findings.to_pylist() if f["code"] == "BAL003"]
    assert near == [("1.0", "1")]


def test_labels_of_one_type_are_no_mix(tmp_path):
    corpus = jsonl(tmp_path / "a.jsonl", [0, 1, None] * 20)
    assert not [f for f in balance(corpus).findings.to_pylist() if f["code"] == "BAL005"]


def test_boolean_and_numeric_labels_are_classes_and_not_a_number_is_missing(tmp_path):
    assert parquet(tmp_path / "b.parquet", [True, False, None]).labels == ["true", "false", None]
    assert parquet(tmp_path / "f.parquet", [1.0, float("nan"), None]).labels == ["1", None, None]


def test_lists_of_labels_are_sets_and_no_single_labels(tmp_path):
    corpus = parquet(tmp_path / "m.parquet", [["b", "a"], ["a"], [], None])
    assert corpus.labels is None
    assert corpus.label_sets == [("a", "b"), ("a",), (), None]
    result = LabelCheck(Settings(), "en").finish([], corpus, Shared())
    assert any(note.args and getattr(note.args[0], "key", "") == "reason.few_rows" for note in result.notes)
    assert [f["row_id"] for f in result.findings.to_pylist() if f["code"] == "LBL003"] == [3]


def test_lists_of_labels_are_found_by_name_unless_they_belong_to_words(tmp_path):
    texts = pa.array(["a text", "one more"])
    lists = pa.array([["a"], ["b", "c"]])
    pq.write_table(pa.table({"text": texts, "labels": lists}), tmp_path / "m.parquet")
    assert load_corpus([str(tmp_path / "m.parquet")], CorpusSettings()).roles.label == "labels"
    pq.write_table(pa.table({"text": texts, "tokens": lists, "labels": lists}), tmp_path / "t.parquet")
    assert load_corpus([str(tmp_path / "t.parquet")], CorpusSettings()).roles.label is None
