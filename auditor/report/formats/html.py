"""The report as one HTML file that makes no network requests.

All markup is in ``templates/``; all values are autoescaped. The content security policy allows only the style sheet and
the script of the file, by their hashes; findings that are not in the HTML are in a data block, which is not executed.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from auditor.report.formats.base import Report
from auditor.report.formats.lines import IN_PAGE, block, dumps
from auditor.report.messages import Messages, other_language
from auditor.report.view import AuditView
from auditor.resources import resource_dir
from auditor.version import __version__

_TAGS = {"en": "en", "zh": "zh-Hans"}


class HtmlFormat:
    """See `ReportFormat`."""

    name, suffix, is_page = "html", ".html", True

    def render(self, report: Report) -> str:
        """The whole report as one offline page."""
        return render_html(report.view, report.other_page)


@dataclass(frozen=True)
class OtherLanguage:
    """Link to the same report in the other language, in the same folder.

    Attributes:
        file: file name.
        tag: language tag (BCP 47).
        name: name of the language in that language.
    """

    file: str
    tag: str
    name: str


def render_html(view: AuditView, other_page: str = "") -> str:
    """The whole report as one offline page.

    Args:
        view: the view of the audit.
        other_page: name of a file in the same folder with the report in the other language; empty: there is none.
    """
    environment = template_environment()
    page = environment.get_template("report.html.j2")
    return page.render(
        view=view,
        t=Messages(view.lang).text,
        policy=_policy(environment),
        version=__version__,
        in_page=IN_PAGE,
        lines=asdict(block(view.findings)),
        tag=_TAGS[view.lang],
        other=_other(view.lang, other_page) if other_page else None,
    )


def _other(lang: str, file: str) -> OtherLanguage:
    other = other_language(lang)
    return OtherLanguage(file, _TAGS[other], Messages(other).text("language.own_name"))


class _Loader(FileSystemLoader):
    """Loads templates; removes indentation and blank lines from the style sheet and the script."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, path, is_current = super().get_source(environment, template)
        if template.endswith((".css", ".js")):
            source = "\n".join(line.lstrip() for line in source.splitlines() if line.strip())
        return source, path, is_current


@lru_cache(maxsize=1)
def template_environment() -> Environment:
    """The Jinja environment of all pages: autoescaping, errors for undefined values, and JSON safe in elements."""
    environment = Environment(
        loader=_Loader(resource_dir("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_function"] = dumps
    return environment


def _policy(environment: Environment) -> str:
    style, script = (_hash(environment.get_template(f"report/report.{kind}").render()) for kind in ("css", "js"))
    return f"default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
