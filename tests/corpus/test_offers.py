"""Columns that look like a label or a date are offered and never taken."""

import pyarrow as pa
import pyarrow.parquet as pq

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus

N = 60


def offers(tmp_path, **columns):
    path = tmp_path / "d.parquet"
    pq.write_table(pa.table({"text": [f"row number {i} of the texts" for i in range(N)], **columns}), path)
    corpus = load_corpus([str(path)], CorpusSettings())
    assert set(corpus.roles.columns()) <= {"text", "label", "date"}
    return [(offer.role, offer.column, offer.values) for offer in corpus.offers]


def test_classes_and_dates_are_offered(tmp_path):
    found = offers(
        tmp_path,
        feeling=[("joy", "fear", "anger")[i % 3] for i in range(N)],
        points=[i % 5 for i in range(N)],
        上线=[f"2024-0{i % 9 + 1}-03 10:00:0{i % 10}" for i in range(N)],
        seen=[f"0{i % 9 + 1}/0{i % 9 + 1}/2024" for i in range(N)],  # day and month cannot be told apart
    )
    assert set(found) == {
        ("label", "feeling", 3),
        ("label", "points", 5),
        ("date", "上线", 0),
        ("date", "seen", 0),
    }


def test_ids_texts_counts_and_scores_are_not(tmp_path):
    assert offers(
        tmp_path,
        ticket=[f"T-{1000 + i}" for i in range(N)],
        note=[f"some other words about row {i}" for i in range(N)],
        likes=[i % 30 for i in range(N)],
        score=[i % 4 / 4 for i in range(N)],
        phone=[f"1390000{1000 + i}" for i in range(N)],
        year=[str(1950 + i % 15) for i in range(N)],
        constant=["web"] * N,
    ) == []  # fmt: skip


def test_nothing_is_offered_where_the_role_has_a_column(tmp_path):
    assert offers(tmp_path, label=["a", "b"] * (N // 2), emotion=["x", "y"] * (N // 2)) == []
