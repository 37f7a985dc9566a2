"""Plain data becomes typed values, or is refused as a whole."""

import json

import pytest

from auditor.core.accounts import Accounts
from auditor.core.audit import Grade
from auditor.core.metrics import Figure, Metric
from auditor.errors import InputError
from auditor.message import Quantity, message
from auditor.parse import parse, plain
from auditor.store import read_manifest


@pytest.mark.parametrize(
    "value",
    [
        Metric("a.b", 0.5, "share", low=0.1, high=0.9, bounds=(0.0, 0.1, 0.2, 0.3)),
        Figure("line", "figure.x", ("a", "b"), (1, 2.5), {"s": (1.0, 2.0)}),
        Grade("B", message("k", 1, 2.5, "t", Quantity(3, "days"), message("inner", "x")), "a.b", ("labels",)),
        Accounts(100, 90, 8, 2, 15, 105, parts={"train": 105}, columns_left_out=("a",)),
    ],
)
def test_what_json_holds_is_the_same_value_again(value):
    if not isinstance(value, Grade):
        assert parse(type(value), json.loads(json.dumps(plain(value)))) == value
    else:
        data = {"letter": "B", "because": value.because.to_json(), "metric": "a.b", "dimensions": ["labels"]}
        assert parse(Grade, json.loads(json.dumps(data))) == value


def test_keys_of_other_versions_are_ignored_and_missing_ones_refused():
    assert parse(Metric, {"name": "a.b", "value": None, "unit": "share", "colour": 1}).value is None
    with pytest.raises(ValueError, match="unit"):
        parse(Metric, {"name": "a.b", "value": 1.0})


@pytest.mark.parametrize("outputs", [[], {"audit.json": 1}, None])
def test_a_manifest_of_another_form_is_not_one_of_a_run(tmp_path, outputs):
    (tmp_path / "manifest.json").write_text(json.dumps({"tool": "auditor", "outputs": outputs}))
    with pytest.raises(InputError, match="not a run folder"):
        read_manifest(tmp_path)
