"""III. JSON Lines, Parquet and compressed files."""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.faults.oracles import GIB, TOLD, Program, Reading, csv_of, jsonl_of, rows, sentence

ROOT = Path(__file__).resolve().parents[2]
TEN = [(sentence(i), "ab"[i % 2]) for i in range(10)]
LINES = jsonl_of(TEN).splitlines()


def _with(changes: dict[int, str]) -> str:
    return "".join(changes.get(i, line) + "\n" for i, line in enumerate(LINES))


def _reasons(corpus) -> dict[int, str]:
    return {reject.row_id: reject.reason for reject in corpus.rejects}


@pytest.mark.case(27)
@pytest.mark.case(28)
@pytest.mark.case(29)
def test_lines_that_are_no_object_are_rejected_by_their_lines(reading: Reading) -> None:
    told = json.dumps(TOLD[0])
    twice = f'{{"text": "one", "label": "a", "text": {told}}}'
    nested = '{"text": "one", "label": "a", "meta": {"a": 1, "a": 2}}'
    changes = {1: LINES[1][:-4], 2: "[1,2]", 3: "5", 4: "null", 5: told, 6: "true", 7: twice, 8: nested}
    corpus = reading("a.jsonl", _with(changes))
    assert _reasons(corpus) == {
        1: "not_json",
        **dict.fromkeys(range(2, 7), "not_an_object"),
        7: "duplicate_key",
        8: "duplicate_key",
    }
    assert [reject.line for reject in corpus.rejects] == list(range(2, 10))


@pytest.mark.case(30)
def test_a_missing_key_is_null_and_counted(program: Program) -> None:
    records = [{"text": text, "label": label} for text, label in rows(26)]
    for i in (3, 9, 21):
        del records[i]["label"]
    del records[5]["text"]
    records[11]["extra"] = "late comer"
    program.write("a.jsonl", "".join(json.dumps(record) + "\n" for record in records))
    program.run("scan", "a.jsonl", "-o", "o", "--select", "LBL,QLT", "--set", "pii.ner=off", rows_in=30)
    codes: dict[str, set[int]] = {}
    for finding in program.result("o").findings:
        codes.setdefault(finding["code"], set()).add(finding["row_id"])
    assert codes["LBL003"] == {3, 9, 21}
    assert 5 in codes["QLT001"]


@pytest.mark.case(31)
def test_a_text_that_is_none_is_rejected(reading: Reading) -> None:
    values = {1: "5", 2: '{"a": 1}', 3: "true", 4: "[1]", 5: "1e400", 6: "-Infinity"}
    corpus = reading("a.jsonl", _with({at: f'{{"text": {value}, "label": "a"}}' for at, value in values.items()}))
    assert {at: reason for at, reason in _reasons(corpus).items() if at < 6} == dict.fromkeys(range(1, 6), "not_text")
    assert _reasons(corpus)[6] in ("not_json", "not_text")


@pytest.mark.case(32)
def test_the_json_test_suite_as_lines(reading: Reading, nasty: Callable[[str], Path]) -> None:
    told = {"n_number_NaN", "n_number_infinity", "n_number_minus_infinity"}  # read, and counted in a notice
    wrong, tried = [], 0
    for path in sorted(nasty("JSONTestSuite/test_parsing").glob("*.json")):
        data = path.read_bytes().strip(b"\n")
        if b"\n" in data or b"\r" in data:
            continue  # more than one line
        tried += 1
        sound = b'{"text": "a sound line of words", "label": "a"}\n'
        line = b'{"text": "wrapped", "label": "a", "v": ' + data + b"}\n"
        bad = bool(reading("a.jsonl", sound + line, on_bad_row="reject").rejects)
        bad = bad or path.stem in told
        is_twice = path.stem in ("y_object_duplicated_key", "y_object_duplicated_key_and_value")
        if (path.name.startswith("y_") and bad and not is_twice) or (path.name.startswith("n_") and not bad):
            wrong.append(path.stem)
    assert tried > 280
    assert wrong == []


@pytest.mark.case(33)
@pytest.mark.parametrize("depth", [100, 900, 990, 1100, 100_000])
def test_deep_nesting_is_a_row_or_a_reject(depth: int, reading: Reading) -> None:
    for value in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        corpus = reading("a.jsonl", _with({4: f'{{"text": "deep", "label": "a", "m": {value}}}'}))
        assert corpus.rows_read == 10
        assert set(_reasons(corpus)) <= {4}
        assert depth < 5_000 or set(_reasons(corpus)) == {4}


def _parquet(table: pa.Table, **options: object) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, **options)
    return sink.getvalue().to_pybytes()


@pytest.mark.case(34)
@pytest.mark.parametrize("spool", [0, 1 << 40])
def test_parquet_that_is_cut_short_is_refused(spool: int, reading: Reading) -> None:
    data = _parquet(pa.table({"text": [sentence(i) for i in range(300)]}), row_group_size=50)
    for part in range(1, 20):
        assert "Parquet" in reading.refused("a.parquet", data[: len(data) * part // 20], spool_bytes=spool).what


_READER = """
import resource, sys
from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import AuditorError, ran_out_of_memory
resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
for path in sys.argv[1:]:
    print(path, end=" ", flush=True)
    try:
        print("rows", len(load_corpus([path], CorpusSettings())), flush=True)
    except AuditorError as error:
        print("exit", error.exit_code, flush=True)
    except BaseException as error:
        print("memory" if ran_out_of_memory(error) else repr(error), flush=True)
"""


def _read_in_a_child(files: list[Path]) -> dict[str, str]:
    """What becomes of each file in a process with 4 GB of address space; the last one named is what killed it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    words = [sys.executable, "-c", _READER, *map(str, files)]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    found = dict(line.split(" ", 1) for line in done.stdout.splitlines())
    assert done.returncode == 0, (done.stdout.splitlines()[-1:], done.returncode)
    return found


@pytest.mark.case(35)
@pytest.mark.case(36)
@pytest.mark.parametrize(
    ("folder", "least"), [("parquet-testing/bad_data", 8), ("arrow-testing-parquet/data/parquet", 140)]
)
def test_broken_and_fuzzed_parquet_is_read_or_refused(
    folder: str, least: int, nasty: Callable[[str], Path], tmp_path: Path
) -> None:
    found = [path for path in sorted(nasty(folder).rglob("*")) if path.is_file() and path.suffix not in (".md", ".txt")]
    assert len(found) >= least
    links = []
    for number, path in enumerate(found):
        links.append(tmp_path / f"{number}.parquet")
        links[-1].write_bytes(path.read_bytes())
    outcome = _read_in_a_child(links)
    odd = {found[int(Path(name).stem)].name: said for name, said in outcome.items() if not said.startswith(("rows", "exit 3", "memory"))}  # fmt: skip
    assert odd == {}
    assert len(outcome) == len(found)


@pytest.mark.case(37)
def test_a_parquet_bomb_is_refused_by_its_decoded_size(program: Program) -> None:
    value = pa.array(["x" * 100_000])
    table = pa.table({"text": pa.DictionaryArray.from_arrays(pa.array([0] * 1000, pa.int32()), value)})
    with pq.ParquetWriter(program.folder / "a.parquet", table.schema, compression="zstd") as writer:
        for _ in range(200):  # 20 GB
            writer.write_table(table)
    assert program.take("a.parquet").stat().st_size < 1_000_000
    for limit in ((), ("--set", "corpus.max_decoded_bytes=500000000")):
        program.run("scan", "a.parquet", "-o", "o", *limit, code=3, names=["decodes to more"], peak=3 * GIB)


@pytest.mark.case(38)
def test_files_of_two_schemas_are_refused(reading: Reading) -> None:
    texts = [text for text, _ in TEN]
    for folder, one, two in (
        ("d", {"label": ["x"] * 10}, {"other": [1] * 10}),
        ("e", {"label": ["x"] * 10}, {"label": [1] * 10}),
    ):
        (reading.folder / folder).mkdir()
        for name, more in (("1", one), ("2", two)):
            pq.write_table(pa.table({"text": texts, **more}), reading.folder / folder / f"{name}.parquet")
        reading.refused(folder)


TEXTS = [text for text, _ in TEN]
COLUMNS: dict[str, tuple[pa.Array, bool]] = {
    "string": (pa.array(TEXTS), True), "large": (pa.array(TEXTS, pa.large_string()), True),
    "dictionary": (pa.array(TEXTS).dictionary_encode(), True), "view": (pa.array(TEXTS).cast(pa.string_view()), True),
    "binary": (pa.array([text.encode() for text in TEXTS]), False),
    "no UTF-8": (pa.array([b"\xff\xfe" + text.encode() for text in TEXTS]), False),
    "int": (pa.array(range(10)), False), "null": (pa.nulls(10), False), "bool": (pa.array([True] * 10), False),
    "fixed": (pa.array([b"0123456789abcdef"] * 10, pa.binary(16)), False),
    "decimal": (pa.array([Decimal("1.00")] * 10, pa.decimal128(20, 2)), False),
    "number dictionary": (pa.array([5] * 10).dictionary_encode(), False),
    "time": (pa.array([0] * 10, pa.timestamp("ns", "UTC")), False), "duration": (pa.array([0] * 10, pa.duration("s")), False),
}  # fmt: skip


@pytest.mark.case(39)
@pytest.mark.parametrize("kind", COLUMNS)
def test_kinds_of_text_columns_are_read_or_refused(kind: str, reading: Reading) -> None:
    column, is_text = COLUMNS[kind]
    pq.write_table(pa.table({"text": column, "label": ["a", "b"] * 5}), reading.folder / "a.parquet")
    if is_text:
        assert reading("a.parquet", text="text").texts == TEXTS
    else:
        reading.refused("a.parquet", text="text")


@pytest.mark.case(40)
@pytest.mark.case(41)
def test_damaged_gzip_is_refused(reading: Reading) -> None:
    data = gzip.compress(csv_of([(sentence(i), "ab"[i % 2]) for i in range(500)]).encode())
    for cut in (5, 15, len(data) // 2, len(data) - 9, len(data) - 1):
        for spool in (0, 1 << 40):
            assert "a.csv.gz" in reading.refused("a.csv.gz", data[:cut], spool_bytes=spool).where
    reading.refused("b.csv.gz", data + b"JUNKJUNK")
    reading.refused("c.csv.gz", data[:-8] + b"\0\0\0\0" + data[-4:])
    reading.refused("d.csv.gz", csv_of(TEN))


@pytest.mark.case(42)
def test_a_gzip_bomb_is_refused_by_its_decoded_size(program: Program) -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [compressor.compress(b"text,label\n")]
    parts += [compressor.compress(b"A" * (1 << 20)) for _ in range(400)]
    program.write("a.csv.gz", b"".join([*parts, compressor.flush()]))
    limit = ("--set", "corpus.max_decoded_bytes=100000000")
    program.run("scan", "a.csv.gz", "-o", "o", *limit, code=3, names=["decodes to more"], peak=2 * GIB)


@pytest.mark.case(43)
def test_every_member_of_a_gzip_file_is_read(reading: Reading) -> None:
    text = csv_of([(sentence(i), "ab"[i % 2]) for i in range(60)]).encode()
    parts = [text[i : i + 700] for i in range(0, len(text), 700)]
    assert len(reading("a.csv.gz", b"".join(map(gzip.compress, parts)))) == 60
    assert len(reading("b.csv.gz", gzip.compress(text) + b"\0" * 512)) == 60


@pytest.mark.case(44)
def test_archives_are_to_be_unpacked_first(reading: Reading) -> None:
    reading.write("in/a.csv", csv_of(TEN))
    with zipfile.ZipFile(reading.folder / "a.zip", "w") as archive:
        archive.write(reading.folder / "in/a.csv", "../a.csv")
    for name, mode in (("a.tar", "w"), ("a.tar.gz", "w:gz")):
        with tarfile.open(reading.folder / name, mode) as archive:
            archive.add(reading.folder / "in/a.csv", "a.csv")
    for name in ("a.zip", "a.tar", "a.tar.gz"):
        assert "npack" in reading.refused(name).fix
    for name in ("a.7z", "a.csv.zip"):
        assert "npack" in reading.refused(name, b"xx").fix


def _flipped(data: bytes, draw: random.Random) -> bytes:
    """`data` with one bit in a thousand turned, at least one."""
    flipped = bytearray(data)
    for _ in range(max(1, len(data) * 8 // 1000)):
        flipped[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
    return bytes(flipped)


@pytest.mark.case(45)
@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "csv.gz"])
def test_flipped_bits_lose_no_row_and_crash_nothing(kind: str, reading: Reading, tmp_path: Path) -> None:
    table = rows(6)
    contents = {
        "csv": csv_of(table).encode(),
        "jsonl": jsonl_of(table).encode(),
        "csv.gz": gzip.compress(csv_of(table).encode()),
    }
    contents["parquet"] = _parquet(pa.table({"text": [one for one, _ in table], "label": [one for _, one in table]}))
    draw = random.Random(45)
    flipped = [_flipped(contents[kind], draw) for _ in range(50)]
    if kind != "parquet":
        for data in flipped:
            reading.maybe(f"a.{kind}", data, on_bad_row="reject")
        return
    files = []
    for number, data in enumerate(flipped):
        files.append(tmp_path / f"{number}.parquet")
        files[-1].write_bytes(data)
    outcome = _read_in_a_child(files)
    assert {said.split()[0] for said in outcome.values()} <= {"rows", "exit", "memory"}
    assert len(outcome) == 50
