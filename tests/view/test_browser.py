"""The page in a real browser: label issues are decided by keys, the viewer is killed, and it goes on."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.browser import Browser
from tests.view.conftest import MAIL, MadeRun, Opener, write_rows

ISSUES = 200


@pytest.fixture(scope="module")
def noisy_run(tmp_path_factory: pytest.TempPathFactory, auditor_cli: Any) -> MadeRun:
    """A run in which more than 200 labels are likely wrong."""
    folder, draw = tmp_path_factory.mktemp("noisy"), random.Random(5)
    words = [[f"{letter}{number}ing" for number in range(60)] for letter in ("bel", "mor", "tas")]
    rows = []
    for i in range(1_000):
        own = i % 3
        label = (own + 1) % 3 if i % 4 == 0 else own
        rows.append([" ".join(draw.sample(words[own], 9)), ("north", "south", "west")[label]])
    data = write_rows(folder / "rows.csv", rows, ("text", "label"))
    done = auditor_cli("scan", data, "-o", folder / "run", "--ner", "off", "-q")
    assert done.returncode == 0, done.stderr
    return MadeRun(folder / "run", data)


class Process:
    """``auditor view`` in a process of its own."""

    def __init__(self, run: MadeRun, file: Path) -> None:
        words = ["view", str(run.folder), str(run.input), "--reviewer", "ann", "--review", str(file)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "auditor", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:\d+/\?token=\S+", line)
        assert found, line + self.process.communicate(timeout=20)[0]
        self.address = found[0]

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate(timeout=20)

    def end(self, number: int) -> tuple[int, str]:
        self.process.send_signal(number)
        said = self.process.communicate(timeout=20)[0]
        return self.process.returncode, said


def decided(browser: Browser) -> int:
    return int(browser.run("Number(document.querySelector('#bar').value)"))


def first_in(browser: Browser, state: str) -> None:
    browser.until("document.querySelectorAll('.line').length > 0")
    browser.run(
        "(() => { const f = document.querySelector('#filters'); f.elements.show.value = 'all';"
        f"f.elements.code.value = 'LBL001'; f.elements.state.value = {state!r};"
        "document.querySelector('#lines').replaceChildren();"
        "f.dispatchEvent(new Event('change', { bubbles: true })); })()"
    )
    browser.until("document.querySelectorAll('.line').length > 0 && document.querySelector('#detail h2')")


def row(browser: Browser) -> str:
    browser.until("!document.querySelector('#lines').hasAttribute('aria-busy')")
    return str(browser.run("document.querySelector('.line[aria-current] b').textContent"))


def test_two_hundred_label_issues_by_keys_killed_in_the_middle(
    browser: Browser, noisy_run: MadeRun, tmp_path: Path, auditor_cli: Any
) -> None:
    file, said = tmp_path / "decisions.json", dict[str, str]()
    log = file.with_name("decisions.json.log")
    with Process(noisy_run, file) as viewer:
        browser.open(viewer.address)
        first_in(browser, "")
        for place in range(ISSUES // 2):
            said[row(browser)] = key = "r" if place % 10 == 2 else "kd"[place % 2]
            browser.press(key)
            if key == "r":
                browser.until("!document.querySelector('#chooser').hidden")
                browser.press("1")
        browser.until(f"Number(document.querySelector('#bar').value) === {ISSUES // 2}")
        _wait_for_lines(log, ISSUES // 2)
        assert viewer.end(signal.SIGKILL)[0] == -signal.SIGKILL

    with Process(noisy_run, file) as viewer:
        assert len(json.loads(file.read_text("utf-8"))["decisions"]) == ISSUES // 2
        browser.open(viewer.address)
        first_in(browser, "open")
        assert decided(browser) == 0 and row(browser) not in said
        for place in range(ISSUES // 2):
            said[row(browser)] = key = "kd"[place % 2]
            browser.press(key)
        browser.press("u")
        browser.until(f"Number(document.querySelector('#bar').value) === {ISSUES // 2 - 1}")
        assert said[row(browser)] == "d", "undo leads back to the row"
        browser.press("d")
        _wait_for_lines(log, ISSUES + 2)
        code, end = viewer.end(signal.SIGINT)
    assert code == 0 and f"{ISSUES} rows decided by ann" in end and "auditor clean" in end and "--review" in end
    assert len(said) == ISSUES

    done = auditor_cli("clean", noisy_run.input, "--review", file, "-o", tmp_path / "out", "--ner", "off", "-q")
    assert done.returncode == 0, done.stderr
    plan = {str(one["row_id"]): one for one in pq.read_table(tmp_path / "out" / "plan.parquet").to_pylist()}
    words = {"k": "keep", "d": "drop", "r": "relabel"}
    assert {one: plan[one]["action"] for one in said} == {one: words[key] for one, key in said.items()}
    assert all(plan[one]["label"] for one, key in said.items() if key == "r")


def _wait_for_lines(log: Path, lines: int) -> None:
    end = time.monotonic() + 20
    while len(log.read_text("utf-8").splitlines()) < lines:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_no_error_and_no_request_elsewhere(browser: Browser, opener: Opener) -> None:
    client = opener()
    browser.open("about:blank")
    browser.open(client.server.session.address)
    browser.until("document.querySelector('#detail h2')")
    browser.until("document.querySelectorAll('.line .waiting').length === 0")
    assert browser.of("Log.entryAdded") == [] and browser.of("Runtime.exceptionThrown") == []
    urls = {event["request"]["url"] for event in browser.of("Network.requestWillBeSent")}
    own = f"http://127.0.0.1:{client.server.server_port}/"
    assert all(url.startswith((own, "data:,")) for url in urls)
    assert browser.run("document.cookie") == "", "scripts cannot read the cookie"
    assert MAIL not in browser.run("document.documentElement.innerHTML")


@pytest.mark.parametrize("width", [375, 768, 1400])
def test_controls_are_named_and_nothing_sticks_out(browser: Browser, opener: Opener, width: int) -> None:
    browser.resize(width)
    browser.open(opener(lang="zh").server.session.address)
    browser.until("document.querySelector('#detail h2')")
    assert browser.run("document.documentElement.scrollWidth") <= width
    unnamed = browser.run(
        "[...document.querySelectorAll('input, select')].filter(e => !e.labels.length).length"
        " + [...document.querySelectorAll('button')].filter(e => !e.textContent.trim()).length"
    )
    assert unnamed == 0
    browser.press("?")
    assert browser.run("document.querySelector('#help').open")
    assert not re.search(r"\b(Keep|Drop|Row|Search)\b", browser.run("document.body.innerText"))


def test_markup_in_a_text_is_text(browser: Browser, made_run: MadeRun, opener: Opener) -> None:
    client = opener()
    browser.open(client.server.session.address)
    browser.until("document.querySelector('#detail h2')")
    rows = client.server.viewer
    rows.texts._shown["whole", 0, ""] = (("text", "<img src=x onerror=window.hit=1>"),)
    browser.run(
        "(() => { const f = document.querySelector('#filters'); f.elements.show.value = 'all';"
        "f.elements.search.value = '#0'; f.dispatchEvent(new Event('submit', { cancelable: true })); })()"
    )
    browser.until("document.querySelector('#detail .excerpt')?.textContent.includes('onerror')")
    assert browser.run("document.querySelectorAll('#detail img').length") == 0
    assert browser.run("window.hit") is None
