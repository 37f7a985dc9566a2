"""Allowed, always personal, accepted until a date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from auditor.config.settings import PiiSettings, Settings, StalenessSettings
from auditor.errors import InputError
from auditor.pii.exceptions import load_exceptions
from auditor.pii.spans import find_spans

FILE = r"""
allow: [Support@Example.com]
deny:
  - {value: 猎鹰计划, entity: PROJECT}
suppressions:
  - {pattern: "@lists\\.example\\.org$", entity: EMAIL_ADDRESS, reason: list addresses, expires: "2026-06-30"}
  - {value: 212-555-0147, reason: our own number, expires: "2025-01-01"}
"""
TEXT = "Mail support@example.com or dev@lists.example.org, or a@example.com, 212-555-0147, 关于猎鹰计划的事"


def _found(tmp_path: Path, today: date) -> list[str]:
    file = tmp_path / "exceptions.yaml"
    file.write_text(FILE, encoding="utf-8")
    settings = Settings(pii=PiiSettings(exceptions=str(file)), staleness=StalenessSettings(as_of=today))
    return [f"{s.entity} {TEXT[s.start : s.end]}" for s in find_spans([TEXT], settings, "en", ner=False)[0]]


def test_allowed_suppressed_and_denied_values(tmp_path: Path) -> None:
    assert _found(tmp_path, date(2026, 6, 30)) == [
        "EMAIL_ADDRESS a@example.com",
        "PHONE_NUMBER 212-555-0147",
        "PROJECT 猎鹰计划",
    ]


def test_a_suppression_past_its_date_counts_no_more(tmp_path: Path) -> None:
    assert "EMAIL_ADDRESS dev@lists.example.org" in _found(tmp_path, date(2026, 7, 1))
    assert load_exceptions(tmp_path / "exceptions.yaml", date(2026, 7, 1)).expired == 2


@pytest.mark.parametrize(
    "text",
    [
        'suppressions: [{value: secret-value, expires: "2026-01-01"}]',
        "suppressions: [{value: secret-value, reason: x}]",
        'suppressions: [{pattern: "(?<=secret-value)b", reason: x, expires: "2026-01-01"}]',
        "deny: [secret-value]",
        "allowed: [secret-value]",
    ],
)
def test_wrong_entries_are_refused_without_their_values(text: str, tmp_path: Path) -> None:
    file = tmp_path / "exceptions.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_exceptions(file, date(2026, 1, 1))
    assert "secret-value" not in "".join(caught.value.lines())
