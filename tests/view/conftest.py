"""A small run with canaries, and a client for its viewer."""

from __future__ import annotations

import csv
import http.client
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from auditor.view.security import PAGE_HEADER
from auditor.view.server import ViewServer
from auditor.view.viewer import open_viewer

MAIL, NUMBER, PERSON = "canary.person@example.org", "219-09-9998", "canary.source@example.org"
"""An address in a text, an identity number in another, and an address that is the name of a source."""
CANARY_ROW, NUMBER_ROW, STREET_ROW = 5, 8, 41


@dataclass(frozen=True)
class MadeRun:
    """A finished run and its input."""

    folder: Path
    input: Path


def write_rows(path: Path, rows: list[list[str]], head: tuple[str, ...] = ("text", "label", "split", "source")) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([head, *rows])
    return path


def small_rows() -> list[list[str]]:
    words = {"fruit": "apple pear plum cherry melon", "tools": "hammer saw drill wrench pliers"}
    rows = []
    for i in range(80):
        label = "fruit" if i % 2 else "tools"
        own = words[label].split()
        text = f"The {own[i % 5]} and the {own[(i // 5) % 5]} number {i} are on shelf {i * 7 % 31} of the {label} room"
        rows.append([text, label, "test" if i % 8 == 0 else "train", PERSON if i % 10 == 0 else "web"])
    rows[CANARY_ROW][0] = f"Please write to {MAIL} about the plum and the pear.\nThe melon is gone."
    rows[NUMBER_ROW][0] = f"My social security number is {NUMBER} and the hammer is lost."
    long = "The carpenter left seven boards, two boxes of screws, a long ladder and a note about the shelf by the door"
    rows[20][0], rows[22][0] = f"{long} of the hall", f"{long.replace('note', 'word')} of the hall"
    rows[STREET_ROW][0] = "The house at 12 Baker Street has a list of cherry trees"
    rows[STREET_ROW + 2][0] = "Another list, of plum trees, is at 14 Baker Street"
    rows[30][0] = rows[34][0]
    return rows


@pytest.fixture(scope="session")
def made_run(tmp_path_factory: pytest.TempPathFactory, auditor_cli: Callable[..., Any]) -> MadeRun:
    folder = tmp_path_factory.mktemp("view")
    data = write_rows(folder / "rows.csv", small_rows())
    done = auditor_cli("clean", data, "-o", folder / "run", "--ner", "off", "-q")
    assert done.returncode == 0, done.stderr
    return MadeRun(folder / "run", data)


class Client:
    """What a browser does, without one; every answer is kept."""

    def __init__(self, server: ViewServer) -> None:
        self.server = server
        self.cookie = ""
        self.seen: list[bytes] = []

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=20)
        own = {"Cookie": self.cookie, PAGE_HEADER: self.server.session.page_token}
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        if data is not None:
            own["Content-Type"] = "application/json"
        own |= {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, data, {name: value for name, value in own.items() if value})
        answer = connection.getresponse()
        content = answer.read()
        self.seen.append(content + str(answer.getheaders()).encode())
        connection.close()
        return answer.status, dict(answer.getheaders()), content

    def enter(self) -> None:
        status, headers, _ = self.ask("GET", f"/?token={self.server.session.token}")
        assert status == 303
        self.cookie = headers["Set-Cookie"].split(";")[0]

    def get(self, path: str) -> Any:
        status, _, content = self.ask("GET", f"/api/{path}")
        assert status == 200, content
        return json.loads(content)

    def post(self, path: str, body: object) -> Any:
        status, _, content = self.ask("POST", f"/api/{path}", body)
        assert status == 200, content
        return json.loads(content)


Opener = Callable[..., Client]


@pytest.fixture
def opener(made_run: MadeRun, tmp_path: Path) -> Iterator[Opener]:
    """Opens viewers of the small run, which close with the test."""
    servers: list[ViewServer] = []

    def open_one(
        *, run: Path = made_run.folder, inputs: tuple[str, ...] = (str(made_run.input),), reviewer: str = "ann",
        lang: str = "en",
    ) -> Client:  # fmt: skip
        server = ViewServer(open_viewer(run, inputs, lang, reviewer, tmp_path / "decisions.json"), 0)
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return Client(server)

    yield open_one
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def client(opener: Opener) -> Client:
    own = opener()
    own.enter()
    return own
