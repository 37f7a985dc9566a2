"""auditor rules: explain the finding codes."""

from __future__ import annotations

from collections.abc import Sequence

import click

from auditor.cli.options import choice
from auditor.cli.verb import Verb


@click.command(
    "rules",
    cls=Verb,
    examples=(
        ("auditor rules DUP", "the codes of duplicates"),
        ("auditor rules PII101 --lang zh", "one code, explained"),
    ),
)
@click.argument("codes", nargs=-1, metavar="[CODE...]")
@click.option("--lang", type=choice("lang"), default="en", help="Language of titles and advice.")
def command(codes: Sequence[str], lang: str) -> int:
    """List all finding codes, or those that begin with CODE (DUP, PII9), or explain one: why, how, what to do.

    A line of the list has the code, its dimension, the action of the default policy for its findings, and its title.
    """
    from auditor.config.loading import import_own_plugins, load_settings
    from auditor.errors import UsageError, nearest
    from auditor.rules import code_docs

    import_own_plugins()
    docs = code_docs()
    requested = [code.strip().upper() for code in codes]
    prefixes = {doc.dimension.upper(): doc.code[:3] for doc in docs.values()}
    requested = [prefixes.get(code, code) for code in requested]
    for code in requested:
        if not any(known.startswith(code) for known in docs):
            raise UsageError(
                "There is no finding code of this name.",
                where=f"auditor rules {code}",
                fix=nearest(code, {*docs, *prefixes.values()}, "`auditor rules` lists all of them."),
            )
    selected = sorted(code for code in docs if not requested or code.startswith(tuple(requested)))
    base = load_settings().report.docs_url
    explained = selected if set(requested) >= set(selected) else []
    lines = [line for code in explained for line in [*_explained(code, lang, base), ""]]
    click.echo("\n".join(lines[:-1] or [_listed(code, lang) for code in selected]))
    return 0


def _listed(code: str, lang: str) -> str:
    from auditor.core.policy import load_policy
    from auditor.report.messages import Messages
    from auditor.rules import code_doc

    doc, rule, messages = code_doc(code), load_policy().rule_for(code), Messages(lang)
    action = messages.text(f"action.word.{rule.action.word}") if rule is not None else "-"
    return f"{code}  {messages.either(f'dimension.{doc.dimension}', doc.dimension)}  [{action}]  {doc.title[lang]}"


def _explained(code: str, lang: str, base: str) -> list[str]:
    """The documentation of one code; its computation and its example are in English only."""
    from auditor.core.policy import load_policy
    from auditor.report.messages import Messages
    from auditor.report.pages import page_of
    from auditor.rules import check_specs, code_doc

    doc, rule, messages = code_doc(code), load_policy().rule_for(code), Messages(lang)
    text = messages.text
    dimension = messages.either(f"dimension.{doc.dimension}", doc.dimension)
    lines = [f"{doc.code} {doc.name} ({dimension})", doc.title[lang], ""]
    for key, words in (("why", doc.why[lang]), ("how", doc.how), ("fix", doc.fix[lang]), ("example", doc.example)):
        lines.append(f"{text(f'dimension.{key}')}: {words}")
    if page := page_of(base, code):
        lines.append(f"{text('dimension.page')}: {page}")
    if rule is not None:
        parts = text("list.comma").join(text(f"part.{part.word}") for part in rule.parts)
        action = text(f"action.word.{rule.action.word}")
        lines.append(f"{text('rules.policy')}: {action} ({parts}; {rule.name}: {rule.reason})")
    graded = [metric for metric in check_specs()[doc.dimension].metrics.values() if metric.bounds is not None]
    lines += [text("rules.judged") + ":"] if graded else []
    for metric in graded:
        bounds = ", ".join(f"{letter} ≤ {bound:g}" for letter, bound in zip("ABCD", metric.bounds or (), strict=True))
        lines.append(f"  {metric.label[lang]} ({metric.name}): {bounds}")
    return lines
