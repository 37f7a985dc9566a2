"""Label noise: confident learning (Northcutt, Jiang, Chuang 2021; cleanlab) on grouped out-of-sample probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from auditor.checks.base import Check, Shared, is_mostly_english, no_column
from auditor.checks.labels.confusion_pairs import confused_pairs, confusion, pair_table, score_histogram
from auditor.checks.labels.eligible_rows import Judgeable, judgeable, rows_with_text
from auditor.checks.labels.ensemble import Opinion, opinion
from auditor.checks.labels.fine_tuned import chosen_base, thorough_dynamics
from auditor.checks.labels.label_issues import NEIGHBOURS_OF_ROWS, find_suspects
from auditor.checks.labels.multi_label import several_labels
from auditor.checks.labels.probabilities import agreement, out_of_sample
from auditor.checks.labels.rows import (
    ambiguous_labels,
    confused,
    likely_wrong_labels,
    missing_labels,
    per_row,
    small_classes,
)
from auditor.checks.labels.sampled import sampled_opinion
from auditor.checks.labels.tokens import token_labels
from auditor.checks.labels.training_dynamics import Dynamics
from auditor.core.findings import merge_findings
from auditor.core.metrics import Metric, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.message import Message, Quantity, message
from auditor.models.static_vectors import latent_vectors
from auditor.stats import wilson

LINEAR = "linear"
"""The value of ``labels.model`` without thorough mode."""
GATE = 0.25
"""Minimum skill (0: chance, 1: perfect) of the models for flagging labels as wrong."""


class LabelCheck(Check[None]):
    """Flags rows whose label is contradicted by models trained on neither the row nor a copy of it."""

    prefix = "LBL"
    dimension = "labels"
    roles = ("text", "label")

    def finish(self, partials: Sequence[None], corpus: Corpus, shared: Shared) -> CheckResult:
        """LBL001 likely wrong, LBL002 ambiguous, LBL003 missing, LBL004 small classes, LBL005 confused pairs.

        LBL006 to LBL008 of tokens (`token_labels`), LBL009 and LBL010 of multi-label rows (`several_labels`).
        """
        groups = shared.clusters.groups() if shared.clusters is not None else np.arange(len(corpus))
        if corpus.label_sets is not None:
            seed, options = self.settings.seed, self.settings.labels
            return several_labels(corpus, corpus.label_sets, groups, _words_of(corpus), options, seed)
        if corpus.labels is None:
            if corpus.token_rows is None or corpus.tag_rows is None:
                return Skipped(no_column(corpus, "label"))
            tagged = token_labels(corpus, groups, self.settings.labels, self.settings.seed)
            if self.settings.labels.model != LINEAR and isinstance(tagged, Completed):
                return replace(tagged, notes=(message("note.label_linear_only"), *tagged.notes))
            return tagged
        return self._single(corpus, shared, groups)

    def _single(self, corpus: Corpus, shared: Shared, groups: np.ndarray) -> CheckResult:
        rows = judgeable(corpus.labels or [], rows_with_text(corpus.texts), groups, self.settings.labels.min_class_rows)
        if rows.reason is not None and not (len(rows.missing) and len(rows.missing) < len(corpus)):
            return Skipped(rows.reason)
        metrics = [measured("labels.missing_rate", len(rows.missing) / len(corpus))]
        tables, notes = [missing_labels(corpus, rows.missing), small_classes(corpus, rows.small)], _left_out(rows)
        if rows.reason is not None:
            metrics.append(measured("labels.noise_rate", None))
            note = message("note.labels_not_judged", rows.reason)
            return Completed(tuple(metrics), merge_findings(tables), (), (note, *notes))
        view, model_notes = self._opinion(rows, corpus, shared)
        metrics.append(measured("labels.agreement", view.agreement))
        if (view.agreement - view.chance) / max(1 - view.chance, 1e-9) < GATE:
            metrics.append(measured("labels.noise_rate", None))
            note = message("note.label_gate", Quantity(view.agreement, "share"), Quantity(view.chance, "share"))
            return Completed(tuple(metrics), merge_findings(tables), (), (note, *model_notes[1:], *notes))
        found = find_suspects(rows.given, view)
        pairs = confused_pairs(rows.given, rows.names, found)
        tables += [
            likely_wrong_labels(rows, corpus, view, found),
            ambiguous_labels(rows, corpus, found),
            *confused(corpus, rows, pairs),
        ]
        metrics += [
            _noise(int(found.wrong.sum()), len(rows.at), view.agreement),
            measured("labels.suspects", int(found.wrong.sum())),
            measured("labels.safe_suspects", int(found.safe.sum())),
            measured("labels.ambiguous", int(found.ambiguous.sum())),
            measured("labels.estimated_noise", 1 - float(np.trace(found.noise))),
        ]
        figures = [score_histogram(found.score), confusion(rows.given, view, rows.names)]
        figures += [pair_table(pairs)] if pairs else []
        if found.wrong.sum() > NEIGHBOURS_OF_ROWS:
            notes = (*notes, message("note.label_neighbours", NEIGHBOURS_OF_ROWS))
        return Completed(
            tuple(metrics),
            merge_findings(tables),
            tuple(figures),
            (*model_notes, *notes),
            per_row(corpus, rows, found, self.settings.labels.may_apply == "safe"),
        )

    def ready(self, corpus: Corpus) -> None:
        """Check that thorough mode's encoder is available; else UsageError, InputError or SafetyError."""
        if self.settings.labels.model != LINEAR and corpus.roles.label is not None:
            chosen_base(self.settings.labels.model, self.language)

    def _opinion(self, rows: Judgeable, corpus: Corpus, shared: Shared) -> tuple[Opinion, tuple[Message, ...]]:
        """The models' judgement of the labels, and notes on the models."""
        seed, options = self.settings.seed, self.settings.labels
        if options.model == LINEAR and len(rows.at) > options.sample_rows:
            return self._sampled_opinion(rows, corpus, shared)
        texts = [corpus.texts[i] for i in rows.at]
        oos = out_of_sample(
            texts,
            rows.given,
            rows.groups,
            language=_words_of(corpus),
            folds=options.folds,
            seed=seed,
        )
        vectors = shared.vectors(corpus)
        vectors = latent_vectors(oos.features, seed) if vectors is None else vectors[rows.at]
        if options.model == LINEAR:
            view = opinion(rows.given, oos, vectors, seed)
            return view, (_model_note(view, oos.folds),)
        tuned = thorough_dynamics(texts, rows.given, rows.groups, options, self.language, seed, shared.tell)
        view = opinion(rows.given, oos, vectors, seed, tuned)
        return view, (_model_note(view, oos.folds), *_tuned_notes(tuned, view, rows.given, options.max_length))

    def _sampled_opinion(self, rows: Judgeable, corpus: Corpus, shared: Shared) -> tuple[Opinion, tuple[Message, ...]]:
        found = sampled_opinion(
            corpus.texts,
            rows,
            self.settings.labels.sample_rows,
            language=_words_of(corpus),
            static=is_mostly_english(corpus),
            seed=self.settings.seed,
            threads=self.settings.threads(),
        )
        note = message("note.label_sample", found.fitted, len(rows.at))
        return found.view, (_model_note(found.view, found.folds), note)


def _noise(wrong: int, rows: int, agreement: float) -> Metric:
    """The share of labels that look wrong, with an upper bound: the share that the models contradict.

    The bound does not cover errors that the models have learnt, such as one shared by many equal texts.
    """
    contradicted = max(wrong, round((1 - agreement) * rows))
    return replace(measured("labels.noise_rate", wrong / rows), high=round(wilson(contradicted, rows)[1], 6))


def _model_note(view: Opinion, folds: int) -> Message:
    return message("note.label_model", view.model, folds, Quantity(view.agreement, "share"))


def _tuned_notes(tuned: Dynamics, view: Opinion, given: np.ndarray, max_length: int) -> tuple[Message, ...]:
    """Whether the fine-tuned model was included, and the number of texts truncated for it."""
    share = Quantity(agreement(tuned.held_out, given), "share")
    kind = "note.label_tuned" if view.tuned else "note.label_tuned_left_out"
    cut = (message("note.label_tuned_cut", tuned.cut, max_length),) if tuned.cut else ()
    return (message(kind, tuned.model, share), *cut)


def _left_out(rows: Judgeable) -> tuple[Message, ...]:
    in_small = sum(rows.small.values())
    notes = [message("note.small_classes", len(rows.small), in_small)] if rows.small else []
    if rows.beyond[1]:
        notes.append(message("note.many_classes", len(rows.names), rows.beyond[1], rows.beyond[0]))
    return tuple(notes)


def _words_of(corpus: Corpus) -> str:
    """The language that determines the features: characters (``zh``) if words are not separated by spaces."""
    return "zh" if corpus.row_language.is_unspaced else corpus.language
