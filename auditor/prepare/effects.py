"""Effects of the offered remedies: each is planned, and the planned rows are graded again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from auditor.config.settings import Settings
from auditor.core.audit import Audit
from auditor.core.metrics import Metric
from auditor.core.progress import Progress
from auditor.core.results import Completed
from auditor.core.run_summary import Effect
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import corpus_of_tables
from auditor.corpus.requested_columns import settings_for_columns
from auditor.errors import SafetyError, UsageError
from auditor.pii.column_names import with_columns
from auditor.pii.run_masking import Masking
from auditor.prepare.apply import Prepared
from auditor.prepare.counted_effects import counted_effects
from auditor.prepare.plan import Plan
from auditor.prepare.remedies import Remedy, settings_of, wanted_remedies
from auditor.prepare.stage import draft, part_file, prepared_rows
from auditor.runs.scan import Scan

OFFERED = 5
LARGEST = 2_000_000
"""Maximum number of characters for which a scan measures effects. For larger corpora, rows are counted from the
findings; `auditor fix` measures the effects for any corpus."""
LARGEST_LABELLED = 20_000
"""Maximum number of rows for which the label check is run again to measure an effect: it takes most of a scan."""
NOT_DONE = ("in", "kept", "rejected", "out")
"""Accounts of rows that are not changed."""
ORDER = "ABCDF"


class Rescan(Protocol):
    """Audits rows again. Passed in by callers, since this package must not import the checks."""

    def __call__(self, corpus: Corpus, settings: Settings, dimensions: Collection[str] | None, /) -> Audit:
        """Audit `corpus`; `dimensions`: the dimensions to grade, None: all."""


def effects_of(
    scan: Scan, settings: Settings, progress: Progress, rescan: Rescan, after: Audit | None = None
) -> tuple[Effect, ...]:
    """The effects of at most `OFFERED` remedies that change anything: worst letter first, then the largest gain.

    Args:
        scan: scan of the input.
        settings: settings of the run.
        progress: called with (stage, done, total).
        rescan: audits planned rows.
        after: audit of the data set that the run wrote; metrics that are good there need no remedy any more.
    """
    wanted = wanted_remedies(scan.audit, settings)
    if after is not None:
        still_poor = {remedy.metric for remedy, _ in wanted_remedies(after, settings)}
        wanted = [item for item in wanted if item[0].metric in still_poor]
    if len(scan.corpus) == 0 or not wanted:
        return ()
    is_measured = settings.effects and scan.audit.corpus.characters <= LARGEST
    effects = []
    for number, (remedy, letter) in enumerate(wanted):
        progress("effects", number, len(wanted))
        effect = effect_of(scan, settings, remedy, rescan, is_measured=is_measured)
        if effect is not None:
            gained = effect.after.get(remedy.dimension) or letter
            effects.append((ORDER.index(letter), ORDER.index(letter) - ORDER.index(gained), effect.rows, effect))
    progress("effects", len(wanted), len(wanted))
    effects.sort(key=lambda item: (-item[0], -item[1], -item[2]))
    return tuple(effect for *_, effect in effects[:OFFERED])


def effect_of(
    scan: Scan, settings: Settings, remedy: Remedy, rescan: Rescan, *, is_measured: bool = True
) -> Effect | None:
    """The effect of one remedy; None if it changes nothing or is refused.

    If it would lower another letter, the remedy's alternative is used instead.
    """
    try:
        effect = _effect(scan, settings, remedy, rescan, is_measured=is_measured)
    except (SafetyError, UsageError):
        return None  # such as a plan that removes too many rows, or a custom policy without these codes
    if effect is None or remedy.instead is None or not lowers(effect, remedy.dimension):
        return effect
    alternative = _effect(scan, settings, remedy.instead, rescan, is_measured=is_measured)
    return replace(alternative, avoided=effect.after) if alternative is not None else None


def lowers(effect: Effect, dimension: str) -> bool:
    """Whether the letter of a dimension other than `dimension` falls."""
    pairs = [(effect.before[name], letter) for name, letter in effect.after.items() if name != dimension]
    return any(old is not None and new is not None and ORDER.index(new) > ORDER.index(old) for old, new in pairs)


def _effect(scan: Scan, settings: Settings, remedy: Remedy, rescan: Rescan, *, is_measured: bool) -> Effect | None:
    options = settings_of(settings, [remedy])
    privacy = scan.audit.results.get("privacy")
    if isinstance(privacy, Completed) and _must_tag(privacy, options):
        return _estimated_effect(remedy, privacy)  # tagging all rows takes far longer than a scan
    if not is_measured:
        counts = counted_effects(scan, options)
        return Effect(remedy.metric, counts, {}, {}) if counts else None
    masking = Masking(scan.corpus, options, Path(), is_used=True)
    plan = draft(scan, masking)
    prepared = prepared_rows(scan, plan, masking)
    accounts = {name.removeprefix("rows_"): count for name, count in prepared.accounts.sums().items()}
    weighted = options.prepare.balance == "weights" and scan.corpus.labels is not None
    accounts = {name: count for name, count in accounts.items() if count and name not in NOT_DONE}
    if weighted:
        accounts["weighted"] = prepared.accounts.parts.get("train", 0)
    if not accounts:
        return None
    dimensions = {remedy.dimension, *remedy.dimensions} & scan.audit.results.keys()
    if remedy.dimension == "labels" and len(scan.corpus) > LARGEST_LABELLED:
        return Effect(remedy.metric, accounts, {}, {})
    # no check reads weights, so the result would be the same
    only_weights = set(accounts) == {"weighted"}
    audit = scan.audit if only_weights else graded_again(prepared, scan.corpus, settings, rescan, dimensions)
    value = next((m.value for m in _metrics(audit, remedy.dimension) if m.name == remedy.metric), None)
    before = {name: scan.audit.grades[name].letter for name in sorted(dimensions)}
    after = {name: audit.grades[name].letter for name in sorted(dimensions)}
    return Effect(remedy.metric, accounts, before, after, value)


def _metrics(audit: Audit, dimension: str) -> tuple[Metric, ...]:
    result = audit.results.get(dimension)
    return result.metrics if isinstance(result, Completed) else ()


def _must_tag(privacy: Completed, settings: Settings) -> bool:
    """Whether `settings` tag names in more rows than the privacy check did."""
    coverage = privacy.coverage
    return settings.pii.ner == "full" and coverage is not None and coverage.tagged_rows < coverage.rows


def _estimated_effect(remedy: Remedy, privacy: Completed) -> Effect | None:
    """Number of rows that masking names would change, estimated from the tagged rows; letters are not measured."""
    rate = next((m.value for m in privacy.metrics if m.name == remedy.metric and m.slice is None), None)
    if not rate or privacy.coverage is None:
        return None
    return Effect(remedy.metric, {"masked_estimated": round(rate * privacy.coverage.rows)}, {}, {})


def graded_after(
    scan: Scan, prepared: Prepared | None, plan: Plan | None, masking: Masking, progress: Progress, rescan: Rescan
) -> Audit | None:
    """The audit of the data set that was written, or else of the one that a plan would give.

    Args:
        scan: scan of the input.
        prepared: the data set; None: none was written.
        plan: carried out in memory if there is no data set; None: there is no plan.
        masking: masking settings and state of the run.
        progress: called with (stage, done, total).
        rescan: audits the rows.

    Returns:
        None if there is neither data set nor plan, if no rows are left, or if carrying out the plan is refused.
    """
    if prepared is None and plan is not None:
        try:
            prepared = prepared_rows(scan, plan, masking)
        except SafetyError:  # reported when the plan is carried out
            return None
    if prepared is None or not prepared.parts:
        return None
    progress("after", 0, 1)
    audit = graded_again(prepared, scan.corpus, masking.settings, rescan)
    progress("after", 1, 1)
    return audit


def graded_again(
    prepared: Prepared,
    corpus: Corpus,
    settings: Settings,
    rescan: Rescan,
    dimensions: Collection[str] | None = None,
) -> Audit:
    """The audit of a prepared data set, as `auditor scan` would make it from the files; nothing is written.

    Args:
        prepared: the data set.
        corpus: the input, for its columns and language.
        settings: settings of the run.
        rescan: audits the rows.
        dimensions: the dimensions to grade; None: all.
    """
    options = settings_after(settings, corpus, prepared.names)
    tables = {part_file(part): prepared.parts[part] for part in sorted(prepared.parts, key=part_file)}
    return rescan(corpus_of_tables(tables, options.corpus), options, dimensions)


def settings_after(settings: Settings, corpus: Corpus, names: Mapping[str, str]) -> Settings:
    """Settings that read a data set made from `corpus` with the same column roles.

    Args:
        settings: settings of the run.
        corpus: the input.
        names: name in the data set of each column of the input.
    """
    roles, shape = {**corpus.roles.columns(), **corpus.roles.token_columns()}, corpus.shape
    columns = settings_for_columns(
        roles, shape.kind, shape.columns, shape.keys, corpus.label_columns, corpus.annotator_columns
    )
    options = with_columns(settings.model_copy(update={"corpus": settings.corpus.model_copy(update=columns)}), names)
    corpus_settings = options.corpus.model_copy(update={"language": corpus.language})
    return settings.model_copy(update={"corpus": corpus_settings, "since": None, "excerpts": "none", "reference": ()})
