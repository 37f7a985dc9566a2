"""Undo gives back the input, and refuses when anything does not belong together."""

import json
import stat

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError, OutputError, SafetyError, UsageError
from auditor.prepare.undo_run import undo_run
from auditor.store import sha256
from tests.prepare.made import varied


def rows():
    texts = varied(60)
    texts[5] = texts[4]
    texts[7] = "mail joe.smith@example.org   please " + texts[7]
    texts[8] = None
    texts[9] = "  CafÃ© " + texts[9]
    return {
        "row_id": pa.array([f"own-{i}" for i in range(60)]),  # a user's column of our own name
        "text": pa.array(texts, pa.large_string()),
        "label": pa.array([i % 2 for i in range(60)], pa.int64()),
        "sender": pa.array([f"private {i}" if i % 7 else None for i in range(60)]),
        "n": pa.array([i / 3 for i in range(60)]),
    }


@pytest.fixture(scope="module")
def made(auditor, tmp_path_factory):
    """One run with raw files, one without."""
    base = tmp_path_factory.mktemp("undo")
    pq.write_table(pa.table(rows()), base / "in.parquet")
    for name, more in (("raw", ["--keep-raw"]), ("plain", [])):
        process = auditor("clean", "in.parquet", "-o", name, "--ner", "off", "--balance", "oversample",
                          "--set", "prepare.vanishing=allow", *more, cwd=base)  # fmt: skip
        assert process.returncode == 0, process.stderr
    return base


@pytest.mark.parametrize(("run", "inputs"), [("raw", []), ("raw", ["in.parquet"]), ("plain", ["in.parquet"])])
def test_the_input_comes_back_cell_by_cell(made, run, inputs, tmp_path):
    manifest = json.loads((made / run / "manifest.json").read_text("utf-8"))
    assert manifest["accounts"]["rows_removed"] >= 2
    assert manifest["accounts"]["rows_changed"] >= 2
    out = tmp_path / "again.parquet"
    path, count, rejected = undo_run(made / run, [str(made / name) for name in inputs], out)
    assert (path, count, rejected) == (out, 60, 0)
    again, first = pq.read_table(out), pq.read_table(made / "in.parquet")
    assert again.column_names == first.column_names
    assert again.to_pydict() == first.to_pydict()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_raw_values_stand_in_private_files_and_nowhere_else(made):
    for run in ("raw", "plain"):
        for file in (made / run).rglob("*"):
            if file.is_file() and file.parent.name != "raw":
                assert b"joe.smith@example.org" not in file.read_bytes(), file
                if file.suffix == ".parquet":
                    assert "joe.smith@example.org" not in str(pq.read_table(file).to_pydict()), file
    assert not (made / "plain" / "raw").exists()
    files = sorted((made / "raw" / "raw").iterdir())
    assert [file.name for file in files] == ["changed.parquet", "columns.parquet", "removed.parquet"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((made / "raw" / "raw").stat().st_mode) == 0o700
    manifest = json.loads((made / "raw" / "manifest.json").read_text("utf-8"))
    for name, digest in manifest["outputs"].items():
        assert sha256(made / "raw" / name) == digest


def test_undo_needs_raw_values_from_somewhere(made, tmp_path):
    with pytest.raises(SafetyError, match="does not hold raw values"):
        undo_run(made / "plain", [], tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_another_input_or_a_changed_output_is_refused(made, tmp_path):
    import shutil

    other = rows()
    other["n"] = pa.array([i / 2 for i in range(60)])
    pq.write_table(pa.table(other), tmp_path / "other.parquet")
    with pytest.raises(SafetyError, match="hash differs") as caught:
        undo_run(made / "plain", [str(tmp_path / "other.parquet")], tmp_path / "x.parquet")
    assert caught.value.exit_code == 6
    for name in ("dataset/train-00000-of-00001.parquet", "changes.parquet", "raw/removed.parquet"):
        copy = tmp_path / "copy"
        shutil.copytree(made / "raw", copy)
        table = pq.read_table(copy / name)
        pq.write_table(table.slice(0, len(table) - 1), copy / name)
        with pytest.raises(SafetyError, match="changed after"):
            undo_run(copy, [], tmp_path / "x.parquet")
        shutil.rmtree(copy)
    assert not (tmp_path / "x.parquet").exists()


def test_outputs_that_contradict_each_other_are_refused_even_with_a_matching_manifest(made, tmp_path):
    import shutil

    for name in ("raw/changed.parquet", "removed.parquet", "changes.parquet", "dataset/train-00000-of-00001.parquet"):
        copy = tmp_path / "copy"
        shutil.copytree(made / "raw", copy)
        table = pq.read_table(copy / name)
        column = next(c for c in ("text", "text_hmac", "old_hmac") if c in table.column_names)
        values = table.column(column).to_pylist()
        values[0] = "forged"
        place = table.column_names.index(column)
        table = table.set_column(place, column, pa.array(values, table.schema.field(column).type))
        pq.write_table(table, copy / name)
        manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
        manifest["outputs"][name] = sha256(copy / name)
        (copy / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(SafetyError, match="differ"):
            undo_run(copy, [], tmp_path / "x.parquet")
        shutil.rmtree(copy)


def test_undo_overwrites_nothing_and_takes_only_runs(made, tmp_path):
    (tmp_path / "x.parquet").write_text("mine")
    with pytest.raises(OutputError, match="already exists"):
        undo_run(made / "raw", [], tmp_path / "x.parquet")
    with pytest.raises(InputError, match="not a run folder"):
        undo_run(tmp_path, [], tmp_path / "y.parquet")
    assert (tmp_path / "x.parquet").read_text() == "mine"


def test_what_was_removed_cannot_be_guessed_from_the_accounts(made):
    """Its plain hash stands nowhere, and the digest that the run publishes is not the key."""
    import hashlib
    import hmac

    manifest = json.loads((made / "plain" / "manifest.json").read_text("utf-8"))
    first = pq.read_table(made / "in.parquet").column("text").to_pylist()
    told = pq.read_table(made / "plain" / "removed.parquet").column("text_hmac").to_pylist()
    told += pq.read_table(made / "plain" / "changes.parquet").column("old_hmac").to_pylist()
    for text in first:
        raw = (text or "").encode()
        assert hashlib.sha256(raw).hexdigest() not in told
        for key in (manifest["corpus_digest"].encode(), bytes.fromhex(manifest["corpus_digest"])):
            assert hmac.digest(key, raw, "sha256").hex() not in told
    corpus = load_corpus([str(made / "in.parquet")], CorpusSettings())
    known = {hmac.digest(corpus.secret, (text or "").encode(), "sha256").hex() for text in first}
    assert len(known & set(told)) >= 4


def test_an_unknown_format_is_refused_before_anything_is_read(made, tmp_path):
    with pytest.raises(UsageError) as caught:
        undo_run(made / "raw", [], tmp_path / "x.txt")
    assert caught.value.exit_code == 2
    assert list(tmp_path.iterdir()) == []
