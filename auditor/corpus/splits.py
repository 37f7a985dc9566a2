"""What the values of a split column mean."""

from __future__ import annotations

PARTS = ("train", "validation", "test")

_SPLITS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "test": "test", "testing": "test", "eval": "test",
    "训练": "train", "验证": "validation", "测试": "test",
}  # fmt: skip


def part_of(value: str | None) -> str | None:
    """The part (one of `PARTS`) a split value names; None if none."""
    return _SPLITS.get((value or "").strip().lower())
