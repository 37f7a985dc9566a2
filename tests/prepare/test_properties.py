"""What must hold for any corpus: nothing lost, nothing leaks, order does not matter, cleaning twice changes nothing."""

from collections import Counter

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.checks.clusters import find_clusters
from auditor.checks.duplicates import DuplicateCheck
from auditor.config import CorpusSettings, DuplicateSettings, PrepareSettings, Settings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.errors import InputError
from auditor.findings import Completed, CorpusProfile, findings, merge_findings
from auditor.pipeline.scan import profile
from auditor.prepare.apply import apply_plan
from auditor.prepare.cleaning import text_keys
from auditor.prepare.draft import draft_plan
from auditor.prepare.undo import Outputs, restore
from auditor.rules import load_policy
from tests.corpora import corpus
from tests.prepare.made import varied

FREE = {"vanishing": "allow", "max_removed": 1.0, "augment": "none", "keep_raw": True}


def cleaned(c: Corpus, more=(), seed=0, threshold=0.7, **own):
    """Audit for duplicates and empty texts, then plan and apply."""
    options = Settings(seed=seed, prepare=PrepareSettings(**{**FREE, **own}))
    from auditor.checks.base import Shared

    clusters = find_clusters(c, DuplicateSettings(threshold=threshold))
    result = DuplicateCheck(options, c.language).finish([], c, Shared(clusters=clusters))
    assert isinstance(result, Completed)
    empty = [row for row, text in zip(c.row_id.tolist(), c.texts, strict=True) if not any(x.isalnum() for x in text)]
    found = merge_findings([result.findings, findings("QLT001", "warn", empty), *more])
    plan = draft_plan(c, found, clusters, options, load_policy())
    return apply_plan(c, plan, clusters, options), plan


def check_accounts(c, result):
    outcomes = Counter(result.ledger.column("outcome").to_pylist())
    kept = outcomes["kept"] + outcomes["changed"]
    assert c.rows_read == kept + outcomes["removed"] + outcomes["rejected"]
    assert sum(map(len, result.parts.values())) == kept + outcomes["added"]
    ids = Counter(i for i in result.ledger.column("row_id").to_pylist() if i is not None)
    assert ids == Counter([*c.row_id.tolist(), *(r.row_id for r in c.rejects)])


def check_disjoint(result, text):
    seen: dict[int, str] = {}
    names = [(part, t) for part, table in result.parts.items() for t in table.column(text).to_pylist()]
    for key, (part, t) in zip(text_keys([t or "" for _, t in names]).tolist(), names, strict=True):
        if (t or "").strip():
            assert seen.setdefault(key, part) == part


def check_undo(c, result):
    facts: CorpusProfile = profile(c)
    outputs = Outputs(list(result.parts.values()), result.removed, result.changes, result.raw)
    for source in (None, c):
        again = restore(outputs, facts, source)
        assert again.digest == c.digest
        assert again.table.to_pydict() == c.table.to_pydict()


PIECE = st.sampled_from(
    [*varied(4), varied(1)[0].upper(), f"  {varied(1)[0]}  ", "x\x00y", "CafÃ© here", "cafe\u0301 here", "café here", "",
     "  ", "短い", "<EMAIL_ADDRESS> here", "ok?"]
)  # fmt: skip
ROW = st.tuples(
    st.one_of(PIECE, st.none(), st.tuples(PIECE, PIECE).map(" ".join)),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["train", "test", "validation"]),
    st.integers(0, 3),
)
ROWS = st.lists(ROW, min_size=1, max_size=24)
many = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def of(rows, with_split):
    texts, labels, splits, sources = zip(*rows, strict=True)
    return corpus(
        list(texts),
        labels=list(labels),
        splits=list(splits) if with_split else None,
        sources=[str(s) for s in sources],
    )


@many
@given(ROWS, st.booleans(), st.sampled_from(["none", "weights", "oversample", "undersample"]), st.integers(0, 9))
def test_conservation_disjointness_and_undo(rows, with_split, balance, seed):
    c = of(rows, with_split)
    result, _ = cleaned(c, balance=balance, seed=seed)
    check_accounts(c, result)
    check_disjoint(result, "text")
    check_undo(c, result)


@many
@given(ROWS, st.booleans())
def test_cleaning_what_was_cleaned_changes_nothing(rows, with_split):
    """But for near duplicates: copies of a row that was lost are kept unless their texts are equal, because they were
    never compared with each other. A second audit compares them."""
    c = of(rows, with_split)
    kind = {"test": 0.0, "validation": 0.0, "balance": "none", "threshold": 1.0}
    result, _ = cleaned(c, **kind)
    out = [row for table in result.parts.values() for row in table.to_pylist()]
    if not out:
        return
    part = [part for part, table in result.parts.items() for _ in range(len(table))]
    again = corpus(
        [r["text"] for r in out],
        labels=[r["label"] for r in out],
        splits=part if with_split else None,
        sources=[r["source"] for r in out],
    )
    second, plan = cleaned(again, **kind)
    assert plan.removed == 0
    assert len(second.changes) == 0


@many
@given(ROWS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_to_what_is_kept(rows, random):
    """Which of several equal copies stays is by rank, then by place: their texts, once cleaned, are the same."""
    kind = {"test": 0.0, "validation": 0.0, "balance": "none"}
    labelled = [(t, "a", s, g) for t, _, s, g in rows]
    shuffled = list(labelled)
    random.shuffle(shuffled)
    first, _ = cleaned(of(labelled, False), **kind)
    second, _ = cleaned(of(shuffled, False), **kind)

    def kept(result):
        texts = [t or "" for table in result.parts.values() for t in table.column("text").to_pylist()]
        return sorted(" ".join(t.casefold().split()) for t in texts)

    assert len(kept(first)) == len(kept(second))
    assert set(kept(first)) == set(kept(second))


@pytest.mark.parametrize(
    "name",
    ["agnews_test", "banking77", "chnsenticorp_hotel", "cluener2020", "dup_cora_citations", "labelerrors_imdb_test",
     "labelerrors_weibo_ner", "pii_presidio_synth_v2", "reuters21578", "rotten_tomatoes_mr", "sms_spam", "spamassassin",
     "thucnews_headlines", "weibo_rumor_ced", "wnut17_ner"],
)  # fmt: skip
def test_real_data_sets_are_prepared_and_undone(name, shared_data, tmp_path):
    table = pq.read_table(shared_data(f"{name}.parquet"))
    draw = np.sort(np.random.default_rng(0).choice(len(table), min(300, len(table)), replace=False))
    pq.write_table(table.take(draw), tmp_path / "sample.parquet")
    try:
        c = load_corpus([str(tmp_path / "sample.parquet")], CorpusSettings())
    except InputError:
        pytest.skip("no column of texts")
    result, _ = cleaned(c, balance="oversample")
    check_accounts(c, result)
    check_disjoint(result, c.roles.text)
    check_undo(c, result)
