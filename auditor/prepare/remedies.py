"""Remedies for graded metrics: the findings that a plan acts on, and the settings it is made with.

A remedy is declared with its metric in ``rules/checks``; `auditor fix` plans it, and its effect is measured by grading
the planned rows again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.grades import metric_letter
from auditor.core.metrics import Metric
from auditor.core.results import Completed
from auditor.pii.entities import entities
from auditor.rules import MetricSpec, RemedySpec, SettingOf, code_docs, metric_specs

POOR = "CDF"
"""Letters for which a remedy is offered."""


@dataclass(frozen=True)
class Remedy:
    """The remedy of one metric, for the settings of a run."""

    metric: str
    dimension: str
    """Dimension of the metric."""
    only: tuple[str, ...]
    """Finding codes that the plan acts on (``prepare.only``); empty: none."""
    settings: Mapping[str, str | float | tuple[str, ...]] = field(default_factory=dict)
    """Further settings, by dotted name."""
    dimensions: tuple[str, ...] = ()
    """Further dimensions that the remedy can affect; they are graded again as well."""
    instead: Remedy | None = None
    """Alternative, offered if this remedy lowers the letter of another dimension."""


_OTHER_SETTINGS: Mapping[str, Callable[[Settings], float]] = {
    "staleness.max_age": lambda settings: float(settings.staleness.max_age_days()),
}
"""Settings whose value a remedy can refer to."""


def codes_of(kind: str) -> tuple[str, ...]:
    """Finding codes of one kind of personal data."""
    return tuple(sorted({entity.code for entity in entities().values() if entity.kind == kind}))


def remedies(settings: Settings) -> tuple[Remedy, ...]:
    """The remedies of all metrics; those with equal effect are offered in this order."""
    with_remedy = [(spec.remedy, spec) for spec in metric_specs().values() if spec.remedy is not None]
    ranked = sorted(with_remedy, key=lambda item: item[0].rank)
    return tuple(_remedy(remedy, metric, settings) for remedy, metric in ranked)


def _remedy(spec: RemedySpec, metric: MetricSpec, settings: Settings) -> Remedy:
    values = {
        key: _OTHER_SETTINGS[value.setting](settings) if isinstance(value, SettingOf) else value
        for key, value in spec.settings.items()
    }
    codes = (*spec.codes, *(codes_of(spec.entities) if spec.entities else ()))
    instead = _remedy(spec.instead, metric, settings) if spec.instead is not None else None
    return Remedy(metric.name, metric.dimension, codes, values, spec.regrade, instead)


def wanted_remedies(audit: Audit, settings: Settings) -> list[tuple[Remedy, str]]:
    """Remedies of the metrics with a poor letter, and that letter; worst first."""
    metrics: dict[str, Metric] = {
        metric.name: metric
        for result in audit.results.values()
        if isinstance(result, Completed)
        for metric in result.metrics
        if metric.slice is None
    }
    wanted = []
    for remedy in remedies(settings):
        letter = metric_letter(metrics[remedy.metric]) if remedy.metric in metrics else None
        if letter is not None and letter in POOR:
            wanted.append((remedy, letter))
    return sorted(wanted, key=lambda item: -POOR.index(item[1]))


def settings_of(settings: Settings, chosen: list[Remedy]) -> Settings:
    """The settings of a run that applies only the remedies in `chosen`: no split is made, no rows are augmented."""
    tree = settings.model_dump()
    only = tuple(code for remedy in chosen for code in remedy.only)
    neutral: dict[str, str | float | tuple[str, ...] | None] = {
        "prepare.only": only,
        "prepare.skip": () if only else tuple(sorted({code[:3] for code in code_docs()})),
        "prepare.steps": (),
        "prepare.balance": "none",
        "prepare.augment": "none",
        "prepare.half_life": None,
        "prepare.validation": 0.0,
        "prepare.test": 0.0,
    }
    for key, value in [*neutral.items(), *(item for remedy in chosen for item in remedy.settings.items())]:
        *groups, name = key.split(".")
        table = tree
        for group in groups:
            table = table[group]
        table[name] = value
    return Settings.model_validate(tree)
