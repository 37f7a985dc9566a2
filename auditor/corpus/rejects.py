"""Rows that could not be read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

Reason = Literal[
    "not_utf8",
    "not_json",
    "not_an_object",
    "not_text",
    "duplicate_key",
    "surrogate",
    "missing_field",
    "extra_field",
    "field_too_long",
    "unclosed_quote",
    "nul_byte",
    "not_mail",
]


@dataclass(frozen=True)
class Reject:
    """An input row that could not be read: its place, never its content.

    Attributes:
        row_id: position among all input rows.
        file: file name without folders.
        line: line number, from 1, where the row starts; for Parquet the row number, from 1.
        byte: offset of the fault in the file, if known.
        reason: why it could not be read.
    """

    row_id: int
    file: str
    line: int
    reason: Reason
    byte: int | None = None

    def to_json(self) -> dict[str, object]:
        """One line of ``rejects.jsonl``."""
        return asdict(self)
