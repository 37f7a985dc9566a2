"""The HTTP server of the viewer, based on the standard library; listens on 127.0.0.1 only."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from auditor.errors import AuditorError, OutputError
from auditor.message import Text, message
from auditor.report.messages import Messages
from auditor.view import requests
from auditor.view.page import FILES, Asset, page_html
from auditor.view.security import HEADERS, RefusedError, Session
from auditor.view.viewer import Viewer

MOST_BODY = 16_384
"""Maximum size of a request body in bytes."""
SECONDS = 30
"""Timeout for receiving a request."""
_JSON, _HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
Answer = tuple[int, str, bytes, Mapping[str, str]]
"""Status, media type, content and further headers."""


class ViewServer(ThreadingHTTPServer):
    """Serves one viewer.

    Args:
        viewer: the viewer of a run.
        port: port to listen on; 0: any free port.

    Raises:
        OutputError: the port is in use.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, viewer: Viewer, port: int) -> None:
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:
            raise OutputError(
                "The port cannot be listened on.", where=f"--port {port}", fix="Give another one, or 0 for a free one."
            ) from None
        self.viewer = viewer
        self.session = Session(self.server_port)

    def handle_error(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:
        """Print nothing: a traceback could quote a text."""


class _Handler(BaseHTTPRequestHandler):
    server: ViewServer
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "auditor", ""
    timeout = SECONDS
    disable_nagle_algorithm = True  # headers and content are two writes; the second would wait for an acknowledgement
    wbufsize = 1 << 16

    def do_GET(self) -> None:
        """Serve the page, its files and its queries."""
        self._answer(self._get)

    def do_POST(self) -> None:
        """Carry out an action of the page."""
        self._answer(self._post)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse malformed requests without the library's error page."""
        self.close_connection = True
        self._send(code, "text/plain; charset=utf-8", b"", {"Connection": "close"})

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: an address can contain a search text."""

    def _answer(self, make: Callable[[], Answer]) -> None:
        try:
            self.server.session.check_origin(self.headers)
            status, kind, content, more = make()
        except RefusedError as error:
            status, kind, content, more = self._refused(error)
        except AuditorError as error:  # a file could not be written; the message never contains a text of the data
            what = error.what.message if isinstance(error.what, Text) else message(error.what)
            data = {"error": Messages(self.server.viewer.opened.lang).message(what)}
            status, kind, content, more = 500, _JSON, _json(data), {}
        except Exception:  # noqa: BLE001  # its message could quote a text
            self.close_connection = True
            status, kind, content, more = self._refused(RefusedError(500, "view.refused.failed"))
        self._send(status, kind, content, more)

    def _send(self, status: int, kind: str, content: bytes, more: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": kind, "Content-Length": str(len(content)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def _get(self) -> Answer:
        session, address = self.server.session, urlsplit(self.path)
        if address.path == "/" and "token" in (words := parse_qs(address.query)):
            return 303, _HTML, b"", {"Location": "/", "Set-Cookie": session.exchange(words["token"][0])}
        session.check_cookie(self.headers)
        if address.path == "/":
            return 200, _HTML, page_html(self.server.viewer, session.page_token).encode(), {}
        if address.path in FILES:
            asset: Asset = FILES[address.path]
            return 200, asset.kind, asset.content(), {}
        session.check_page(self.headers)
        return 200, _JSON, _json(requests.get(self.server.viewer, address.path, address.query)), {}

    def _post(self) -> Answer:
        self.close_connection = True  # until the body has been read completely
        session = self.server.session
        session.check_cookie(self.headers)
        session.check_page(self.headers)
        length, kind = self.headers.get("Content-Length", ""), self.headers.get_content_type()
        if kind != "application/json":
            raise RefusedError(415, "view.refused.request")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            raise RefusedError(411, "view.refused.request")
        if int(length[:9]) > MOST_BODY or len(length) > 9:
            raise RefusedError(413, "view.refused.request")
        body = self.rfile.read(int(length))
        self.close_connection = False
        return 200, _JSON, _json(requests.post(self.server.viewer, urlsplit(self.path).path, body)), {}

    def _refused(self, error: RefusedError) -> Answer:
        text = Messages(self.server.viewer.opened.lang).text(error.key)
        if self.path.startswith("/api/"):
            return error.status, _JSON, _json({"error": text}), {}
        return error.status, "text/plain; charset=utf-8", f"{text}\n".encode(), {}


def _json(data: object) -> bytes:
    plain = asdict(data) if is_dataclass(data) and not isinstance(data, type) else data
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
