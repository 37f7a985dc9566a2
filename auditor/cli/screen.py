"""The terminal summary of a run, in the language of the report."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from unicodedata import east_asian_width

import click

from auditor.config.settings import Settings
from auditor.core.accounts import Accounts
from auditor.core.audit import Audit, CorpusProfile, Grade
from auditor.core.baseline import counts
from auditor.core.findings import SEVERITIES
from auditor.core.gate import Reason, Verdict
from auditor.core.metrics import Metric
from auditor.core.results import Completed, Failed, Skipped
from auditor.corpus.readers.beside import files_beside
from auditor.corpus.roles import BY_NAME
from auditor.message import message_of
from auditor.pipeline import Outcome
from auditor.prepare.plan import Plan
from auditor.report.excerpts import visible
from auditor.report.messages import Messages
from auditor.report.notices import notice_lines
from auditor.report.offers import after_line, offer_lines
from auditor.report.view.benchmark import verdict as benchmark_verdict
from auditor.report.view.context import Context
from auditor.report.view.overview import number_of, overall_because
from auditor.rules import code_docs, thresholds
from auditor.runs.finished import resume_command
from auditor.store import seen_from_here

_CLASSES = 8
_ACTIONS = 3
_MARKED = ("warn", "fail")
_COLOURS = {"A": "green", "B": "green", "C": "yellow", "D": "red", "F": "red", "warn": "yellow", "fail": "red"}
_NAME_WIDTH = 14
_ALWAYS_CHANGEABLE = ("text", "label", "date", "id", "split", "source")


@dataclass(frozen=True)
class Request:
    """A command: inputs, settings, words after ``auditor``, and whether the summary is verbose."""

    inputs: Sequence[str]
    settings: Settings
    words: Sequence[str] = ()
    is_verbose: bool = False


def summary(outcome: Outcome, request: Request, verdict: Verdict, then: str | None = None) -> str:
    """The input, one line per dimension, plan, benchmark, offered actions, and the exit code with its reasons.

    Args:
        outcome: outcome of the run.
        request: the command.
        verdict: the exit code with its reasons.
        then: text about the next step; None: there is none.
    """
    messages = Messages(request.settings.lang)
    context = Context(outcome.audit, messages)
    parts = [
        _read(context, request, outcome.seconds, outcome.path),
        _grades(context),
        _details(context) if request.is_verbose else [],
        _plan(outcome.plan, context) if outcome.plan is not None else [],
        _accounts(outcome.prepared.accounts, messages) if outcome.prepared is not None else [],
        _after(outcome),
        _stages(outcome, messages),
        _first(outcome, messages),
        _end(outcome, request, messages, verdict, then),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines)


def _read(context: Context, request: Request, seconds: float, out: Path) -> list[str]:
    messages, corpus = context.messages, context.audit.corpus
    text = messages.text
    head = {"rows": messages.rows(corpus.rows_read), "language": messages.languages(corpus)}
    lines = [
        text("terminal.head", name=visible(corpus.name), seconds=f"{seconds:.0f}" if seconds >= 1 else "<1", **head)
    ]
    if any(Path(item).is_dir() for item in request.inputs):
        read = len(corpus.files)
        skipped = _skipped_files(request.inputs, read, out)
        key = "terminal.files_skipped" if skipped else "terminal.files"
        lines.append(text(f"{key}.one" if read == 1 else key, read=read, skipped=skipped))
    if corpus.rows_rejected:
        reasons = [f"{messages.either(f'reject.{key}', key)} {n:,}" for key, n in corpus.reject_reasons.items()]
        rows = messages.rows(corpus.rows_rejected)
        lines.append(text("terminal.rejected", rows=rows, reasons=text("list.comma").join(reasons)))
    lines += [
        f"{text('terminal.notices')}{text('terminal.colon')}{sentence}" for sentence in notice_lines(corpus, messages)
    ]
    return [*lines, *_columns(context)]


def _skipped_files(inputs: Iterable[str], read: int, out: Path) -> int:
    """Number of files in input folders that were not read, except hidden files and those of the run itself."""
    files = [p for item in inputs if Path(item).is_dir() for p in Path(item).rglob("*") if p.is_file()]
    files = [path for path in files if not path.resolve().is_relative_to(out.resolve())]
    companions = {companion for path in files for companion in files_beside(path)}
    return max(0, sum(not path.name.startswith(".") and path not in companions for path in files) - read)


def _columns(context: Context) -> list[str]:
    """The columns used and why, how to change that, and other columns that could be used."""
    messages, corpus = context.messages, context.audit.corpus
    text = messages.text
    used = []
    for role, column in corpus.roles.items():
        reason = corpus.role_reasons.get(role, BY_NAME)
        why = "" if reason == BY_NAME else f" ({messages.message(reason)})"
        used.append(f"{messages.either(f'role.{role}', role)} = {visible(column)}{why}")
    if corpus.annotator_columns:
        used.append(f"{text('role.annotators')} = {visible(' + '.join(corpus.annotator_columns))}")
    lines = [f"{text('terminal.columns')}{text('terminal.colon')}{text('list.comma').join(used)}"]
    lines.append("  " + text("terminal.change", options=", ".join(_column_options(corpus))))
    for offer in corpus.offers:
        option = f"--{offer.role} {shlex.quote(visible(offer.column))}"
        if offer.role == "split":
            option = "--set corpus.split_values=VALUE=train"
        if offer.role == "group":
            option = f"--set prepare.group={shlex.quote(visible(offer.column))}"
        values = {
            "column": visible(offer.column),
            "values": f"{offer.values:,}",
            "rows": messages.rows(corpus.rows_read),
        }
        lines.append("  " + text(f"terminal.offer.{offer.role}", option=option, **values))
    return lines


def _column_options(corpus: CorpusProfile) -> list[str]:
    """The options that set columns: those of the common roles, and of all others that have a column."""
    roles = [*_ALWAYS_CHANGEABLE, *(role for role in corpus.roles if role not in _ALWAYS_CHANGEABLE)]
    options = [f"--{role}" for role in roles]
    return [*options, "--set corpus.annotators=COLUMN,COLUMN"] if corpus.annotator_columns else options


def _grades(context: Context) -> list[str]:
    text = context.messages.text
    overall = context.audit.grades["overall"]
    letter = text("terminal.grade", letter=_coloured(overall.letter)) if overall.letter else text("terminal.no_grade")
    lines = [f"{letter}{text('terminal.colon')}{visible(overall_because(context))}"]
    lines += [_dimension(context, key) for key in context.audit.results]
    by_level = Counter(context.findings.column("severity").to_pylist())
    counts_text = text("terminal.counts", **{level: f"{by_level[level]:,}" for level in SEVERITIES})
    lines.append(f"{text('terminal.findings')}{text('terminal.colon')}{counts_text}")
    new, known = counts(context.audit.findings())
    if new or known:
        lines.append(text("terminal.baseline", new=f"{new:,}", known=f"{known:,}"))
    return lines


def _dimension(context: Context, key: str) -> str:
    """The letter of a dimension with the metrics behind it, or the reason why there is none."""
    text, result, grade = context.messages.text, context.audit.results[key], context.audit.grades[key]
    name = _padded(context.dimension_name(key), _NAME_WIDTH)
    if isinstance(result, Skipped):
        sentence = text("terminal.skipped", reason=visible(context.messages.message(result.reason)))
    elif isinstance(result, Failed):
        sentence = text("terminal.failed", reason=visible(context.messages.message(result.reason)))
    else:
        sentence = _measured(context, result, grade)
    return f"  {name}{_coloured(grade.letter or '-')}   {sentence}"


def _coloured(word: str, status: str | None = None) -> str:
    """A letter or the mark of a status with its colour; `auditor.cli.colour.echo` removes colours if not wanted."""
    colour = _COLOURS.get(status or word)
    return word if colour is None else click.style(word, fg=colour, bold=True)


def _details(context: Context) -> list[str]:
    """All metrics of the whole corpus, and the number of findings of each code."""
    lines = []
    for key in context.audit.results:
        metrics = [metric for metric in context.metrics(key) if metric.slice is None]
        lines += [context.dimension_name(key)] if metrics else []
        lines += [f"  {context.metric_label(m.name)} ({m.name}): {visible(number_of(context, m))}" for m in metrics]
    counts, docs = Counter(context.findings.column("code").to_pylist()), code_docs()
    for code, count in sorted(counts.items()):
        title = docs[code].title[context.messages.lang] if code in docs else code
        lines.append(f"{code}  {count:>9,}  {visible(title)}")
    return lines


def _measured(context: Context, result: Completed, grade: Grade) -> str:
    graded = [m for m in result.metrics if m.slice is None and (m.threshold is not None or m.status in _MARKED)]
    failing = [metric for metric in graded if metric.status in _MARKED]
    shown = failing or [metric for metric in graded if metric.name == grade.metric and metric.value is not None]
    parts = [_metric(context, metric) for metric in shown]
    if grade.metric is None and graded:  # too few rows, a cap
        parts.append(visible(context.messages.message(grade.because)))
    gradable = [metric for metric in result.metrics if metric.slice is None and metric.name in thresholds()]
    unknown = [context.metric_label(metric.name) for metric in gradable if metric.value is None]
    parts += [context.messages.text("terminal.unknown", metric=name) for name in unknown if grade.letter is None]
    return context.messages.text("list.comma").join(parts) or context.messages.text("terminal.described")


def _metric(context: Context, metric: Metric) -> str:
    """``7.6% of rows repeat another row FAIL``."""
    words = context.messages.either(f"says.{metric.name}", context.metric_label(metric.name))
    value = number_of(context, metric)
    said = context.messages.text("says", value=value, words=words)
    if metric.status not in _MARKED:
        return said
    return f"{said} {_coloured(context.messages.text(f'terminal.mark.{metric.status}'), metric.status)}"


def _padded(text: str, width: int) -> str:
    """`text` padded to a width in terminal cells; a Chinese character takes two cells."""
    return text + " " * max(1, width - sum(2 if east_asian_width(char) in "WF" else 1 for char in text))


def _plan(plan: Plan, context: Context) -> list[str]:
    """Rows by rule, and class sizes of the train part before and after."""
    text, corpus = context.messages.text, context.audit.corpus
    rows = corpus.rows_read - corpus.rows_rejected
    lines = [text("terminal.plan")]
    lines += [f"  {action:<12}{count:>9,}  {count / rows:>6.1%}  {rule}" for rule, action, count in plan.counts()]
    changed = [item for item in plan.classes if item[1] != item[2]]
    changed.sort(key=lambda item: item[2] - item[1])
    if changed:
        counts = {"changed": f"{len(changed):,}", "classes": f"{len(plan.classes):,}"}
        lines.append("  " + text("terminal.train_classes", **counts))
        lines += [f"    {old:>9,} -> {new:<9,} {visible(name)[:60]}" for name, old, new in changed[:_CLASSES]]
    if len(changed) > _CLASSES:
        lines.append("    " + text("terminal.more_classes", count=f"{len(changed) - _CLASSES:,}"))
    return lines


def _accounts(accounts: Accounts, messages: Messages) -> list[str]:
    counts = {name: f"{value:,}" for name, value in accounts.sums().items()}
    lines = [messages.text("terminal.rows_in", **counts), messages.text("terminal.rows_out", **counts)]
    return lines if accounts.is_augmentable else [*lines, messages.text("terminal.not_augmented")]


def _after(outcome: Outcome) -> list[str]:
    """The letters of the input and of the written or planned data set."""
    if outcome.after is None:
        return []
    before, after = (
        {name: grade.letter for name, grade in audit.grades.items()} for audit in (outcome.audit, outcome.after)
    )
    return [after_line(before, after, str(outcome.audit.config["lang"]))]


def _first(outcome: Outcome, messages: Messages) -> list[str]:
    """The first offered actions."""
    if not outcome.effects:
        return []
    run = str(seen_from_here(outcome.path))
    return [messages.text("terminal.first"), *offer_lines(outcome.effects[:_ACTIONS], run, messages.lang)]


def _stages(outcome: Outcome, messages: Messages) -> list[str]:
    lines = []
    if outcome.benchmark is not None:
        english = messages.text("terminal.benchmark", verdict=outcome.benchmark.verdict)
        lines.append(visible(english if messages.lang == "en" else benchmark_verdict(outcome.benchmark, messages)))
    for stage, reason in outcome.skipped:
        name = messages.text(f"stage.{stage}")
        lines.append(messages.text("terminal.stage_skipped", stage=name, reason=visible(messages.message(reason))))
    lines += [
        messages.text(
            "terminal.stage_failed",
            stage=messages.text(f"stage.{stage}"),
            what=messages.message(message_of(error.what)),
        )
        for stage, error in outcome.errors
    ]
    return lines


def _end(outcome: Outcome, request: Request, messages: Messages, verdict: Verdict, then: str | None) -> list[str]:
    lines = [messages.text("terminal.report", path=seen_from_here(outcome.path / "report.html"))]
    if outcome.interrupted:
        command = _resume(request, str(seen_from_here(outcome.path)))
        lines.append(messages.text("terminal.interrupted", command=command))
    elif then is not None:
        lines.append(then)
    return [*lines, exit_line(verdict, outcome.audit, request.settings)]


def _resume(request: Request, run: str) -> str:
    return resume_command(["auditor", *request.words], run)


def exit_line(verdict: Verdict, audit: Audit, settings: Settings) -> str:
    """``exit 1: grade D is below B; duplicates.rate 7.6% over 1%``."""
    messages = Messages(settings.lang)
    reasons = [_reason(reason, messages) for reason in verdict.reasons] or _conditions_met(audit, settings, messages)
    return messages.text("gate.exit", code=verdict.code, reasons=messages.text("list.semicolon").join(reasons))


def _conditions_met(audit: Audit, settings: Settings, messages: Messages) -> list[str]:
    """The conditions of the gate, all of which are met."""
    kept = []
    if settings.min_grade is not None:
        letter = audit.grades["overall"].letter or "-"
        kept.append(messages.text("gate.ok.min_grade", letter=letter, least=settings.min_grade))
    if settings.limits:
        kept.append(messages.text("gate.ok.limits"))
    if settings.fail_on != "never":
        kept.append(messages.text("gate.ok.fail_on", level=settings.fail_on))
    return kept or [messages.text("gate.ok.none")]


def _reason(reason: Reason, messages: Messages) -> str:
    values: dict[str, object] = dict(reason.values)
    key = f"gate.{reason.key}"
    if reason.metric is not None:
        values |= {"metric": reason.metric.name, "value": messages.value(reason.metric.value, reason.metric.unit)}
        values["limit"] = messages.value(reason.limit, reason.metric.unit)
    if reason.key in ("findings", "new_findings"):
        key += ".one" if values["count"] == 1 else ".other"
        values["count"] = f"{values['count']:,}"
    return messages.text(key, **values)
