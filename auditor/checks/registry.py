"""All checks, in the order in which they run and are reported."""

from __future__ import annotations

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Check
from auditor.checks.bias import BiasCheck
from auditor.checks.diversity import DiversityCheck
from auditor.checks.duplicates import DuplicateCheck
from auditor.checks.labels.check import LabelCheck
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.quality import QualityCheck
from auditor.checks.staleness import StalenessCheck

CHECKS: tuple[type[Check], ...] = (
    BalanceCheck,
    DuplicateCheck,
    LabelCheck,
    StalenessCheck,
    PiiCheck,
    QualityCheck,
    DiversityCheck,
    BiasCheck,
)
