"""Error handling around checks: the result restricted by the settings, or the reason for its absence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.core.results import CheckResult, Completed, Failed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.corpus.shape import locate
from auditor.errors import AuditorError, InputError, ran_out_of_memory
from auditor.message import message, message_of


def guarded(work: Callable[[], CheckResult]) -> tuple[CheckResult, BaseException | None]:
    """The result of `work`, or its outcome with the error if the check failed."""
    try:
        return work(), None
    except InputError as error:
        return Skipped(message_of(error.what, error.fix)), None
    except AuditorError as error:
        return Failed(message_of(error.what, error.fix)), error
    except Exception as error:  # noqa: BLE001 - reported as failed, exit code 5
        if ran_out_of_memory(error):
            return Failed(message("reason.memory")), error
        return Failed(message("reason.stopped", type(error).__name__)), error


def settings_for_columns(result: CheckResult, settings: Settings, corpus: Corpus) -> CheckResult:
    """A result with the selected findings, with spans relative to the cells of the columns."""
    return _in_fields(_wanted(result, settings), corpus)


def _wanted(result: CheckResult, settings: Settings) -> CheckResult:
    """The result without findings of unselected codes."""
    if not isinstance(result, Completed) or not (settings.select or settings.ignore):
        return result
    keep = [settings.wants(code) for code in result.findings.column("code").to_pylist()]
    return replace(result, findings=result.findings.filter(pa.array(keep, pa.bool_())))


def _in_fields(result: CheckResult, corpus: Corpus) -> CheckResult:
    """The result with spans in a view of several fields converted to spans in their cells."""
    if not isinstance(result, Completed) or not corpus.shape.is_composed:
        return result
    found = result.findings
    is_placed = pc.and_(pc.equal(found.column("column"), corpus.roles.text), found.column("start").is_valid())
    positions = np.flatnonzero(np.asarray(pc.fill_null(is_placed, False)))
    if len(positions) == 0:
        return result
    rows = corpus.positions(found.column("row_id").take(pa.array(positions)).to_numpy())
    columns = {name: found.column(name).to_pylist() for name in ("column", "start", "end")}
    for k, row in zip(positions.tolist(), rows.tolist(), strict=True):
        place = locate(corpus.segments[row], columns["start"][k], columns["end"][k])
        columns["column"][k], columns["start"][k], columns["end"][k] = place
    for name, values in columns.items():
        place_of = found.column_names.index(name)
        found = found.set_column(place_of, found.field(place_of), pa.array(values, found.schema.field(name).type))
    return replace(result, findings=found)
