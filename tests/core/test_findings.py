"""The findings table: its schema, and that of an earlier version."""

import pyarrow as pa

from auditor.core.findings import FINDINGS_SCHEMA, findings, with_all_columns

ADDED = ["entity", "label", "is_safe", "kept_because", "detail"]


def test_findings_of_an_earlier_version_gain_the_columns_that_value_once_held():
    tables = [
        findings("PII001", "warn", [0], value="EMAIL_ADDRESS"),
        findings("LBL001", "warn", [1, 2], value=["safe", "review"]),
        findings("LBL009", "warn", [3], value="sports"),
        findings("DUP002", "warn", [4], value="longer"),
    ]
    now = with_all_columns(pa.concat_tables(tables).drop_columns(ADDED))
    assert now.schema == FINDINGS_SCHEMA
    assert now.column("entity").to_pylist() == ["EMAIL_ADDRESS", None, None, None, None]
    assert now.column("is_safe").to_pylist() == [None, True, False, None, None]
    assert now.column("label").to_pylist() == [None, None, None, "sports", None]
    assert now.column("kept_because").to_pylist() == [None, None, None, None, "longer"]
    assert now.column("value").to_pylist() == ["EMAIL_ADDRESS", "safe", "review", "sports", "longer"]
