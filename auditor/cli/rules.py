"""auditor rules: explain the finding codes."""

from __future__ import annotations

import click


@click.command("rules")
@click.argument("code", required=False)
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", help="Language of titles and advice.")
def command(code: str | None, lang: str) -> int:
    """List all finding codes, or explain CODE: what, why, how it is computed, how to fix it."""
    from auditor.rules import code_doc, code_docs, load_policy, thresholds

    if code is None:
        for doc in sorted(code_docs().values(), key=lambda d: d.code):
            click.echo(f"{doc.code}  {doc.dimension:<11} {doc.title[lang]}")
        return 0
    doc = code_doc(code)
    rule = next((r for r in load_policy() if doc.code.startswith(r.codes)), None)
    click.echo(f"{doc.code} {doc.name} ({doc.dimension})\n{doc.title[lang]}\n")
    click.echo(f"Why:     {doc.why[lang]}\nHow:     {doc.how}\nFix:     {doc.fix[lang]}\nExample: {doc.example}")
    if rule is not None:
        click.echo(f"Policy:  {rule.action} in {', '.join(rule.parts)} (rule {rule.name}: {rule.reason})")
    click.echo(
        "Judged:  "
        + "; ".join(
            f"{t.metric} A to {t.bounds[0]:g}, B to {t.bounds[1]:g}, C to {t.bounds[2]:g}, D to {t.bounds[3]:g}, else F"
            for t in thresholds().values()
            if t.dimension == doc.dimension
        )
    )
    return 0
