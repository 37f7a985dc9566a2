"""Batches of a corpus that is handed over, in memory or stored, are those that the corpus gives itself."""

import pickle
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import corpus_of_tables
from auditor.corpus.mapped import ROW_ID
from auditor.engine.rows import CorpusBatches, SharedCorpus, is_stored
from auditor.engine.transport import SharedValue, dump, hold, new_key


def stored(corpus, path):
    table = corpus.table.append_column(ROW_ID, pa.array(corpus.row_id))
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_file(file, table.schema) as writer:
        writer.write_table(table, max_chunksize=3)
    return replace(corpus, stored=path)


@pytest.fixture
def one_text():
    texts = [f"row {i}" if i % 4 else None for i in range(10)]
    corpus = corpus_of_tables(
        {"a.csv": pa.table({"text": texts, "label": ["x", "y"] * 5})}, CorpusSettings(text="text")
    )
    return replace(corpus, row_id=np.arange(10) * 3)


@pytest.fixture
def two_texts():
    table = pa.table({"question": [f"what is {i}?" for i in range(10)], "answer": [f"it is {i}" for i in range(10)]})
    return corpus_of_tables({"a.csv": table}, CorpusSettings(text="question,answer"))


def batches(corpus, rows=4):
    handle = SharedValue(new_key())
    hold(handle.key, SharedCorpus(corpus))
    return CorpusBatches(handle, ("text", "label"), len(corpus), rows)


@pytest.mark.parametrize("kind", ["one_text", "two_texts"])
@pytest.mark.parametrize("is_on_disk", [True, False])
def test_batches_are_those_of_the_corpus(kind, is_on_disk, request, tmp_path):
    corpus = request.getfixturevalue(kind)
    given = stored(corpus, tmp_path / "rows.arrow") if is_on_disk else corpus
    restored = pickle.loads(pickle.dumps(SharedCorpus(given))).corpus
    made = batches(restored)
    assert [made[k] for k in range(len(made))] == list(corpus.batches(("text", "label"), 4))
    with pytest.raises(IndexError):
        made[len(made)]


def test_a_stored_corpus_travels_without_its_texts(one_text, tmp_path):
    given = stored(one_text, tmp_path / "rows.arrow")
    sent = dump(SharedCorpus(given))[0]
    assert b"row 5" not in sent and b"row 5" in dump(SharedCorpus(one_text))[0]
    restored = pickle.loads(sent).corpus
    assert restored.table.equals(one_text.table) and (restored.row_id == one_text.row_id).all()
    assert restored.texts == one_text.texts and "row_language" in restored.__dict__


def test_what_was_made_of_a_stored_corpus_is_not_what_is_stored(one_text, tmp_path):
    given = stored(one_text, tmp_path / "rows.arrow")
    assert is_stored(given)
    changed = given.with_texts([f"new {i}" for i in range(10)])
    fewer = replace(given, table=given.table.slice(0, 5), row_id=given.row_id[:5])
    for corpus in (changed, fewer):
        assert not is_stored(corpus)
        assert pickle.loads(pickle.dumps(SharedCorpus(corpus))).corpus.texts == corpus.texts
