"""The pictures in docs/img, made of the shipped samples: `make screenshots`.

Chromium takes the pages (as tests/browser.py drives it), rich the terminal. Pictures are reduced to a palette.
"""

from __future__ import annotations

import base64
import io
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "img"
AS_OF = "2026-11-01"
COLOURS = 64
sys.path.insert(0, str(ROOT))

from tests.browser import Browser  # noqa: E402 - the folder above comes first


def auditor(*words: str, colour: bool = False, folder: Path = ROOT) -> str:
    """What a command prints."""
    environment = {**os.environ, "COLUMNS": "110", "PYTHONPATH": str(ROOT), **({"FORCE_COLOR": "1"} if colour else {})}
    done = subprocess.run(
        [sys.executable, "-m", "auditor", *words],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
        check=True,
    )
    return done.stdout


def save(browser: Browser, name: str, width: int, height: int) -> None:
    """The visible part of the page as ``NAME.png`` with a palette."""
    from PIL import Image

    browser.send(
        "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
    )
    data = browser.send("Page.captureScreenshot", format="png")["data"]
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(IMAGES / f"{name}.png", optimize=True)


def report_pictures(browser: Browser, english: Path, chinese: Path) -> None:
    """The report at three widths, dark, in print and in Chinese."""
    for width, height in ((1400, 1000), (768, 1000), (320, 800)):
        browser.resize(width)
        browser.open(english / "report.html")
        save(browser, f"report-{width}", width, height)
    browser.open(english / "report.html")
    browser.run("document.querySelector('.theme').click()")
    save(browser, "report-dark", 1400, 1000)
    browser.run("document.querySelector('.theme').click()")
    browser.open(english / "report.html")
    browser.run("location.hash = '#duplicates'")
    save(browser, "report-dimension", 1400, 1000)
    browser.open(english / "report.html")
    browser.send("Emulation.setEmulatedMedia", media="print")
    save(browser, "report-print", 794, 1123)
    browser.send("Emulation.setEmulatedMedia", media="")
    browser.open(chinese / "report.html")
    save(browser, "report-zh", 1400, 1000)


@contextmanager
def viewer(run: Path, data: Path) -> Iterator[str]:
    """The address of the viewer of a run."""
    words = [sys.executable, "-m", "auditor", "view", str(run), str(data), "--reviewer", "ann"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment) as process:
        try:
            assert process.stdout is not None
            yield next(word for word in process.stdout.readline().split() if word.startswith("http://"))
        finally:
            process.terminate()


def viewer_picture(browser: Browser, run: Path, data: Path) -> None:
    """The viewer at the label issues."""
    with viewer(run, data) as address:
        browser.resize(1400)
        browser.open(address)
        browser.until("document.querySelector('#detail .near') !== null", 120)
        waiting = "[...document.querySelectorAll('*')].some(e => !e.children.length && e.textContent.trim() === '…')"
        browser.until(f"!{waiting}", 120)
        save(browser, "viewer", 1400, 900)


def terminal_picture(text: str, words: str) -> None:
    """What a command printed as ``terminal.svg``."""
    from rich.console import Console
    from rich.text import Text

    console = Console(record=True, width=110, file=io.StringIO(), force_terminal=True)
    console.print(Text(f"$ {words}", style="bold"))
    console.print(Text.from_ansi(text))
    picture = console.export_svg(title="auditor")
    picture = re.sub(r"@font-face \{.*?\}", "", picture, flags=re.S)  # pages fetch nothing
    (IMAGES / "terminal.svg").write_text(picture.replace("Fira Code", "ui-monospace"), "utf-8")


def main() -> None:
    """Make every picture."""
    IMAGES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "sample_data").symlink_to(ROOT / "sample_data")
        english, chinese = folder / "runs" / "english", folder / "runs" / "chinese"
        fixed = ("--no-benchmark", "--as-of", AS_OF)
        auditor("run", "sample_data/banking_en.csv", *fixed, "-o", "runs/english", folder=folder)
        auditor("run", "sample_data/service_zh.csv", *fixed, "--lang", "zh", "-o", "runs/chinese", folder=folder)
        words = ("scan", "sample_data/banking_en.csv", "-o", "runs/first")
        text = auditor(*words, "--as-of", AS_OF, colour=True, folder=folder)
        terminal_picture(text, " ".join(("auditor", *words)))
        browser = Browser(folder / "profile")
        browser.send("Emulation.setScrollbarsHidden", hidden=True)
        try:
            report_pictures(browser, english, chinese)
            viewer_picture(browser, english, ROOT / "sample_data" / "banking_en.csv")
        finally:
            browser.close()


if __name__ == "__main__":
    main()
