"""Which columns hold the labels of one annotator each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from auditor.corpus.column_facts import MAX_CLASSES, ColumnFacts
from auditor.corpus.role_names import words_of

_WORDS = frozenset({
    "annotator", "annotators", "rater", "raters", "coder", "coders", "labeler", "labeller", "judge", "worker", "expert",
    "标注者", "标注员", "标注人",
})  # fmt: skip
_NO_LABEL = frozenset({
    "id", "ids", "name", "count", "time", "date", "age", "gender", "agreement", "confidence", "email",
})  # fmt: skip
_SHARED = 0.5
"""Share of the smaller column's values that two annotators have in common."""


def annotator_columns(facts: Mapping[str, ColumnFacts], taken: Collection[str]) -> tuple[str, ...]:
    """Columns such as ``annotator_1`` and ``annotator_2``, or one such as ``annotator_labels`` that holds lists.

    Args:
        facts: of the columns.
        taken: columns that have another role.
    """
    named: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, one in facts.items():
        words = words_of(name)
        if name in taken or not set(words) & _WORDS or set(words) & _NO_LABEL:
            continue
        if one.is_nested and not one.is_messages and "labels" in words:
            return (name,)
        if not one.is_nested and 1 <= one.distinct <= MAX_CLASSES:
            named[tuple(word for word in words if word in _WORDS)].append(name)
    for names in named.values():
        first, *others = [set(facts[name].texts) for name in names]
        if others and all(len(first & own) >= _SHARED * min(len(first), len(own)) for own in others):
            return tuple(names)
    return ()
