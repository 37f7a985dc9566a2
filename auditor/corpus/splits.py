"""What the values of a split column mean."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORDS: Mapping[str, str] = {
    "train": "train", "training": "train", "trn": "train", "tr": "train", "trainval": "train", "train+val": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "va": "validation", "dev": "validation",
    "development": "validation", "testa": "validation",
    "test": "test", "testing": "test", "tst": "test", "te": "test", "eval": "test", "evaluation": "test",
    "holdout": "test", "heldout": "test", "testb": "test", "privatetest": "test", "publictest": "validation",
    "notused": "train", "unused": "train",  # of Reuters-21578: in neither part of the published split, so no test rows
    "训练": "train", "训练集": "train", "验证": "validation", "验证集": "validation", "开发集": "validation",
    "测试": "test", "测试集": "test", "评测集": "test",
}  # fmt: skip
_NUMBERED = re.compile(r"([^\W\d_]+)\d{1,3}")


def part_of(value: str | None, given: Mapping[str, str] | None = None) -> str | None:
    """The part (a word of `auditor.core.actions.Part`) that a split value names; None if none.

    Args:
        value: as it is in the column; ``Train``, ``hold-out`` and ``train_0`` are understood.
        given: what the user says further values mean (``corpus.split_values``), by value.
    """
    text = (value or "").strip()
    if given and text in given:
        return given[text]
    word = re.sub(r"[\s_-]", "", text.lower())
    numbered = _NUMBERED.fullmatch(word)
    return _WORDS.get(word) or (_WORDS.get(numbered[1]) if numbered else None)


def names_no_part(value: object) -> bool:
    """Whether a value of a split column says that the row has no part yet: missing or blank."""
    return value is None or not str(value).strip()
