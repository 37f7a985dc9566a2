"""How long the viewer takes: ``python benchmarks/viewing.py RUN INPUT``.

``python benchmarks/viewing.py --make SHARED/data/agnews_test.parquet news.csv`` writes such an input: 200,000 rows of
one to four pieces of twelve words of news of one class, 3 % with a class drawn anew, one in twenty with a made address.

Opens a finished run as `auditor view` does and asks over HTTP, as the page does: first rows, filters, searches, masked
texts, a row, a decision. Times are medians of `TIMES` answers from the request to the last byte, new lists each time.
"""

from __future__ import annotations

import argparse
import csv
import http.client
import json
import os
import random
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import pyarrow.parquet as pq

from auditor.view.security import PAGE_HEADER
from auditor.view.server import ViewServer
from auditor.view.viewer import open_viewer

TIMES, ROWS = 9, 200_000
LISTS = {
    "first rows, all": "show=all",
    "first rows, waiting for a person": "show=review",
    "with findings, surest first": "show=found&order=confidence",
    "confidence at least 90 %": "show=all&least=0.9",
    "by class": "show=all&order=label",
    "not decided": "show=all&state=open",
    "search, frequent": "show=all&search=the",
    "search, rare": "show=all&search=satellite",
    "search, in no row": "show=all&search=qqqqq",
}


def _cpu() -> float:
    used = os.times()
    return used.user + used.system


class _Page:
    """Asks as the page does."""

    def __init__(self, server: ViewServer) -> None:
        self._headers = {PAGE_HEADER: server.session.page_token, "Content-Type": "application/json"}
        self._port = server.server_port
        _, cookie = self._ask("GET", f"/?token={server.session.token}")
        self._headers["Cookie"] = cookie.split(";")[0]

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[bytes, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        connection.request(method, path, body, self._headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        assert answer.status in (200, 303), data
        return data, answer.getheader("Set-Cookie") or ""

    def get(self, path: str) -> dict[str, object]:
        found: dict[str, object] = json.loads(self._ask("GET", f"/api/{path}")[0])
        return found

    def decide(self, row: int) -> None:
        self._ask("POST", "/api/decide", json.dumps({"row": row, "decision": "keep"}))


def _told(name: str, ask: Callable[[int], object], times: int = TIMES) -> None:
    took, used = [], []
    for place in range(times):
        wall, cpu = time.perf_counter(), _cpu()
        ask(place)
        took.append(time.perf_counter() - wall)
        used.append(_cpu() - cpu)
    print(f"{name:36} {median(took) * 1000:7.0f} ms   CPU {median(used) * 1000:6.0f} ms")


def make(source: str, out: Path) -> None:
    """Write the input that is measured."""
    draw = random.Random(3)
    news = pq.read_table(source, columns=["text", "label"]).to_pylist()
    labels = sorted({row["label"] for row in news}, key=str)
    pieces: dict[object, list[str]] = {label: [] for label in labels}
    for row in news:
        words = (row["text"] or "").split()
        pieces[row["label"]] += [" ".join(words[at : at + 12]) for at in range(0, len(words), 12)]
    with out.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["id", "text", "label", "split", "source"])
        for i in range(ROWS):
            own = draw.choice(labels)
            text = " ".join(draw.choice(pieces[own]) for _ in range(draw.randint(1, 4)))
            text += f" mail user{i}@mail-{i % 97}.com" if i % 20 == 0 else ""
            label = own if draw.random() > 0.03 else draw.choice(labels)
            part = draw.choice(["train"] * 8 + ["test", "validation"])
            writer.writerow([f"n{i}", text, label, part, draw.choice(["web", "agency", "paper"])])


def main() -> None:
    """Measure and print."""
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2], Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("input")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        start = _cpu()
        viewer = open_viewer(given.run, [given.input], "en", "benchmark", Path(folder) / "decisions.json")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{len(viewer.rows):,} rows loaded: CPU {_cpu() - start:.1f} s, peak {peak:,.0f} MB")
        server = ViewServer(viewer, 0)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = _Page(server)
        for name, query in LISTS.items():
            found = page.get(f"list?{query}")
            _told(f"{name} ({found['total']:,})", lambda _, query=query: page.get(f"list?{query}"))
        rows = viewer.rows.ids[:: max(len(viewer.rows) // 200, 1)].tolist()
        viewer.warm()
        _told(
            "masked beginnings of 4 texts", lambda at: page.get(f"texts?rows={','.join(map(str, rows[4 * at :][:4]))}")
        )
        _told("a row in full", lambda at: page.get(f"row?row={rows[100 + at]}"))
        _told("a decision, on the disk", lambda at: page.decide(rows[at]), 60)
        server.shutdown()


if __name__ == "__main__":
    main()
