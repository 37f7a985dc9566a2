"""Token labels (NER): likely wrong tags, illegal tag sequences, and names annotated in several ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from auditor.checks.labels.label_issues import most_wrong
from auditor.checks.labels.probabilities import grouped_folds
from auditor.checks.labels.stratified import stratified
from auditor.checks.labels.token_model import tag_probabilities
from auditor.config.settings import LabelSettings
from auditor.core.findings import findings, merge_findings
from auditor.core.metrics import Figure, measured
from auditor.core.results import CheckResult, Completed, Skipped
from auditor.corpus.corpus import Corpus
from auditor.imports import lazy_package
from auditor.message import Message, message
from auditor.text.bio import illegal_positions, marks_span_ends, marks_span_starts, parse, spans

MIN_SENTENCES, MIN_ENTITIES = 50, 20
GATE = 0.3
"""Minimum F1 of the model on entity tokens for flagging tags as wrong."""
SURE = 0.9
"""Minimum probability of another tag for flagging a token. A model that misses many names, as on Chinese characters,
disagrees often: without this 43% of CLUENER's sentences were flagged, with it 17% (docs/results.md)."""
INCONSISTENT_LEAST = 3
"""Minimum annotations of a name with one type for reporting another type as inconsistent."""

Rows = Sequence[Sequence[str]]
Places = list[tuple[int, int] | None]
"""Start and end of each token of a row in its text."""


def token_labels(corpus: Corpus, groups: np.ndarray, options: LabelSettings, seed: int) -> CheckResult:
    """LBL006 sentences with likely wrong tags, LBL007 illegal sequences, LBL008 inconsistent names, LBL003 mismatch.

    Sentences are ranked by their worst token (Wang and Mueller 2022); tokens are flagged by confident learning.

    Args:
        corpus: with the roles tokens and tags.
        groups: int64, one per row: duplicate groups, which folds do not split.
        options: the settings ``labels``.
        seed: seed of folds, sample and models.
    """
    tokens, tags = corpus.token_rows or [], corpus.tag_rows or []
    fits = np.array([bool(a) and len(a) == len(b) for a, b in zip(tokens, tags, strict=True)], bool)
    positions = np.flatnonzero(fits)
    rows, given = [tokens[i] for i in positions], [tags[i] for i in positions]
    entities = sum(len(spans(row)) for row in given)
    if len(positions) < MIN_SENTENCES or entities < MIN_ENTITIES:
        return Skipped(message("reason.few_sentences", len(positions), entities))
    ids, column = corpus.row_id[positions], corpus.roles.tags
    broken = findings("LBL003", "warn", corpus.row_id[~fits], column=column, confidence=1.0, suggestion="drop")
    places = [token_places(row, corpus.texts[i]) for row, i in zip(rows, positions.tolist(), strict=True)]
    tables = [broken, _illegal(given, ids, column, places), _inconsistent(rows, given, ids, column)]
    metrics = [
        measured("labels.missing_rate", 1 - len(positions) / len(corpus)),
        measured("labels.entities", entities),
        measured("labels.illegal_rows", len(set(tables[1].column("row_id").to_pylist()))),
        measured("labels.inconsistent_rows", len(set(tables[2].column("row_id").to_pylist()))),
    ]
    names = sorted({tag for row in given for tag in row})
    number = {name: i for i, name in enumerate(names)}
    flat = np.array([number[tag] for row in given for tag in row], np.int64)
    first = np.array([max((number[tag] for tag in row if tag != "O"), default=-1) for row in given])
    fold = grouped_folds(first, groups[positions], options.folds, seed)
    sample = stratified(first + 1, options.sample_rows, seed)
    probabilities = tag_probabilities(rows, flat, fold, len(names), seed, sample)
    skill = _entity_f1(flat, probabilities.argmax(axis=1), number.get("O", -1))
    metrics.append(measured("labels.token_f1", skill))
    if skill < GATE:
        metrics.append(measured("labels.noise_rate", None))
        note = message("note.token_gate", round(skill, 2))
        return Completed(tuple(metrics), merge_findings(tables), (), (note,))
    notes: tuple[Message, ...] = (message("note.token_model", options.folds, round(skill, 2)),)
    if len(sample) < len(rows):
        notes += (message("note.label_sample", len(sample), len(rows)),)
    score, wrong = _judge(given, flat, probabilities)
    tables.append(_likely_wrong(given, ids, column, names, probabilities, score, wrong, places))
    metrics.append(measured("labels.noise_rate", float(np.mean([row.any() for row in wrong]))))
    per_row = np.full(len(corpus), np.nan, np.float32)
    per_row[positions] = score
    return Completed(
        tuple(metrics),
        merge_findings(tables),
        (_confusion(flat, probabilities, names),),
        notes,
        {"label_score": pa.array(per_row, pa.float32(), from_pandas=True)},
    )


def token_places(tokens: Sequence[str], text: str) -> Places:
    """The span of each token in `text` (code points), searched in order; None from the first missing one on."""
    places: Places = []
    at = 0
    for token in tokens:
        start = text.find(token, at)
        if start < 0:
            break
        at = start + len(token)
        places.append((start, at))
    return places + [None] * (len(tokens) - len(places))


def _judge(given: Rows, flat: np.ndarray, probabilities: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Score of each sentence (the worst token's self-confidence) and its flagged tokens.

    As many tokens as confident learning prunes, within the bound of `most_wrong`, the least likely first; of these
    those with another tag of probability `SURE` or more.
    """
    lazy_package("cleanlab")
    from cleanlab.filter import find_label_issues

    of_given = probabilities[np.arange(len(flat)), flat]
    flagged = np.asarray(find_label_issues(flat, probabilities, filter_by="prune_by_noise_rate", n_jobs=1), bool)
    order = np.argsort(np.where(flagged, of_given, np.inf), kind="stable")
    flagged[order[most_wrong(flat, probabilities) :]] = False
    flagged &= probabilities.max(axis=1) >= SURE
    ends = np.cumsum([len(row) for row in given])[:-1]
    return np.array([part.min() for part in np.split(of_given, ends)], np.float32), np.split(flagged, ends)


def _likely_wrong(
    given: Rows, ids: np.ndarray, column: str | None, names: list[str], probabilities: np.ndarray,
    score: np.ndarray, wrong: list[np.ndarray], places: Sequence[Places],
) -> pa.Table:  # fmt: skip
    """One finding per sentence with a flagged token, about its worst one: ``#3 B-PER``, suggestion ``O``."""
    hit, values, best, sure, shown, start = [], [], [], [], [], 0
    number = {name: i for i, name in enumerate(names)}
    for i, row in enumerate(given):
        if wrong[i].any():
            of_given = np.array([probabilities[start + k, number[tag]] for k, tag in enumerate(row)])
            k = int(np.where(wrong[i], of_given, np.inf).argmin())
            top = int(probabilities[start + k].argmax())
            hit.append(i)
            values.append(f"#{k + 1} {row[k]}")
            shown.append(places[i][k] or (None, None))
            best.append(names[top])
            sure.append(float(probabilities[start + k, top]))
        start += len(row)
    return findings(
        "LBL006",
        "warn",
        ids[hit],
        column=column,
        start=[low for low, _ in shown],
        end=[high for _, high in shown],
        score=score[hit],
        confidence=sure,
        value=values,
        suggestion=best,
    )


def _illegal(given: Rows, ids: np.ndarray, column: str | None, places: Sequence[Places]) -> pa.Table:
    ends = marks_span_ends(given)
    if not marks_span_starts(given):  # plain type names: every sequence is legal
        return findings("LBL007", "fail", [])
    hits = [(i, k) for i, row in enumerate(given) for k in illegal_positions(row, ends)]
    values = [f"#{k + 1} {given[i][k - 1] if k else '^'} {given[i][k]}" for i, k in hits]
    shown = [places[i][k] or (None, None) for i, k in hits]
    return findings(
        "LBL007",
        "fail",
        ids[[i for i, _ in hits]],
        column=column,
        start=[low for low, _ in shown],
        end=[high for _, high in shown],
        confidence=1.0,
        value=values,
    )


def _inconsistent(rows: Rows, given: Rows, ids: np.ndarray, column: str | None) -> pa.Table:
    """Mentions of a name whose type is the rarer one: value ``LOC / ORG``, the other row one of the majority."""
    mentions: dict[tuple[str, ...], list[tuple[int, str]]] = defaultdict(list)
    for i, row in enumerate(given):
        for span in spans(row):
            name = tuple(word.casefold() for word in rows[i][span.start : span.end])
            mentions[name].append((i, span.kind))
    hit, values, others = [], [], []
    for found in mentions.values():
        ranked = Counter(kind for _, kind in found).most_common()
        if len(ranked) < 2 or ranked[0][1] < INCONSISTENT_LEAST or ranked[0][1] == ranked[1][1]:
            continue
        usual = ranked[0][0]
        witness = next(i for i, kind in found if kind == usual)
        for i, kind in found:
            if kind != usual:
                hit.append(i)
                values.append(f"{kind} / {usual}")
                others.append(int(ids[witness]))
    return findings("LBL008", "warn", ids[hit], column=column, confidence=0.7, value=values, ref_row=others)


def _entity_f1(flat: np.ndarray, predicted: np.ndarray, outside: int) -> float:
    right = int(((flat == predicted) & (flat != outside)).sum())
    return 2 * right / max(int((flat != outside).sum()) + int((predicted != outside).sum()), 1)


def _confusion(flat: np.ndarray, probabilities: np.ndarray, names: list[str]) -> Figure:
    """Given type of a token (rows) against the predicted (columns), as shares of the given."""
    kinds = sorted({parse(name).kind or "O" for name in names})
    of = np.array([kinds.index(parse(name).kind or "O") for name in names])
    table = np.zeros((len(kinds), len(kinds)))
    np.add.at(table, (of[flat], of[probabilities.argmax(axis=1)]), 1)
    share = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    series = {kind: tuple(np.round(row, 4).tolist()) for kind, row in zip(kinds, share, strict=True)}
    return Figure("heatmap", "figure.entity_confusion", tuple(kinds), series=series)
