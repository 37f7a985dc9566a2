"""II. The structure of CSV."""

from __future__ import annotations

import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.oracles import FAST, PLAIN, TOLD, Program, Reading, csv_of, jsonl_of, rows, sentence

TEN = [(sentence(i), "ab"[i % 2]) for i in range(10)]
LINES = [f"{text},{label}" for text, label in TEN]


def _rejects(corpus) -> list[tuple[int, int, str]]:
    return [(reject.row_id, reject.line, reject.reason) for reject in corpus.rejects]


@pytest.mark.case(12)
@pytest.mark.parametrize(
    "stray", ['"he said "no" twice",a', 'he said "no,a', '"a quote" and more,a', '"never closed,a']
)
def test_a_stray_quote_takes_at_most_its_own_row(stray: str, reading: Reading) -> None:
    corpus = reading.maybe("a.csv", "text,label\n" + "\n".join([stray, *LINES[:3]]) + "\n")
    if corpus is not None:
        assert corpus.rows_read == 4
        assert corpus.texts[-3:] == [text for text, _ in TEN[:3]]


@pytest.mark.case(13)
def test_a_quote_that_is_never_closed_is_named_by_its_line(reading: Reading) -> None:
    quoted = [f'"{text}",{label}' for text, label in TEN]
    content = "text,label\n" + "\n".join([*quoted[:4], f'"{TOLD[0]},a', *quoted[4:]]) + "\n"
    assert "a.csv:6" in reading.refused("a.csv", content, on_bad_row="fail").where
    corpus = reading("a.csv")
    assert _rejects(corpus) == [(4, 6, "unclosed_quote")]
    assert len(corpus) >= 9  # the mark that opens the next row closes this one


@pytest.mark.case(14)
@pytest.mark.case(16)
def test_rows_of_another_length_are_rejected_by_their_lines(reading: Reading) -> None:
    content = (
        "text,label\n" + "\n".join([*LINES[:3], f"{TOLD[1]},a,{TOLD[2]}", *LINES[3:6], TOLD[0], *LINES[6:]]) + "\n"
    )
    corpus = reading("a.csv", content)
    assert _rejects(corpus) == [(3, 5, "extra_field"), (7, 9, "missing_field")]
    assert "a.csv:5" in reading.refused("a.csv", on_bad_row="fail").where


@pytest.mark.case(15)
def test_rows_that_are_all_too_long_are_no_shifted_table(reading: Reading) -> None:
    reading.refused("a.csv", "text,label\n" + "".join(f"{line},{TOLD[0]}\n" for line in LINES))


@pytest.mark.case(17)
def test_a_ragged_file_is_never_one_column(reading: Reading) -> None:
    draw = random.Random(5)
    ragged = [text.replace(" ", ",", draw.randint(0, 3)) + f",{label}" for text, label in TEN * 3]
    corpus = reading.maybe("a.csv", "text,label\n" + "\n".join(ragged) + "\n")
    assert corpus is None or (corpus.table.column_names == ["text", "label"] and corpus.rows_read == 30)
    for mark in ";\t|":
        corpus = reading.maybe("b.csv", csv_of(TEN * 3).replace(",", mark))
        assert corpus is None or corpus.table.column_names == ["text", "label"], mark
    mixed = "text;note, long, with commas;label\n" + "".join(f"{text};n;{label}\n" for text, label in TEN)
    corpus = reading.maybe("c.csv", mixed)
    assert corpus is None or len(corpus.table.column_names) == 3


@pytest.mark.case(18)
@pytest.mark.case(19)
@pytest.mark.parametrize(
    ("header", "places"), [("text,text,label", "1 and 2"), ("label,text,label", "1 and 3"), ("a,a,a.1", "1 and 2")]
)
def test_a_name_that_stands_twice_is_named_by_its_places(header: str, places: str, reading: Reading) -> None:
    assert (
        f"columns {places}" in reading.refused("a.csv", header + "\n" + "".join(f"{t},x,{i}\n" for t, i in TEN)).where
    )
    names = header.split(",")
    pq.write_table(pa.table([pa.array(["a b", "c d"])] * 3, names=names), reading.folder / "a.parquet")
    assert f"columns {places}" in reading.refused("a.parquet").where


@pytest.mark.case(20)
def test_names_that_look_the_same_are_told_on_the_screen(program: Program) -> None:
    lines = [f"{text},other {i},{label}" for i, (text, label) in enumerate(rows(8))]
    program.write("a.csv", "text,Text,label\n" + "\n".join(lines) + "\n")
    done = program.run("scan", "a.csv", "-o", "o", "--select", "BAL", *FAST, rows_in=12)
    assert "columns 1, 2" in done.stdout
    reading = Reading(program.folder)
    for twin in ("text\u00a0", " text"):
        assert "columns 1 and 2" in reading.refused("b.csv", f"text,{twin},label\n" + "\n".join(lines)).where


@pytest.mark.case(21)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_texts_that_look_like_values_come_out_as_they_went_in(kind: str, program: Program) -> None:
    values = ["NA", "null", "None", "nan", "", "007", "1e5", "TRUE", "NaN", "N/A", "-", "1.0", "0x10", "1_000", "inf", " lead", "trail ", "2024-01-02", "\t", '"', "''"]  # fmt: skip
    table = [(value, "ab"[i % 2]) for i, value in enumerate(values)]
    program.write(f"a.{kind}", csv_of(table) if kind == "csv" else jsonl_of(table))
    program.run("clean", f"a.{kind}", "-o", "o", *PLAIN, "--select", "BAL", "--ignore", "PII", rows_in=len(values))
    assert [program.result("o").column()[i] for i in range(len(values))] == values


@pytest.mark.case(22)
@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_field_is_kept_below_the_limit_and_its_row_rejected_above(kind: str, reading: Reading) -> None:
    def content(text: str) -> str:
        table = [*TEN[:5], (text, "a"), *TEN[5:]]
        return csv_of(table) if kind == "csv" else jsonl_of(table)

    below = ("lorem ipsum dolor " * 12_000)[:200_000]
    assert reading(f"s.{kind}", content(below)).texts[5] == below
    corpus = reading(f"s.{kind}", max_field_bytes=100_000)
    assert [(row, reason) for row, _, reason in _rejects(corpus)] == [(5, "field_too_long")]
    corpus = reading(f"l.{kind}", content("lorem ipsum dolor " * 1_000_000))  # 18 MB, over the default
    assert [(row, reason) for row, _, reason in _rejects(corpus)] == [(5, "field_too_long")]
    smuggled = "head " * 30_000 + "\n" + "\n".join(f"smuggled {i},a" for i in range(50))
    corpus = reading(f"m.{kind}", content(smuggled), max_field_bytes=100_000)
    assert len(corpus.rejects) == 1 and not any(text.startswith("smuggled") for text in corpus.texts)


@pytest.mark.case(23)
def test_a_hundred_thousand_columns_end_in_a_short_error(program: Program) -> None:
    header = ",".join(f"c{i}" for i in range(100_000))
    program.write("a.csv", header + "\n" + (",".join(["v"] * 100_000) + "\n") * 3)
    done = program.run("scan", "a.csv", "-o", "o", *FAST, code=3, names=["20,000 columns"])
    assert len(done.stderr) < 4_000


SHAPES: dict[str, tuple[str, list[list[str]]]] = {
    "a comma in quotes": ('a,b,c\nJohn,"Anytown, WW",08123\n', [["John", "Anytown, WW", "08123"]]),
    "empty": ('a,b,c\n1,"",""\n2,3,4\n', [["1", "", ""], ["2", "3", "4"]]),
    "empty, CRLF": ('a,b,c\r\n1,"",""\r\n2,3,4\r\n', [["1", "", ""], ["2", "3", "4"]]),
    "quotes": ('a,b\n1,"ha ""ha"" ha"\n3,4\n', [["1", 'ha "ha" ha'], ["3", "4"]]),
    "JSON": ('key,val\n1,"{""type"": ""Point"", ""at"": [102.0, 0.5]}"\n', [["1", '{"type": "Point", "at": [102.0, 0.5]}']]),
    "lines": ('a,b,c\n1,2,3\n"Once upon \na time",5,6\n7,8,9\n', [["1", "2", "3"], ["Once upon \na time", "5", "6"], ["7", "8", "9"]]),
    "lines, CRLF": ('a,b\r\n1,2\r\n"Once upon \r\na time",5\r\n', [["1", "2"], ["Once upon \r\na time", "5"]]),
    "quotes and lines": ('a,b\n1,"ha \n""ha"" \nha"\n3,4\n', [["1", 'ha \n"ha" \nha'], ["3", "4"]]),
    "simple": ("a,b,c\n1,2,3\n", [["1", "2", "3"]]),
    "simple, CRLF": ("a,b,c\r\n1,2,3\r\n", [["1", "2", "3"]]),
    "UTF-8": ("a,b,c\n1,2,3\n4,5,ʤ\n", [["1", "2", "3"], ["4", "5", "ʤ"]]),
}  # fmt: skip


@pytest.mark.case(24)
@pytest.mark.parametrize("shape", SHAPES)
def test_the_spectrum_of_csv(shape: str, reading: Reading) -> None:
    content, expected = SHAPES[shape]
    column = content.split("\n")[0].strip().split(",")[-1]
    corpus = reading("a.csv", content, text=column, header="yes")
    assert [list(row.values()) for row in corpus.table.to_pylist()] == expected


@pytest.mark.case(25)
def test_a_header_alone_can_be_scanned_and_not_be_benchmarked(program: Program) -> None:
    program.write("a.csv", "text,label\n")
    done = program.run("scan", "a.csv", "-o", "o", *FAST, code=3, rows_in=0)
    assert "no row could be read" in done.stdout
    assert "0 rows" in done.stdout
    program.run("clean", "a.csv", "-o", "c", *FAST, code=3, names=["no rows"])
    program.run("benchmark", "a.csv", "a.csv", "-o", "b", code=3)


def _mutated(seed: int) -> bytes:
    """A sound table with a few bytes that mean something to CSV put in, taken out or doubled."""
    draw = random.Random(seed)
    data = bytearray(csv_of(rows(draw.randint(0, 12))).encode())
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(data))
        what = draw.choice(
            [b'"', b",", b"\n", b"\r", b"\0", b"\xff", b'""', b"\xef\xbb\xbf", b";", b"\t", b"\\", b"", b"'"]
        )
        data[at : at + draw.randint(0, 2)] = what
    return bytes(data)


@pytest.mark.case(26)
@pytest.mark.parametrize("block", range(5))
def test_odd_tables_lose_no_row_and_crash_nothing(block: int, reading: Reading) -> None:
    read = 0
    for seed in range(block * 60, block * 60 + 60):
        for settings in ({}, {"on_bad_row": "reject"}):
            read += reading.maybe("a.csv", _mutated(seed), **settings) is not None
    assert read > 40


def test_the_rows_of_the_cases_tell_every_canary(tmp_path: Path) -> None:
    from tests.faults.oracles import CANARIES, canaries_in

    assert canaries_in(csv_of(rows(1))) == list(CANARIES)
    with pytest.raises(AssertionError, match=r"o\.txt"):
        program = Program(lambda *words: None, tmp_path)
        (tmp_path / "o.txt").write_text(TOLD[3])
        program.assert_no_canary()
