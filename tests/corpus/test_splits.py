"""Split columns: usual words are understood, and a value that names no part is asked about, never put into train."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.core.actions import PARTS
from auditor.corpus.load import load_corpus
from auditor.corpus.splits import part_of
from auditor.errors import InputError


@pytest.mark.parametrize(
    ("value", "part"),
    [
        ("TRAIN", "train"), ("train_0", "train"), ("train-12", "train"), ("trainval", "train"), ("tr", "train"), ("not-used", "train"),
        (" dev", "validation"), ("Val", "validation"), ("va", "validation"), ("验证集", "validation"),
        ("test", "test"), ("te", "test"), ("test2", "test"), ("hold-out", "test"), ("Held Out", "test"), ("测试", "test"),
        ("train_set", "train"), ("Test Dataset", "test"), ("devset", "validation"), ("学習", "train"), ("Prueba", "test"),
        ("te_data", None), ("dataset", None), ("subset", None),
        ("fold1", None), ("0", None), ("unsupervised", None), ("unsupervised_test_of", None), (None, None), ("", None),
    ],
)  # fmt: skip
def test_usual_words(value, part):
    assert part_of(value) == part


def load(tmp_path, values, **settings):
    path = tmp_path / "d.parquet"
    pq.write_table(pa.table({"text": [f"row {i} of them" for i in range(len(values))], "split": values}), path)
    return load_corpus([str(path)], CorpusSettings(**settings))


def test_an_unknown_value_among_parts_is_asked_about_and_can_be_given(tmp_path):
    values = ["train", "test", "unsupervised", None] * 10
    with pytest.raises(InputError) as caught:
        load(tmp_path, values)
    assert "'unsupervised'" in caught.value.where
    assert "corpus.split_values=unsupervised=train" in caught.value.fix
    corpus = load(tmp_path, values, split_values=("unsupervised=validation",))
    assert [PARTS[i] for i in corpus.part] == ["train", "test", "validation", "train"] * 10


def test_values_of_a_column_that_is_no_split_are_not_quoted(tmp_path):
    with pytest.raises(InputError) as caught:
        load(tmp_path, ["Anna", "Bert"] * 10, split="split")
    assert "Anna" not in " ".join(caught.value.lines())
    assert load(tmp_path, ["Anna", "Bert"] * 10).roles.split is None


def test_a_split_column_whose_values_name_no_part_is_offered(tmp_path):
    corpus = load(tmp_path, ["0", "1"] * 20)
    assert ("split", "split") in {(offer.role, offer.column) for offer in corpus.offers}
