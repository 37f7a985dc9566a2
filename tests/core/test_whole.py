"""One bar for a whole command: it never goes back, and ends at the end whatever was left out."""

from __future__ import annotations

import pytest

from auditor.core.whole import Whole, left


def test_the_share_grows_with_every_stage_and_ends_at_one() -> None:
    whole, shares = Whole(("scan", "clean")), []
    for stage in ("read", "duplicates", "labels", "privacy", "excerpts", "effects", "clean", "after", "report"):
        shares += [whole.share(stage, done, 2) for done in (0, 1, 2)]
    assert shares == sorted(shares) and shares[0] < 0.01
    assert shares[-1] == pytest.approx(1.0)


def test_checks_that_never_ran_are_over_when_the_next_group_begins() -> None:
    only, all_ = Whole(("scan",)), Whole(("scan",))
    for stage in ("balance", "labels", "staleness", "privacy", "quality", "diversity", "bias", "batch"):
        all_.share(stage, 1, 1)
    assert only.share("excerpts", 0, 1) == pytest.approx(all_.share("excerpts", 0, 1))


def test_stages_that_a_command_has_not_do_not_count() -> None:
    assert Whole(("scan", "clean", "benchmark")).share("report", 0, 1) == pytest.approx(1.0, abs=0.01)
    half = Whole(("scan", "clean", "benchmark")).share("benchmark: training: before, seed 0", 500, 1_000)
    assert half < Whole(("scan",)).share("report", 0, 1)


def test_an_unknown_stage_changes_nothing() -> None:
    whole = Whole(("scan",))
    before = whole.share("labels", 1, 2)
    assert whole.share("a check of a plug-in", 5, 10) == before
    assert Whole(("benchmark",)).share("training: before, seed 0", 250, 1_000) == 0.25


def test_what_is_left_follows_from_what_was_done() -> None:
    assert left(0.01, 5.0) == ""
    assert left(0.3, 30.0) == "about 70 s left"
    assert left(0.5, 40.0) == "about 40 s left"
    assert left(0.1, 60.0) == "about 9 min left"
