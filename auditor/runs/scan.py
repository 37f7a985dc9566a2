"""The result of a scan, for the stages after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters


@dataclass(frozen=True)
class Scan:
    """The result of a scan.

    Attributes:
        corpus: the rows.
        clusters: their duplicate clusters.
        audit: the audit.
        crashes: exceptions of failed checks by dimension, for `--debug`; never part of a report.
        contents: string, a hash of each row (`auditor.checks.contents`); None: not computed.
    """

    corpus: Corpus
    clusters: Clusters
    audit: Audit
    crashes: Mapping[str, BaseException]
    contents: pa.Array | None = None
