"""Entity types for the report: finding code, whether it is personal data, and severity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from auditor.core.findings import Severity
from auditor.parse import parse
from auditor.resources import resource_dir
from auditor.rules import read_yaml

Kind = Literal["identifier", "name", "attribute", "secret", "none", "unchecked"]
"""The severity of an entity type; see the head of ``rules/pii/entities.yaml``."""


@dataclass(frozen=True)
class Entity:
    """One entity type of ``rules/pii/entities.yaml``."""

    name: str
    code: str
    kind: Kind
    severity: Severity

    @property
    def personal(self) -> bool:
        """Whether it may be personal data, alone or combined with others; all else is only counted."""
        return self.kind != "none"

    @property
    def secret(self) -> bool:
        """Whether it grants access: keys, tokens, passwords."""
        return self.kind == "secret"


OTHER_CODE = "PII400"
"""The entry of types defined only by a user's rules."""


@lru_cache(maxsize=1)
def entities() -> Mapping[str, Entity]:
    """All documented entity types by name."""
    items = parse(dict[str, dict[str, object]], read_yaml(resource_dir("rules") / "pii" / "entities.yaml"))
    return {name: parse(Entity, {"name": name, **item}) for name, item in items.items()}


def entity(name: str) -> Entity:
    """The entity type `name`; one defined only by the user's rules is personal data with a warning."""
    return entities().get(name) or Entity(name, OTHER_CODE, kind="identifier", severity="warn")
