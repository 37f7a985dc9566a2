"""What the reports of finished runs weigh, and how fast a browser shows them.

    python benchmarks/pages.py RUN [RUN ...] [--lang zh]

Draws the report of each run again and opens it five times in headless Chromium, 1,400 pixels wide; prints bytes, bytes
after gzip, lines in the block of data and how many of them have a text, elements of the page as it is shown, and the
medians of first contentful paint and load event in milliseconds.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from auditor.report.formats.html import render_html
from auditor.report.view import build_view
from auditor.runs.finished import read_audit, read_summary
from tests.report.test_browser import Browser

ROUNDS, WIDTH = 5, 1_400
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
LOAD = "performance.timing.loadEventEnd - performance.timing.navigationStart"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one line for each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--lang", default="en")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder) / "profile")
        browser.resize(WIDTH)
        print("run, bytes, gzip, lines, with a text, elements, first paint ms, load ms")
        for run in options.runs:
            print(*measured(browser, run, options.lang, Path(folder) / "report.html"), sep=", ")
        browser.close()


def measured(browser: Browser, run: Path, lang: str, file: Path) -> tuple[str | int, ...]:
    """The figures of one run."""
    view = build_view(read_audit(run), read_summary(run), lang)
    data = render_html(view).encode()
    file.write_bytes(data)
    paints, loads = [], []
    for _ in range(ROUNDS):
        browser.open(file)
        browser.run("document.body.offsetHeight")
        while not (paint := browser.run(FIRST_PAINT)):
            pass
        paints.append(paint)
        loads.append(browser.run(LOAD))
    shown = sum(row.pieces[0][0] != "why" for row in view.findings.rows)
    elements = browser.run("document.querySelectorAll('*').length")
    sizes = (len(data), len(gzip.compress(data)), len(view.findings.rows), shown, elements)
    return (run.name, *sizes, round(median(paints)), round(median(loads)))


if __name__ == "__main__":
    main()
