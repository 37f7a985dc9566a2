"""Masks make no rows equal: rows that differ in what was masked are no duplicates and no conflict."""

import numpy as np
import pyarrow as pa
import pytest

from auditor.config.settings import DuplicateSettings
from auditor.core.findings import findings
from auditor.dedup.find import find_clusters
from tests.corpora import corpus
from tests.prepare.made import prepared, varied

WHOLE = {"test": 0.0, "validation": 0.0, "max_removed": 1.0}
PHONES = ["415-555-0132", "415-555-0188", "(415) 555 0132", "415-555-0177"]


def numbers(texts, phones):
    """Findings on the numbers of the texts."""
    places = [(row, t.index(p), t.index(p) + len(p)) for row, (t, p) in enumerate(zip(texts, phones, strict=True))]
    rows, starts, ends = zip(*places, strict=True)
    return findings("PII006", "warn", list(rows), column="text", start=list(starts), end=list(ends), confidence=0.9,
                    value="PHONE_NUMBER", entity="PHONE_NUMBER")  # fmt: skip


def recluster(c):
    return find_clusters(c, DuplicateSettings())


def kept(result):
    return sorted(i for table in result.parts.values() for i in table.column("row_id").to_pylist() if i is not None)


@pytest.mark.parametrize("mask", ["replace", "mask", "redact"])
@pytest.mark.parametrize("labels", [["a"] * 4, ["a", "b", "a", "b"]])
def test_rows_with_different_values_are_all_kept_and_with_equal_ones_compared(mask, labels):
    texts = [f"please ring {phone} about the open ticket" for phone in PHONES]
    c = corpus(texts, labels=labels)
    result, plan = prepared(c, [numbers(texts, PHONES)], mask=mask, recluster=recluster, vanishing="allow", **WHOLE)
    assert kept(result) == [0, 1, 3]  # row 2 has the number of row 0, written in another way
    removed = result.removed.to_pylist()
    assert [(row["code"], row["kept_row_id"]) for row in removed] == [("DUP001", 0)]
    if mask == "replace":
        assert set(result.parts["train"].column("text").to_pylist()) == {
            "please ring <PHONE_NUMBER> about the open ticket"
        }


def test_only_cleaned_rows_that_become_equal_are_still_copies():
    texts = ["the  fee of the card", "the fee of the card", *varied(2)]
    result, _ = prepared(corpus(texts), **WHOLE)
    assert len(kept(result)) == 3


def test_rows_that_masks_make_equal_never_stand_in_two_parts():
    texts = [*(f"please ring 415-555-0{i} about the open ticket" for i in range(100, 140)), *varied(60)]
    c = corpus(texts)
    places = [t.index("415") for t in texts[:40]]
    found = findings("PII006", "warn", list(range(40)), column="text", start=places, end=[p + 12 for p in places],
                     confidence=0.9, value="PHONE_NUMBER", entity="PHONE_NUMBER")  # fmt: skip
    result, _ = prepared(c, [found], recluster=recluster)
    assert kept(result) == list(range(100))
    holding = [part for part, t in result.parts.items() if "<PHONE_NUMBER>" in str(t.column("text").to_pylist())]
    assert len(holding) == 1
    assert result.accounts.split_proof == {"groups_in_two_parts": 0, "texts_in_two_parts": 0}


def test_a_given_split_loses_the_train_row_that_masks_make_equal_to_a_test_row():
    texts = [f"please ring {phone} about the open ticket" for phone in PHONES[:2]]
    c = corpus([*texts, *varied(4)], splits=["train", "test", *["train"] * 4])
    both = numbers(texts, PHONES[:2])
    result, plan = prepared(c, [both], recluster=recluster, validation=0.0)
    assert kept(result) == [1, 2, 3, 4, 5]
    assert plan.table.column("code")[0].as_py() == "DUP004"


def test_tokens_that_differ_leave_texts_different_for_the_comparison_only():
    texts = [f"ring {phone} now" for phone in PHONES]
    _, plan = prepared(corpus(texts), [numbers(texts, PHONES)], **WHOLE)
    compared = plan.cleaned.compared(corpus(texts))
    assert len(set(compared)) == 3
    assert compared[0] == compared[2]
    assert not any(phone in text for phone in PHONES for text in compared)
    assert set(plan.cleaned.final(corpus(texts))) == {"ring <PHONE_NUMBER> now"}
    assert isinstance(pa.array(compared), pa.Array)
    assert np.all([t.startswith("ring ") and t.endswith(" now") for t in compared])
