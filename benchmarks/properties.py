"""The properties of prepared data sets on whole files: accounts, disjointness, undo, order, cleaning twice.

python benchmarks/properties.py FILE.parquet...
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError
from tests.prepare.audited import audited, check_accounts, check_disjoint, check_undo, read_again


def shuffled(corpus):
    order = np.random.default_rng(0).permutation(len(corpus))
    return replace(
        corpus, table=corpus.table.take(pa.array(order)).combine_chunks(), rejects=(), row_id=np.arange(len(order))
    )


def holds(check, *args):
    try:
        check(*args)
    except AssertionError:
        return "FALSE"
    return "true"


def same_when_cleaned_again(corpus, result):
    second, plan = audited(read_again(result, corpus, True), balance="none")
    assert plan.removed == 0, plan.counts()
    assert len(second.changes) == 0
    name, label = corpus.roles.text, corpus.roles.label
    assert out(second, name, label) == out(result, name, label)


def same_in_another_order(corpus, result):
    other, _ = audited(shuffled(corpus), balance="none")
    name, label = corpus.roles.text, corpus.roles.label
    assert out(other, name, label) == out(result, name, label)


def out(result, text, label):
    rows = []
    for part, table in result.parts.items():
        labels = [None] * len(table) if label is None else table.column(label).to_pylist()
        rows += [(part, t or "", str(v)) for t, v in zip(table.column(text).to_pylist(), labels, strict=True)]
    return sorted(rows)


if __name__ == "__main__":
    print(f"{'file':<24}{'rows':>8}{'removed':>9}{'changed':>9}{'accounts':>10}{'disjoint':>10}{'undo':>6}{'order':>7}"
          f"{'twice':>7}{'CPU s':>7}")  # fmt: skip
    for file in sys.argv[1:]:
        cpu = time.process_time()
        try:
            corpus = load_corpus([file], CorpusSettings())
        except InputError as error:
            print(f"{Path(file).stem:<24} {error.what}")
            continue
        corpus = replace(corpus, rejects=())
        result, plan = audited(corpus, balance="none", mask="hmac")
        told = [
            holds(check_accounts, corpus, result),
            holds(check_disjoint, result, corpus.roles.text),
            holds(check_undo, corpus, result),
            holds(same_in_another_order, corpus, result),
            holds(same_when_cleaned_again, corpus, result),
        ]
        changed = result.accounts.rows_changed
        print(f"{Path(file).stem:<24}{len(corpus):>8}{plan.removed:>9}{changed:>9}{told[0]:>10}{told[1]:>10}{told[2]:>6}"
              f"{told[3]:>7}{told[4]:>7}{time.process_time() - cpu:>7.0f}", flush=True)  # fmt: skip
