"""k-anonymity of metadata columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.base import Shared
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.privacy.k_anonymity import class_sizes, k_anonymity
from auditor.config.settings import PiiSettings, Settings
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus, Roles
from auditor.errors import InputError

CORPUS = Corpus(
    "test",
    ("test.csv",),
    pa.table(
        {
            "text": pa.array(["x"] * 6, pa.large_string()),
            "age": [30, 30, 30, 40, None, None],
            "sex": ["f", "f", "m", "m", "f", "f"],
        }
    ),
    np.arange(6, dtype=np.int64),
    Roles(text="text"),
)


def test_rows_are_counted_by_their_values_and_missing_is_a_value() -> None:
    assert class_sizes(CORPUS, ["age"]).tolist() == [3, 3, 3, 1, 2, 2]
    assert class_sizes(CORPUS, ["age", "sex"]).tolist() == [2, 2, 1, 1, 2, 2]
    assert class_sizes(CORPUS, []).tolist() == [6] * 6


def test_smallest_class_share_and_rows_below_k() -> None:
    metrics, rows = k_anonymity(CORPUS, ["age", "sex"], 2)
    assert [(m.name, m.value) for m in metrics] == [
        ("privacy.smallest_k", 1.0),
        ("privacy.below_k_rate", pytest.approx(2 / 6)),
    ]
    assert rows.select(["code", "row_id", "value"]).to_pylist() == [
        {"code": "PII301", "row_id": 2, "value": "1"},
        {"code": "PII301", "row_id": 3, "value": "1"},
    ]


def test_the_check_measures_it_where_columns_are_named() -> None:
    settings = Settings(pii=PiiSettings(ner="off", quasi_identifiers=("age", "sex"), k=2))
    check = PiiCheck(settings, "en")
    result = check.finish([check.scan(batch) for batch in CORPUS.batches(check.roles)], CORPUS, Shared())
    assert isinstance(result, Completed)
    assert set(result.findings.column("code").to_pylist()) == {"PII301"}


def test_an_unknown_column_is_refused_with_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        k_anonymity(CORPUS, ["agee"], 2)
    assert "'age'" in caught.value.fix
