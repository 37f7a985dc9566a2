"""What a scan hands to the stages after it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from auditor.core.audit import Audit
from auditor.corpus.corpus import Corpus
from auditor.dedup.clusters import Clusters


@dataclass(frozen=True)
class Scan:
    """A corpus, what the checks share, and the audit.

    Attributes:
        contents: string, a hash of each row (`auditor.checks.contents`); None: there is none.
        crashes: exceptions of failed checks by dimension, for `--debug`; never part of a report.
    """

    corpus: Corpus
    clusters: Clusters
    audit: Audit
    crashes: Mapping[str, BaseException]
    contents: pa.Array | None = None
