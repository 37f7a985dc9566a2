"""The files of the page: HTML, one JavaScript module and two style sheets, all served locally."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from auditor.core.actions import PARTS
from auditor.report.formats.html import template_environment
from auditor.report.messages import Messages, catalogue
from auditor.resources import resource_dir
from auditor.rules import code_docs
from auditor.view.rows import NONE
from auditor.view.viewer import PAGE, TEXTS, Viewer

MOST_NAMES = 2_000
"""Maximum number of classes, and of sources, that the page offers as filters."""


@dataclass(frozen=True)
class Asset:
    """A file of the page.

    Attributes:
        name: path in ``templates/``.
        kind: media type.
    """

    name: str
    kind: str

    def content(self) -> bytes:
        """Its content."""
        return _content(self.name)


FILES: Mapping[str, Asset] = {
    "/report.css": Asset("report/report.css", "text/css; charset=utf-8"),
    "/view.css": Asset("view/view.css", "text/css; charset=utf-8"),
    "/view.js": Asset("view/view.js", "text/javascript; charset=utf-8"),
}
"""The files by URL path."""


@dataclass(frozen=True)
class Choice:
    """An option of a filter."""

    value: str
    words: str


def page_html(viewer: Viewer, page_token: str) -> str:
    """The HTML of the page.

    Args:
        viewer: the viewer of the run.
        page_token: token that the page sends with its requests.
    """
    lang, rows = viewer.opened.lang, viewer.rows
    messages = Messages(lang)
    parts = [PARTS[part] for part in sorted({*rows.part.tolist()} - {NONE})]
    script_data = {
        "token": page_token,
        "page": PAGE,
        "texts": TEXTS,
        "labels": rows.labels.names[:MOST_NAMES],
        "several": rows.several,
        "raw": viewer.texts.has_raw,
        "show": viewer.first_show,
        "words": {key.removeprefix("view.js."): text for key, text in catalogue(lang).items() if _is_for_script(key)},
    }
    return (
        template_environment()
        .get_template("view/view.html.j2")
        .render(
            t=messages.text,
            lang=lang,
            name=viewer.opened.name,
            reviewer=viewer.decisions.reviewer,
            file=viewer.decisions.file.name,
            is_foreign=viewer.opened.is_foreign,
            has_raw=viewer.texts.has_raw,
            looks_for_names=viewer.texts.looks_for_names,
            rows=len(rows),
            several=rows.several,
            has_plan=rows.plan is not None,
            show=viewer.first_show,
            codes=[Choice(code, _title(code, lang)) for code in rows.codes],
            labels=rows.labels.names[:MOST_NAMES],
            parts=parts,
            sources=rows.sources.names[:MOST_NAMES],
            given=script_data,
        )
    )


def _is_for_script(key: str) -> bool:
    return key.startswith("view.js.")


def _title(code: str, lang: str) -> str:
    doc = code_docs().get(code)
    return doc.title.get(lang, "") if doc is not None else ""


@cache
def _content(name: str) -> bytes:
    return (resource_dir("templates") / name).read_bytes()
