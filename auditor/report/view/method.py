"""The section about the method: calculation of grades, columns, settings and versions."""

from __future__ import annotations

from collections.abc import Mapping

from auditor.core.clock import Portion
from auditor.core.grades import metric_letter
from auditor.core.run_summary import RunSummary
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.notices import notice_lines
from auditor.report.view import model
from auditor.report.view.context import NO_LETTER, Context


def method_view(context: Context, run: RunSummary) -> model.Method:
    """Everything needed to reproduce the audit."""
    corpus, messages = context.audit.corpus, context.messages
    overall = context.audit.grades.get("overall")
    return model.Method(
        steps=_steps(context),
        overall=(overall.letter if overall else None) or NO_LETTER,
        columns=tuple(
            (
                messages.either(f"role.{role}", visible(role)),
                visible(column),
                visible(messages.message(reason)) if (reason := corpus.role_reasons.get(role)) else "",
            )
            for role, column in corpus.roles.items()
        ),
        rejects=tuple(
            model.Fact(visible(messages.either(f"reject.{reason}", reason)), messages.rows(count))
            for reason, count in corpus.reject_reasons.items()
        ),
        notices=notice_lines(corpus, messages),
        facts=(
            model.Fact(messages.text("fact.files"), ", ".join(map(visible, corpus.files)), True),
            model.Fact(messages.text("fact.digest"), corpus.digest, True),
            *(
                model.Fact(messages.either(f"fact.{key}", visible(key)), visible(value), True)
                for key, value in run.facts.items()
            ),
        ),
        config=tuple(model.Fact(visible(key), visible(value), True) for key, value in _flat(context.audit.config)),
        versions=tuple(model.Fact(visible(name), visible(v), True) for name, v in context.audit.versions.items()),
        profile=tuple(_profile_line(portion, messages) for portion in run.profile),
    )


def _profile_line(portion: Portion, messages: Messages) -> model.ProfileLine:
    task, stage = portion.task, portion.stage
    name = (
        messages.either(f"profile.task.{task}", messages.either(f"dimension.{task}", visible(task)))
        if task
        else messages.either(f"profile.{stage}", visible(stage))
    )
    return model.ProfileLine(
        name,
        not task,
        f"{portion.wall_seconds:,.1f}",
        f"{portion.cpu_seconds:,.1f}",
        f"{portion.peak_mb:,}" if portion.peak_mb else "",
        str(portion.processes),
    )


def read_facts(context: Context, run: RunSummary) -> tuple[model.Fact, ...]:
    """The line about the input on the first screen."""
    corpus, messages = context.audit.corpus, context.messages
    facts = [model.Fact(messages.text("fact.read"), messages.rows(corpus.rows_read))]
    if corpus.rows_rejected:
        facts.append(model.Fact(messages.text("fact.rejected"), messages.rows(corpus.rows_rejected)))
    facts += [
        model.Fact(messages.either(f"role.{role}", visible(role)), visible(column), True)
        for role, column in corpus.roles.items()
        if role in {"text", "label", "date", "split", "tokens", "tags"}
    ]
    classes = context.metric("balance.classes")
    if classes is not None and classes.value is not None:
        facts.append(model.Fact(messages.text("fact.classes"), f"{classes.value:,.0f}"))
    facts.append(model.Fact(messages.text("fact.language"), messages.languages(corpus)))
    facts += [
        model.Fact(messages.text(f"fact.{key}"), visible(run.facts[key]))
        for key in ("as_of", "seed")
        if key in run.facts
    ]
    return tuple(facts)


def _steps(context: Context) -> tuple[model.GradeStep, ...]:
    """The letter of each graded metric; the worst of a dimension decides."""
    steps = []
    for key in context.audit.results:
        grade = context.audit.grades.get(key)
        for metric in context.metrics(key):
            letter = metric_letter(metric)
            if letter:
                steps.append(
                    model.GradeStep(
                        dimension=context.dimension_name(key),
                        metric=context.metric_label(metric.name),
                        value=context.messages.value(metric.value, metric.unit),
                        letter=letter,
                        is_deciding=grade is not None and grade.metric == metric.name,
                    )
                )
    return tuple(steps)


def _flat(config: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    """Flatten nested settings to dotted names."""
    flat: list[tuple[str, str]] = []
    for key, value in config.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{key}.")
        else:
            flat.append((f"{prefix}{key}", _setting(value)))
    return flat


def _setting(value: object) -> str:
    if value is None or value in ((), []):
        return NO_LETTER
    if isinstance(value, bool):
        return str(value).lower()
    return ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
