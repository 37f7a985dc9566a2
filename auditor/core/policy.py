"""The policy: which action findings lead to, as rules in order of precedence (``rules/policy.yaml``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from auditor.core.actions import ACTIONS, PARTS, Action, Part
from auditor.errors import InputError, UsageError, nearest
from auditor.resources import resource_dir
from auditor.rules import read_yaml


@dataclass(frozen=True)
class PolicyRule:
    """The action for findings with certain codes."""

    name: str
    codes: tuple[str, ...]
    """Code prefixes."""
    action: Action
    parts: tuple[Part, ...] = tuple(Part)
    """Parts in which the action applies; in other parts the row is sent to review."""
    reason: str = ""
    safe_only: bool = False
    """Only findings marked safe to act on (column ``is_safe``)."""
    unless_ner_full: bool = False
    """Only if ``pii.ner`` is not ``full``."""
    unless_mask_possible: bool = False
    """Only if ``prepare.mask_possible`` is not set."""
    min_score: float | None = None
    """Only findings with at least this score, on the check's own scale."""
    max_score: float | None = None
    """Only findings with at most this score."""
    min_confidence: float | None = None
    """Only findings with at least this confidence, 0 to 1."""
    max_confidence: float | None = None
    """Only findings with at most this confidence, 0 to 1."""
    weight: float = 0.5
    """For ``down-weight``: factor by which the row's weight is multiplied."""
    by_score: bool = False
    """For ``down-weight``: the weight is the finding's score, 0 to 1."""

    def covers(self, code: str, *, score: float | None = None, confidence: float | None = None) -> bool:
        """Whether the rule applies to such a finding; bounds on a number that is None are not checked."""
        bounds = (
            (score, self.min_score, self.max_score),
            (confidence, self.min_confidence, self.max_confidence),
        )
        within = (
            value is None or ((low is None or value >= low) and (high is None or value <= high))
            for value, low, high in bounds
        )
        return code.startswith(self.codes) and all(within)


NO_RULE = PolicyRule("no-rule", (), Action.FLAG, reason="no policy rule names this code")
_LIMITED_TO_PARTS = (Action.DROP, Action.RELABEL, Action.DOWN_WEIGHT)
"""Actions that are replaced by review in parts that a rule does not list."""


@dataclass(frozen=True)
class RequestedActions:
    """The actions requested by findings on rows; arrays with one element per finding.

    Attributes:
        finding: int64, position of the finding in the findings table.
        row: int64, position of the row.
        rule: int64, index into `rules`.
        action: int8, an `Action`.
        weight: float64, factor for the row's weight; below 1 only for down-weight.
        rules: the rules of the policy, followed by `NO_RULE`.
    """

    finding: np.ndarray
    row: np.ndarray
    rule: np.ndarray
    action: np.ndarray
    weight: np.ndarray
    rules: tuple[PolicyRule, ...]


@dataclass(frozen=True)
class Policy:
    """Rules in order of precedence: the first rule that matches a finding decides."""

    rules: tuple[PolicyRule, ...]

    def match(
        self, found: pa.Table, finding: np.ndarray, row: np.ndarray, parts: np.ndarray, *, may_relabel: bool
    ) -> RequestedActions:
        """The action requested by each finding.

        An action that drops, relabels or down-weights a row becomes review in parts that its rule does not list; so
        does relabelling without a suggested label.

        Args:
            found: the findings table.
            finding: int64, positions of the findings that concern a row.
            row: int64, positions of their rows; same length as `finding`.
            parts: int8, the `Part` of each row.
            may_relabel: whether a row's label can be replaced; False for rows with several labels.
        """
        rules = (*self.rules, NO_RULE)
        coded = found.column("code").combine_chunks().dictionary_encode()
        codes, names = coded.indices.to_numpy(zero_copy_only=False)[finding], coded.dictionary.to_pylist()
        chosen = np.full(len(finding), len(rules) - 1)
        undecided = np.ones(len(finding), bool)
        for number, rule in enumerate(self.rules):
            named = np.array([name.startswith(rule.codes) for name in names], bool)
            hit = np.flatnonzero(undecided & named[codes]) if len(names) else np.zeros(0, np.int64)
            hit = hit[_matches(found, finding[hit], rule)]
            chosen[hit], undecided[hit] = number, False
        action = np.array([rule.action for rule in rules], np.int8)[chosen]
        outside = ~np.array([[part in rule.parts for part in Part] for rule in rules], bool)[chosen, parts[row]]
        suggested = np.asarray(np.asarray(found.column("suggestion").is_valid())[finding])
        no_label = (action == Action.RELABEL) & ~(suggested & may_relabel)
        action[(outside & np.isin(action, _LIMITED_TO_PARTS)) | no_label] = Action.REVIEW
        return RequestedActions(finding, row, chosen, action, _weights(found, finding, action, chosen, rules), rules)

    def rule_for(self, code: str, *, score: float | None = None, confidence: float | None = None) -> PolicyRule | None:
        """The rule that decides on a finding of `code`; bounds on a number that is None are not checked."""
        return next((rule for rule in self.rules if rule.covers(code, score=score, confidence=confidence)), None)

    def narrowed(self, only: Sequence[str], skip: Sequence[str]) -> Policy:
        """The policy restricted by `only` and `skip`: the action of other rules becomes ``keep``.

        Such rules still take precedence over later ones. Each word is the name of a rule, or a code or code prefix. A
        word narrower than a rule's code affects only the matching codes of that rule.

        Raises:
            UsageError: a word matches no rule name and no code.
        """
        only, skip = self._words(only), self._words(skip)
        rules: list[PolicyRule] = []
        for rule in self.rules:
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
        return Policy(tuple(rules))

    def _words(self, words: Sequence[str]) -> list[str]:
        """Rule names unchanged, codes in upper case."""
        names = {rule.name for rule in self.rules}
        codes = {code for rule in self.rules for code in rule.codes}
        result = [word if word in names else word.upper() for word in words]
        for word, original in zip(result, words, strict=True):
            if word not in names and not any(_related(word, code) for code in codes):
                raise UsageError(
                    "No policy rule has this name or code.", where=original, fix=nearest(original, names | codes)
                )
        return result


def _related(word: str, code: str) -> bool:
    return word.startswith(code) or code.startswith(word)


def _touches(word: str, rule: PolicyRule) -> bool:
    return word.isupper() and any(_related(word, code) for code in rule.codes)


def _kept(rule: PolicyRule, codes: tuple[str, ...]) -> PolicyRule:
    return replace(rule, codes=codes, action=Action.KEEP, reason="left out by --only or --skip")


def _matches(found: pa.Table, positions: np.ndarray, rule: PolicyRule) -> np.ndarray:
    """bool, one per position: whether the finding is within the rule's bounds."""
    matches = np.ones(len(positions), bool)
    if rule.safe_only:
        matches &= np.asarray(found.column("is_safe").fill_null(False).take(pa.array(positions)))
    bounds = (
        ("score", rule.min_score, rule.max_score),
        ("confidence", rule.min_confidence, rule.max_confidence),
    )
    for column, low, high in bounds:
        if low is None and high is None:
            continue
        values = found.column(column).to_numpy(zero_copy_only=False).astype(float)[positions]
        matches &= ~np.isnan(values)  # a finding without the number never matches a bounded rule
        matches &= values >= (-np.inf if low is None else low)
        matches &= values <= (np.inf if high is None else high)
    return matches


def _weights(
    found: pa.Table, positions: np.ndarray, action: np.ndarray, chosen: np.ndarray, rules: Sequence[PolicyRule]
) -> np.ndarray:
    score = found.column("score").to_numpy(zero_copy_only=False).astype(float)[positions]
    by_score = np.array([rule.by_score for rule in rules])[chosen]
    stated = np.array([rule.weight for rule in rules])[chosen]
    weight = np.where(by_score, np.nan_to_num(score, nan=1.0).clip(0.0, 1.0), stated)
    return np.where(action == Action.DOWN_WEIGHT, weight, 1.0)


_POLICY_KEYS = frozenset(field.name for field in fields(PolicyRule))
_NUMBERS = ("min_score", "max_score", "min_confidence", "max_confidence", "weight")


def load_policy(path: Path | None = None) -> Policy:
    """Read a policy file; None: the default policy.

    Raises:
        InputError: an unknown key or action, a value of the wrong type, or a duplicate rule name.
    """
    path = path or resource_dir("rules") / "policy.yaml"
    tree = read_yaml(path)
    items = tree.get("rules") if isinstance(tree, dict) else None
    if not isinstance(items, list):
        raise InputError(
            "The policy has no list `rules`.", where=str(path), fix="Follow the format of rules/policy.yaml."
        )
    rules = [_policy_rule(item, path) for item in items]
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError("A policy rule appears twice.", where=f"{path}: rule {twice[0]}", fix="Rename one of them.")
    return Policy(tuple(rules))


def _policy_rule(item: object, path: Path) -> PolicyRule:
    if not isinstance(item, dict) or not {"name", "codes"} <= set(item):
        raise InputError(
            "A rule of the policy lacks its name or codes.", where=f"{path}: a rule", fix="Give name, codes and action."
        )
    unknown = set(item) - _POLICY_KEYS
    if unknown or item.get("action") not in ACTIONS:
        bad = sorted(unknown)[0] if unknown else str(item.get("action"))
        raise InputError(
            "The policy has an unknown key or action.",
            where=f"{path}: rule {item.get('name')!r}: {bad}",
            fix=nearest(bad, _POLICY_KEYS if unknown else ACTIONS),
        )
    for key, test, what in _POLICY_TYPES:
        if key in item and not test(item[key]):
            raise InputError(
                f"A key of the policy is not {what}.",
                where=f"{path}: rule {item.get('name')!r}: {key}",
                fix=f"Give {what}.",
            )
    wrong = [key for key in _NUMBERS if key in item and not _is_number(item[key])]
    if wrong:
        raise InputError(
            "A threshold of the policy is not a number.",
            where=f"{path}: rule {item.get('name')!r}: {wrong[0]}",
            fix="Give a number such as 0.2.",
        )
    codes, parts = tuple(item["codes"]), tuple(map(Part.of, item.get("parts", PARTS)))
    numbers = {key: float(item[key]) for key in _NUMBERS if key in item}
    return PolicyRule(**{**item, **numbers, "codes": codes, "parts": parts, "action": Action.of(item["action"])})


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_weight(value: Any) -> bool:
    return _is_number(value) and 0 <= value <= 1


_POLICY_TYPES: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("name", lambda value: isinstance(value, str), "a text"),
    ("reason", lambda value: isinstance(value, str), "a text"),
    ("codes", _is_texts, "a list of codes"),
    ("parts", lambda value: _is_texts(value) and set(value) <= set(PARTS), "a list of train, validation and test"),
    ("weight", _is_weight, "a number from 0 to 1"),
    *(
        (key, lambda value: isinstance(value, bool), "true or false")
        for key in ("safe_only", "unless_ner_full", "unless_mask_possible", "by_score")
    ),
)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
