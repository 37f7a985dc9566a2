"""Find columns that contain the labels of one annotator each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from auditor.corpus.column_facts import MAX_CLASSES, ColumnFacts
from auditor.corpus.role_names import words_of

_WORDS = frozenset({
    "annotator", "annotators", "rater", "raters", "coder", "coders", "labeler", "labeller", "judge", "worker", "expert",
    "anno", "annot",
    "标注者", "标注员", "标注人",
})  # fmt: skip
_NO_LABEL = frozenset({
    "id", "ids", "name", "count", "time", "date", "age", "gender", "agreement", "confidence", "email",
})  # fmt: skip
_SHARED = 0.5
"""Smallest share of common values of two annotators, relative to the one with fewer distinct values."""


def annotator_columns(facts: Mapping[str, ColumnFacts], taken: Collection[str]) -> tuple[str, ...]:
    """Columns such as ``annotator_1`` and ``annotator_2``, or one nested column such as ``annotator_labels``.

    Args:
        facts: facts about the columns, by name.
        taken: columns with another role.
    """
    named: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, column in facts.items():
        words = words_of(name)
        if name in taken or not set(words) & _WORDS or set(words) & _NO_LABEL:
            continue
        if column.is_nested and not column.is_messages and "labels" in words:
            return (name,)
        if not column.is_nested and 1 <= column.distinct <= MAX_CLASSES:
            named[tuple(word for word in words if word in _WORDS)].append(name)
    for names in named.values():
        first, *others = [set(facts[name].texts) for name in names]
        if others and all(len(first & other) >= _SHARED * min(len(first), len(other)) for other in others):
            return tuple(names)
    return ()
