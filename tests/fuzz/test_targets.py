"""Mutated files through every way in: read or refused in words of its own, never anything else. Longer: ``make fuzz``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS, Target

EXAMPLES = int(os.environ.get("AUDITOR_FUZZ_EXAMPLES", "40"))
_TOKENS = [b'"', b",", b"\t", b"\n", b"\r\n", b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"{", b"[", b"]", b"}", b"null", b"NaN",
           b"1e999", b"-1", b"9" * 30, b"\\ud800", b"<", b"&#x0;", b"=", b"!!python/object:os.system", b"*a", b"&a", b":"]  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """A seed with one to six changes: bytes replaced, removed, repeated or put in."""
    data = bytearray(draw(st.sampled_from(seeds)))
    for _ in range(draw(st.integers(1, 6))):
        kind = draw(st.sampled_from(["flip", "cut", "repeat", "insert"]))
        at = draw(st.integers(0, max(0, len(data) - 1)))
        size = draw(st.integers(1, 40))
        if kind == "flip" and data:
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at : at + size]
        elif kind == "repeat":
            data[at:at] = data[at : at + size] * draw(st.integers(1, 20))
        else:
            data[at:at] = draw(st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=8)))
    return bytes(data)


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_seeds_are_read(target: Target, tmp_path: Path) -> None:
    """A target that refuses everything would find nothing."""
    for number, seed in enumerate(target.seeds()):
        path = tmp_path / f"seed{number}{target.suffix}"
        path.write_bytes(seed)
        assert target.run(path) or target.name == "old workbook"


@pytest.mark.parametrize("target", TARGETS, ids=[target.name for target in TARGETS])
def test_whatever_the_bytes_they_are_read_or_refused(target: Target) -> None:
    seeds = target.seeds()

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(mutated(seeds))
    def one(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"d{target.suffix}"
            path.write_bytes(data)
            target.run(path)

    one()
