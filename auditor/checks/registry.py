"""All checks, in execution and report order."""

from __future__ import annotations

from collections.abc import Iterable

from auditor.checks.agreement.check import AgreementCheck
from auditor.checks.balance import BalanceCheck
from auditor.checks.base import AnyCheck, Check
from auditor.checks.batch.check import BatchCheck
from auditor.checks.bias import BiasCheck
from auditor.checks.conversations.check import ConversationCheck
from auditor.checks.diversity import DiversityCheck
from auditor.checks.duplicates import DuplicateCheck
from auditor.checks.labels.check import LabelCheck
from auditor.checks.pairs.check import PairCheck
from auditor.checks.privacy.check import PiiCheck
from auditor.checks.quality import QualityCheck
from auditor.checks.staleness import StalenessCheck
from auditor.errors import UsageError
from auditor.registry import Registry
from auditor.rules import add_spec, read_check

_BUILT_IN: tuple[type[AnyCheck], ...] = (
    BalanceCheck,
    DuplicateCheck,
    LabelCheck,
    StalenessCheck,
    PiiCheck,
    BatchCheck,
    QualityCheck,
    DiversityCheck,
    BiasCheck,
    ConversationCheck,
    PairCheck,
    AgreementCheck,
)
CHECKS: Registry[type[AnyCheck]] = Registry("check", lambda check: (check.dimension,), _BUILT_IN)
"""By dimension, in execution order."""


def add_check(check: type[AnyCheck]) -> None:
    """Register a plugin's check with its rule file.

    Raises:
        UsageError: it is not a check, does not match its rule file, or was registered before.
        InputError: its rule file is invalid, or uses names of another check.
    """
    if not issubclass(check, Check):
        raise UsageError(
            "An added check is not a check.",
            where=check.__qualname__,
            fix="Derive the class from auditor.checks.base.Check.",
        )
    spec = read_check(check.rules) if check.rules is not None else None
    if spec is None or spec.dimension != check.dimension or any(code[:3] != check.prefix for code in spec.codes):
        raise UsageError(
            "An added check and its file of rules do not belong together.",
            where=check.__qualname__,
            fix="Give the class `rules`, the path of <dimension>.yaml, and the `dimension` and `prefix` of that file.",
        )
    add_spec(spec)
    CHECKS.register(check)


def require_known(dimensions: Iterable[str]) -> None:
    """Reject a run whose checks are not all registered.

    Args:
        dimensions: dimensions of the run.

    Raises:
        UsageError: one has no registered check.
    """
    unknown = sorted(set(dimensions) - set(CHECKS.names()))
    if unknown:
        raise UsageError(
            "The run was made with an added check that is not known here.",
            where=", ".join(unknown),
            fix="Name its module in the settings, as the run did: plugins = [...] in auditor.toml.",
        )
