"""Descriptions of the offered actions: title, changed rows, measured effect, and command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.core.run_summary import Effect
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.rules import metric_specs

ORDER = (
    "removed",
    "masked",
    "masked_estimated",
    "relabelled",
    "changed",
    "weighted",
    "down_weighted",
    "added",
    "to_review",
)


@dataclass(frozen=True)
class Offer:
    """One action that a run offers."""

    title: str
    dimension: str
    """Key of its dimension."""
    rows: str
    effect: str
    command: str


def offers(effects: Sequence[Effect], folder: str, messages: Messages) -> tuple[Offer, ...]:
    """The actions of a run in `folder`, in the order of their numbers."""
    return tuple(
        Offer(
            title=_title(effect, messages),
            dimension=metric_specs()[effect.metric].dimension,
            rows=_rows(effect, messages),
            effect=_effect(effect, messages),
            command=shlex.join(["auditor", "fix", visible(folder) or ".", str(number)]),
        )
        for number, effect in enumerate(effects, 1)
    )


def offer_lines(effects: Sequence[Effect], folder: str, lang: str) -> list[str]:
    """The actions as lines of a terminal."""
    messages = Messages(lang)
    lines = []
    for number, offer in enumerate(offers(effects, folder, messages), 1):
        line = messages.text("offer.line", title=offer.title, rows=offer.rows, effect=offer.effect)
        lines += [f"  {number}  {line}", f"     {offer.command}"]
    return lines or [messages.text("actions.none")]


def _title(effect: Effect, messages: Messages) -> str:
    if effect.avoided:
        return messages.text(f"action.instead.{effect.metric}")
    return messages.text(f"action.{effect.metric}")


def _rows(effect: Effect, messages: Messages) -> str:
    """``181 rows removed, 5 rows masked``."""
    counts = [(name, effect.accounts[name]) for name in ORDER if effect.accounts.get(name)]
    if effect.accounts.get("changed") == effect.accounts.get("masked"):
        counts = [item for item in counts if item[0] != "changed"]
    texts = [messages.text(f"offer.{name}", rows=messages.rows(count)) for name, count in counts]
    return messages.text("list.comma").join(texts)


def _effect(effect: Effect, messages: Messages) -> str:
    """The letters before and after, starting with the action's dimension, and those an avoided action would lower."""
    if not effect.after:
        return messages.text("effect.not_measured")
    dimension = metric_specs()[effect.metric].dimension
    names = sorted(effect.after, key=lambda name: (name != dimension, name))
    changed = [name for name in names if name == dimension or effect.before[name] != effect.after[name]]
    sentence = messages.text("list.semicolon").join(_change(effect, name, messages) for name in changed)
    if not effect.avoided:
        return sentence
    fallen = [
        messages.text("effect.letter", dimension=messages.text(f"dimension.{name}"), letter=letter)
        for name, letter in sorted(effect.avoided.items())
        if letter is not None
    ]
    return sentence + messages.text("effect.avoided", letters=messages.text("list.comma").join(fallen))


def _change(effect: Effect, name: str, messages: Messages) -> str:
    before, after = effect.before[name] or "–", effect.after[name] or "–"
    dimension = messages.text(f"dimension.{name}")
    if before == after:
        return messages.text("effect.stays", dimension=dimension, now=before)
    return messages.text("effect.up", dimension=dimension, now=before, best=after)


def after_line(before: Mapping[str, str | None], after: Mapping[str, str | None], lang: str) -> str:
    """Letters of the input and of the data set, changed ones first."""
    messages = Messages(lang)
    names = sorted(
        (name for name in after if name != "overall" and (before.get(name) or after[name])),
        key=lambda name: before.get(name) == after[name],
    )
    letters = [
        messages.text(
            "effect.up",
            dimension=messages.text(f"dimension.{name}"),
            now=before.get(name) or "–",
            best=after[name] or "–",
        )
        for name in names
    ]
    overall = f"{before.get('overall') or '–'} → {after.get('overall') or '–'}"
    return f"{messages.text('after.heading')} {overall} ({messages.text('list.comma').join(letters)})"
