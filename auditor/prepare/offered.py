"""The numbered remedies that a finished run offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.core.run_summary import Effect
from auditor.errors import UsageError
from auditor.prepare.remedies import Remedy, remedies
from auditor.runs.finished import FinishedRun, open_run, read_summary


@dataclass(frozen=True)
class OfferedRemedies:
    """The remedies offered by a run.

    Attributes:
        run: the run.
        effects: effect of each remedy, in the order of their numbers, from 1.
    """

    run: FinishedRun
    effects: tuple[Effect, ...]

    def chosen(self, numbers: Sequence[int]) -> list[Remedy]:
        """The remedies with the given numbers.

        Raises:
            UsageError: the run does not offer one of the numbers.
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
        selected = []
        for number in dict.fromkeys(numbers):
            effect = self.effects[number - 1]
            remedy = next(item for item in remedies(self.run.settings) if item.metric == effect.metric)
            selected.append(remedy.instead if effect.avoided and remedy.instead is not None else remedy)
        return selected


def offered_remedies(folder: Path) -> OfferedRemedies:
    """The remedies that the run in `folder` offers.

    Raises:
        InputError: `folder` is not a finished run of this version.
    """
    return OfferedRemedies(open_run(folder), read_summary(folder).effects)
