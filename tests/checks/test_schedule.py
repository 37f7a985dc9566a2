"""The order of checks: what a result waits for, and how many rows a batch has."""

from dataclasses import replace

import pytest

from auditor.checks.base import Check, Shared
from auditor.checks.registry import CHECKS
from auditor.checks.schedule import BATCH_BYTES, NEEDS, Schedule, expected_seconds, rows_of_batch
from auditor.config.settings import Settings
from auditor.core.progress import silent
from auditor.core.results import Failed, Skipped
from auditor.corpus.corpus import BATCH_ROWS
from auditor.engine.local import LocalEngine
from auditor.errors import InputError
from auditor.message import message
from tests.corpora import corpus

SEEN = {}


def check_of(name, scan=None, finish=None):
    """A check that says which results it could see."""

    def default(self, partials, corpus, shared):
        SEEN[name] = sorted(shared.results)
        return Skipped(message("reason.no_rows"))

    methods = {"finish": finish or default, **({"scan": scan} if scan else {})}
    return type(name, (Check,), {"prefix": name[:3].upper(), "dimension": name, **methods})


def outcomes(*kinds, known=None):
    SEEN.clear()
    rows = corpus([f"text {i}" for i in range(5)])
    shared = replace(Shared(), results=known or {})
    with LocalEngine(1) as engine:
        return Schedule(kinds, rows, Settings(), engine, shared, silent).run()


def test_an_added_check_sees_the_results_before_it_and_no_others():
    found = outcomes(*map(check_of, ("aaa", "bbb", "ccc")), known={"old": Skipped(message("reason.no_rows"))})
    assert list(found) == ["aaa", "bbb", "ccc"]
    assert SEEN == {"aaa": ["old"], "bbb": ["aaa", "old"], "ccc": ["aaa", "bbb", "old"]}


def test_a_scan_that_fails_fails_its_check_alone():
    def refuse(self, batch):
        raise InputError("No.", where="here", fix="Do this.")

    def break_down(self, batch):
        raise ZeroDivisionError

    found = outcomes(check_of("aaa", refuse), check_of("bbb", break_down), check_of("ccc"))
    assert isinstance(found["aaa"][0], Skipped) and isinstance(found["bbb"][0], Failed)
    assert isinstance(found["bbb"][1], ZeroDivisionError)
    assert SEEN == {"ccc": ["aaa", "bbb"]}


def test_partials_arrive_in_the_order_of_the_rows():
    def scan(self, batch):
        assert batch.schema.names == ["row_id", "text"]
        return batch.column("row_id").to_pylist()

    def finish(self, partials, corpus, shared):
        SEEN["rows"] = [row for part in partials for row in part]
        return Skipped(message("reason.no_rows"))

    outcomes(check_of("aaa", scan, finish))
    assert SEEN["rows"] == list(range(5))


@pytest.mark.parametrize(("length", "rows"), [(10, BATCH_ROWS), (BATCH_BYTES // 4, 4), (2 * BATCH_BYTES, 1)])
def test_long_rows_make_short_batches(length, rows):
    assert rows_of_batch(corpus(["x" * length] * 4)) == rows


def test_every_built_in_check_but_that_of_batches_may_run_beside_others():
    assert {kind.dimension for kind in CHECKS} - NEEDS.keys() == {"batch"}
    every = list(CHECKS)
    assert expected_seconds(every[:2], 20_000, 10**7) < expected_seconds(every, 20_000, 10**7)
