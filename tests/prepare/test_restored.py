"""Undo of every kind of table, and as a file of the kind that was read."""

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.checks.run import profile
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.core.findings import findings
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.load import load_corpus
from auditor.corpus.output_names import ADDED_COLUMNS
from auditor.errors import UsageError
from auditor.pipeline import run
from auditor.prepare.restored import restored_bytes
from auditor.prepare.undo import Outputs, restore
from auditor.prepare.undo_run import undo_run
from tests.prepare.made import prepared, varied

SCALARS = [
    (pa.large_string(), st.text("ab ,\"'\n;é", max_size=5)),
    (pa.int64(), st.integers(-(2**53), 2**53)),
    (pa.int8(), st.integers(-128, 127)),
    (pa.float64(), st.floats(allow_nan=False)),
    (pa.bool_(), st.booleans()),
    (pa.timestamp("us"), st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2030, 1, 1))),
    (pa.date32(), st.dates(dt.date(1990, 1, 1), dt.date(2030, 1, 1))),
    (pa.binary(), st.binary(max_size=3)),
    (pa.null(), st.none()),
    (pa.decimal128(9, 2), st.decimals(-1000, 1000, places=2)),
]


@st.composite
def columns(draw, rows):
    """A column of some type, lists and objects too, with nulls and empty values."""
    kind, values = draw(st.sampled_from(SCALARS))
    values = st.none() | values
    for _ in range(draw(st.integers(0, 2))):
        if draw(st.booleans()):
            kind, values = pa.list_(kind), st.none() | st.lists(values, max_size=2)
        else:
            kind = pa.struct([pa.field("a", kind), pa.field("b", pa.large_string())])
            values = st.none() | st.fixed_dictionaries({"a": values, "b": st.none() | st.text("xy", max_size=2)})
    return pa.array(draw(st.lists(values, min_size=rows, max_size=rows)), kind)


NAMES = st.sampled_from([*ADDED_COLUMNS, "row_id_input", "row_id_input_2", "auditor:row_id", "a\nb", "TEXT2", " "])


@st.composite
def corpora(draw):
    rows = draw(st.integers(1, 6))
    texts = draw(st.lists(st.none() | st.sampled_from([*varied(3), "", "  x  y ", "mail ann@e.org"]), min_size=rows,
                          max_size=rows))  # fmt: skip
    names = draw(st.lists(NAMES, unique=True, max_size=4))
    table = {"text": pa.array(texts, pa.large_string())}
    roles = {"text": "text"}
    if draw(st.booleans()):
        own = draw(st.sampled_from([pa.list_(pa.large_string()), pa.large_string(), pa.int64()]))
        values = {pa.large_string(): st.sampled_from(["a", "b"]), pa.int64(): st.integers(0, 1)}.get(
            own, st.lists(st.sampled_from(["a", "b"]), max_size=2)
        )
        table["label"] = pa.array(draw(st.lists(st.none() | values, min_size=rows, max_size=rows)), own)
        roles["label"] = "label"
    if draw(st.booleans()):
        part = draw(st.sampled_from(["train", "test", "validation", None]))
        drawn = {text or "": part or draw(st.sampled_from(["train", "test"])) for text in texts}
        parts = [drawn[text or ""] for text in texts]  # equal texts in two parts are a leak, which is refused
        table["split"] = pa.array(parts, pa.large_string())
        roles["split"] = "split"
    table |= {name: draw(columns(rows)) for name in names}
    ids = np.cumsum(draw(st.lists(st.integers(1, 3), min_size=rows, max_size=rows))) - 1
    return Corpus("made", (), pa.table(table), ids, Roles(**roles), (), "en")


def masked_cells(c):
    """A finding on the first string of every column that holds strings, in all rows where there is one."""
    from auditor.corpus.cells import leaves

    found = []
    for name in c.table.column_names:
        cells = ["\n".join(leaves(cell)) for cell in c.table.column(name).to_pylist()]
        for row, cell in zip(c.row_id.tolist(), cells, strict=True):
            if cell and cell[0] != "\n":
                found.append(
                    findings(
                        "PII001",
                        "warn",
                        [row],
                        column=name,
                        start=[0],
                        end=[1],
                        confidence=1.0,
                        value="EMAIL_ADDRESS",
                        entity="EMAIL_ADDRESS",
                    )
                )
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(corpora(), st.booleans(), st.sampled_from(["none", "oversample"]))
def test_any_table_comes_back_with_and_without_the_input(c, mask, balance):
    found = masked_cells(c) if mask else []
    result, _ = prepared(c, found, keep_raw=True, max_removed=1.0, balance=balance)
    names = {name for table in result.parts.values() for name in table.column_names}
    assert all(len(set(t.column_names)) == t.num_columns for t in result.parts.values())
    if result.parts:
        assert len(names) == c.table.num_columns + len(ADDED_COLUMNS)
    raw = {name: read_back(table) for name, table in result.raw.items()}
    parts = [read_back(table, compliant=True) for table in result.parts.values()]
    for source in (None, c):
        again = restore(Outputs(parts, result.removed, result.changes, raw), profile(c), source)
        assert again.digest == c.digest
        assert again.table.schema.equals(c.table.schema)
        assert again.row_id.tolist() == c.row_id.tolist()


def read_back(table, *, compliant=False):
    """The table after it was written and read, as a run does it."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, use_compliant_nested_type=compliant)
    return pq.read_table(pa.BufferReader(sink.getvalue()))


INPUTS = {
    "lists.jsonl": [{"text": t, "n": [1, i], "w": ["a", f"b{i}"], "o": {"k": [i]}} for i, t in enumerate(varied(30))],
    "labels.jsonl": [{"text": t, "label": ["a"] if i % 2 else ["a", "b"]} for i, t in enumerate(varied(30))],
    "nulls.jsonl": [{"text": t, "x": None if i % 2 else "", "y": i / 2} for i, t in enumerate(varied(30))],
    "lists.json": [{"text": t, "n": [1, i], "o": {"k": [i]}, "e": None} for i, t in enumerate(varied(30))],
    "plain.csv": [
        {"text": f'{t}, "so"', "label": "ab"[i % 2], "row_id": f"r{i}", "e": ""} for i, t in enumerate(varied(30))
    ],
    "plain.tsv": [{"text": f"{t}\n  two", "label": "ab"[i % 2]} for i, t in enumerate(varied(30))],
    "test.csv": [{"text": t, "label": "ab"[i % 2], "split": "test"} for i, t in enumerate(varied(30))],
}


def write_input(path, rows):
    if path.suffix == ".json":
        path.write_text(json.dumps(rows, indent=2), "utf-8")
        return
    if path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return
    import csv

    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter="\t" if path.suffix == ".tsv" else ",")
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("keep_raw", [True, False])
def test_the_file_that_comes_back_reads_like_the_one_that_was_read(name, keep_raw, tmp_path):
    path = tmp_path / name
    write_input(path, [*INPUTS[name], INPUTS[name][3]])
    prepare = {"augment": "none", "keep_raw": keep_raw, "max_removed": 1.0}
    own = Settings.model_validate({"select": ("DUP", "PII"), "pii": {"ner": "off"}, "prepare": prepare})
    run([str(path)], own, out=tmp_path / "run", command="test", stages=("scan", "plan", "clean"),
        progress=lambda *_: None)  # fmt: skip
    out = tmp_path / f"back{path.suffix}"
    undo_run(tmp_path / "run", [] if keep_raw else [str(path)], out)
    first, again = (load_corpus([str(p)], CorpusSettings()) for p in (path, out))
    assert again.digest == first.digest
    assert again.table.to_pylist() == first.table.to_pylist()
    assert b"PAR1" not in out.read_bytes()[:4]


def test_nulls_and_empty_texts_are_told_apart_in_csv():
    table = pa.table({"a": ["", None, "x"], "b": [None, "", ' "q",\n']})
    from pathlib import Path

    assert restored_bytes(table, Path("x.csv")) == b'a,b\n"",\n,""\nx," ""q"",\n"\n'
    assert restored_bytes(pa.table({"a": ["", "x"]}), Path("x.tsv")) == b'a\n""\nx\n'


@pytest.mark.parametrize(
    ("column", "name"),
    [
        (pa.array([[1]]), "x.csv"),
        (pa.array([b"x"]), "x.jsonl"),
        (pa.array([{"a": b"x"}]), "x.jsonl"),
        (pa.array([float("nan")]), "x.jsonl"),
        (pa.array([float("nan")]), "x.json"),
        (pa.array(["x"]), "x.xlsx"),
        (pa.array(["x"]), "x"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(column, name, tmp_path):
    with pytest.raises(UsageError) as caught:
        restored_bytes(pa.table({"text": ["t"], "c": column}), tmp_path / name)
    assert caught.value.exit_code == 2
