"""What a run did, and the files that tell of it."""

from __future__ import annotations

import os
import resource
import shlex
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from auditor.checks.batch.kept import Kept
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.clock import Clock
from auditor.core.gate import Reason, Verdict, judge
from auditor.core.run_summary import Effect
from auditor.corpus.corpus import Corpus
from auditor.errors import AuditorError
from auditor.message import Message
from auditor.pii.redaction import Redaction
from auditor.pipeline.profile import Portion, profile_json
from auditor.prepare.apply import Prepared
from auditor.prepare.plan import Plan
from auditor.prepare.run_summary import after_of, fates_of, run_summary
from auditor.report.formats.html import render_html
from auditor.report.formats.markdown import render_markdown
from auditor.report.view import build_view
from auditor.report.view.rows import shown_rows
from auditor.runs.finished import resume_command
from auditor.runs.scan import Scan
from auditor.store import RunFolder, seen_from_here


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        path: the published run folder.
        audit: the audit.
        plan, prepared, benchmark: the later stages, where they ran.
        skipped: (stage, reason) of stages that had nothing to work on.
        errors: (stage, error) of stages that could not be completed; the rest was published.
        interrupted: whether Ctrl-C ended the benchmark; what was finished was published.
        names: what replaces names that hold personal data.
        effects: what the remedies that are offered would do.
        after: the audit of the data set that was written.
        seconds: wall time of the run.
        profile: where time and memory went.
    """

    path: Path
    audit: Audit
    plan: Plan | None = None
    prepared: Prepared | None = None
    benchmark: BenchmarkResult | None = None
    skipped: list[tuple[str, Message]] = field(default_factory=list)
    errors: list[tuple[str, AuditorError]] = field(default_factory=list)
    crashes: Mapping[str, BaseException] = field(default_factory=dict)
    interrupted: bool = False
    names: Redaction = field(default_factory=Redaction)
    effects: tuple[Effect, ...] = ()
    after: Audit | None = None
    seconds: float = 0.0
    profile: tuple[Portion, ...] = ()

    def verdict(self, settings: Settings) -> Verdict:
        """The exit code of the run and why; see `auditor.errors` and `auditor.core.gate`."""
        if self.interrupted:
            return Verdict(130, (Reason("interrupted"),))
        if self.errors:
            stages = ", ".join(stage for stage, _ in self.errors)
            return Verdict(self.errors[0][1].exit_code, (Reason("stage", {"stages": stages}),))
        return judge(self.audit, settings)


def write_report(
    folder: RunFolder, scan: Scan, settings: Settings, outcome: Outcome, names: Redaction, command: str
) -> None:
    """``summary.json`` and the report in its two forms.

    Args:
        folder: of the run.
        scan, settings, outcome: the run.
        names: what replaces names that hold personal data.
        command: the command line as it may be shown.
    """
    corpus = scan.corpus
    summary = run_summary(corpus, settings, outcome.plan, outcome.prepared, outcome.benchmark)
    if outcome.plan is not None:
        shown = shown_rows(outcome.audit, settings.lang)
        summary = replace(summary, fates=fates_of(corpus, scan.audit.findings(), outcome.plan, shown))
    run = str(seen_from_here(folder.target))
    summary = replace(
        summary,
        effects=outcome.effects,
        after=after_of(outcome.after),
        folder=run,
        resume=resume_command(shlex.split(command), run) if outcome.interrupted else "",
    )
    summary = names.value(summary)
    folder.write_json("summary.json", summary.to_json())
    view = build_view(outcome.audit, summary, settings.lang)
    folder.write_text("report.html", render_html(view))
    folder.write_text("report.md", render_markdown(view))


def manifest_of(
    corpus: Corpus,
    inputs: Mapping[str, str],
    settings: Settings,
    scan: Scan,
    outcome: Outcome,
    folder: RunFolder,
    command: str,
    clock: Clock,
    started: datetime,
    speeds: Mapping[str, object],
    kept: Kept,
) -> dict[str, object]:
    """``manifest.json``: what went in, what came out, with which settings and versions, and what it took.

    Args:
        corpus, settings, scan, outcome, folder: the run.
        inputs: SHA-256 by file.
        command: the command line as it may be shown.
        clock, started: of the run.
        speeds: what the benchmark measured of speeds.
        kept: the state for later batches.
    """
    prepared = outcome.prepared
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pool = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    unit = 1024 if sys.platform == "linux" else 1024**2
    return {
        "schema": 1,
        "command": command,
        "inputs": digests_by_name(inputs),
        "corpus_digest": corpus.digest,
        "outputs": folder.hashes(),
        "config": settings.model_dump(mode="json"),
        "versions": dict(scan.audit.versions),
        "seed": settings.seed,
        "accounts": prepared.accounts.to_json() if prepared else None,
        "columns_left_out": list(prepared.columns_left_out) if prepared else [],
        "state": {"kept": bool(kept.files), "reason": kept.reason},
        "skipped": [{"stage": stage, "reason": reason.to_json()} for stage, reason in outcome.skipped],
        "errors": [
            {"stage": stage, "error": error.what, "exit_code": error.exit_code} for stage, error in outcome.errors
        ],
        "interrupted": outcome.interrupted,
        "started": started.isoformat(timespec="seconds"),
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "timings": clock.stages,
        **({"profile": profile_json(outcome.profile)} if settings.profile else {}),
        "benchmark": dict(speeds),
        "peak_memory_mb": max(round(max(own, pool) / unit), *(one.peak_mb for one in outcome.profile)),
        "cores": os.cpu_count(),
        "tables": {"arrow": pa.__version__},
    }


def digests_by_name(inputs: Mapping[str, str]) -> dict[str, str]:
    """Digests by the names of files without their folders; those of one name, as in folders of parts, are numbered."""
    found: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for file, digest in inputs.items():
        name = Path(file).name
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = digest
    return found
