"""Masking of a run: the key, the rules, and the conditions for writing a data set."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from auditor.config.settings import Settings
from auditor.core.actions import Action
from auditor.core.audit import Audit
from auditor.core.policy import Policy, PolicyRule, load_policy
from auditor.core.results import Completed
from auditor.corpus.columns import named_columns
from auditor.corpus.corpus import Corpus
from auditor.errors import CheckError, SafetyError
from auditor.message import Text
from auditor.pii.detector import detector
from auditor.pii.entities import entity
from auditor.pii.masking.key import load_key
from auditor.pii.masking.masker import Masker, Span, mask_text, ways
from auditor.pii.patterns.stock import UNCHECKED
from auditor.pii.spans import CONFIDENCE, find_spans
from auditor.pii.spans import Span as Found


def policy_of(settings: Settings) -> Policy:
    """The policy of a run: types and unchecked rows to drop instead of mask; --only and --skip.

    Raises:
        InputError: the policy file is not valid.
        UsageError: a word of --only or --skip is unknown.
    """
    options = settings.prepare
    policy = load_policy(Path(options.policy) if options.policy is not None else None)
    rules = [
        rule
        for rule in policy.rules
        if not (rule.unless_ner_full and settings.pii.ner == "full")
        and not (rule.unless_mask_possible and options.mask_possible)
    ]
    if options.mask == "drop":
        rules = [replace(rule, action=Action.DROP) if rule.action == Action.MASK else rule for rule in rules]
    dropped = [name for name, way in ways(options).items() if way == "drop"]
    if options.unchecked == "drop":
        dropped.append(UNCHECKED)
    codes = tuple(sorted({entity(name).code for name in dropped}))
    reason = "rows with these kinds of data are dropped (prepare.mask_entities, prepare.unchecked)"
    dropping = [PolicyRule("dropped-kinds", codes, Action.DROP, reason=reason)] if codes else []
    return Policy((*dropping, *rules)).narrowed(options.only, options.skip)


def hiding(settings: Settings, language: str) -> Callable[[Sequence[str]], list[str]]:
    """A function that masks all possible personal data, including weak evidence and uncertain names.

    For the training texts of a model whose vocabulary is published with it.
    """

    def hide(texts: Sequence[str]) -> list[str]:
        try:
            rows = find_spans(texts, settings, language, ner=settings.pii.ner != "off", unsure=True)
        except CheckError:  # no tagger is installed
            rows = find_spans(texts, settings, language, ner=False)
        spans = ([(s.start, s.end, s.entity) for s in row] for row in rows)
        return [mask_text(text, given, "replace") for text, given in zip(texts, spans, strict=True)]

    return hide


class Masking:
    """The masking of a corpus. All errors in the settings are raised at construction.

    Args:
        target: the run folder.
        is_used: whether a data set will be written.

    Raises:
        InputError: no such column to search; a rules or exceptions file or the key cannot be used.
        SafetyError: others may read the key, or it lies in the run folder.
        UsageError: pseudonyms are requested without a key.

    """

    def __init__(self, corpus: Corpus, settings: Settings, target: Path, *, is_used: bool) -> None:
        named_columns(corpus, settings.pii.columns)
        if settings.wants("PII"):
            with suppress(CheckError):  # a library is missing: the check reports it
                detector(settings.pii, corpus.language, settings.today())
        self.settings = settings
        self.is_used = is_used
        self._language = corpus.language
        file = settings.prepare.key_file
        if is_used and file is not None and Path(file).resolve().is_relative_to(target.resolve()):
            raise SafetyError(
                "The key would lie beside the data it protects.", where=file, fix="Keep it outside the run folder."
            )
        self.masker = Masker(settings.prepare, load_key(settings.prepare, settings.seed) if is_used else None)
        self.policy = policy_of(settings)

    def rescan(self, texts: Sequence[str], heading: str | None = None) -> list[list[Span]]:
        """The search that made the findings, for what the policy masks.

        Args:
            texts: cells of one column.
            heading: name of the column unless it is the text; it counts as a context word of each value.
        """
        options = self.settings
        rows = find_spans(texts, options, self._language, ner=options.pii.ner == "full", heading=heading)
        return [[(s.start, s.end, s.entity) for s in row if self.masks(s)] for row in rows]

    def rescan_all(self, texts: Sequence[str], heading: str | None = None) -> list[list[Span]]:
        """The same search for all personal data including names, regardless of the policy."""
        options = self.settings
        try:
            rows = find_spans(texts, options, self._language, ner=options.pii.ner != "off", heading=heading)
        except CheckError:  # no tagger is installed: the audit also reports it
            rows = find_spans(texts, options, self._language, ner=False, heading=heading)
        return [[(s.start, s.end, s.entity) for s in row] for row in rows]

    def masks(self, span: Found) -> bool:
        """Whether the policy masks the finding, or drops the row."""
        code, confidence = entity(span.entity).code, CONFIDENCE[span.evidence]
        rule = self.policy.rule_for(code, confidence=confidence)
        return self.settings.wants(code) and rule is not None and rule.action in (Action.MASK, Action.DROP)

    def refuse_unchecked(self, audit: Audit) -> None:
        """Refuse to write a data set if rows were not searched as required.

        Raises:
            SafetyError: the privacy check failed, names were to be masked but not searched for, or a recognizer timed
                out on a row and no setting covers this case.

        """
        settings = self.settings
        if not settings.wants("PII"):
            return  # requested: the report states that there was no search
        result = audit.results.get("privacy")
        if not isinstance(result, Completed):
            raise SafetyError(
                "The data set is not written: it was not searched for personal data.",
                where="privacy check",
                fix="Fix what the report lists, or leave the check out with --ignore PII.",
            )
        if settings.pii.ner == "full" and result.coverage is not None and result.coverage.tagger_missing is not None:
            raise SafetyError(
                "The data set is not written: names were to be masked and could not be searched for.",
                where="pii.ner = full",
                fix="Install the model, or take --ner sample; names are then reported and stay.",
            )
        unchecked = sum(int(m.value or 0) for m in result.metrics if m.name == "privacy.unchecked_rows")
        if unchecked and (settings.prepare.unchecked == "refuse" or not settings.wants(entity(UNCHECKED).code)):
            raise SafetyError(
                Text("The data set is not written: in {0} rows a recognizer ran out of time.", unchecked),
                where=f"finding {entity(UNCHECKED).code}, column row_id in findings.parquet",
                fix="Check the rows; then --set prepare.unchecked=mask (hides the whole line) or =drop.",
            )
