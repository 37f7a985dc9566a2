"""Whatever a browser, or anything else, sends: an answer, or a refusal by number; never a fault, never a text unasked."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.errors import AuditorError
from auditor.view import requests
from auditor.view.security import RefusedError
from tests.view.conftest import MAIL, NUMBER, Client

_PATHS = ["/api/list", "/api/more", "/api/texts", "/api/row", "/api/around", "/api/none"]
_NAMES = ["row", "rows", "list", "first", "show", "code", "label", "part", "source", "least", "state", "search", "order",
          "decision", "add", "remove"]  # fmt: skip
_WORDS = st.one_of(
    st.sampled_from(["5", "8", "-1", "0", "nan", "1e999", "review", "all", "keep", "drop", "relabel", "mask", "fruit", "#5",
                     "PII001", "1,2,3", "", "plum", "9" * 40, "５"]),
    st.text(max_size=12),
)  # fmt: skip
_PLAIN = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), _WORDS),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=8,
)
_ASKED = st.dictionaries(st.sampled_from(_NAMES), _WORDS, max_size=5)


@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(_PATHS), asked=_ASKED)
def test_any_question(client: Client, path: str, asked: dict[str, str]) -> None:
    try:
        answer = requests.get(client.server.viewer, path, urlencode(asked, errors="replace"))
    except RefusedError as refused:
        assert 400 <= refused.status < 500
        return
    shown = repr(answer)
    assert MAIL not in shown and NUMBER not in shown


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(path=st.sampled_from(["/api/decide", "/api/undo", "/api/none"]), data=_PLAIN)
def test_any_order(client: Client, path: str, data: object) -> None:
    try:
        answer = requests.post(client.server.viewer, path, json.dumps(data).encode("utf-8", "replace"))
    except RefusedError as refused:
        assert 400 <= refused.status < 500
    except AuditorError as error:
        raise AssertionError("the file of decisions can be written") from error
    else:
        assert answer is not None


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[" * 20_000, b'{"row": 1e999}', b"\xff\xfe", b'{"row": "' + b"9" * 5_000 + b'"}']
)
def test_any_body(client: Client, body: bytes) -> None:
    status, _, content = client.ask("POST", "/api/decide", body)
    assert 400 <= status < 500 and MAIL.encode() not in content


@pytest.mark.parametrize(
    "sent",
    [b"\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00", b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
     b"POST /api/decide HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -5\r\n\r\n", b"OPTIONS * HTTP/1.1\r\n\r\n"],
)  # fmt: skip
def test_any_bytes_on_the_wire(client: Client, sent: bytes) -> None:
    """The server answers or hangs up, and goes on."""
    with socket.create_connection(("127.0.0.1", client.server.server_port), timeout=10) as wire:
        wire.sendall(sent)
        wire.shutdown(socket.SHUT_WR)
        answered = b"".join(iter(lambda: wire.recv(65_536), b""))
    assert not answered or b" 200 " not in answered.split(b"\r\n", 1)[0]
    assert client.get("row?row=3")["row"] == 3
