"""What several privacy tests need."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from auditor.config.settings import PiiSettings
from auditor.pii.detector import Detector, detector


@pytest.fixture(scope="session")
def english() -> Detector:
    """The shipped recognizers for an English corpus."""
    return detector(PiiSettings(), "en", date(2026, 1, 1))


@pytest.fixture(scope="session")
def chinese() -> Detector:
    """The shipped recognizers for a Chinese corpus."""
    return detector(PiiSettings(), "zh", date(2026, 1, 1))


@pytest.fixture(scope="session")
def emails() -> list[str]:
    """The e-mails of the SpamAssassin corpus, in its order."""
    checkout = Path(__file__).resolve().parents[2]
    shared = Path(os.environ.get("AUDITOR_SHARED", checkout.parent / "shared"))
    file = shared / "data" / "spamassassin.parquet"
    if not file.is_file():
        pytest.skip("the shared data folder is absent")
    return [text or "" for text in pq.read_table(file, columns=["text"]).column(0).to_pylist()]
