"""Placeholders of withheld labels."""

from __future__ import annotations

import numpy as np

from auditor.corpus.hidden_labels import hidden_label

CODES = np.array([0, 1, 2, 2])


def test_minus_one_beside_declared_classes_is_no_class():
    assert hidden_label(["0", "1", "-1"], CODES, None, {"0": "cat", "1": "dog"}) == "-1"


def test_minus_one_that_is_declared_or_undeclared_without_any_is_a_class():
    assert hidden_label(["0", "1", "-1"], CODES, None, {"0": "a", "1": "b", "-1": "c"}) is None
    assert hidden_label(["0", "1", "-1"], CODES, None) is None
