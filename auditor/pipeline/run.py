"""A run: read the corpus, check, plan, prepare, benchmark, report, and publish one run folder."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from auditor.checks.batch.history import History, open_history
from auditor.checks.batch.kept import kept_state
from auditor.checks.contents import with_contents
from auditor.checks.files import write_scan
from auditor.checks.reference import load_reference
from auditor.checks.run import scan_corpus
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.baseline import Baseline, against
from auditor.core.clock import Clock
from auditor.core.progress import Progress, silent
from auditor.core.results import CheckResult
from auditor.corpus.corpus import Corpus
from auditor.engine.base import Engine
from auditor.engine.choose import engine_for
from auditor.engine.measure import give_back_memory
from auditor.engine.profile import portions
from auditor.errors import AuditorError, InputError
from auditor.message import message
from auditor.pii.column_names import by_own_names
from auditor.pii.redaction import harmless, redaction, safe_name
from auditor.pii.run_masking import Masking, policy_of
from auditor.pipeline.benchmarking import run_stage
from auditor.pipeline.outcome import Outcome
from auditor.prepare.augment.stage import require_augmenter
from auditor.prepare.effects import effects_of, graded_after
from auditor.prepare.reviewed import reviewed_rows
from auditor.prepare.stage import clean_stage, plan_stage
from auditor.report.choose_excerpts import choose_excerpts
from auditor.report.stage import report_stage
from auditor.review.decisions import decisions_for
from auditor.runs.finished import read_audit
from auditor.runs.input_files import input_digests
from auditor.runs.marks import Marks, marks_of
from auditor.runs.scan import Scan
from auditor.store import TOOL, RunFolder, WorkFolder, refuse_changed


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
    """Run `stages` (of ``scan``, ``plan``, ``clean``, ``benchmark``) on `inputs` and publish one run folder.

    Args:
        inputs: paths, globs or folders.
        settings: settings of the run.
        out: the run folder; None: a new one under ``runs/``.
        command: the command line, for the manifest.
        stages: ``scan`` always runs; later stages need the earlier ones.
        progress: called with (stage, done, total).
        plan_file: an edited plan to carry out instead of the one that the policy makes.
        review_file: decisions of a review; they override the policy and the plan.
        resume: an earlier run folder whose finished trainings are reused if nothing has changed.
        known: results of checks of the same input with the same settings, by dimension.
        is_plan_graded: whether to grade the planned data set although it is not written.
        is_offering: whether to offer remedies with their effects.

    Raises:
        InputError: the input cannot be used.
        OutputError, SafetyError: the run folder cannot be written.
        UsageError: data or models for the requested augmentation are missing.
    """
    settings = settings.dated()
    _preflight(settings, stages)
    trainings = _trainings(resume)
    baseline = None if settings.baseline is None else Baseline(read_audit(Path(settings.baseline)), settings.baseline)
    request = _Request(
        inputs, command, stages, plan_file, review_file, known, trainings, is_plan_graded, is_offering, progress,
        baseline,
    )  # fmt: skip
    with WorkFolder(out or Path("runs") / TOOL) as work:
        with request.clock.stage("read"):
            history = open_history(settings)
            corpus, settings = _read(inputs, settings, history, progress, work.path)
            digests = input_digests(corpus)
        _require_rows(corpus, settings, stages)
        target = out or Path("runs") / f"{request.started:%Y-%m-%dT%H%M%S}-{corpus.name}-{corpus.digest[:4]}"
        masking = Masking(corpus, settings, target, is_used="clean" in stages)
        resources = RunFolder(target, corpus.on_disk), marks_of(corpus, settings, target), engine_for(settings)
        with resources[0] as folder, resources[1] as marks, resources[2] as engine:
            return _Run(request, folder, engine, corpus, history, masking, digests, marks).outcome()


LARGEST_GRADED = 300_000_000
"""Maximum number of characters of a corpus for which the written data set is audited in the same run."""


@dataclass(frozen=True)
class _Request:
    """The arguments of `run` besides the settings."""

    inputs: Sequence[str]
    command: str
    stages: Sequence[str]
    plan_file: Path | None
    review_file: Path | None
    known: Mapping[str, CheckResult] | None
    trainings: dict[str, pa.Table]
    is_plan_graded: bool
    is_offering: bool
    progress: Progress
    baseline: Baseline | None = None
    clock: Clock = field(default_factory=Clock)
    started: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class _Run:
    """The stages after reading.

    Attributes:
        request: arguments of the run.
        folder, engine, corpus, history, masking, marks: resources of the run.
        before: SHA-256 of the input files when they were read.
    """

    request: _Request
    folder: RunFolder
    engine: Engine
    corpus: Corpus
    history: History
    masking: Masking
    before: Mapping[str, str]
    marks: Marks

    def outcome(self) -> Outcome:
        """Run the stages and publish their outputs."""
        request, folder, settings, progress = self.request, self.folder, self.masking.settings, self.request.progress
        scan = self._scan()
        if "benchmark" in request.stages or self.corpus.stored is not None:
            # trainings use all cores, and for a large corpus the rest of the run needs the memory of the workers
            self.engine.release_workers()
        give_back_memory()
        with request.clock.stage("state"):
            kept = kept_state(scan, settings, self.history)
        names = redaction(self.corpus, self.masking, scan.audit, request.inputs)
        crashes = {**scan.crashes, **({"state": kept.crash} if kept.crash is not None else {})}
        audit = names.audit(scan.audit)
        audit = audit if request.baseline is None else against(audit, request.baseline)
        outcome = Outcome(folder.target, audit, kept=kept, crashes=crashes, names=names, baseline=request.baseline)
        if kept.error is not None:
            outcome.errors.append(("state", kept.error))
        write_scan(folder, scan, self.masking.masker, outcome.audit, names)
        kept.write(folder)
        self._plan(scan, outcome)
        self._prepare(scan, outcome)
        self._benchmark(scan, outcome)
        self._grade(scan, outcome)
        command = shlex.join(names.command(shlex.split(request.command)))
        outcome.profile = portions(request.clock, self.engine.usage)
        progress("report", 0, 1)
        summary = outcome.summary(scan, settings, folder, command)
        report_stage(folder, outcome.audit, summary, settings.lang, settings.report.both_languages)
        progress("report", 1, 1)
        refuse_changed(self.before)
        outcome.seconds = (datetime.now(UTC) - request.started).total_seconds()
        inputs = {**self.before, **self.corpus.fetched}
        manifest = outcome.manifest(scan, settings, inputs, folder.hashes(), command, request.clock, request.started)
        folder.publish({**names.value(manifest), **names.repeating(request.inputs, settings)})
        return outcome

    def _scan(self) -> Scan:
        """Run all checks and make the excerpts."""
        request, settings = self.request, self.masking.settings
        with request.clock.stage("scan"):
            scan = scan_corpus(
                self.corpus, settings, self.engine, request.progress, load_reference(settings), known=request.known,
                history=self.history, marks=self.marks,
            )  # fmt: skip
        with request.clock.stage("excerpts"):
            request.progress("excerpts", 0, 1)
            excerpts = choose_excerpts(self.corpus, scan.audit, settings)
            request.progress("excerpts", 1, 1)
            scan = replace(scan, audit=replace(scan.audit, excerpts=excerpts))
        with request.clock.stage("contents"):
            return with_contents(scan, settings)

    def _plan(self, scan: Scan, outcome: Outcome) -> None:
        if "plan" not in self.request.stages:
            return
        with self.request.clock.stage("plan"):
            file, names = self.request.review_file, outcome.names
            verdicts = [] if file is None else decisions_for(file, self.corpus, names.original)
            reviewed = reviewed_rows(verdicts, self.corpus)
            outcome.plan = plan_stage(self.folder, scan, self.masking, self.request.plan_file, reviewed, names)

    def _prepare(self, scan: Scan, outcome: Outcome) -> None:
        """Prepare the data set. If that is refused, the report is still written, unless an earlier run exists."""
        if "clean" not in self.request.stages or outcome.plan is None:
            return
        if self.corpus.label_sets is not None:
            outcome.skipped.append(("balance", message("reason.several_unbalanced")))
        try:
            with self.request.clock.stage("clean"):
                outcome.prepared = clean_stage(
                    self.folder, scan, outcome.plan, self.masking, self.request.progress, outcome.audit
                )
        except AuditorError as error:
            if self.folder.target.exists():
                raise
            outcome.errors.append(("clean", error))

    def _benchmark(self, scan: Scan, outcome: Outcome) -> None:
        request, settings = self.request, self.masking.settings
        if "benchmark" not in request.stages or not settings.benchmark.enabled:
            return
        if outcome.plan is None or outcome.prepared is None:
            return
        redacted = replace(scan, corpus=outcome.names.corpus(self.corpus), audit=outcome.audit)
        with request.clock.stage("benchmark"):
            result = run_stage(
                self.folder,
                redacted,
                outcome.plan.parts(),
                outcome.prepared,
                settings,
                request.progress,
                request.trainings,
            )
        outcome.benchmark, outcome.speeds = result.result, result.speeds
        outcome.interrupted, outcome.is_terminated = result.interrupted, result.is_terminated
        if result.skipped is not None:
            outcome.skipped.append(("benchmark", result.skipped))
        if result.error is not None:
            outcome.errors.append(("benchmark", result.error))

    def _grade(self, scan: Scan, outcome: Outcome) -> None:
        """Grade the written or planned data set, and measure the effects of remedies."""
        request, settings = self.request, self.masking.settings
        is_too_large = scan.audit.corpus.characters > LARGEST_GRADED
        if is_too_large and outcome.prepared is not None:
            outcome.skipped.append(("after", message("reason.too_large_to_grade")))
        with request.clock.stage("after"):
            planned = outcome.plan if request.is_plan_graded else None
            if not is_too_large:
                outcome.after = graded_after(
                    scan, outcome.prepared, planned, self.masking, request.progress, self._rescan
                )
        if request.is_offering and outcome.names.is_repeatable(settings) and outcome.names.inputs(request.inputs):
            with request.clock.stage("effects"):
                outcome.effects = effects_of(scan, settings, request.progress, self._rescan, outcome.after)

    def _rescan(self, corpus: Corpus, settings: Settings, dimensions: Collection[str] | None) -> Audit:
        return scan_corpus(corpus, settings, self.engine, silent, None, dimensions).audit


def _preflight(settings: Settings, stages: Sequence[str]) -> None:
    """Check the requirements of the settings before anything is read."""
    if "benchmark" in stages and settings.benchmark.enabled:
        from auditor.benchmark.preflight import require_benchmark

        require_benchmark(settings)
    policy_of(settings)  # refuses unknown words of --only and --skip


def _read(
    inputs: Sequence[str], settings: Settings, history: History, progress: Progress, work: Path
) -> tuple[Corpus, Settings]:
    """The input with a redacted name, and the settings with the column names of the input."""
    try:
        corpus = safe_name(history.load(inputs, settings, progress, work), settings)
    except InputError as error:
        raise harmless(error, settings) from None
    return corpus, history.settings_for(by_own_names(settings, corpus.table.column_names), len(corpus))


def _require_rows(corpus: Corpus, settings: Settings, stages: Sequence[str]) -> None:
    """Check the requirements of later stages before the scan and before anything is written."""
    if len(corpus) == 0 and len(stages) > 1:
        raise InputError(
            "The input has no rows.", where=corpus.files[0], fix="Give data, or use `auditor scan` for a report on it."
        )
    if "clean" in stages:
        require_augmenter(corpus, settings)


def _trainings(resume: Path | None) -> dict[str, pa.Table]:
    """Finished trainings of an earlier run; without one, the benchmark, which is slow to import, is not imported."""
    if resume is None:
        return {}
    from auditor.benchmark.resume import read_trainings

    return read_trainings(resume)
