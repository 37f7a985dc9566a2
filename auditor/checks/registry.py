"""All checks, in the order in which they run and are reported."""

from __future__ import annotations

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import AnyCheck, Check
from auditor.checks.bias import BiasCheck
from auditor.checks.diversity import DiversityCheck
from auditor.checks.duplicates import DuplicateCheck
from auditor.checks.labels.check import LabelCheck
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.quality import QualityCheck
from auditor.checks.staleness import StalenessCheck
from auditor.config.settings import Settings
from auditor.errors import UsageError
from auditor.rules import added_class

CHECKS: tuple[type[AnyCheck], ...] = (
    BalanceCheck,
    DuplicateCheck,
    LabelCheck,
    StalenessCheck,
    PiiCheck,
    QualityCheck,
    DiversityCheck,
    BiasCheck,
)
"""The shipped checks."""


def checks_of(settings: Settings) -> tuple[type[AnyCheck], ...]:
    """The shipped checks, then those that the settings add.

    Raises:
        UsageError: an added class is no check.
    """
    return (*CHECKS, *map(_added, settings.checks))


def _added(name: str) -> type[AnyCheck]:
    kind = added_class(name)
    if not issubclass(kind, Check):
        raise UsageError(
            "An added check is not a check.",
            where=f"checks: {name}",
            fix="Derive the class from auditor.checks.base.Check.",
        )
    return kind
