"""The ``value`` of findings in the reader's language."""

from __future__ import annotations

import json
import re

from auditor.message import Message
from auditor.report.excerpts import visible
from auditor.report.view.context import Context
from auditor.rules import identity_groups

TIME_BOUND = "STL010"
"""Code whose value is a rule and whose suggestion is the replacement of a term."""
_GROUP = re.compile(r"\b[a-z]+\.[a-z_]+\b")


def finding_value(context: Context, code: str, value: str, column: str | None = None, detail: str | None = None) -> str:
    """The title of an entity type, group of people, script, part or built-in rule; class names are unchanged.

    Args:
        context: the audit and the language.
        code, value, column, detail: of the finding, see `FINDINGS_SCHEMA`.
    """
    if detail is not None:
        return context.messages.message(Message.from_json(json.loads(detail)))
    either = context.messages.either
    match code:
        case "STL010":
            return either(f"stale.{value}", value)
        case "BIA001":
            group, dot, rest = value.partition(" · ")
            return group_title(context, group) + dot + rest
        case "BIA002":
            return _GROUP.sub(lambda key: group_title(context, key[0]), value)
        case "BAL007" if column == "script":
            script, dot, rest = value.partition(" · ")
            return either(f"script.{script}", script) + dot + rest
    if code.startswith("STL"):
        return either(f"value.{value}", value)
    return context.entity(value) if code.startswith(("PII", "NEW005")) else value


def group_title(context: Context, key: str) -> str:
    """The name of a group of people in the reader's language, or its key."""
    group = identity_groups().get(key)
    return group.title.get(context.messages.lang, key) if group else visible(key)
