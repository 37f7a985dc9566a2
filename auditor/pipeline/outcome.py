"""The outcome of a run, and the files that describe it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from auditor.checks.batch.kept import Kept
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.baseline import Baseline
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.clock import Clock, Portion
from auditor.core.gate import Reason, Verdict, judge
from auditor.core.run_summary import Effect, RunSummary
from auditor.engine.measure import peak_megabytes
from auditor.errors import AuditorError
from auditor.message import Message
from auditor.pii.redaction import Redaction
from auditor.prepare.apply import Prepared
from auditor.prepare.plan import Plan
from auditor.prepare.run_summary import fates_of, run_summary
from auditor.report.view.rows import shown_rows
from auditor.runs.finished import resume_command
from auditor.runs.input_files import digests_by_name
from auditor.runs.scan import Scan
from auditor.store import RunFolder, seen_from_here


@dataclass
class Outcome:
    """The outcome of a run.

    Attributes:
        path: the published run folder.
        audit: the audit.
        plan, prepared, benchmark: results of later stages; None if they did not run.
        kept: the state for later batches.
        speeds: speeds that the benchmark measured.
        skipped: (stage, reason) of skipped stages.
        errors: (stage, error) of failed stages; the results of the others were published.
        crashes: exceptions of failed checks by dimension, for `--debug`.
        interrupted: whether Ctrl-C or SIGTERM ended the benchmark; finished results were published.
        is_terminated: whether it was SIGTERM.
        names: redaction of names with personal data.
        effects: effects of the offered remedies.
        after: audit of the data set that was written or planned.
        seconds: wall time of the run.
        profile: time and memory of the stages.
        baseline: the run whose findings are known.
    """

    path: Path
    audit: Audit
    plan: Plan | None = None
    prepared: Prepared | None = None
    benchmark: BenchmarkResult | None = None
    kept: Kept | None = None
    speeds: Mapping[str, object] = field(default_factory=dict)
    skipped: list[tuple[str, Message]] = field(default_factory=list)
    errors: list[tuple[str, AuditorError]] = field(default_factory=list)
    crashes: Mapping[str, BaseException] = field(default_factory=dict)
    interrupted: bool = False
    is_terminated: bool = False
    names: Redaction = field(default_factory=Redaction)
    effects: tuple[Effect, ...] = ()
    after: Audit | None = None
    seconds: float = 0.0
    profile: tuple[Portion, ...] = ()
    baseline: Baseline | None = None

    def verdict(self, settings: Settings) -> Verdict:
        """The exit code of the run with its reasons; see `auditor.errors` and `auditor.core.gate`."""
        if self.interrupted:
            return Verdict(143 if self.is_terminated else 130, (Reason("interrupted"),))
        if self.errors:
            stages = ", ".join(stage for stage, _ in self.errors)
            return Verdict(self.errors[0][1].exit_code, (Reason("stage", {"stages": stages}),))
        return judge(self.audit, settings, self.baseline)

    def summary(self, scan: Scan, settings: Settings, folder: RunFolder, command: str) -> RunSummary:
        """The part of the report besides the audit, with redacted names.

        Args:
            scan, settings, folder: scan, settings and folder of the run.
            command: the redacted command line.
        """
        summary = run_summary(
            scan.corpus, settings, self.plan, self.prepared, self.benchmark, after=self.after, effects=self.effects
        )
        if self.plan is not None:
            shown = shown_rows(self.audit, settings.lang)
            summary = replace(summary, fates=fates_of(scan.corpus, scan.audit.findings(), self.plan, shown))
        run = str(seen_from_here(folder.target))
        resume = resume_command(shlex.split(command), run) if self.interrupted else ""
        profile = self.profile if settings.profile else ()
        return self.names.value(replace(summary, folder=run, resume=resume, profile=profile))

    def manifest(
        self, scan: Scan, settings: Settings, inputs: Mapping[str, str], outputs: Mapping[str, str], command: str,
        clock: Clock, started: datetime,
    ) -> dict[str, object]:  # fmt: skip
        """``manifest.json``: inputs, outputs, settings, versions, time and memory.

        Args:
            scan, settings, clock, started: of the run.
            inputs, outputs: SHA-256 by file.
            command: the redacted command line.
        """
        prepared = self.prepared
        return {
            "schema": 1,
            "command": command,
            "inputs": digests_by_name(inputs),
            "corpus_digest": scan.corpus.digest,
            "outputs": outputs,
            "config": settings.written(),
            "versions": dict(scan.audit.versions),
            "seed": settings.seed,
            "accounts": prepared.accounts.to_json() if prepared else None,
            "columns_left_out": list(prepared.columns_left_out) if prepared else [],
            "state": {"kept": bool(self.kept.files), "reason": self.kept.reason} if self.kept else {},
            "skipped": [{"stage": stage, "reason": reason.to_json()} for stage, reason in self.skipped],
            "errors": [
                {"stage": stage, "error": error.what, "exit_code": error.exit_code} for stage, error in self.errors
            ],
            "interrupted": self.interrupted,
            "started": started.isoformat(timespec="seconds"),
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "timings": clock.stages,
            **({"profile": [asdict(portion) for portion in self.profile]} if settings.profile else {}),
            "benchmark": dict(self.speeds),
            "peak_memory_mb": max(peak_megabytes(), *(portion.peak_mb for portion in self.profile)),
            "cores": os.cpu_count(),
            "tables": {"arrow": pa.__version__},
        }
