"""A report from a finished run folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from auditor.core import run_summary as report
from auditor.core.audit import Audit
from auditor.core.benchmark_result import BenchmarkResult
from auditor.core.metrics import Metric
from auditor.errors import InputError
from auditor.report.formats.base import Report
from auditor.report.formats.registry import REPORT_FORMATS
from auditor.store import read_run


def redraw(folder: Path, lang: str, name: str) -> str:
    """The report of the run in `folder` as text.

    Args:
        folder: the run.
        lang: ``en`` or ``zh``.
        name: of a report format.

    Raises:
        UsageError: there is no such format.
        InputError: not a finished run of this version.
    """
    chosen = REPORT_FORMATS.get(name, "--format")
    return chosen.render(Report(read_audit(folder), read_summary(folder), lang))


def read_summary(folder: Path) -> report.RunSummary:
    """What the run in `folder` did beyond the audit.

    Raises:
        InputError: not a finished run of this version.
    """
    try:
        return _summary(json.loads((folder / "summary.json").read_text("utf-8")), str(folder))
    except (OSError, KeyError, TypeError, ValueError):
        raise _another_version(folder) from None


def read_audit(folder: Path) -> Audit:
    """The audit of the run in `folder`.

    Raises:
        InputError: not a finished run of this version.
    """
    _, data, found = read_run(folder)
    try:
        return Audit.from_json(data, found)
    except (KeyError, TypeError, ValueError):
        raise _another_version(folder) from None


def _another_version(folder: Path) -> InputError:
    return InputError(
        "The run was written by another version.", where=str(folder), fix="Run the audit again with this version."
    )


def _summary(data: dict[str, Any], folder: str) -> report.RunSummary:
    """The run summary from ``summary.json``."""
    prepared = data["prepared"]
    if prepared is not None:
        prepared = report.Prepared.from_json(prepared)
    plan = tuple(report.PlanLine(**{**line, "codes": tuple(line["codes"])}) for line in data["plan"])
    after = data.get("after")
    if after is not None:
        after = report.After(after["grades"], tuple(Metric(**metric) for metric in after["metrics"]))
    effects = tuple(report.Effect(**effect) for effect in data.get("effects", ()))
    fates = data.get("fates")
    if fates is not None:
        lists = {key: {row: tuple(names) for row, names in fates[key].items()} for key in ("masked", "steps")}
        fates = report.Fates(**{**fates, **lists})
    benchmark = None if data["benchmark"] is None else BenchmarkResult.from_json(data["benchmark"])
    return report.RunSummary(
        plan, prepared, benchmark, data["facts"], effects, folder, after, fates, data.get("resume", "")
    )
