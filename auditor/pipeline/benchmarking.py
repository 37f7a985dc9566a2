"""Call the benchmark with the data of a run, or of two data sets."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from auditor.config.settings import Settings
from auditor.core.actions import PARTS
from auditor.core.progress import Progress
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError
from auditor.pii.redaction import class_names
from auditor.pii.run_masking import hiding
from auditor.prepare.apply import Prepared
from auditor.prepare.split import assign_parts, held_out, is_test_drawn
from auditor.runs.scan import Scan
from auditor.store import RunFolder

if TYPE_CHECKING:  # slow to import, so imported only when it runs
    from auditor.benchmark.stage import StageOutcome
    from auditor.core.benchmark_result import BenchmarkResult


def run_stage(
    folder: RunFolder, scan: Scan, parts: np.ndarray, prepared: Prepared, settings: Settings, progress: Progress,
    finished: dict[str, pa.Table],
) -> StageOutcome:  # fmt: skip
    """The benchmark of a run; see `auditor.benchmark.stage`."""
    from auditor.benchmark.sides import RunData, prepared_rows, with_class_names
    from auditor.benchmark.stage import benchmark_stage

    corpus, is_usable, train = scan.corpus, ~held_out(scan.corpus), prepared.parts.get("train")
    data = RunData(
        corpus=with_class_names(corpus, prepared.labels),
        clusters=scan.clusters.groups(),
        is_train=is_usable & (parts == PARTS.index("train")),
        is_test=is_usable & (parts == PARTS.index("test")),
        prepared=None if train is None else prepared_rows(corpus, train, prepared.names, prepared.removed),
        findings=scan.audit.findings(),
        spare=is_usable if is_test_drawn(corpus, settings.prepare) else None,
    )
    return benchmark_stage(folder, data, settings, progress, finished, hiding(settings, corpus.language))


def compare_sets(
    before: str, after: str, test: str | None, settings: Settings, out: Path, command: str, progress: Progress,
    resume: Path | None = None,
) -> BenchmarkResult:  # fmt: skip
    """The benchmark of two data sets; see `auditor.benchmark.two_sets.benchmark_two_sets`."""
    from auditor.benchmark.preflight import require_benchmark
    from auditor.benchmark.two_sets import Request, benchmark_two_sets

    def split(corpus: Corpus, clusters: np.ndarray) -> np.ndarray:
        return assign_parts(corpus, clusters, settings.prepare, settings.seed)

    def safe_class_names(corpus: Corpus) -> Mapping[str, str]:
        try:
            return class_names(corpus, settings)
        except CheckError:  # a library of the privacy check is missing
            return {}

    require_benchmark(settings)
    hide = partial(hiding, settings)
    request = Request(before, after, test, settings, command, progress, resume, split, safe_class_names, hide)
    return benchmark_two_sets(request, out)
