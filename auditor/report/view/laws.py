"""One page per law: findings by clause, data that was not searched for, and clauses that no rule covers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from auditor.compliance import ClauseResult, Outcome, RegimeResult, assess
from auditor.core.results import Completed, Skipped
from auditor.report.excerpts import visible
from auditor.report.view import model
from auditor.report.view.context import Context

OUTCOMES: tuple[tuple[Outcome, str, str], ...] = (
    ("found", "found", "warn"),
    ("estimated", "estimated", "warn"),
    ("possible", "possible", "info"),
    ("not found", "not_found", "info"),
    ("not looked for", "not_looked_for", "skipped"),
    ("covered by no rule", "no_rule", "skipped"),
)
"""Outcome, suffix of its message key, and its status; no outcome counts as a pass."""
SCOPE = ("note.pii_",)
FATES = ("masked", "dropped", "left")


def laws_view(context: Context) -> tuple[model.Law, ...]:
    """The pages; empty if the privacy check was not selected."""
    privacy = context.audit.results.get("privacy")
    if privacy is None or (isinstance(privacy, Skipped) and privacy.reason.key == "reason.not_selected"):
        return ()
    return tuple(_law(context, result) for result in assess(privacy))


def _law(context: Context, result: RegimeResult) -> model.Law:
    regime, text = result.regime, context.messages.text
    counts = [(key, len(result.having(outcome))) for outcome, key, _ in OUTCOMES]
    gaps = [*result.having("covered by no rule"), *result.having("not looked for")]
    return model.Law(
        key=f"law-{regime.name.lower()}",
        name=regime.title[context.messages.lang],
        source=text("law.source", source=regime.source[context.messages.lang], version=regime.version),
        counts=tuple(model.Fact(text(f"outcome.{key}"), str(count)) for key, count in counts if count),
        clauses=tuple(_clause(context, item) for item in result.clauses),
        gaps=tuple(model.Fact(_place(context, item), item.clause.title[context.messages.lang]) for item in gaps),
        scope=_scope(context),
        is_prepared=context.run.fates is not None,
    )


def _clause(context: Context, item: ClauseResult) -> model.Clause:
    text, lang = context.messages.text, context.messages.lang
    key, status = next((key, status) for outcome, key, status in OUTCOMES if outcome == item.outcome)
    return model.Clause(
        id=_place(context, item),
        title=item.clause.title[lang],
        status=status,
        word=text(f"outcome.{key}"),
        found=tuple(
            model.Fact(context.entity(name), words)
            for name, words in (
                *((name, context.messages.rows(count)) for name, count in item.rows.items()),
                *(
                    (name, context.messages.text("about", value=_count(context, item, name, count)))
                    for name, count in item.estimated.items()
                ),
            )
        ),
        remarks=tuple(_remarks(context, item)),
        done=_done(context, item),
    )


def _count(context: Context, item: ClauseResult, name: str, rows: int) -> str:
    """``12 rows``, or the estimated share of all rows with its interval if only a sample was searched."""
    if name not in item.shares:
        return context.messages.rows(rows)
    value, low, high = (context.messages.value(number, "share") for number in item.shares[name])
    return context.messages.text("law.estimate", share=value, low=low, high=high)


def _remarks(context: Context, item: ClauseResult) -> Iterator[str]:
    """Remarks about possible findings and about data that was not searched."""
    text = context.messages.text
    if item.possible:
        kinds = [f"{context.entity(name)} {_count(context, item, name, n)}" for name, n in item.possible.items()]
        yield text("law.possible", kinds=context.messages.text("list.comma").join(kinds))
    if item.missed and item.outcome != "not looked for":
        yield text("law.missed", kinds=_kinds(context, item.missed))
    if item.sampled:
        yield text("law.sampled", kinds=_kinds(context, item.sampled))
    if item.columns_left and item.outcome != "covered by no rule":
        yield text("law.columns_left", columns=visible(text("list.comma").join(item.columns_left)))


def _place(context: Context, item: ClauseResult) -> str:
    """Citation of the clause in the reader's language."""
    article = re.match(r"Art\. (\d+)(\(\d+\))?", item.clause.id)
    if article is not None:
        return context.messages.text("law.article", number=article[1], paragraph=article[2] or "")
    annex = re.match(r"(.+) annex ([A-Z])", item.clause.id)
    return context.messages.text("law.annex", of=annex[1], letter=annex[2]) if annex is not None else item.clause.id


def _done(context: Context, item: ClauseResult) -> str:
    """Numbers of rows with the found entity types that the plan masks, drops and leaves unchanged."""
    text, fates = context.messages.text, context.run.fates
    if fates is None:
        return ""
    counts: Counter[str] = Counter()
    for name in {*item.rows, *item.estimated, *item.possible}:
        counts.update(fates.entities.get(name, {}))
    parts = [text(f"law.done.{fate}", rows=context.messages.rows(counts[fate])) for fate in FATES if counts[fate]]
    return text("list.semicolon").join(parts)


def _kinds(context: Context, names: Iterable[str]) -> str:
    return context.messages.list([context.entity(name) for name in names])


def _scope(context: Context) -> tuple[str, ...]:
    privacy = context.audit.results["privacy"]
    if not isinstance(privacy, Completed):
        return (context.messages.text("law.nothing"),)
    return tuple(visible(context.messages.message(note)) for note in privacy.notes if note.key.startswith(SCOPE))
