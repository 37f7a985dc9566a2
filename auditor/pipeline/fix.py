"""Carry out remedies that a run offers, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.parquet as pq

from auditor.checks.registry import require_known
from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.progress import Progress
from auditor.core.results import CheckResult, Completed
from auditor.core.run_summary import Effect
from auditor.errors import InputError, UsageError
from auditor.pipeline.run import Outcome, run
from auditor.prepare.remedies import Remedy, remedies, settings_of
from auditor.runs.finished import FinishedRun, input_of, inputs_of, open_run, read_summary, settings_for

REUSED = {"labels": ("label_score", "suggested_label"), "privacy": ("pii_count",)}
"""Checks that take long and are not made again, with their columns in ``rows.parquet``."""


@dataclass(frozen=True)
class Offered:
    """What a run offers.

    Attributes:
        run: the run.
        effects: in the order of their numbers, from 1.
    """

    run: FinishedRun
    effects: tuple[Effect, ...]

    def chosen(self, numbers: Sequence[int]) -> list[Remedy]:
        """The remedies of some numbers.

        Raises:
            UsageError: a number that the run does not offer.
        """
        for number in numbers:
            if not 1 <= number <= len(self.effects):
                raise UsageError(
                    f"The run offers no action {number}.",
                    where=str(self.run.folder),
                    fix=f"Give numbers from 1 to {len(self.effects)}; `auditor fix {self.run.folder}` lists them."
                    if self.effects
                    else "It offers none.",
                )
        found = []
        for number in dict.fromkeys(numbers):
            effect = self.effects[number - 1]
            remedy = next(one for one in remedies(self.run.settings) if one.metric == effect.metric)
            found.append(remedy.instead if effect.avoided and remedy.instead is not None else remedy)
        return found


def offered(folder: Path) -> Offered:
    """What the run in `folder` offers.

    Raises:
        InputError: not a finished run of this version.
    """
    return Offered(open_run(folder), read_summary(folder).effects)


def fix(
    offer: Offered,
    numbers: Sequence[int],
    *,
    out: Path | None,
    apply: bool,
    command: str,
    progress: Progress,
    plan_file: Path | None = None,
) -> Outcome:
    """Plan the remedies of `numbers`, or carry them out, with the input, columns and settings of the run.

    Args:
        offer: see `offered`.
        numbers: which of its actions.
        out: the new run folder; None: beside the run.
        apply: whether the data set is written; else only the plan is.
        command: the command line, for the manifest.
        progress: called with (stage, done, total).
        plan_file: an edited plan to carry out.

    Raises:
        UsageError: a number that is not offered, or a check of the run that is not there.
        InputError, SafetyError: the input is absent or has changed; see also `auditor.pipeline.run.run`.
    """
    chosen = offer.chosen(numbers)
    own = offer.run
    require_known(own.audit.results)
    inputs = inputs_of(own)
    if not inputs:
        raise InputError(
            "The run does not say what it was made from.",
            where=str(own.folder),
            fix="Rename the files and columns whose names hold personal data, then run the audit again."
            if own.manifest.get("names_replaced")
            else "Run the audit again.",
        )
    corpus = input_of(own, inputs)
    found = settings_for(own, corpus.table.column_names)
    settings = settings_of(found.model_copy(update={"since": None, "fail_on": "never"}), chosen)
    name = f"{own.folder.resolve().name}-fix-{'-'.join(map(str, dict.fromkeys(numbers)))}"
    return run(
        inputs,
        settings,
        out=out or own.folder.parent / name,
        command=command,
        stages=("scan", "plan", "clean") if apply else ("scan", "plan"),
        progress=progress,
        plan_file=plan_file,
        is_plan_graded=True,
        is_offering=False,
        known=known_results(own, corpus.row_id.tolist(), settings),
    )


def known_results(own: FinishedRun, rows: list[int], settings: Settings) -> dict[str, CheckResult]:
    """Results of the run's slow checks where `settings` would give the same, with their per-row columns."""
    table = pq.read_table(own.folder / "rows.parquet")
    if table.column("row_id").to_pylist() != rows or own.manifest.get("names_replaced"):
        return {}
    known: dict[str, CheckResult] = {}
    for dimension, columns in REUSED.items():
        result = own.audit.results.get(dimension)
        if not isinstance(result, Completed) or (dimension == "privacy" and not _same_search(own.audit, settings)):
            continue
        per_row = {name: table.column(name).combine_chunks() for name in columns if name in table.column_names}
        known[dimension] = replace(result, per_row=per_row)
    return known


def _same_search(audit: Audit, settings: Settings) -> bool:
    """Whether the privacy check looked for names in as many rows as `settings` ask for."""
    privacy = audit.results["privacy"]
    assert isinstance(privacy, Completed)
    coverage = privacy.coverage
    return coverage is not None and (settings.pii.ner != "full" or coverage.tagged_rows == coverage.rows)
