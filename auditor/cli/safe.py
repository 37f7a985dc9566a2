"""Texts made safe for a terminal or a log: names of columns, classes and files come from anywhere."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from auditor.errors import AuditorError

_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn"}


def harmless(text: str) -> str:
    """`text` without lines that a CI system takes for commands (GitHub's ``::error::`` and ``##[group]``)."""
    lines = [re.sub(r"^(\s*):(?=:)", r"\1\\:", line).replace("##[", "## [") for line in text.split("\n")]
    return "\n".join(lines)


def one_line(text: str) -> str:
    """`text` on one line, with control and bidirectional characters written out."""
    flat = re.sub(r"\s*[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", text)
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _UNSEEN else c for c in flat)


def error_text(error: AuditorError) -> str:
    """The three lines of an error."""
    return lines_text(error.lines())


def lines_text(lines: Iterable[str]) -> str:
    """Lines of an error, indented as they are, each on one line."""
    return harmless("\n".join(one_line(line) for line in lines))
