"""The page in a real browser: no error, no request, and a table that works."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from auditor.core.audit import Audit
from auditor.core.run_summary import RunSummary
from auditor.report.formats.html import render_html
from auditor.report.view import build_view

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update"
    " --disable-sync --disable-extensions --remote-debugging-pipe"
)


class Browser:
    """Chromium through the DevTools protocol over its pipe (descriptors 3 and 4)."""

    def __init__(self, profile: Path) -> None:
        read_in, self._write = os.pipe()
        self._read, write_out = os.pipe()
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (read_in, write_out)]

        def take_descriptors() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        self._process = subprocess.Popen(
            [str(CHROMIUM), *FLAGS.split(), f"--user-data-dir={profile}", "about:blank"],
            preexec_fn=take_descriptors, pass_fds=(3, 4), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for end in ends:
            os.close(end)
        os.close(read_in)
        os.close(write_out)
        self._buffer, self._last, self._session = b"", 0, ""
        self.events: list[dict[str, Any]] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._last += 1
        message = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while (answer := self._receive()).get("id") != self._last:
            self.events.append(answer)
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._read, 1 << 16)
            assert chunk, "the browser has closed"
            self._buffer += chunk
        head, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(head)
        return message

    def open(self, file: Path) -> None:
        self.events.clear()
        self.send("Page.navigate", url=file.as_uri())
        while not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.events.append(self._receive())

    def run(self, script: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def resize(self, width: int) -> None:
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)

    def of(self, method: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event["method"] == method]

    def close(self) -> None:
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        self._process.wait(20)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def page(
    browser: Browser, mail_audit: Audit, mail_run: RunSummary, tmp_path_factory: pytest.TempPathFactory
) -> Browser:
    file = tmp_path_factory.mktemp("report") / "report.html"
    file.write_text(render_html(build_view(mail_audit, mail_run)), "utf-8")
    browser.open(file)
    return browser


def lines(page: Browser) -> list[str]:
    script = "[...document.querySelectorAll('.findings tbody tr:not([hidden]) td:first-child')].map(c => c.textContent)"
    found: list[str] = page.run(script)
    return found


def status(page: Browser) -> str:
    text: str = page.run("document.querySelector('[role=status]').textContent")
    return text


def test_no_error_and_no_request(page: Browser) -> None:
    assert page.run("document.querySelectorAll('svg').length") > 50
    assert page.of("Log.entryAdded") == []
    assert page.of("Runtime.exceptionThrown") == []
    assert page.of("Runtime.consoleAPICalled") == []
    requests = [event["request"]["url"] for event in page.of("Network.requestWillBeSent")]
    assert len(requests) == 1 and requests[0].startswith("file://")


def test_style_and_script_are_let_through_by_their_hashes(page: Browser) -> None:
    assert page.run("getComputedStyle(document.querySelector('.tiles')).display") == "grid"
    assert page.run("document.querySelector('.tools').hidden") is False


def test_an_injected_script_does_not_run(page: Browser) -> None:
    page.run(
        "window.hit = 0; const s = document.createElement('script'); s.textContent = 'window.hit = 1';"
        "document.body.append(s); s.remove();"
    )
    assert page.run("window.hit") == 0


def test_search_filter_and_paging(page: Browser) -> None:
    assert len(lines(page)) == 25 and status(page) == "Lines: 458 · page 1 of 19"
    page.run("const code = document.querySelector('select[name=code]'); code.value = 'PII003'; code.onchange()")
    assert lines(page) == ["3100"] and status(page) == "Lines: 1 · page 1 of 1"
    page.run("code.value = ''; code.onchange(); document.querySelectorAll('.pager button')[1].click()")
    assert status(page) == "Lines: 458 · page 2 of 19"
    page.run("const box = document.querySelector('input[type=search]'); box.value = 'mortgage'; box.oninput()")
    assert lines(page) == [str(row) for row in range(1000, 1006)]
    assert page.run("document.querySelector('.no-match').hidden") is True
    page.run("box.value = 'in no row at all'; box.oninput()")
    assert lines(page) == [] and page.run("document.querySelector('.no-match').hidden") is False
    page.run("box.value = ''; box.oninput()")
    assert page.run("document.querySelector('.no-match').hidden") is True


def test_sorting_is_numeric_and_announced(page: Browser) -> None:
    page.run("const heads = document.querySelectorAll('.findings th'); heads[0].querySelector('button').click()")
    assert lines(page)[:4] == ["all", "all", "17", "18"]
    assert page.run("heads[0].getAttribute('aria-sort')") == "ascending"
    page.run("heads[0].querySelector('button').click()")
    assert lines(page)[0] == "3100"
    assert page.run("heads[0].getAttribute('aria-sort')") == "descending"


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_nothing_sticks_out_sideways(page: Browser, width: int) -> None:
    page.resize(width)
    assert page.run("document.documentElement.scrollWidth") <= width
    outside = page.run(
        "[...document.querySelectorAll('.card, .tile, .plot, .bars')].filter(e => "
        "!e.closest('.scroll') && e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
    )
    assert outside == []


@pytest.mark.parametrize("width", [320, 768, 1400])
def test_outcomes_and_class_counts_are_seen_without_scrolling(page: Browser, width: int) -> None:
    page.resize(width)
    hidden = page.run(
        "[...document.querySelectorAll('.clauses .state, .metrics .state, .side-by-side td')].filter(e => {"
        "const box = e.closest('.scroll').getBoundingClientRect();"
        "return e.getBoundingClientRect().right > box.right + 1}).map(e => e.textContent)"
    )
    assert hidden == []
    widths = page.run("[...document.querySelectorAll('.tiles .tile')].map(e => Math.round(e.offsetWidth))")
    assert max(widths) < 2 * min(widths), "no tile is twice as wide as another"
