"""The parts named by the values of a split column."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pyarrow as pa

from auditor.errors import InputError

_WORDS: Mapping[str, str] = {
    "train": "train", "training": "train", "trn": "train", "tr": "train", "trainval": "train", "train+val": "train",
    "validation": "validation", "valid": "validation", "val": "validation", "va": "validation", "dev": "validation",
    "development": "validation", "testa": "validation",
    "test": "test", "testing": "test", "tst": "test", "te": "test", "eval": "test", "evaluation": "test",
    "holdout": "test", "heldout": "test", "testb": "test", "privatetest": "test", "publictest": "validation",
    "notused": "train", "unused": "train",  # of Reuters-21578: in neither part of the published split
    "训练": "train", "训练集": "train", "验证": "validation", "验证集": "validation", "开发集": "validation",
    "测试": "test", "测试集": "test", "评测集": "test",
    "訓練": "train", "訓練集": "train", "驗證": "validation", "驗證集": "validation", "測試": "test", "測試集": "test",
    "学習": "train", "検証": "validation", "評価": "test", "テスト": "test",
    "학습": "train", "훈련": "train", "검증": "validation", "평가": "test", "테스트": "test",
    "entraînement": "train", "apprentissage": "train", "entrenamiento": "train", "treino": "train",
    "treinamento": "train", "addestramento": "train", "обучение": "train", "обучающая": "train",
    "validación": "validation", "validação": "validation", "validierung": "validation", "convalida": "validation",
    "валидация": "validation", "prueba": "test", "teste": "test", "тест": "test", "тестовая": "test",
}  # fmt: skip
_SHOWABLE = re.compile(r"[^\W\d_][\w.+ -]{0,19}")
"""Split values that may be quoted in an error: short words, not numbers or addresses."""
_MAX_QUOTED = 5
_OF_DATA = re.compile(r"(?<=\w{3})(?:(?:data)?(?:set|split)|data)$")
_NUMBERED = re.compile(r"([^\W\d_]+)\d{1,3}")


def part_of(value: str | None, given: Mapping[str, str] | None = None) -> str | None:
    """The part (spelling of `auditor.core.actions.Part`) that a split value names; None if it names none.

    Args:
        value: as in the column; ``Train``, ``hold-out``, ``test set`` and ``train_0`` are understood.
        given: meanings of further values defined by the user (``corpus.split_values``).
    """
    text = (value or "").strip()
    if given and text in given:
        return given[text]
    word = re.sub(r"[\s_-]", "", text.lower())
    numbered = _NUMBERED.fullmatch(word)
    return _WORDS.get(word) or _WORDS.get(_OF_DATA.sub("", word)) or (_WORDS.get(numbered[1]) if numbered else None)


def is_unassigned(value: object) -> bool:
    """Whether a value of a split column is missing or blank, so that the row has no part yet."""
    return value is None or not str(value).strip()


def require_parts(table: pa.Table, column: str, split_parts: Mapping[str, str]) -> None:
    """Require that every value of the split column names a part, so that test rows do not silently become train rows.

    Raises:
        InputError: some values do not; the error says how to define them.
    """
    try:
        chunks = table.column(column).chunks
        values = list(
            dict.fromkeys(value for one in chunks for value in one.cast(pa.large_string()).unique().to_pylist())
        )
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"The split column {column!r} has nested values.",
            where="split column",
            fix="Name another with --split.",
        ) from None
    unknown = [str(value) for value in values if not is_unassigned(value) and part_of(value, split_parts) is None]
    if not unknown:
        return
    is_split = len(unknown) < sum(
        not is_unassigned(value) for value in values
    )  # otherwise it may not be a split column at all
    shown = [value for value in unknown if is_split and _SHOWABLE.fullmatch(value)][:_MAX_QUOTED]
    named = ", ".join(map(repr, shown)) + (" ..." if len(unknown) > len(shown) else "")
    example = shown[0] if shown else "VALUE"
    raise InputError(
        f"Values of the split column {column!r} do not name a part.",
        where=f"column {column!r}: {named}" if shown else f"column {column!r}: {len(unknown):,} values",
        fix=f"Define each, as in --set 'corpus.split_values={example}=train' (or validation, test),"
        " or name another column with --split.",
    )
