"""Plan or carry out remedies that a run offers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from auditor.checks.known import known_results
from auditor.checks.registry import require_known
from auditor.core.progress import Progress
from auditor.errors import InputError
from auditor.pipeline.outcome import Outcome
from auditor.pipeline.run import run
from auditor.prepare.offered import OfferedRemedies
from auditor.prepare.remedies import settings_of
from auditor.runs.finished import input_of, inputs_of, settings_for


def fix(
    offer: OfferedRemedies,
    numbers: Sequence[int],
    *,
    out: Path | None,
    apply: bool,
    command: str,
    progress: Progress,
    plan_file: Path | None = None,
) -> Outcome:
    """Plan or carry out some offered remedies, with the input, columns and settings of the run.

    Args:
        offer: the remedies that the run offers.
        numbers: numbers of the remedies.
        out: the new run folder; None: beside the run.
        apply: whether to write the data set; otherwise only the plan is written.
        command: the command line, for the manifest.
        progress: called with (stage, done, total).
        plan_file: an edited plan to carry out.

    Raises:
        UsageError: a number is not offered, or a check of the run is not available.
        InputError, SafetyError: the input is missing or has changed; see also `auditor.pipeline.run.run`.
    """
    chosen = offer.chosen(numbers)
    earlier = offer.run
    require_known(earlier.audit.results)
    inputs = inputs_of(earlier)
    if not inputs:
        raise InputError(
            "The run does not say what it was made from.",
            where=str(earlier.folder),
            fix="Rename the files and columns whose names hold personal data, then run the audit again."
            if earlier.manifest.names_replaced
            else "Run the audit again.",
        )
    corpus = input_of(earlier, inputs)
    settings_of_run = settings_for(earlier, corpus.table.column_names)
    settings = settings_of(
        settings_of_run.model_copy(update={"since": None, "baseline": None, "fail_on": "never"}), chosen
    )
    name = f"{earlier.folder.resolve().name}-fix-{'-'.join(map(str, dict.fromkeys(numbers)))}"
    return run(
        inputs,
        settings,
        out=out or earlier.folder.parent / name,
        command=command,
        stages=("scan", "plan", "clean") if apply else ("scan", "plan"),
        progress=progress,
        plan_file=plan_file,
        is_plan_graded=True,
        is_offering=False,
        known=known_results(earlier, corpus.row_id.tolist(), settings),
    )
