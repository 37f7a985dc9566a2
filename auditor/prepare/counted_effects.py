"""How many rows a remedy would change by the findings alone, for corpora too large to plan every offer."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.config.settings import Settings
from auditor.core.actions import Action, Part
from auditor.pii.run_masking import policy_of
from auditor.prepare.decide import requested_actions
from auditor.runs.scan import Scan

_COUNTED = {
    Action.DROP: "removed",
    Action.REVIEW: "to_review",
    Action.RELABEL: "relabelled",
    Action.DOWN_WEIGHT: "down_weighted",
    Action.MASK: "masked",
}
_REPAIRED = ("repair", "strip")
"""Suggestions of findings that a text step follows."""


def counted_effects(scan: Scan, settings: Settings) -> dict[str, int]:
    """Rows by what would be done to them, as the accounts of a data set name it; what is nothing is left out.

    A plan may do a little less: it keeps a copy where the row kept for it is lost, and masks need no row that is
    dropped.

    Args:
        scan: of the input.
        settings: those of the remedy, see `auditor.prepare.remedies.settings_of`.
    """
    corpus, found, options = scan.corpus, scan.audit.findings(), settings.prepare
    parts = corpus.part if corpus.part is not None else np.full(len(corpus), Part.TRAIN, np.int8)
    counts: Counter[str] = Counter()
    if options.only:
        wanted = requested_actions(corpus, found, parts, policy_of(settings))
        action = np.full(len(corpus), Action.KEEP, np.int8)
        np.minimum.at(action, wanted.row, wanted.action)
        counts.update({name: int((action == number).sum()) for number, name in _COUNTED.items()})
    if options.steps:
        repaired = found.filter(pc.is_in(found.column("suggestion"), pa.array(_REPAIRED)))
        counts["changed"] = len(repaired.column("row_id").unique())
    if options.balance in ("weights", "oversample") and corpus.labels is not None:
        sizes = Counter(label for label, part in zip(corpus.labels, parts.tolist(), strict=True) if part == Part.TRAIN)
        del sizes[None]
        floor = int(np.ceil(max(sizes.values(), default=0) / options.balance_ratio))
        is_weighted = options.balance == "weights"
        counts["weighted" if is_weighted else "added"] = (
            sizes.total() if is_weighted else sum(max(0, floor - size) for size in sizes.values())
        )
    return {name: count for name, count in counts.items() if count}
