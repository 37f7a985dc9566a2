"""Label noise: confident learning (Northcutt, Jiang, Chuang 2021; cleanlab) on grouped out-of-sample probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.checks.base import Check, Shared
from auditor.checks.judge import judged, stated
from auditor.checks.labels.judgeable import Judgeable, judgeable
from auditor.checks.labels.pairs import confused_pairs, confusion, pair_table, score_histogram
from auditor.checks.labels.probabilities import agreement, out_of_sample
from auditor.checks.labels.ranking import Opinion, opinion
from auditor.checks.labels.several import several_labels
from auditor.checks.labels.suspects import NEIGHBOURS_OF_ROWS, Suspects, find_suspects
from auditor.checks.labels.thorough import chosen_base, thorough_dynamics
from auditor.checks.labels.tokens import token_labels
from auditor.checks.labels.tuned import Dynamics
from auditor.corpus.corpus import Corpus
from auditor.findings import CheckResult, Completed, Skipped, findings, merge_findings
from auditor.text.vectors import latent_vectors

LINEAR = "linear"
"""The setting ``labels.model`` without thorough mode."""
GATE = 0.25
"""Least share of the way from chance to certainty that the models must reach before they may call labels wrong."""
MOSTLY = 0.8
"""Share of a row's neighbours that must carry a suggested label before it may be applied without a person."""


class LabelCheck(Check):
    """Flags rows whose label models that have not seen them, nor a copy of them, contradict."""

    prefix = "LBL"
    dimension = "labels"
    roles = ("text", "label")

    def finish(self, partials: Sequence[Any], corpus: Corpus, shared: Shared) -> CheckResult:
        """LBL001 likely wrong, LBL002 ambiguous, LBL003 missing, LBL004 small classes, LBL005 confused pairs."""
        groups = shared.clusters.groups() if shared.clusters is not None else np.arange(len(corpus))
        if corpus.label_sets is not None:
            seed, options = self.settings.seed, self.settings.labels
            return several_labels(corpus, corpus.label_sets, groups, self.language, options, seed)
        if corpus.labels is None:
            if corpus.token_rows is None or corpus.tag_rows is None:
                return Skipped("there is no label column; name one with --label")
            return token_labels(corpus, groups, self.settings.labels.folds, self.settings.seed)
        has_text = np.array([bool(text.strip()) for text in corpus.texts])
        rows = judgeable(corpus.labels or [], has_text, groups, self.settings.labels.min_class_rows)
        if rows.reason and not (len(rows.missing) and len(rows.missing) < len(corpus)):
            return Skipped(rows.reason)
        metrics = [judged("labels.missing_rate", len(rows.missing) / len(corpus), "share")]
        tables, notes = [_missing(rows, corpus), _too_small(rows, corpus)], _left_out(rows)
        if rows.reason:
            metrics.append(stated("labels.noise_rate", None, "share"))
            note = f"note.labels_not_judged|{rows.reason}"
            return Completed(tuple(metrics), merge_findings(tables), (), (note, *notes))
        view, model_notes = self._opinion(rows, corpus, shared)
        metrics.append(stated("labels.agreement", view.agreement, "share"))
        if (view.agreement - view.chance) / max(1 - view.chance, 1e-9) < GATE:
            metrics.append(stated("labels.noise_rate", None, "share"))
            note = f"note.label_gate|{view.agreement:.2f}|{view.chance:.2f}"
            return Completed(tuple(metrics), merge_findings(tables), (), (note, *model_notes[1:], *notes))
        found = find_suspects(rows.given, view)
        pairs = confused_pairs(rows.given, rows.names, found)
        tables += [_likely_wrong(rows, corpus, view, found), _ambiguous(rows, corpus, found)]
        tables += [
            findings("LBL005", "info", corpus.row_id[rows.at[list(p.examples)]], column=corpus.roles.label,
                     score=p.noise, value=p.name, group=number)
            for number, p in enumerate(pairs)
        ]  # fmt: skip
        metrics += [
            judged("labels.noise_rate", found.wrong.sum() / len(rows.at), "share"),
            stated("labels.suspects", int(found.wrong.sum()), "rows"),
            stated("labels.safe_suspects", int(found.safe.sum()), "rows"),
            stated("labels.ambiguous", int(found.ambiguous.sum()), "rows"),
            stated("labels.estimated_noise", 1 - float(np.trace(found.noise)), "share"),
        ]
        figures = [score_histogram(found.score), confusion(rows.given, view, rows.names)]
        figures += [pair_table(pairs)] if pairs else []
        if found.wrong.sum() > NEIGHBOURS_OF_ROWS:
            notes = (*notes, f"note.label_neighbours|{NEIGHBOURS_OF_ROWS}")
        return Completed(
            tuple(metrics),
            merge_findings(tables),
            tuple(figures),
            (*model_notes, *notes),
            _per_row(corpus, rows, found, self.settings.labels.may_apply == "safe"),
        )

    def ready(self, corpus: Corpus) -> None:
        """Thorough mode's encoder is there; else UsageError, InputError or SafetyError."""
        if self.settings.labels.model != LINEAR and corpus.roles.label is not None:
            chosen_base(self.settings.labels.model, self.language)

    def _opinion(self, rows: Judgeable, corpus: Corpus, shared: Shared) -> tuple[Opinion, tuple[str, ...]]:
        """What the models hold of the labels, and the notes on them."""
        seed, options = self.settings.seed, self.settings.labels
        texts = [corpus.texts[i] for i in rows.at]
        oos = out_of_sample(
            texts,
            rows.given,
            rows.groups,
            language=self.language,
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


def _model_note(view: Opinion, folds: int) -> str:
    return f"note.label_model|{view.model}|{folds}|{view.agreement:.3f}"


def _tuned_notes(tuned: Dynamics, view: Opinion, given: np.ndarray, max_length: int) -> tuple[str, ...]:
    """Whether the fine-tuned model had a say, and how many texts it did not see whole."""
    share = f"{agreement(tuned.held_out, given):.3f}"
    kind = "note.label_tuned" if tuned.model in view.model else "note.label_tuned_left_out"
    cut = (f"note.label_tuned_cut|{tuned.cut}|{max_length}",) if tuned.cut else ()
    return (f"{kind}|{tuned.model}|{share}", *cut)


def _missing(rows: Judgeable, corpus: Corpus) -> pa.Table:
    ids = corpus.row_id[rows.missing]
    return findings("LBL003", "warn", ids, column=corpus.roles.label, confidence=1.0, suggestion="drop")


def _too_small(rows: Judgeable, corpus: Corpus) -> pa.Table:
    names, counts = list(rows.small), [float(n) for n in rows.small.values()]
    nothing = [None] * len(names)
    return findings("LBL004", "info", nothing, column=corpus.roles.label, confidence=1.0, value=names, score=counts)


def _left_out(rows: Judgeable) -> tuple[str, ...]:
    in_small = sum(rows.small.values())
    notes = [f"note.small_classes|{len(rows.small)}|{in_small}"] if rows.small else []
    if rows.beyond[1]:
        notes.append(f"note.many_classes|{len(rows.names)}|{rows.beyond[1]}|{rows.beyond[0]}")
    return tuple(notes)


def _likely_wrong(rows: Judgeable, corpus: Corpus, view: Opinion, found: Suspects) -> pa.Table:
    """`ref_row` is the most similar row that carries the suggested label, where one of the neighbours does."""
    hit = np.flatnonzero(found.wrong)
    suggested = found.suggested[hit]
    return findings(
        "LBL001",
        "warn",
        corpus.row_id[rows.at[hit]],
        column=corpus.roles.label,
        score=found.score[hit],
        confidence=view.probabilities[hit, suggested],
        suggestion=[rows.names[k] for k in suggested],
        value=["safe" if found.safe[i] else "review" for i in hit],
        ref_row=[_witness(rows, corpus, found, i) for i in hit.tolist()],
    )


def _witness(rows: Judgeable, corpus: Corpus, found: Suspects, row: int) -> int | None:
    for other in found.neighbours.get(row, ()):
        if rows.given[other] == found.suggested[row]:
            return int(corpus.row_id[rows.at[other]])
    return None


def _ambiguous(rows: Judgeable, corpus: Corpus, found: Suspects) -> pa.Table:
    hit = np.flatnonzero(found.ambiguous)
    names = [rows.names[k] for k in found.suggested[hit]]
    ids = corpus.row_id[rows.at[hit]]
    return findings("LBL002", "info", ids, column=corpus.roles.label, score=found.score[hit], suggestion=names)


def _may_apply(rows: Judgeable, found: Suspects, row: int) -> bool:
    """Whether the suggestion is safe and most of the row's neighbours carry it."""
    near = found.neighbours.get(row)
    return bool(found.safe[row]) and near is not None and (rows.given[near] == found.suggested[row]).mean() >= MOSTLY


def _per_row(corpus: Corpus, rows: Judgeable, found: Suspects, applies: bool) -> dict[str, pa.Array]:
    """Columns of ``rows.parquet``; `applies`: whether suggestions may be marked as applicable at all."""
    n = len(corpus)
    scores = np.full(n, np.nan, np.float32)
    scores[rows.at] = found.score
    suggested: list[str | None] = [None] * n
    may_apply: list[bool | None] = [None] * n
    near: list[list[int] | None] = [None] * n
    for hit in np.flatnonzero(found.wrong).tolist():
        place = int(rows.at[hit])
        suggested[place], may_apply[place] = rows.names[found.suggested[hit]], applies and _may_apply(rows, found, hit)
    for hit, others in found.neighbours.items():
        near[int(rows.at[hit])] = corpus.row_id[rows.at[others]].tolist()
    return {
        "label_score": pa.array(scores, pa.float32(), from_pandas=True),
        "suggested_label": pa.array(suggested, pa.string()),
        "suggestion_may_apply": pa.array(may_apply, pa.bool_()),
        "label_neighbours": pa.array(near, pa.list_(pa.int64())),
    }
