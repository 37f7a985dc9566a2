"""A contract: the run that it was learnt from keeps it, another batch of the same quality nearly always does."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from auditor.core.audit import Audit, CorpusProfile
from auditor.core.contract import _round_up, contract
from auditor.core.findings import no_findings
from auditor.core.metrics import measured
from auditor.core.results import Completed


def limit_of(share: float, rows: int, later: int | None = None) -> float:
    profile = CorpusProfile(
        name="c", files=(), rows_read=rows, rows_rejected=0, columns=("text",), roles={}, role_reasons={}, language="en",
        characters=0, digest="",
    )  # fmt: skip
    rate = measured("duplicates.rate", share, digits=None)
    audit = Audit(profile, {"duplicates": Completed((rate,), no_findings())}, {}, {}, {})
    return contract(audit, later)[0].most


def test_a_batch_of_the_same_quality_keeps_it_39_times_out_of_40() -> None:
    rng, broken, tries = np.random.default_rng(0), 0, 4_000
    for _ in range(tries):
        learnt, later = rng.binomial(800, 0.05, size=2) / 800
        broken += later > limit_of(learnt, 800)
    assert 0.005 < broken / tries < 0.035


def test_small_batches_have_more_room() -> None:
    assert limit_of(0.02, 10_000, 200) > limit_of(0.02, 10_000) > 0.02
    assert 0 < limit_of(0.0, 1_000) < 0.01


@pytest.mark.parametrize(("value", "expected"), [(0.012301, 0.0124), (0.0123, 0.0123), (17.01, 17.1), (0.0, 0.0)])
def test_limits_are_rounded_up(value: float, expected: float) -> None:
    assert _round_up(value) == expected


def test_the_run_keeps_its_own_contract(auditor: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = (
        "".join(f"letter {i} of the day was sent,{'ab'[i % 2]}\n" for i in range(60))
        + "letter 1 of the day was sent,b\n"
    )
    (tmp_path / "d.csv").write_text("text,label\n" + rows)
    assert auditor("scan", "d.csv", "-o", "out", "--ner", "off", cwd=tmp_path).returncode == 0
    done = auditor("contract", "out", cwd=tmp_path)
    assert done.returncode == 0 and tomllib.loads(done.stdout)["limits"]["duplicates.rate"] > 1 / 61
    (tmp_path / "ci.toml").write_text(done.stdout)
    kept = auditor("scan", "d.csv", "-o", "again", "--ner", "off", "--config", "ci.toml", cwd=tmp_path)
    assert kept.returncode == 0, kept.stdout
    (tmp_path / "d.csv").write_text("text,label\n" + rows + "letter 2 of the day was sent,a\n" * 9)
    broken = auditor("scan", "d.csv", "-o", "worse", "--ner", "off", "--config", "ci.toml", cwd=tmp_path)
    assert broken.returncode == 1 and "over" in broken.stdout.splitlines()[-1]
