"""From findings and policy to one decision a row. All in columns: a million rows are decided in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from auditor.corpus.corpus import Corpus
from auditor.errors import UsageError, nearest
from auditor.prepare.maskable import maskable
from auditor.prepare.split import PARTS
from auditor.rules import ACTIONS, PolicyRule
from auditor.text.normalise import text_order

STRENGTH = {action: len(ACTIONS) - place for place, action in enumerate(ACTIONS)}
DUPLICATES = ("DUP001", "DUP002")
NO_RULE = PolicyRule("no-rule", (), "flag", reason="no policy rule names this code")
_SPARING = ("drop", "relabel", "down-weight")
"""Actions that become review in the parts a rule does not name."""


@dataclass(frozen=True)
class Wishes:
    """What each finding on a row asks for; arrays of equal length.

    Attributes:
        at: int64, position of the finding in the findings table.
        row: int64, position of the row.
        rule: int64, index into `rules`.
        action: int8, index into `ACTIONS`.
        duplicate: bool, whether it drops the row as a duplicate of another.
        ref: int64, position of that other row; -1 if none.
        weight: float64, what the row's weight is multiplied by: below 1 for down-weight only.
        rules: the policy, and `NO_RULE` last.
    """

    at: np.ndarray
    row: np.ndarray
    rule: np.ndarray
    action: np.ndarray
    duplicate: np.ndarray
    ref: np.ndarray
    weight: np.ndarray
    rules: tuple[PolicyRule, ...]


def chosen_rules(policy: Sequence[PolicyRule], only: Sequence[str], skip: Sequence[str]) -> tuple[PolicyRule, ...]:
    """The policy with rules that are not wanted turned into ``keep``; they still shield the rules after them.

    A word of `only` and `skip` is the name of a rule, or a code or the beginning of one. A word that names a code
    narrower than a rule's leaves the rule's other codes as they were.

    Raises:
        UsageError: a word names nothing the policy knows.
    """
    only, skip = _words(only, policy), _words(skip, policy)
    rules: list[PolicyRule] = []
    for rule in policy:
        off = tuple(word for word in skip if _touches(word, rule))
        if rule.name in skip or (only and rule.name not in only and not any(_touches(word, rule) for word in only)):
            rules.append(_kept(rule, rule.codes))
            continue
        if off:
            rules.append(_kept(rule, off))
        if only and rule.name not in only:
            codes = tuple(max(word, code, key=len) for word in only for code in rule.codes if _related(word, code))
            rules += [replace(rule, codes=codes), _kept(rule, rule.codes)]
        else:
            rules.append(rule)
    return tuple(rules)


def _words(words: Sequence[str], policy: Sequence[PolicyRule]) -> list[str]:
    """Names of rules as they are, codes in capitals."""
    names = {rule.name for rule in policy}
    codes = {code for rule in policy for code in rule.codes}
    result = [word if word in names else word.upper() for word in words]
    for word, given in zip(result, words, strict=True):
        if word not in names and not any(_related(word, code) for code in codes):
            raise UsageError("No policy rule has this name or code.", where=given, fix=nearest(given, names | codes))
    return result


def _related(word: str, code: str) -> bool:
    return word.startswith(code) or code.startswith(word)


def _touches(word: str, rule: PolicyRule) -> bool:
    return word.isupper() and any(_related(word, code) for code in rule.codes)


def _kept(rule: PolicyRule, codes: tuple[str, ...]) -> PolicyRule:
    return replace(rule, codes=codes, action="keep", reason="left out by --only or --skip")


def wishes(corpus: Corpus, found: pa.Table, parts: np.ndarray, policy: Sequence[PolicyRule]) -> Wishes:
    """What each finding asks for: the first rule that matches it decides."""
    rules = (*policy, NO_RULE)
    at, row = _places(corpus, found)
    coded = found.column("code").combine_chunks().dictionary_encode()
    codes, names = coded.indices.to_numpy(zero_copy_only=False)[at], coded.dictionary.to_pylist()
    chosen = np.full(len(at), len(rules) - 1)
    open_ = np.ones(len(at), bool)
    for number, rule in enumerate(policy):
        named = np.array([name.startswith(rule.codes) for name in names], bool)
        hit = np.flatnonzero(open_ & named[codes]) if len(names) else np.zeros(0, np.int64)
        hit = hit[_within(found, at[hit], rule)]
        chosen[hit], open_[hit] = number, False
    action = np.array([ACTIONS.index(rule.action) for rule in rules], np.int8)[chosen]
    outside = ~np.array([[part in rule.parts for part in PARTS] for rule in rules], bool)[chosen, parts[row]]
    sparing = np.isin(action, [ACTIONS.index(name) for name in _SPARING])
    # a suggestion is one label: it must never take the place of several
    no_label = (action == ACTIONS.index("relabel")) & (~_valid(found, "suggestion", at) | (corpus.labels is None))
    action[(outside & sparing) | no_label] = ACTIONS.index("review")
    to_mask = np.flatnonzero(action == ACTIONS.index("mask"))
    fixed = to_mask[~maskable(corpus, found.take(pa.array(at[to_mask])))]
    action[fixed] = ACTIONS.index("flag")
    duplicate = np.array([name in DUPLICATES for name in names], bool)[codes] if len(names) else np.zeros(0, bool)
    ref = np.full(len(at), -1)
    reference = found.column("ref_row").to_numpy()[at] if len(at) else np.zeros(0)
    given = ~np.isnan(reference.astype(float))
    where = np.searchsorted(corpus.row_id, reference[given].astype(np.int64))
    ref[given] = np.minimum(where, len(corpus) - 1)
    weight = _weights(found, at, action, chosen, rules)
    return Wishes(at, row, chosen, action, duplicate & (action == 0), ref, weight, rules)


def _weights(
    found: pa.Table, at: np.ndarray, action: np.ndarray, chosen: np.ndarray, rules: Sequence[PolicyRule]
) -> np.ndarray:
    score = found.column("score").to_numpy(zero_copy_only=False).astype(float)[at]
    own = np.where(np.array([rule.by_score for rule in rules])[chosen], np.nan_to_num(score, nan=1.0).clip(0.0, 1.0),
                   np.array([rule.weight for rule in rules])[chosen])  # fmt: skip
    return np.where(action == ACTIONS.index("down-weight"), own, 1.0)


def _places(corpus: Corpus, found: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Findings about a readable row: their places in the table and the rows' positions."""
    ids = found.column("row_id").to_numpy(zero_copy_only=False)
    at = np.flatnonzero(~np.isnan(ids.astype(float)))
    ids = ids[at].astype(np.int64)
    row = np.searchsorted(corpus.row_id, ids)
    good = (row < len(corpus)) & (corpus.row_id[np.minimum(row, len(corpus) - 1)] == ids)
    return at[good], row[good]


def _within(found: pa.Table, at: np.ndarray, rule: PolicyRule) -> np.ndarray:
    good = np.ones(len(at), bool)
    if rule.safe_only:
        good &= np.array(found.column("value").take(pa.array(at)).to_pylist(), object) == "safe"
    bounds = (
        ("score", rule.min_score, rule.max_score),
        ("confidence", rule.min_confidence, rule.max_confidence),
    )
    for column, low, high in bounds:
        if low is None and high is None:
            continue
        values = found.column(column).to_numpy(zero_copy_only=False).astype(float)[at]
        good &= ~np.isnan(values)  # a finding without the number is not within the threshold
        good &= values >= (-np.inf if low is None else low)
        good &= values <= (np.inf if high is None else high)
    return good


def _valid(found: pa.Table, column: str, at: np.ndarray) -> np.ndarray:
    return np.asarray(np.asarray(found.column(column).is_valid())[at])


def decide(corpus: Corpus, twins: np.ndarray, wished: Wishes, dropped: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The wish that decides each row, and the row kept in place of each dropped duplicate.

    The strongest action wins; among drops a reason of the row's own before being a duplicate; among equals the
    first. Where the row kept for a duplicate is itself dropped for another reason, one of each text among its
    duplicates is kept instead: near duplicates of a lost row were never compared with each other.

    Args:
        corpus: the rows.
        twins: int64, equal for rows of equal text.
        wished: see `wishes`.
        dropped: bool, rows that a review drops.

    Returns:
        int64 index into `wished` (-1: no wish) and int64 position of the row kept instead (-1: none), one a row.
    """
    rows = len(corpus)
    strength = np.array([STRENGTH[action] for action in ACTIONS])[wished.action]
    order = np.lexsort((np.arange(len(wished.row)), wished.duplicate, -strength, wished.row))
    best = _first(order, wished.row, rows)
    own = _first(order[~wished.duplicate[order]], wished.row, rows)
    as_duplicate = np.flatnonzero((best >= 0) & _at(wished.duplicate, best))
    lost = dropped.copy()
    lost[np.flatnonzero((own >= 0) & (_at(wished.action, own) == 0))] = True
    instead = np.full(rows, -1)
    instead[as_duplicate] = wished.ref[best[as_duplicate]]
    waiting = as_duplicate[(instead[as_duplicate] >= 0) & lost[instead[as_duplicate]] & ~dropped[as_duplicate]]
    waiting = waiting[instead[waiting] != waiting]
    waiting = waiting[_by_content(corpus, waiting)]
    if len(waiting):
        pairs = np.stack([instead[waiting], twins[waiting]], axis=1)
        _, first, inverse = np.unique(pairs, axis=0, return_index=True, return_inverse=True)
        instead[waiting] = waiting[first][inverse.reshape(-1)]
        elected = waiting[first]
        best[elected], instead[elected] = own[elected], -1
    return best, instead


def _by_content(corpus: Corpus, rows: np.ndarray) -> list[int]:
    """Order of `rows` by text and label, so that which of several is taken does not depend on where they stand."""
    texts, labels = corpus.texts, corpus.labels
    return sorted(
        range(len(rows)),
        key=lambda k: (text_order(texts[rows[k]]), (labels[rows[k]] or "") if labels is not None else "", rows[k]),
    )


def _first(order: np.ndarray, row: np.ndarray, rows: int) -> np.ndarray:
    """The first of `order` for each row; -1 where there is none."""
    first = np.full(rows, -1)
    found, at = np.unique(row[order], return_index=True)
    first[found] = order[at]
    return first


def _at(values: np.ndarray, index: np.ndarray) -> np.ndarray:
    return values[index] if len(values) else np.zeros(len(index), values.dtype)
