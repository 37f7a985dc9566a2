"""The linear model of tagging reads neighbours and what was tagged before, and leaves no file behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from auditor.models.crf import crf_tags
from auditor.models.token_features import character_features

pytest.importorskip("pycrfsuite", reason="python-crfsuite is not installed")


def test_names_are_found_by_what_stands_around_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    names = ["张伟", "王芳", "李强", "赵敏", "陈静"]
    rows = [tuple(f"昨天{name}来了{place}") for name in names for place in ("北京", "上海", "广州")]
    tags = [("O", "O", "B-PER", "I-PER", "O", "O", "B-LOC", "I-LOC")] * len(rows)
    assert crf_tags(rows, tags, [tuple("昨天周杰来了深圳")], "zh") == [list(tags[0])]
    assert not list(tmp_path.iterdir())


def test_characters_are_described_by_the_ngrams_around_them() -> None:
    first, *_, last = character_features(tuple("酒店很好"))
    assert {"12=酒", "21=/酒", "22=酒店", "32=酒店很", "4r=酒店很好"} <= set(first)
    assert {"12=好", "4l=酒店很好"} <= set(last) and not any(name.startswith("4r") for name in last)
