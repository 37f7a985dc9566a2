r"""The user's exceptions for single values: allowed, always personal, or accepted until a date.

The file named in ``pii.exceptions``::

    allow: [support@example.com]             # never personal here
    deny:                                     # always personal here
      - {value: Project Falcon, entity: PROJECT}
    suppressions:                             # known, accepted, and until when
      - {pattern: "@lists\\.example\\.org$", entity: EMAIL_ADDRESS, reason: list addresses, expires: 2027-06-30}

Values are compared after folding, ignoring case. Expired suppressions have no effect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from auditor.errors import InputError
from auditor.pii.fold import fold
from auditor.pii.spans import Span
from auditor.rules import read_yaml


@dataclass(frozen=True)
class Suppression:
    """A known and accepted kind of hit."""

    pattern: str
    """RE2, searched in the hit's text."""
    entity: str | None
    """None: any."""
    reason: str
    expires: date

    def holds(self, entity: str, value: str) -> bool:
        """Whether it covers this hit."""
        import re2

        return self.entity in {None, entity} and re2.search(f"(?i){self.pattern}", value) is not None


@dataclass(frozen=True)
class Exceptions:
    """A user's exceptions, without expired ones."""

    allow: frozenset[str] = frozenset()
    deny: tuple[tuple[str, str], ...] = ()
    """(value, entity)."""
    suppressions: tuple[Suppression, ...] = ()
    expired: int = 0
    """Expired suppressions."""

    def kept(self, text: str, spans: Sequence[Span]) -> list[Span]:
        """The spans of `text` that no exception covers."""
        if not self.allow and not self.suppressions:
            return list(spans)
        return [span for span in spans if not self._covers(span.entity, _plain(text[span.start : span.end]))]

    def _covers(self, entity: str, value: str) -> bool:
        return value in self.allow or any(item.holds(entity, value) for item in self.suppressions)


def load_exceptions(path: Path, today: date) -> Exceptions:
    """The exceptions of a file.

    Raises:
        InputError: malformed; identifies the entry by position, never by value.

    """
    tree = read_yaml(path) or {}
    if not isinstance(tree, dict) or set(tree) - {"allow", "deny", "suppressions"}:
        raise _refused(path, "the file", "Its keys are allow, deny and suppressions.")
    allow, deny, suppressions = (_listed(path, tree, key) for key in ("allow", "deny", "suppressions"))
    if any(isinstance(value, (list, dict)) for value in allow):
        raise _refused(path, "allow", "Give each value as a text.")
    every = [_suppression(path, place, item) for place, item in enumerate(suppressions, 1)]
    return Exceptions(
        allow=frozenset(_plain(str(value)) for value in allow),
        deny=tuple(_denied(path, place, item) for place, item in enumerate(deny, 1)),
        suppressions=tuple(item for item in every if item.expires >= today),
        expired=sum(item.expires < today for item in every),
    )


def _listed(path: Path, tree: Mapping[str, object], key: str) -> list[object]:
    """The entries under a key; empty if the key is absent or empty."""
    entries = tree.get(key)
    if entries is not None and not isinstance(entries, list):
        raise _refused(path, key, "Give a list.")
    return entries or []


def _plain(value: str) -> str:
    return fold(value).text.strip().casefold()


def _denied(path: Path, place: int, item: object) -> tuple[str, str]:
    if not isinstance(item, dict) or set(item) != {"value", "entity"} or not str(item["value"]):
        raise _refused(path, f"deny entry {place}", "Give it a `value` and an `entity`.")
    return str(item["value"]), str(item["entity"])


def _suppression(path: Path, place: int, item: object) -> Suppression:
    import re2

    where = f"suppression {place}"
    if not isinstance(item, dict) or set(item) - {"value", "pattern", "entity", "reason", "expires"}:
        raise _refused(path, where, "Its keys are value or pattern, entity, reason and expires.")
    if not item.get("reason") or ("value" in item) == ("pattern" in item):
        raise _refused(path, where, "Give it a `reason`, and either a `value` or a `pattern`.")
    pattern = item["pattern"] if "pattern" in item else f"^{re.escape(_plain(str(item['value'])))}$"
    try:
        re2.compile(pattern)
        expires = date.fromisoformat(str(item.get("expires")))
    except (re2.error, ValueError):
        raise _refused(path, where, "Give `expires` as YYYY-MM-DD, and a pattern that is RE2.") from None
    return Suppression(pattern, item.get("entity"), item["reason"], expires)


def _refused(path: Path, where: str, fix: str) -> InputError:
    return InputError("The privacy exceptions cannot be used.", where=f"{path}: {where}", fix=fix)
