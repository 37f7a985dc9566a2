"""What a finished run offers to do, by number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from auditor.core.run_summary import Effect
from auditor.errors import UsageError
from auditor.prepare.remedies import Remedy, remedies
from auditor.runs.finished import FinishedRun, open_run, read_summary


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
