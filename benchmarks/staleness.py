"""What staleness costs and finds: ``python benchmarks/staleness.py speed`` and ``... reach SHARED/data``.

speed: a million made rows with dates in one of several forms, in a process of its own; CPU seconds and peak memory of
the staleness check beyond reading. reach: the data sets whose drift and dates are known (docs/results.md).
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from auditor.checks.base import Shared
from auditor.checks.staleness import StalenessCheck
from auditor.config.settings import Settings, StalenessSettings
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.load import load_corpus

AS_OF = date(2026, 11, 23)
FORMS = {
    "iso": "%Y-%m-%dT%H:%M:%SZ",
    "mail": "%a, %d %b %Y %H:%M:%S +0000",
    "chinese": "%Y年%m月%d日",
    "day": "%Y-%m-%d",
}
SHOWN = ("old_rate", "broken_rate", "read_rate", "drift_auc", "drift_null", "label_shift", "dated_text_rows")


def dated(rows: int, form: str) -> Corpus:
    """Rows of 8 to 40 words, three classes, dates over ten years."""
    random = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(3_000)])
    weight = 1.0 / np.arange(1, 3_001)
    pool = [" ".join(random.choice(words, n, p=weight / weight.sum())) for n in random.integers(8, 40, 20_000)]
    texts = [f"{pool[i]} {k}" for k, i in enumerate(random.integers(0, len(pool), rows).tolist())]
    start = datetime(2016, 1, 1, tzinfo=UTC)
    named = [(start + timedelta(hours=h)).strftime(FORMS[form]) for h in range(24 * 3_650)]
    dates = [named[i] for i in random.integers(0, len(named), rows).tolist()]
    labels = np.array(["a", "b", "c"])[random.integers(0, 3, rows)]
    table = pa.table(
        {"text": pa.array(texts, pa.large_string()), "label": labels, "date": pa.array(dates, pa.large_string())}
    )
    return Corpus("made", ("made",), table, np.arange(rows), Roles("text", "label", date="date"))


def check(corpus: Corpus) -> Completed:
    """The result of the staleness check alone."""
    own = StalenessCheck(Settings(staleness=StalenessSettings(as_of=AS_OF)), corpus.language)
    result = own.finish([own.scan(batch) for batch in corpus.batches(own.roles)], corpus, Shared())
    assert isinstance(result, Completed), result
    return result


def measured(rows: int, form: str) -> None:
    """CPU seconds, wall and memory of one check, printed."""
    from auditor.checks.drift import hashed_terms

    corpus = dated(rows, form)
    hashed_terms(["warm"], "en")
    before, wall, cpu = _rss(), time.perf_counter(), time.process_time()
    result = check(corpus)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{form:<8} {rows:>9,} rows {cpu:6.1f} CPU s {wall:6.1f} s wall  {before:6.0f} MB held, peak {peak:6.0f} MB,"
          f" {result.findings.num_rows:,} findings")  # fmt: skip


def _rss() -> float:
    with Path("/proc/self/statm").open() as stream:
        return int(stream.read().split()[1]) * 4096 / 1e6 / 1.048576


def reach(folder: Path) -> None:
    """Known data sets."""
    _show("spamassassin", load_corpus([str(folder / "spamassassin.parquet")], Settings().corpus))
    mails = load_corpus([str(folder / "spamassassin.parquet")], Settings().corpus)
    ham = _rows(mails, np.flatnonzero(np.array(mails.labels, object) == "ham"))
    order = np.argsort(ham.table.column("date").to_numpy(zero_copy_only=False), kind="stable")
    quarter = len(ham) // 4
    for k in (1, 2, 3):
        _against(f"ham Q{k + 1}", ham, order[:quarter], order[k * quarter : (k + 1) * quarter])
    bank = load_corpus([str(folder / "banking77.parquet")], Settings().corpus)
    part = bank.part
    assert part is not None
    _against("banking77 test", bank, np.flatnonzero(part == 0), np.flatnonzero(part == 2))
    for name in ("reuters21578", "weibo_rumor_ced"):
        _show(name, load_corpus([str(folder / f"{name}.parquet")], Settings().corpus))


def _rows(corpus: Corpus, at: np.ndarray) -> Corpus:
    return replace(corpus, table=corpus.table.take(pa.array(np.sort(at))), row_id=np.arange(len(at)))


def _against(name: str, corpus: Corpus, first: np.ndarray, second: np.ndarray) -> None:
    """`second` against `first` as its reference."""
    from auditor.checks.drift_report import against_reference

    moved = against_reference(_rows(corpus, second), _rows(corpus, first), corpus.language, Settings())
    area, null = moved.metrics
    found = sum(table.num_rows for table in moved.tables)
    print(f"{name}: AUC {area.value:.3f} ({area.low:.3f} to {area.high:.3f}), null {null.value:.3f}, findings {found}")


def _show(name: str, corpus: Corpus) -> None:
    result = check(corpus)
    values: dict[str, Any] = {m.name.partition(".")[2]: m.value for m in result.metrics if m.slice is None}
    codes = pc.value_counts(result.findings.column("code")).to_pylist()
    print(name, {key: round(values[key], 4) for key in SHOWN if values.get(key) is not None})
    print("  ", {item["values"]: item["counts"] for item in codes})
    for figure in result.figures:
        print("  ", figure.title, len(figure.labels), list(figure.series) or list(figure.labels[:8]))


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("speed", "reach", "one"))
    parser.add_argument("argument", nargs="?", default="")
    parser.add_argument("--rows", type=int, default=1_000_000)
    own = parser.parse_args()
    if own.what == "reach":
        reach(Path(own.argument))
    elif own.what == "one":
        measured(own.rows, own.argument)
    else:
        for form in FORMS:
            subprocess.run([sys.executable, __file__, "one", form, "--rows", str(own.rows)], check=True)


if __name__ == "__main__":
    main()
