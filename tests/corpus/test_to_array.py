"""Values become Arrow data without one of them being turned into another."""

import pyarrow as pa

from auditor.corpus.to_array import to_array


def test_booleans_among_decimals_are_kept_as_json() -> None:
    assert to_array([[True, 0.5], None]).to_pylist() == ["[true, 0.5]", None]
    assert to_array([{"a": {"b": True}}, {"a": {"b": 0.5}}]).to_pylist() == ['{"a": {"b": true}}', '{"a": {"b": 0.5}}']
    assert to_array([{"a": True, "b": 0.5}]).type == pa.struct([("a", pa.bool_()), ("b", pa.float64())])
