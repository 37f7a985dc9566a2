"""Who may ask, and what no answer holds."""

from __future__ import annotations

import http.client
import json
import stat
from urllib.parse import quote

import pytest

from tests.view.conftest import CANARY_ROW, MAIL, NUMBER, NUMBER_ROW, PERSON, Client, MadeRun, Opener


def test_the_address_works_once(opener: Opener) -> None:
    client = opener()
    assert client.ask("GET", "/")[0] == 403
    assert client.ask("GET", "/?token=guessed")[0] == 403
    client.enter()
    assert client.ask("GET", "/")[0] == 200
    token = client.server.session.token
    client.cookie = ""
    status, headers, _ = client.ask("GET", f"/?token={token}")
    assert status == 403 and "Set-Cookie" not in headers


def test_the_cookie_is_for_this_server_alone(opener: Opener) -> None:
    client = opener()
    _, headers, _ = client.ask("GET", f"/?token={client.server.session.token}")
    cookie = headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert str(client.server.server_port) in cookie.split("=")[0]
    assert client.server.server_address[0] == "127.0.0.1"


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example:80"},
        {"Host": "127.0.0.1"},
        {"Host": "127.0.0.1.evil.example"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"X_Auditor_Page": "guessed"},
        {"Cookie": "auditor_view=guessed"},
    ],
)
def test_other_pages_and_other_names_of_this_host_are_refused(client: Client, headers: dict[str, str]) -> None:
    assert client.ask("GET", "/api/list")[0] == 200
    assert client.ask("GET", "/api/list", **headers)[0] == 403
    assert client.ask("POST", "/api/decide", {"row": 1, "decision": "drop"}, **headers)[0] == 403
    assert client.server.viewer.decisions.own() == {}


@pytest.mark.parametrize("path", ["/", "/view.js", "/api/list", "/nowhere", "/../templates/view/view.js"])
def test_every_answer_has_the_headers(client: Client, path: str) -> None:
    _, headers, _ = client.ask("GET", path)
    assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cache-Control"] == "no-store"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert "Access-Control-Allow-Origin" not in headers and "Python" not in headers["Server"]


def test_what_is_not_answered(client: Client) -> None:
    port = client.server.server_port
    assert client.ask("GET", "/nowhere")[0] == 404
    assert client.ask("GET", "/api/nowhere")[0] == 404
    assert client.ask("GET", "/api/row?row=999999")[0] == 404
    assert client.ask("GET", f"/api/row?row={10**30}")[0] == 404
    assert client.ask("GET", "/api/row?row=x")[0] == 400
    assert client.ask("GET", "/api/list?show=nothing")[0] == 400
    assert client.ask("GET", f"/api/list?search={'a' * 201}")[0] == 400
    assert client.ask("POST", "/api/decide", {"row": 1, "decision": "burn"})[0] == 400
    assert client.ask("POST", "/api/decide", {"row": 1, "decision": "relabel"})[0] == 404
    assert client.ask("POST", "/api/decide", {"row": 1, "decision": "relabel", "label": "no class"})[0] == 404
    assert client.ask("POST", "/api/decide", b"{", Content_Type="application/json")[0] == 400
    assert client.ask("POST", "/api/undo", b"{}", Content_Type="text/plain")[0] == 415
    assert client.ask("POST", "/api/undo", b" " * 20_000 + b"{}", Content_Type="application/json")[0] == 413
    status, headers, content = client.ask("DELETE", "/api/list")
    assert (status, content) == (501, b"") and "Content-Security-Policy" in headers
    raw = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    raw.putrequest("POST", "/api/undo")
    for name, value in {
        "Cookie": client.cookie, "X-Auditor-Page": client.server.session.page_token,
        "Content-Type": "application/json", "Transfer-Encoding": "chunked",
    }.items():  # fmt: skip
        raw.putheader(name, value)
    raw.endheaders()
    answer = raw.getresponse()
    assert answer.status == 411 and answer.read()
    raw.close()


def test_no_canary_is_in_any_answer_until_it_is_asked_for(client: Client, made_run: MadeRun) -> None:
    log = made_run.folder / "view.log"
    log.unlink(missing_ok=True)
    client.ask("GET", "/")
    rows = client.get("list?show=all&order=row")["lines"]
    rows += client.get("more?list=1&first=50")["lines"]
    assert len(rows) == 80
    for start in range(0, 80, 12):
        client.get(f"texts?rows={','.join(str(row['row']) for row in rows[start : start + 12])}")
    for row in (CANARY_ROW, NUMBER_ROW, *range(0, 80, 7)):
        client.get(f"row?row={row}")
        client.get(f"around?row={row}")
    for words in (MAIL, NUMBER, "canary", "219-09"):
        found = client.get(f"list?show=all&search={quote(words)}")
        assert found["total"] == 0, "what is hidden cannot be searched for either"
        client.get(f"texts?rows={CANARY_ROW},{NUMBER_ROW}&search={quote(words)}")
    client.ask("GET", f"/api/row?row={MAIL}")
    assert not log.exists()
    for canary in (MAIL, NUMBER, PERSON, "canary"):
        assert not any(canary.encode() in answer for answer in client.seen)

    raw = client.post("reveal", {"row": CANARY_ROW})["text"]
    assert raw == f"Please write to {MAIL} about the plum and the pear.\nThe melon is gone."
    line = json.loads(log.read_text("utf-8"))
    assert (line["row_id"], line["reviewer"]) == (CANARY_ROW, "ann") and line["time"]
    assert "canary" not in log.read_text("utf-8")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert not any(NUMBER.encode() in answer for answer in client.seen), "one row was asked for, not another"


def test_a_text_is_not_shown_where_the_asking_cannot_be_written_down(client: Client, made_run: MadeRun) -> None:
    log = made_run.folder / "view.log"
    log.unlink(missing_ok=True)
    log.symlink_to(made_run.folder / "elsewhere")
    status, _, content = client.ask("POST", "/api/reveal", {"row": CANARY_ROW})
    log.unlink()
    assert status == 500 and b"canary" not in content and b"written" in content


def test_without_the_input_or_with_another_there_is_nothing_raw(opener: Opener, made_run: MadeRun) -> None:
    other = made_run.input.with_name("other.csv")
    other.write_text(made_run.input.read_text("utf-8").replace("number 3 ", "number 4 "), "utf-8")
    for inputs, notice in (((), b"Only masked texts of the run"), ((str(other),), b"is not what this run was made")):
        client = opener(inputs=inputs)
        client.enter()
        assert notice in client.ask("GET", "/")[2]
        assert client.ask("POST", "/api/reveal", {"row": CANARY_ROW})[0] == 404
        text = "".join(piece[1] for piece in client.get(f"row?row={CANARY_ROW}")["text"])
        assert "Please write to" in text and "plum" in text
        assert not any(b"canary" in answer for answer in client.seen)


def test_a_reader_who_has_the_wrong_address_is_told_what_to_do_in_chinese(opener: Opener) -> None:
    assert "只能使用一次" in opener(lang="zh").ask("GET", "/")[2].decode()
