"""What must hold for any corpus: nothing lost, nothing leaks, order does not matter, cleaning twice changes nothing."""

from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from auditor.config.corpus_settings import CorpusSettings
from auditor.core.findings import findings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError
from tests.corpora import corpus
from tests.prepare.audited import audited, check_accounts, check_disjoint, check_masks, check_undo, read_again, rows_out
from tests.prepare.made import varied

NEAR = [f"{varied(1)[0]} {word}" for word in ("today", "again", "soon")]
"""Near duplicates of each other (Jaccard 0.64 to 0.78 of 3-grams) and of the first of `varied`."""
PRIVATE = ["mail ann.lee@example.org about the fee", "mail bob.fox@example.com about the fee", "card 4111 1111 1111 1111",
           "ring 415-555-0132 or 415-555-0188 now", "mail ann.lee@example.org about the fee today"]  # fmt: skip
PIECE = st.sampled_from(
    [*varied(4), varied(1)[0].upper(), f"  {varied(1)[0]}  ", *NEAR, *PRIVATE, "x\x00y", "CafÃ© here", "cafe\u0301 here",
     "café here", "", "  ", "短い", "<EMAIL_ADDRESS> here", "ok?", "ok!"]
)  # fmt: skip
ROW = st.tuples(
    st.one_of(PIECE, st.none(), st.tuples(PIECE, PIECE).map(" ".join)),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["train", "test", "validation"]),
    st.integers(0, 3),
)
ROWS = st.lists(ROW, min_size=1, max_size=24)
many = settings(
    max_examples=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # to shrink a corpus takes minutes
)
BALANCES = st.sampled_from(["none", "weights", "oversample", "undersample"])
WHOLE = {"test": 0.0, "validation": 0.0}


def of(rows, with_split):
    texts, labels, splits, sources = zip(*rows, strict=True)
    return corpus(
        list(texts),
        labels=list(labels),
        splits=list(splits) if with_split else None,
        sources=[str(s) for s in sources],
    )


def one_value_a_kind(rows):
    """Rows in which every kind of personal data has one value."""
    same = {"bob.fox@example.com": "ann.lee@example.org", "415-555-0188": "415-555-0132"}
    for old, new in same.items():
        rows = [(None if text is None else text.replace(old, new), *more) for text, *more in rows]
    return rows


def lost(c, rows):
    """Rows that are dropped for a reason of their own, some of them kept for duplicates."""
    return [findings("LBL003", "warn", [int(row) for row, (_, label, _, _) in enumerate(rows) if label is None])]


@many
@given(ROWS, st.booleans(), BALANCES, st.sampled_from(["none", "swap"]), st.integers(0, 9))
def test_conservation_disjointness_masks_and_undo(rows, with_split, balance, augment, seed):
    c = of(rows, with_split)
    result, _ = audited(c, lost(c, rows), balance=balance, augment=augment, augment_budget=2.0, seed=seed)
    check_accounts(c, result)
    check_disjoint(result, "text")
    check_masks(result, "text")
    check_undo(c, result)


@many
@given(ROWS, st.booleans(), st.sampled_from(["replace", "redact", "mask"]), st.sampled_from(["none", "swap"]))
def test_cleaning_what_was_cleaned_changes_nothing(rows, with_split, mask, augment):
    """Near duplicates, masked rows and rows whose better copy was lost included; rows that were added are left out, as
    they are in `undo`.

    A second cleaning does not know the values that masks hide, so rows that masks alone make alike, which the first one
    kept, are copies to it. Where a word stands for a value, one value per kind of data rules that out; where nothing
    does (``redact``, ``mask``), a row may go whose near copy, or which itself, was masked, and no other.
    """
    rows = one_value_a_kind(rows)
    c = of(rows, with_split)
    kind = {**WHOLE, "balance": "none", "mask": mask, "augment": augment, "augment_budget": 2.0}
    result, _ = audited(c, lost(c, rows), **kind)
    again = read_again(result, c, with_split)
    if again is None:
        return
    second, plan = audited(again, **{**kind, "augment": "none"})
    assert len(second.changes) == 0
    assert removed_without_a_mask(plan, result) == []
    if mask == "replace":
        assert rows_out(second) == rows_out(result)
    else:
        assert not Counter(rows_out(second)) - Counter(rows_out(result))


def removed_without_a_mask(plan, first):
    """Rows that a second plan drops although neither they nor what is kept for them were masked the first time."""
    ids = [i for table in first.parts.values() for i in table.column("row_id").to_pylist() if i is not None]
    masked = set(first.masks.column("row_id").to_pylist())
    dropped = [row for row in plan.table.to_pylist() if row["action"] == "drop"]
    return [row for row in dropped if not masked & {ids[row["row_id"]], ids[row["ref_row"]]}]


@many
@given(ROWS, st.booleans(), BALANCES, st.sampled_from(["none", "swap"]), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, with_split, balance, augment, random):
    """Texts, labels, parts and weights of the data set, rows that were made included: all but which number a row has."""
    shuffled = list(rows)
    random.shuffle(shuffled)
    outs = []
    for some in (rows, shuffled):
        c = of(some, with_split)
        result, _ = audited(c, lost(c, some), balance=balance, augment=augment, augment_budget=2.0)
        outs.append(rows_out(result, all_rows=True))
    assert outs[0] == outs[1]


@many
@given(st.lists(ROW, min_size=12, max_size=24), st.integers(0, 9))
def test_a_row_has_its_part_wherever_it_stands(rows, seed):
    c = of(rows, False)
    first, _ = audited(c, seed=seed, test=0.3, validation=0.2)
    second, _ = audited(of(rows[::-1], False), seed=seed, test=0.3, validation=0.2)
    assert rows_out(first) == rows_out(second)


NAMES = [
    "agnews_test", "banking77", "chnsenticorp_hotel", "cluener2020", "dup_cora_citations", "labelerrors_imdb_test",
    "labelerrors_weibo_ner", "pii_presidio_synth_v2", "reuters21578", "rotten_tomatoes_mr", "sms_spam", "spamassassin",
    "thucnews_headlines", "weibo_rumor_ced", "wnut17_ner",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_real_data_sets_are_prepared_undone_and_clean_when_cleaned(name, shared_data, tmp_path):
    """On samples; `benchmarks/properties.py` does the same on all rows. With one token per value, so that rows that
    differ in their personal data alone differ once they are masked."""
    table = pq.read_table(shared_data(f"{name}.parquet"))
    draw = np.sort(np.random.default_rng(0).choice(len(table), min(150, len(table)), replace=False))
    pq.write_table(table.take(draw), tmp_path / "sample.parquet")
    try:
        c = load_corpus([str(tmp_path / "sample.parquet")], CorpusSettings())
    except InputError:
        pytest.skip("no column of texts")
    result, _ = audited(c, balance="oversample", mask="hmac")
    check_accounts(c, result)
    check_disjoint(result, c.roles.text)
    check_undo(c, result)
    again = read_again(result, c, True)
    second, plan = audited(again, balance="none")
    assert plan.removed == 0
    assert len(second.changes) == 0
