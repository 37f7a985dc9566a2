"""Estimate the effect of a remedy by counting findings, for corpora too large to plan every offered remedy."""

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
"""Suggestions of findings that a text step carries out."""


def counted_effects(scan: Scan, settings: Settings) -> dict[str, int]:
    """Number of rows by what would be done to them, named as in the accounts of a data set; zero counts are omitted.

    A plan can change slightly fewer rows: it keeps a duplicate if the row kept in its place is itself dropped, and
    does not mask dropped rows.

    Args:
        scan: scan of the input.
        settings: settings of the remedy, see `auditor.prepare.remedies.settings_of`.
    """
    corpus, findings, options = scan.corpus, scan.audit.findings(), settings.prepare
    parts = corpus.part if corpus.part is not None else np.full(len(corpus), Part.TRAIN, np.int8)
    counts: Counter[str] = Counter()
    if options.only:
        requested = requested_actions(corpus, findings, parts, policy_of(settings))
        action = np.full(len(corpus), Action.KEEP, np.int8)
        np.minimum.at(action, requested.row, requested.action)
        counts.update({name: int((action == number).sum()) for number, name in _COUNTED.items()})
    if options.steps:
        repaired = findings.filter(pc.is_in(findings.column("suggestion"), pa.array(_REPAIRED)))
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
