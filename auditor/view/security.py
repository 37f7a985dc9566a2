"""Access control: only the browser that opened the printed address, and no other page in it, gets answers.

The server listens on 127.0.0.1 only. That is not sufficient: any page open in the browser can send requests to it, and
with a name that resolves to 127.0.0.1 (DNS rebinding) another site's page counts as the same origin. Each request must
therefore name this host, must not come from another origin or site, and must have the session cookie, which is issued
once, for the token of the printed address. Background requests also need a second token known only to the page,
because cookies are shared by all ports of a host. See OWASP, "Cross-Site Request Forgery Prevention".
"""

from __future__ import annotations

import hmac
import secrets
import threading
from dataclasses import dataclass, field
from email.message import Message
from http.cookies import CookieError, SimpleCookie
from typing import TypeAlias

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
    " img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Headers of every response."""
PAGE_HEADER = "X-Auditor-Page"
"""Header in which the page sends its token."""


Headers: TypeAlias = Message
"""Headers of a request; names are case-insensitive."""


class RefusedError(Exception):
    """A request is refused.

    Args:
        status: HTTP status of the response.
        key: key of its message in the catalogue.
    """

    def __init__(self, status: int, key: str) -> None:
        super().__init__(key)
        self.status, self.key = status, key


@dataclass
class Session:
    """The tokens of one server.

    Attributes:
        port: port of the server.
        token: token in the printed address; can be exchanged once.
        page_token: token that the page sends in `PAGE_HEADER`.
    """

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    page_token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _cookie: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _is_used: bool = False

    @property
    def address(self) -> str:
        """The address to open, once."""
        return f"http://127.0.0.1:{self.port}/?token={self.token}"

    def check_origin(self, headers: Headers) -> None:
        """Refuse requests that name another host or come from another origin.

        Raises:
            RefusedError: 403.
        """
        hosts = (f"127.0.0.1:{self.port}", f"localhost:{self.port}")
        hosts_named = headers.get_all("Host", [])
        host, origin, site = "".join(hosts_named), headers.get("Origin"), headers.get("Sec-Fetch-Site")
        if len(hosts_named) != 1 or host not in hosts:
            raise RefusedError(403, "view.refused.host")
        if (origin is not None and origin != f"http://{host}") or site not in (None, "same-origin", "none"):
            raise RefusedError(403, "view.refused.origin")

    def exchange(self, token: str) -> str:
        """The ``Set-Cookie`` header in exchange for the token of the printed address.

        Raises:
            RefusedError: 403, the token is wrong or was used before.
        """
        with self._lock:
            if self._is_used or not _equal(token, self.token):
                raise RefusedError(403, "view.refused.token")
            self._is_used = True
        return f"{self._name}={self._cookie}; HttpOnly; SameSite=Strict; Path=/"

    def check_cookie(self, headers: Headers) -> None:
        """Refuse requests without the session cookie.

        Raises:
            RefusedError: 403.
        """
        try:
            morsel = SimpleCookie(headers.get("Cookie", "")).get(self._name)
        except CookieError:
            morsel = None
        if morsel is None or not _equal(morsel.value, self._cookie):
            raise RefusedError(403, "view.refused.token")

    def check_page(self, headers: Headers) -> None:
        """Refuse requests without the token of the page.

        Raises:
            RefusedError: 403.
        """
        if not _equal(headers.get(PAGE_HEADER, ""), self.page_token):
            raise RefusedError(403, "view.refused.origin")

    @property
    def _name(self) -> str:
        return f"auditor_view_{self.port}"


def _equal(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
