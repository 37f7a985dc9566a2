"""IV. Values."""

from __future__ import annotations

import shutil
import subprocess
import sys
import unicodedata
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.checks.calendar import judge_dates
from auditor.text.dates import OK, UNREADABLE, parse_dates
from tests.faults.oracles import FAST, Program, Reading, csv_of, rows, sentence

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.case(46)
@pytest.mark.parametrize("kind", ["empty", "blank", "null"])
def test_a_corpus_without_a_text_is_told_and_no_crash(kind: str, program: Program) -> None:
    name = "a.parquet" if kind == "null" else "a.csv"
    if kind == "null":
        table = pa.table({"text": pa.array([None] * 30, pa.string()), "label": ["late", "lost"] * 15})
        pq.write_table(table, program.folder / name)
        program.take(name)
    else:
        text = "" if kind == "empty" else "  \u3000"
        program.write(name, csv_of([(text, ("late", "lost")[i % 2]) for i in range(30)]))
    program.run("scan", name, "-o", "o", *FAST, "--text", "text", "--select", "DUP,QLT,PII", rows_in=30)
    assert sum(found["code"] == "QLT001" for found in program.result("o").findings) == 30


@pytest.mark.case(52)
def test_one_instant_has_one_age_and_dates_without_a_zone_are_counted(program: Program) -> None:
    stamps = ["2024-01-01T23:30:00-05:00", "2024-01-02T04:30:00Z", "2024-01-02 04:30:00", "2024-01-02T04:30:00+00:00"]
    table = [(text, label, stamps[i % 4]) for i, (text, label) in enumerate(rows(36))]
    program.write("a.csv", csv_of(table, ("text", "label", "date")))
    program.run("scan", "a.csv", "-o", "o", *FAST, "--select", "STL", "--as-of", "2025-01-02", rows_in=40)
    run = program.result("o")
    assert len(set(pq.read_table(run.folder / "rows.parquet").column("age_days").to_pylist())) == 1
    assert "note.naive_dates" in str(run.result("staleness")["notes"])


@pytest.mark.case(54)
def test_dates_in_the_future_are_found_and_no_age_is_negative(program: Program) -> None:
    dates = ["2024-05-05", "2029-01-01", "1998-03-03", "2040-01-01"]
    table = [(text, label, dates[i % 4]) for i, (text, label) in enumerate(rows(36))]
    program.write("a.csv", csv_of(table, ("text", "label", "date")))
    for today, future in (("2031-06-01", 1), ("1999-06-01", 3)):
        program.run("scan", "a.csv", "-o", "o", *FAST, "--select", "STL", "--as-of", today)
        run = program.result("o")
        assert sum(found["code"] == "STL003" for found in run.findings) == 10 * future
        ages = pq.read_table(run.folder / "rows.parquet").column("age_days").to_pylist()
        assert all(age is None or age >= 0 for age in ages)


@pytest.mark.case(54)
@pytest.mark.skipif(shutil.which("faketime") is None, reason="faketime is not installed")
def test_today_is_that_of_the_clock() -> None:
    code = "from auditor.config.settings import Settings; print(Settings().dated().today())"
    words = ["faketime", "2031-06-01 12:00:00", sys.executable, "-c", code]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "2031-06-01"


ODD = ("0001-01-01", "9999-12-31", "-1", "-99999999999999999999", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00", "1e400", "nan", "inf")  # fmt: skip
LAST = 2**63 - 1
TIMES = {
    "texts": pa.array(ODD), "integers": pa.array([1_700_000_000, 0, -1, LAST, -LAST - 1]),
    "decimals": pa.array([1.7e9, float("nan"), float("inf"), -1e300, 1e18]),
    "seconds": pa.array([LAST, 0, -LAST, 1, 2], pa.timestamp("s")), "microseconds": pa.array([LAST, 0, 1], pa.timestamp("us", "UTC")),
    "nanoseconds": pa.array([LAST, 0, -LAST, 1], pa.timestamp("ns")), "days": pa.array([2**31 - 1, 0, -(2**31)], pa.date32()),
    "time of day": pa.array([1, 2, 3], pa.time32("s")), "duration": pa.array([1, 2, 3], pa.duration("s")), "null": pa.nulls(3),
}  # fmt: skip


@pytest.mark.case(55)
@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", TIMES)
def test_dates_at_the_ends_of_time_overflow_nothing(kind: str) -> None:
    column = pa.chunked_array([TIMES[kind]])
    if pa.types.is_null(column.type):
        column = column.cast(pa.large_string())
    dates = parse_dates(column)
    read = dates.days[dates.status == OK]
    assert np.isfinite(read).all()
    assert all(date.min.toordinal() <= day + 719_163 < date.max.toordinal() + 1 for day in read)
    assert len(judge_dates(dates, date(2024, 1, 1)).years()) == len(column)
    if kind in ("time of day", "duration"):
        assert set(dates.status.tolist()) == {UNREADABLE}


@pytest.mark.case(55)
@pytest.mark.parametrize("kind", ["microseconds", "days"])
def test_times_that_no_date_can_be_are_refused(kind: str, reading: Reading) -> None:
    column = TIMES[kind]
    for spool in (0, 1 << 40):
        pq.write_table(pa.table({"text": [sentence(i) for i in range(3)], "at": column}), reading.folder / "a.parquet")
        assert "the year 9999" in reading.refused("a.parquet", spool_bytes=spool).what


@pytest.mark.case(57)
def test_twins_in_disguise_are_near_duplicates(program: Program) -> None:
    base = "the café manager résumé naïve façade was sent to the señor in the old hotel by the river"
    twins = [
        base, unicodedata.normalize("NFD", base), base.replace("e", "e\u200b"), base.translate(str.maketrans("aeocpx", "аеосрх")),
        "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in base), "\u202a" + base.replace(" ", " \u202c\u202a") + "\u202c",
        base.replace("o", "o\ufe0f"), base.replace("a", "a\u00ad"), base.upper(),
    ]  # fmt: skip
    program.write("a.csv", csv_of([*rows(36), *((text, "late") for text in twins)]))
    program.run("scan", "a.csv", "-o", "o", *FAST, "--select", "DUP", rows_in=49)
    found = [one for one in program.result("o").findings if one["code"].startswith("DUP")]
    joined = {one["row_id"] for one in found} | {one["ref_row"] for one in found}
    assert joined >= set(range(40, 49))
