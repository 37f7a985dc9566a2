"""Parse the requests of the page and answer them with the viewer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import parse_qsl

from auditor.parse import parse
from auditor.view.decisions import Word
from auditor.view.queries import Query
from auditor.view.security import RefusedError
from auditor.view.viewer import Viewer

T = TypeVar("T")
MOST_WORDS = 200
"""Maximum number of characters of a search."""


@dataclass(frozen=True)
class _More:
    list: int
    first: int = 0


@dataclass(frozen=True)
class _Row:
    row: int


@dataclass(frozen=True)
class _Texts:
    rows: str
    search: str = ""


@dataclass(frozen=True)
class _Decide:
    row: int
    decision: Word
    label: str | None = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Nothing:
    pass


def _list(viewer: Viewer, request: Query) -> object:
    if len(request.search) > MOST_WORDS:
        raise RefusedError(400, "view.refused.request")
    return viewer.page(request)


def _texts(viewer: Viewer, request: _Texts) -> object:
    rows = [int(row) for row in request.rows.split(",") if row.isdecimal() and len(row) < 19]
    return viewer.masked(rows, request.search[:MOST_WORDS])


def _decide(viewer: Viewer, request: _Decide) -> object:
    return viewer.decide(request.row, request.decision, request.label, request.add, request.remove)


_GET: Mapping[str, Callable[[Viewer, Mapping[str, str]], object]] = {
    "/api/list": lambda viewer, data: _list(viewer, _as(Query, data)),
    "/api/more": lambda viewer, data: viewer.more((request := _as(_More, data)).list, max(request.first, 0)),
    "/api/texts": lambda viewer, data: _texts(viewer, _as(_Texts, data)),
    "/api/row": lambda viewer, data: viewer.detail(_as(_Row, data).row),
    "/api/around": lambda viewer, data: viewer.around(_as(_Row, data).row),
}
_POST: Mapping[str, Callable[[Viewer, object], object]] = {
    "/api/decide": lambda viewer, data: _decide(viewer, _as(_Decide, data)),
    "/api/undo": lambda viewer, data: _undo(viewer, _as(_Nothing, data)),
    "/api/reveal": lambda viewer, data: viewer.reveal(_as(_Row, data).row),
}


def _undo(viewer: Viewer, request: _Nothing) -> object:
    return viewer.undo()


def get(viewer: Viewer, path: str, query: str) -> object:
    """Answer a GET request with a dataclass of `auditor.view.model`.

    Raises:
        RefusedError: 404, there is no such path or row; 400, the request is invalid.
    """
    if path not in _GET:
        raise RefusedError(404, "view.refused.unknown")
    try:
        words = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), max_num_fields=20))
    except ValueError:
        raise RefusedError(400, "view.refused.request") from None
    return _found(_GET[path](viewer, words))


def post(viewer: Viewer, path: str, body: bytes) -> object:
    """Carry out a POST request; the answer is of the same kind as that of `get`.

    Raises:
        RefusedError: 404, there is no such path or row; 400, the request is invalid.
        OutputError: it could not be logged, so it was not carried out.
    """
    if path not in _POST:
        raise RefusedError(404, "view.refused.unknown")
    try:
        data: object = json.loads(body)
    except (ValueError, RecursionError):
        raise RefusedError(400, "view.refused.request") from None
    return _found(_POST[path](viewer, data))


def _as(kind: type[T], data: object) -> T:
    try:
        return parse(kind, data)
    except ValueError:  # its message quotes the data
        raise RefusedError(400, "view.refused.request") from None


def _found(answer: object) -> object:
    if answer is None:
        raise RefusedError(404, "view.refused.unknown")
    return answer
