"""What each entity type means for the report: its code, whether it is personal, how bad it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from auditor.findings import Severity
from auditor.resources import resource_dir
from auditor.rules import read_yaml

SECRETS = "PII9"


@dataclass(frozen=True)
class Entity:
    """One entity type of ``rules/pii/entities.yaml``."""

    name: str
    code: str
    personal: bool
    """Whether it counts in ``privacy.rows_rate``; the others are counted only."""
    severity: Severity

    @property
    def secret(self) -> bool:
        """Whether it opens something: keys, tokens, passwords."""
        return self.code.startswith(SECRETS)


OTHER_CODE = "PII400"
"""Entities that only a user's rules know."""


@lru_cache(maxsize=1)
def entities() -> Mapping[str, Entity]:
    """All documented entity types by name."""
    items = read_yaml(resource_dir("rules") / "pii" / "entities.yaml")
    return {name: Entity(name, item["code"], item["personal"], item["severity"]) for name, item in items.items()}


def entity(name: str) -> Entity:
    """The entity type `name`; one that only the user's rules know is personal and warned of."""
    return entities().get(name) or Entity(name, OTHER_CODE, personal=True, severity="warn")
