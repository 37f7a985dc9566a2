"""Escape texts for terminals and logs: names of columns, classes and files are not trusted."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from auditor.errors import AuditorError

_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def harmless(text: str) -> str:
    """Escape lines that CI systems would interpret as commands (GitHub's ``::error::`` and ``##[group]``)."""
    lines = [re.sub(r"^(\s*):(?=:)", r"\1\\:", line).replace("##[", "## [") for line in text.split("\n")]
    return "\n".join(lines)


def one_line(text: str) -> str:
    """`text` on one line, with control and bidirectional characters written out."""
    flat = re.sub(r"\s*[\r\n\t\v\f\x1c-\x1e\x85\u2028\u2029]\s*", " ", text)
    return "".join(f"<U+{ord(c):04X}>" if unicodedata.category(c) in _INVISIBLE else c for c in flat)


def error_text(error: AuditorError) -> str:
    """The three lines of an error."""
    return lines_text(error.lines())


def lines_text(lines: Iterable[str]) -> str:
    """Join the lines of an error, each escaped to one line; indentation is kept."""
    return harmless("\n".join(one_line(line) for line in lines))
