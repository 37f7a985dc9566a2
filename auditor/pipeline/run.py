"""The way of the data: corpus, checks, plan, data set, benchmark, report, published as one run folder."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from auditor.checks.batch.history import History, open_history
from auditor.checks.batch.kept import kept_state
from auditor.checks.files import write_scan
from auditor.checks.reference import load_reference
from auditor.checks.run import scan_corpus
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.clock import Clock
from auditor.core.progress import Progress, silent
from auditor.core.results import CheckResult
from auditor.corpus.corpus import Corpus
from auditor.engine.base import Engine
from auditor.engine.choose import engine_for
from auditor.engine.measure import give_back_memory
from auditor.errors import AuditorError, InputError
from auditor.message import message
from auditor.pii.column_names import by_own_names
from auditor.pii.redaction import Redaction, harmless, redaction, safe_name
from auditor.pii.run_masking import Masking, policy_of
from auditor.pipeline.benchmarking import require_benchmark, run_stage
from auditor.pipeline.decisions import reviewed_rows
from auditor.pipeline.outcome import Outcome, manifest_of, write_report
from auditor.pipeline.profile import portions
from auditor.prepare.augment.stage import require_augmenter
from auditor.prepare.effects import effects_of, graded_after
from auditor.prepare.stage import clean_stage, plan_stage
from auditor.report.choose_excerpts import choose_excerpts
from auditor.runs.marks import Marks, marks_of
from auditor.runs.scan import Scan
from auditor.store import TOOL, RunFolder, WorkFolder, sha256

if TYPE_CHECKING:
    from auditor.benchmark.stage import Benchmarked


def with_as_of(settings: Settings) -> Settings:
    """Settings with the as-of date filled in, so that it is recorded."""
    if settings.staleness.as_of is not None:
        return settings
    return settings.model_copy(update={"staleness": settings.staleness.model_copy(update={"as_of": settings.today()})})


def run(
    inputs: Sequence[str],
    settings: Settings,
    *,
    out: Path | None,
    command: str,
    stages: Sequence[str],
    progress: Progress,
    plan_file: Path | None = None,
    review_file: Path | None = None,
    resume: Path | None = None,
    known: Mapping[str, CheckResult] | None = None,
    is_plan_graded: bool = False,
    is_offering: bool = True,
) -> Outcome:
    """Do `stages` (of ``scan``, ``plan``, ``clean``, ``benchmark``) over `inputs` and publish one run folder.

    Args:
        inputs: paths, globs or folders.
        settings: of the run.
        out: the run folder; None: a new one under ``runs/``.
        command: the command line, for the manifest.
        stages: ``scan`` always runs; later stages need the earlier ones.
        progress: called with (stage, done, total).
        plan_file: an edited plan to carry out instead of the one the policy makes.
        review_file: decisions of a review; they override the policy and the plan.
        resume: an earlier run folder whose finished trainings are taken over where nothing has changed.
        known: results of checks that were made of the same input with the same settings, by dimension.
        is_plan_graded: whether what a plan would come to is graded although nothing is written.
        is_offering: whether the run says what could be done first, and what that would change.

    Raises:
        InputError: the input cannot be used.
        OutputError, SafetyError: the run folder cannot be written.
        UsageError: augmentation is asked for and lacks its data or models.
    """
    settings = with_as_of(settings)
    if "benchmark" in stages and settings.benchmark.enabled:
        require_benchmark(settings)
    policy_of(settings)  # a word of --only or --skip that names nothing is refused before anything is read
    trainings = _kept_trainings(resume)
    files = (plan_file, review_file)
    asked = _Asked(inputs, command, stages, *files, known, trainings, is_plan_graded, is_offering, progress)
    with WorkFolder(out or Path("runs") / TOOL) as work:
        with asked.clock.stage("read"):
            history = open_history(settings)
            corpus, settings = _read(inputs, settings, history, progress, work.path)
            before = {file: sha256(Path(file)) for file in corpus.on_disk}
        _require_rows(corpus, settings, stages)
        target = out or Path("runs") / f"{asked.started:%Y-%m-%dT%H%M%S}-{corpus.name}-{corpus.digest[:4]}"
        masking = Masking(corpus, settings, target, is_used="clean" in stages)
        opened = RunFolder(target, corpus.on_disk), marks_of(corpus, settings, target), engine_for(settings)
        with opened[0] as folder, opened[1] as marks, opened[2] as engine:
            return _in_folder(folder, engine, corpus, history, masking, asked, before, marks)


LARGEST_GRADED = 300_000_000
"""Characters up to which the data set that was written is audited in the same run: above, that is another long scan."""


@dataclass(frozen=True)
class _Asked:
    """What a run was asked for, beside its settings; see `run`."""

    inputs: Sequence[str]
    command: str
    stages: Sequence[str]
    plan_file: Path | None
    review_file: Path | None
    known: Mapping[str, CheckResult] | None
    finished: dict[str, pa.Table]
    is_plan_graded: bool
    is_offering: bool
    progress: Progress
    clock: Clock = field(default_factory=Clock)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


def _in_folder(
    folder: RunFolder,
    engine: Engine,
    corpus: Corpus,
    history: History,
    masking: Masking,
    asked: _Asked,
    before: Mapping[str, str],
    marks: Marks,
) -> Outcome:
    """All stages after reading; what they write is published.

    Args:
        before: SHA-256 of the input files as they were read.
    """
    settings, clock, progress, stages = masking.settings, asked.clock, asked.progress, asked.stages
    scan = _scan(corpus, settings, history, asked.known, engine, clock, progress, marks)
    if "benchmark" in stages or corpus.stored is not None:
        engine.rest()  # trainings take all cores, and what workers hold of a large corpus is needed for the rest
    give_back_memory()
    with clock.stage("state"):
        kept = kept_state(scan, settings, history)
    names = redaction(corpus, masking, scan.audit, asked.inputs)
    crashes = {**scan.crashes, **({"state": kept.crash} if kept.crash is not None else {})}
    outcome = Outcome(folder.target, names.audit(scan.audit), crashes=crashes, names=names)
    command = shlex.join(names.command(shlex.split(asked.command)))
    if kept.error is not None:
        outcome.errors.append(("state", kept.error))
    write_scan(folder, scan, masking.masker, outcome.audit, names)
    kept.write(folder)
    if "plan" in stages:
        with clock.stage("plan"):
            file = asked.review_file
            reviewed = reviewed_rows(file, corpus, names.original) if file is not None else {}
            outcome.plan = plan_stage(folder, scan, masking, asked.plan_file, reviewed, names)
    speeds = _prepare(folder, scan, masking, outcome, stages, asked.finished, clock, progress)
    is_offering = bool(asked.is_offering and names.is_repeatable(settings) and names.inputs(asked.inputs))
    _grade(
        outcome,
        scan,
        masking,
        engine,
        clock,
        progress,
        is_plan_graded=asked.is_plan_graded,
        is_offering=is_offering,
    )
    progress("report", 0, 1)
    write_report(folder, scan, settings, outcome, names, command)
    progress("report", 1, 1)
    _refuse_changed(before)
    outcome.profile = portions(clock, engine.spent)
    outcome.seconds = (datetime.now(UTC) - asked.started).total_seconds()
    read = {**before, **corpus.fetched}
    manifest = manifest_of(corpus, read, settings, scan, outcome, folder, command, clock, asked.started, speeds, kept)
    folder.publish({**names.value(manifest), **_repeating(asked.inputs, settings, names)})
    return outcome


def _grade(
    outcome: Outcome,
    scan: Scan,
    masking: Masking,
    engine: Engine,
    clock: Clock,
    progress: Progress,
    *,
    is_plan_graded: bool,
    is_offering: bool,
) -> None:
    """The letters of the data set, written or only planned, and what could be done first."""
    again = partial(_rescan, engine)
    is_too_large = scan.audit.corpus.characters > LARGEST_GRADED
    if is_too_large and outcome.prepared is not None:
        outcome.skipped.append(("after", message("reason.too_large_to_grade")))
    with clock.stage("after"):
        planned = outcome.plan if is_plan_graded else None
        if not is_too_large:
            outcome.after = graded_after(scan, outcome.prepared, planned, masking, progress, again)
    if is_offering:
        with clock.stage("effects"):
            outcome.effects = effects_of(scan, masking.settings, progress, again, outcome.after)


def _read(
    inputs: Sequence[str], settings: Settings, history: History, progress: Progress, work: Path
) -> tuple[Corpus, Settings]:
    """The input, under a name that may be shown, and the settings with its own column names."""
    try:
        corpus = safe_name(history.load(inputs, settings, progress, work), settings)
    except InputError as error:
        raise harmless(error, settings) from None
    return corpus, history.settings_for(by_own_names(settings, corpus.table.column_names), len(corpus))


def _require_rows(corpus: Corpus, settings: Settings, stages: Sequence[str]) -> None:
    """Refuse what later stages could not do, before the hours of a scan and before anything is written."""
    if len(corpus) == 0 and len(stages) > 1:
        raise InputError(
            "The input has no rows.", where=corpus.files[0], fix="Give data, or use `auditor scan` for a report on it."
        )
    if "clean" in stages:
        require_augmenter(corpus, settings)


def _scan(
    corpus: Corpus,
    settings: Settings,
    history: History,
    known: Mapping[str, CheckResult] | None,
    engine: Engine,
    clock: Clock,
    progress: Progress,
    marks: Marks,
) -> Scan:
    """All checks, and the excerpts."""
    with clock.stage("scan"):
        reference = load_reference(settings)
        scan = scan_corpus(corpus, settings, engine, progress, reference, known=known, history=history, marks=marks)
    with clock.stage("excerpts"):
        progress("excerpts", 0, 1)
        scan = replace(scan, audit=replace(scan.audit, excerpts=choose_excerpts(corpus, scan.audit, settings)))
        progress("excerpts", 1, 1)
    return scan


def _prepare(
    folder: RunFolder,
    scan: Scan,
    masking: Masking,
    outcome: Outcome,
    stages: Sequence[str],
    finished: dict[str, pa.Table],
    clock: Clock,
    progress: Progress,
) -> Mapping[str, object]:
    """The data set and the benchmark, where they are among the stages; measured speeds for the manifest."""
    settings = masking.settings
    if "clean" not in stages or outcome.plan is None:
        return {}
    with clock.stage("clean"):
        _clean(folder, scan, masking, outcome, progress)
    if "benchmark" not in stages or not settings.benchmark.enabled or outcome.prepared is None:
        return {}
    with clock.stage("benchmark"):
        shown = replace(scan, corpus=outcome.names.corpus(scan.corpus), audit=outcome.audit)
        done = run_stage(folder, shown, outcome.plan.parts(), outcome.prepared, settings, progress, finished)
        return _note_benchmark(outcome, done)


def _refuse_changed(before: Mapping[str, str]) -> None:
    for file, digest in before.items():
        if sha256(Path(file)) != digest:
            raise InputError("The input changed during the run.", where=file, fix="Run again when it is complete.")


def _clean(folder: RunFolder, scan: Scan, masking: Masking, outcome: Outcome, progress: Progress) -> None:
    """Prepare the data set. What is refused leaves the report to read, unless it would take the place of a run."""
    assert outcome.plan is not None
    if scan.corpus.label_sets is not None:
        outcome.skipped.append(("balance", message("reason.several_unbalanced")))
    try:
        outcome.prepared = clean_stage(folder, scan, outcome.plan, masking, progress, outcome.audit)
    except AuditorError as error:
        if folder.target.exists():
            raise
        outcome.errors.append(("clean", error))


def _rescan(engine: Engine, corpus: Corpus, settings: Settings, dimensions: Collection[str] | None) -> Audit:
    return scan_corpus(corpus, settings, engine, silent, None, dimensions).audit


def _repeating(inputs: Sequence[str], settings: Settings, names: Redaction) -> dict[str, object]:
    """What a later run over the same input needs; nothing where a name that it would need holds personal data."""
    counts = {"columns": len(names.columns), "classes": len(names.classes), "files": len(names.files)}
    given = names.inputs(inputs) if names.is_repeatable(settings) else []
    return {"given": given, **({"names_replaced": counts} if any(counts.values()) else {})}


def _kept_trainings(resume: Path | None) -> dict[str, pa.Table]:
    """Finished trainings of an earlier run; none without one."""
    if resume is None:
        return {}
    from auditor.benchmark.resume import kept_trainings

    return kept_trainings(resume)


def _note_benchmark(outcome: Outcome, done: Benchmarked) -> Mapping[str, object]:
    """Fold the stage into the outcome; measured speeds are returned for the manifest."""
    outcome.benchmark = done.result
    outcome.interrupted = done.interrupted
    if done.skipped is not None:
        outcome.skipped.append(("benchmark", done.skipped))
    if done.error is not None:
        outcome.errors.append(("benchmark", done.error))
    return done.speeds
