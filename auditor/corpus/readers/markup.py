"""Markdown and HTML documents."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from auditor.corpus.readers.base import FileRows
from auditor.corpus.readers.input_file import InputFile

_UNSEEN = frozenset({"script", "style", "template", "noscript"})
_BLOCKS = re.compile(
    "address|article|aside|blockquote|br|d[dlt]|div|fieldset|fig(?:caption|ure)|footer|form|h[1-6r]|header|li|main|nav|"
    "[ou]l|option|p|pre|section|table|t[dhr]|title"
)


class MarkdownReader:
    """One document per file, with its markup unchanged."""

    suffixes = (".md", ".markdown")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        rows = FileRows({"text": []}, is_document=True)
        rows.add(1, {"text": file.read_text()})
        return rows


class HtmlReader:
    """One document per file: the text that a browser shows."""

    suffixes = (".html", ".htm", ".xhtml")

    def read(self, file: InputFile) -> FileRows:
        """See `Reader.read`."""
        rows = FileRows({"text": []}, is_document=True)
        rows.add(1, {"text": visible_text(file.read_text())})
        rows.add_notice("markup_left_out")
        return rows


def visible_text(markup: str) -> str:
    """The text of an HTML document without markup, scripts and styles; each block is a line."""
    parser = _Text()
    parser.feed(markup)
    parser.close()
    lines = (" ".join(line.split()) for line in "".join(parser.pieces).split("\n"))
    return "\n".join(line for line in lines if line)


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        self._break(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.pieces.append(" ".join(data.split("\n")))

    def _break(self, tag: str) -> None:
        if _BLOCKS.fullmatch(tag):
            self.pieces.append("\n")
