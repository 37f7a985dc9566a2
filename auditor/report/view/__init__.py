"""The view model of reports. Only this package decides which texts a report shows."""

from __future__ import annotations

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.view import benchmark, changes, overview
from auditor.report.view.context import Context
from auditor.report.view.dimension import dimension_view, first_screen_charts
from auditor.report.view.laws import laws_view
from auditor.report.view.method import method_view, read_facts
from auditor.report.view.model import AuditView
from auditor.report.view.rows import findings_view
from auditor.rules import main_dimensions

__all__ = ["AuditView", "RunSummary", "build_view"]


def build_view(audit: Audit, run: RunSummary | None = None, lang: str = "en") -> AuditView:
    """Build a whole report as display-ready data.

    Args:
        audit: the audit; its excerpts are the only texts of rows that are shown.
        run: summary of the stages after the audit; None: there are none.
        lang: ``en`` or ``zh``.

    Raises:
        InputError: there is no catalogue for the language.
    """
    run = run or RunSummary()
    context = Context(audit, Messages(lang), run)
    messages = context.messages
    overall = audit.grades.get("overall")
    further = [key for key in audit.results if key not in main_dimensions()]
    return AuditView(
        lang=lang,
        name=visible(audit.corpus.name),
        grade=context.letter(overall.letter if overall else None),
        after=context.letter(run.after.grades.get("overall")) if run.after else None,
        verdict=overview.verdict(context),
        because=overview.overall_because(context),
        is_incomplete=any(context.grade(key).status == "failed" for key in audit.results),
        resume=visible(run.resume),
        not_run=overview.not_run(context),
        outcomes=_outcomes(context, run),
        facts=read_facts(context, run),
        tiles=overview.tiles(context, main_dimensions(), run.after),
        more_tiles=overview.tiles(context, further, run.after),
        actions=overview.actions(context, run),
        charts=first_screen_charts(context),
        dimensions=tuple(dimension_view(context, key) for key in audit.results),
        laws=laws_view(context),
        findings=findings_view(context),
        changes=changes.changes_view(run, messages),
        benchmark=benchmark.benchmark_view(run.benchmark, messages) if run.benchmark else None,
        method=method_view(context, run),
    )


def _outcomes(context: Context, run: RunSummary) -> tuple[tuple[str, str], ...]:
    sentences = []
    if run.prepared:
        sentences.append(("changes", changes.outcome(run.prepared, context.messages)))
    if run.after:
        sentences.append(("changes", overview.after_sentence(context, run.after)))
    if run.benchmark:
        sentences.append(("benchmark", benchmark.verdict(run.benchmark, context.messages)))
    return tuple(sentences)
