"""A state names no class by personal data."""

import pytest

from auditor.checks.batch.redact import masked
from auditor.config.settings import Settings
from auditor.core.findings import findings
from tests.corpora import corpus


@pytest.mark.parametrize(("confidence", "expected"), [(0.9, [" <EMAIL_ADDRESS> ", "b"]), (0.7, ["ann@e.org", "b"])])
def test_class_names_with_strong_evidence_are_replaced_by_their_kind(confidence, expected):
    c = corpus(["first text", "second text"], labels=["ann@e.org", "b"])
    found = findings("PII001", "warn", [0], column="label", start=[0], end=[9], confidence=confidence,
                     value="EMAIL_ADDRESS", entity="EMAIL_ADDRESS")  # fmt: skip
    seen = masked(c, found, Settings())
    assert seen.labels == expected
    assert seen.texts == c.texts
