"""Every column of the input is in the data set: masked where findings name it, else as it came, under a unique name."""

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.run import profile
from auditor.core.actions import Action
from auditor.core.findings import findings
from auditor.core.policy import PolicyRule, load_policy
from auditor.corpus.cells import leaves, with_leaves
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.output_names import ADDED_COLUMNS, output_names
from auditor.prepare.undo import Outputs, restore
from tests.corpora import corpus
from tests.prepare.made import prepared, varied

WHOLE = {"test": 0.0, "validation": 0.0, "keep_raw": True, "steps": ()}


def wide(columns, roles=None):
    """A corpus with further columns beside the text."""
    rows = len(next(iter(columns.values())))
    table = pa.table({"text": pa.array(varied(rows), pa.large_string()), **columns})
    given = {"text": "text", **(roles or {})}
    return Corpus("made", ("made.parquet",), table, np.arange(rows), Roles(**given), (), "en")


def spans(column, *places, code="PII001", entity="EMAIL_ADDRESS", confidence=1.0):
    """Findings: (row, start, end) of each place."""
    rows, starts, ends = zip(*places, strict=True)
    return findings(code, "warn", list(rows), column=column, start=list(starts), end=list(ends),
                    confidence=confidence, value=entity, entity=entity)  # fmt: skip


def column(result, name):
    return result.column("train", name).to_pylist()


def undone(result, c):
    for source in (None, c):
        outputs = Outputs(list(result.parts.values()), result.removed, result.changes, result.raw)
        again = restore(outputs, profile(c), source)
        assert again.table.schema.equals(c.table.schema)
        assert again.table.to_pylist() == c.table.to_pylist()
        assert again.digest == c.digest


def test_leaves_come_in_document_order_and_go_back_into_their_places():
    cell = {"from": "ann", "n": 3, "turns": [{"role": "user", "text": None}, {"role": "bot", "text": "hi"}], "e": []}
    assert leaves(cell) == ["ann", "3", "user", "bot", "hi"]
    assert with_leaves(cell, ["A", "3", "U", "B", "H"]) == {
        "from": "A", "n": 3, "turns": [{"role": "U", "text": None}, {"role": "B", "text": "H"}], "e": [],
    }  # fmt: skip
    assert with_leaves({"n": 3}, ["<PHONE_NUMBER>"]) == {"n": "<PHONE_NUMBER>"}
    assert with_leaves(None, []) is None
    for wrong in (["A"], ["A", "3", "U", "B", "H", "X"]):
        with pytest.raises(ValueError, match="number of texts differs"):
            with_leaves(cell, wrong)


def test_columns_of_every_type_pass_unchanged():
    stamp = datetime(2024, 5, 1, tzinfo=UTC)
    columns = {
        "number": pa.array([1.5, None, -0.0]),
        "when": pa.array([stamp, None, stamp], pa.timestamp("ms", "UTC")),
        "flag": pa.array([True, None, False]),
        "words": pa.array([["a"], None, []], pa.list_(pa.large_string())),
        "object": pa.array([{"a": 1, "b": ["x"]}, None, {"a": None, "b": None}]),
        "bytes": pa.array([b"\x00\xff", None, b""]),
        "price": pa.array([Decimal("1.10"), None, Decimal("0.00")]),
        "nothing": pa.nulls(3),
        "nested": pa.array([[[1], []], None, []], pa.list_(pa.list_(pa.int8()))),
        "map": pa.array([[("k", 1)], None, []], pa.map_(pa.string(), pa.int32())),
    }
    c = wide(columns)
    result, _ = prepared(c, **WHOLE)
    for name in columns:
        assert column(result, name) == c.table.column(name).to_pylist(), name
        assert result.parts["train"].column(name).type == c.table.column(name).type
    undone(result, c)


def test_strings_inside_lists_and_objects_are_masked_where_they_are():
    mail = "ann@example.org"
    cells = [{"who": mail, "n": 7, "also": ["x", f"to {mail}!"]}, {"who": "bob", "n": 8, "also": []}]
    c = wide({"object": pa.array(cells), "list": pa.array([["a", mail], None])})
    text = "\n".join(leaves(cells[0]))
    second = text.rindex(mail)
    found = [spans("object", (0, 0, len(mail)), (0, second, second + len(mail))), spans("list", (0, 2, 2 + len(mail)))]
    result, _ = prepared(c, found, **WHOLE)
    new = {"who": "<EMAIL_ADDRESS>", "n": 7, "also": ["x", "to <EMAIL_ADDRESS>!"]}
    assert column(result, "object") == [new, cells[1]]
    assert column(result, "list") == [["a", "<EMAIL_ADDRESS>"], None]
    assert result.parts["train"].column("object").type == c.table.column("object").type
    places = [(m["column"], "\n".join(leaves(new))[m["start"] : m["end"]]) for m in result.masks.to_pylist()]
    assert places[1:] == [("object", "<EMAIL_ADDRESS>")] * 2
    undone(result, c)


def test_a_span_over_two_strings_of_a_list_is_masked_in_both():
    c = wide({"list": pa.array([["call 555", "0100 now"]])})
    result, _ = prepared(c, [spans("list", (0, 5, 13), code="PII006", entity="PHONE_NUMBER")], **WHOLE)
    assert column(result, "list") == [["call <PHONE_NUMBER>", "<PHONE_NUMBER> now"]]


@pytest.mark.parametrize("role", ["id", "source", "label"])
def test_values_that_must_stay_distinct_become_tokens(role):
    values = ["ann@example.org", "bob@example.org", "plain", "ann@example.org", "ANN@example.org"]
    if role == "label":
        values = [v.lower() for v in values]
    c = wide({"own": pa.array(values, pa.large_string())}, {role: "own"})
    places = [(row, 0, len(v)) for row, v in enumerate(values) if "@" in v]
    result, _ = prepared(c, [spans("own", *places)], mask="redact", **WHOLE)
    new = column(result, "own")
    assert new[2] == "plain"
    assert all(v.startswith("<EMAIL_ADDRESS_") for v in new if v != "plain")
    assert [new.index(v) for v in new] == [values.index(v) for v in values]
    assert set(result.masks.column("way").to_pylist()) == {"hmac"}
    undone(result, c)


def test_a_class_that_is_an_address_is_renamed_wherever_a_class_is_named():
    labels = ["ann@example.org", "b"] * 4
    c = corpus(varied(8), labels=labels)
    found = [
        spans("label", *[(row, 0, 15) for row in range(0, 8, 2)]),
        findings("LBL001", "warn", [1], value="safe", is_safe=True, suggestion="ann@example.org"),
    ]
    policy = (PolicyRule("relabel", ("LBL001",), Action.RELABEL), *load_policy().rules)
    result, plan = prepared(c, found, policy=policy, **WHOLE)
    (name,) = set(result.labels.values())
    assert column(result, "label") == [name, name, name, "b", name, "b", name, "b"]
    assert plan.table.column("label").to_pylist()[1] == name
    assert set(result.accounts.classes_in) == set(result.accounts.classes_train_out) == {name, "b"}
    assert plan.class_counts(c) == [(name, 4, 5), ("b", 4, 3)]
    undone(result, c)


def test_class_names_are_renamed_on_strong_evidence_only():
    c = corpus(varied(4), labels=["Washington", "Paris"] * 2)
    found = [spans("label", (0, 0, 10), (2, 0, 10), entity="PERSON", confidence=0.5)]
    masks_all = (PolicyRule("all", ("PII",), Action.MASK),)
    result, plan = prepared(c, found, policy=masks_all, **WHOLE)
    assert column(result, "label") == ["Washington", "Paris"] * 2
    assert plan.table.column("action").to_pylist() == ["flag", "keep", "flag", "keep"]


@pytest.mark.parametrize("cells", [[["x", "ann@e.org"], ["y"]], ['["x", "ann@e.org"]', '["y"]']])
def test_one_of_several_labels_is_renamed(cells):
    kind = pa.large_string() if isinstance(cells[0], str) else pa.list_(pa.large_string())
    c = wide({"label": pa.array(cells, kind)}, {"label": "label"})
    start = 2 if kind == pa.list_(pa.large_string()) else 7
    result, _ = prepared(c, [spans("label", (0, start, start + 9))], **WHOLE)
    assert list(result.labels) == ["ann@e.org"]
    new = result.labels["ann@e.org"]
    assert column(result, "label") == [["x", new] if start == 2 else f'["x", "{new}"]', cells[1]]
    undone(result, c)


def test_a_date_column_is_masked_only_where_it_holds_no_date_and_a_split_never():
    values = ["2024-05-01", "ask ann@example.org", "2024-05-02"]
    c = corpus(varied(3), dates=values, splits=["train"] * 3)
    found = [spans("date", (0, 0, 10), (1, 4, 19)), spans("split", (2, 0, 5))]
    result, plan = prepared(c, found, **WHOLE)
    assert column(result, "date") == ["2024-05-01", "ask <EMAIL_ADDRESS>", "2024-05-02"]
    assert column(result, "split") == ["train"] * 3
    assert plan.table.column("action").to_pylist() == ["flag", "mask", "flag"]


def test_masked_integers_become_strings_in_their_column_only():
    c = wide({"phone": pa.array([13812345678, 5, None]), "n": pa.array([1, 2, 3])})
    result, _ = prepared(c, [spans("phone", (0, 0, 11), code="PII006", entity="PHONE_NUMBER")], **WHOLE)
    assert column(result, "phone") == ["<PHONE_NUMBER>", "5", None]
    assert result.parts["train"].column("n").type == pa.int64()
    undone(result, c)


def test_names_that_clash_with_ours_stay_unique_and_cleaning_again_keeps_them():
    columns = {name: pa.array([f"{name} {i}" for i in range(3)]) for name in ADDED_COLUMNS}
    columns["row_id_input"] = pa.array(["mine"] * 3)
    c = wide(columns)
    result, _ = prepared(c, **WHOLE)
    names = result.parts["train"].column_names
    assert len(set(names)) == len(names) == c.table.num_columns + len(ADDED_COLUMNS)
    assert column(result, "row_id_input") == ["mine"] * 3
    assert column(result, "row_id") == ["row_id 0", "row_id 1", "row_id 2"]
    assert result.accounts.columns_renamed["row_id"] == "row_id_input_2"
    undone(result, c)
    for _ in range(3):
        table = result.parts["train"]
        c = Corpus("made", (), table, np.arange(3), Roles("text"), (), "en")
        result, _ = prepared(c, **WHOLE)
        names = result.parts["train"].column_names
        assert len(set(names)) == len(names) == c.table.num_columns + len(ADDED_COLUMNS)
        assert column(result, "row_id_input") == ["mine"] * 3
        undone(result, c)


def test_naming_is_stable_and_hides_what_is_masked():
    names = output_names(
        ["a", "row_id", "to ann@e.org", "to bob@e.org"], dict.fromkeys(("to ann@e.org", "to bob@e.org"), "to <E>")
    )
    assert names == {"a": "a", "row_id": "row_id_input", "to ann@e.org": "to <E>", "to bob@e.org": "to <E>_2"}
    assert all(old == new for old, new in output_names(list(names.values()), {}).items())


def test_column_names_with_personal_data_are_masked_in_all_that_is_written():
    mail = "ann@example.org"
    table = pa.table({mail: pa.array(varied(4), pa.large_string()), f"of {mail}": pa.array(["x"] * 4)})
    c = Corpus("made", (), table, np.arange(4), Roles(mail), (), "en")

    def recheck(texts):
        return [[(t.index(mail), t.index(mail) + len(mail), "EMAIL_ADDRESS")] if mail in t else [] for t in texts]

    found = [spans(mail, (1, 0, 3))]
    result, _ = prepared(c, found, recheck=recheck, **{**WHOLE, "steps": ("whitespace",)})
    assert result.parts["train"].column_names[:2] == ["<EMAIL_ADDRESS>", "of <EMAIL_ADDRESS>"]
    for out in (result.masks, result.changes, result.ledger, result.removed):
        assert mail not in str(out.to_pydict())
    assert mail not in str(result.accounts)
    assert result.masks.column("column").to_pylist() == ["<EMAIL_ADDRESS>"]
    undone(result, c)
