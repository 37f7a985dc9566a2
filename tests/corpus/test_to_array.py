"""Values become Arrow data without one of them being turned into another."""

import pyarrow as pa

from auditor.corpus.to_array import to_array, without_empty_objects


def test_booleans_among_decimals_are_kept_as_json() -> None:
    assert to_array([[True, 0.5], None]).to_pylist() == ["[true, 0.5]", None]
    assert to_array([{"a": {"b": True}}, {"a": {"b": 0.5}}]).to_pylist() == ['{"a": {"b": true}}', '{"a": {"b": 0.5}}']
    assert to_array([{"a": True, "b": 0.5}]).type == pa.struct([("a", pa.bool_()), ("b", pa.float64())])


def test_dictionaries_and_views_are_plain_at_any_depth() -> None:
    views = pa.chunked_array([pa.array([["a"]], pa.list_(pa.string_view()))])
    assert to_array(views).type == pa.list_(pa.string())
    codes = pa.chunked_array(
        [pa.array([{"a": ["x"]}], pa.struct([("a", pa.list_(pa.dictionary(pa.int8(), pa.string())))]))]
    )
    assert to_array(codes).to_pylist() == [{"a": ["x"]}]
    assert to_array(codes).type == pa.struct([("a", pa.list_(pa.string()))])
    runs = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", "b"]))
    assert to_array(pa.chunked_array([runs])).to_pylist() == ["a", "a", "b"]


def test_objects_without_keys_are_kept_as_json() -> None:
    calls = [[{"name": "now", "arguments": {}}], None]
    table = without_empty_objects(pa.table({"calls": to_array(calls), "n": [1, 2]}))
    assert table.to_pydict() == {"calls": ['[{"name": "now", "arguments": {}}]', None], "n": [1, 2]}
