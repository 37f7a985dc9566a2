"""What fuzzing found, a test each."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError


@pytest.mark.parametrize("spool_bytes", [0, 64_000_000])
def test_parquet_whose_texts_are_no_utf8(spool_bytes: int, tmp_path: Path) -> None:
    """The format promises UTF-8 and no library checks it: the first look at a value raised UnicodeDecodeError."""
    offsets = pa.array([0, 5, 9], pa.int32()).buffers()[1]
    texts = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"plain\xff\xfe\x80x")])
    pq.write_table(pa.table({"text": texts, "label": ["a", "b"]}), tmp_path / "d.parquet")
    with pytest.raises(InputError, match="not valid Parquet"):
        load_corpus([str(tmp_path / "d.parquet")], CorpusSettings(spool_bytes=spool_bytes), work=tmp_path)
