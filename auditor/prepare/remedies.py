"""What can be done about a judged metric: which findings a plan acts on, and the settings it is made with.

A remedy is data; `auditor fix` plans it, and its effect is measured by grading the planned rows again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.grades import metric_letter
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.pii.entities import Kind, entities
from auditor.rules import code_docs

POOR = "CDF"
"""Letters for which a remedy is offered."""


@dataclass(frozen=True)
class Remedy:
    """What acts on one metric."""

    metric: str
    only: tuple[str, ...]
    """Finding codes that the plan acts on (``prepare.only``); empty: none."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Dotted settings beside it."""
    dimensions: tuple[str, ...] = ()
    """Dimensions beside the metric's own that it may change, and that are graded again with it."""
    instead: Remedy | None = None
    """Offered in its place where it lowers the letter of another dimension."""

    @property
    def dimension(self) -> str:
        """Of the metric."""
        return self.metric.partition(".")[0]


def codes_of(kind: Kind) -> tuple[str, ...]:
    """Finding codes of one kind of personal data."""
    return tuple(sorted({one.code for one in entities().values() if one.kind == kind}))


def remedies(settings: Settings) -> tuple[Remedy, ...]:
    """All remedies, by metric, in the order in which equals are offered."""
    weights = Remedy("balance.ratio", (), {"prepare.balance": "weights"}, ("duplicates",))
    old = {"prepare.half_life": float(settings.staleness.max_age_days())}
    repair = ("mojibake", "markup", "control")
    return (
        Remedy("privacy.secret_rate", codes_of("secret")),
        Remedy("privacy.identifier_rate", codes_of("identifier")),
        Remedy("privacy.name_rate", codes_of("name"), {"pii.ner": "full"}),
        Remedy("duplicates.leak_rate", ("DUP004",), {}, ("balance",)),
        Remedy("duplicates.conflict_rate", ("DUP005",), {}, ("balance",)),
        Remedy("duplicates.rate", ("DUP001", "DUP002"), {}, ("balance",)),
        Remedy("duplicates.reference_rate", ("DUP007",), {}, ("balance",)),
        Remedy("labels.missing_rate", ("LBL003",)),
        Remedy("labels.noise_rate", ("LBL001",), {}, ("balance",)),
        Remedy("quality.empty_rate", ("QLT001",)),
        Remedy("quality.broken_rate", (), {"prepare.steps": repair}, ("duplicates",)),
        Remedy("balance.ratio", (), {"prepare.balance": "oversample"}, ("duplicates",), instead=weights),
        Remedy("staleness.old_rate", ("STL012",), old),
    )


def wanted_remedies(audit: Audit, settings: Settings) -> list[tuple[Remedy, str]]:
    """Remedies of the metrics whose letter is poor, with that letter, the worst first."""
    metrics: dict[str, Metric] = {
        metric.name: metric
        for result in audit.results.values()
        if isinstance(result, Completed)
        for metric in result.metrics
        if metric.slice is None
    }
    found = []
    for remedy in remedies(settings):
        letter = metric_letter(metrics[remedy.metric]) if remedy.metric in metrics else None
        if letter is not None and letter in POOR:
            found.append((remedy, letter))
    return sorted(found, key=lambda item: -POOR.index(item[1]))


def settings_of(settings: Settings, chosen: list[Remedy]) -> Settings:
    """The settings of a run that does what `chosen` name and nothing else: no split is made, nothing is augmented."""
    tree = settings.model_dump()
    only = tuple(code for remedy in chosen for code in remedy.only)
    plain = {
        "prepare.only": only,
        "prepare.skip": () if only else tuple(sorted({code[:3] for code in code_docs()})),
        "prepare.steps": (),
        "prepare.balance": "none",
        "prepare.augment": "none",
        "prepare.half_life": None,
        "prepare.validation": 0.0,
        "prepare.test": 0.0,
    }
    for key, value in [*plain.items(), *(item for remedy in chosen for item in remedy.settings.items())]:
        *groups, name = key.split(".")
        place = tree
        for group in groups:
            place = place[group]
        place[name] = value
    return Settings.model_validate(tree)
