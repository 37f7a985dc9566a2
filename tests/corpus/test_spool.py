"""Files that are read a block at a time into a table on a disk give the corpus that is read into memory."""

import bz2
import gzip
import json
import lzma
import stat
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus import spool
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.corpus.mapped import BATCH_BYTES, BATCH_ROWS, row_id_name
from auditor.errors import AuditorError

SAME = (
    "name", "files", "roles", "rejects", "language", "label_kinds", "label_separator", "split_parts", "offers", "shape",
    "label_columns", "annotator_columns", "notices", "class_names", "digest",
)  # fmt: skip


@pytest.fixture
def block(monkeypatch: pytest.MonkeyPatch):
    """Sets the bytes of a block."""

    def set_size(size: int) -> None:
        monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (size,))

    return set_size


def loaded(inputs: list[str], work: Path | None, **asked: object) -> Corpus | str:
    """The corpus, or the error."""
    try:
        return load_corpus(inputs, CorpusSettings(**{"spool_bytes": 0, **asked}), work=work)
    except AuditorError as error:
        return " ".join(error.lines())


def require_equal(inputs: list[Path], tmp_path: Path, **asked: object) -> Corpus | str:
    """Both ways give one corpus, or one error; the one on the disk."""
    names = [str(path) for path in inputs]
    memory, disk = loaded(names, None, **asked), loaded(names, tmp_path / "work", **asked)
    if isinstance(memory, str) or isinstance(disk, str):
        assert memory == disk
        return disk
    assert disk.table.schema == memory.table.schema
    assert disk.table.equals(memory.table)
    assert disk.row_id.tolist() == memory.row_id.tolist()
    assert {name: getattr(disk, name) for name in SAME} == {name: getattr(memory, name) for name in SAME}
    assert disk.stored is not None and memory.stored is None
    name = row_id_name(memory.table.column_names)
    with pa.memory_map(str(disk.stored)) as source:
        whole = pa.ipc.open_file(source).read_all()
        assert whole.column_names == [*memory.table.column_names, name]
        assert whole.column(name).to_pylist() == memory.row_id.tolist()
    return disk


TEXTS = [
    'plain "words',
    "two\nlines, and a comma",
    'said ""yes"" twice',
    "naïve 你好 😀",
    "crlf\r\ninside",
    " ",
    '5" nail',
]
TABLES = {
    "quoted": "text,label\n" + "".join(f'"{TEXTS[i % 7].replace(chr(34), chr(34) * 2)}",{i % 3}\n' for i in range(40)),
    "crlf": "\ufefftext,label\r\n" + "".join(f'"a long line {i}\r\nwith two",{i % 3}\r\n' for i in range(40)),
    "no_end": "text,label\na b c d e,1\nf g h i,2\n你好 世界,3",
    "ragged": "text,label\n" + "".join(f"some words {i},1{',,' if i % 7 == 0 else ',x' if i % 5 == 0 else ''}\n" for i in range(40)),
    "short_rows": "text,label,more\n" + "".join(f"some words {i},1{'' if i % 5 == 0 else ',z'}\n" for i in range(40)),
    "no_header": "".join(f"This is the sentence number {i} of the file today.,{i % 2}\n" for i in range(40)),
    "titles": "Report of the year\nMade by hand\n" + "text,label,x\n" + "".join(f"words of row {i},1,2\n" for i in range(40)),
    "blank_lines": "text,label\n\n" + "".join(f"some words {i},1\n\n" for i in range(20)) + "\r\n\r\n",
    "one_column": "text\n" + "".join(f"some words of row {i}\n" for i in range(20)) + '""\n" "\n',
    "one_column_commas": "text\n" + "".join(f"some words, of row, {i}\n" for i in range(20)),
    "stray_quotes": "text,label\n" + "".join(f'a 5" nail number {i},1\n' for i in range(20)),
    "open_quote": "text,label\n" + "".join(f'"a nail number {i}{"" if i == 7 else chr(34)},1\n' for i in range(20)),
    "behind_quote": "text,label\n" + "".join(f'"a nail" number {i},1\n' if i == 9 else f'"nail {i}",1\n' for i in range(20)),
    "backslash": "text,label\n" + "".join(f'"say \\"yes\\", number {i}",1\n' for i in range(20)),
    "plain_marks": "text\tlabel\n" + "".join(f'"a nail number {i}\t1\n' for i in range(41)),
    "two_readings": "text,label\n" + "".join(f'"the nail {i},a\n' if i in (8, 9) else f'"nail",{i}\n' if i == 3 else f"nail {i},b\n" for i in range(300)),
    "two_readings_unlike": "text,label\n" + "".join(f'"say {i},a\n' if i == 8 else f'then" {i},a\n' if i == 9 else f"nail {i},b\n" for i in range(300)),
    "swallowed": "text,label\n" + "".join(f'"the nail {i},a\n' if i == 8 else f'nail {i}",c\n' if i == 9 else f"nail {i},b\n" for i in range(300)),
    "semicolons": "text;label\n" + "".join(f"some words, row {i};1\n" for i in range(40)),
    "sep_line": "sep=|\ntext|label\n" + "".join(f"some words, row {i}|1\n" for i in range(40)),
    "lone_returns": "text,label\n" + "".join(f'"old{chr(13)}mac {i}",1\n' for i in range(20)),
    "return_ends": "text,label\r" + "".join(f"some words {i},1\r" for i in range(20)),
    "unnamed": ",text,label,\n" + "".join(f"{i},some words {i},1,\n" for i in range(30)),
    "late_unnamed": "text,label,\n" + "".join(f"some words {i},1,{'' if i < 29 else 'x'}\n" for i in range(30)),
    "mark_inside": "text,label\n" + "".join(f"\ufeffsome words {i},1\n" for i in range(30)),
    "nul": "text,label\n" + "".join(f"some\0words {i},1\n" for i in range(30)),
    "twice": "text,text\na b,1\n",
    "header_only": "text,label\n",
    "words": "sentence,word,tag\n" + "".join(f"{i // 4},w{i},{'B-X' if i % 4 == 0 else 'O'}\n" for i in range(40)),
    "split": "text,label,split\n" + "".join(f"some words {i},{i % 2},{'test' if i % 5 == 0 else 'train'}\n" for i in range(40)),
    "scores": "text,score\n" + "".join(f"some words of the row {i},{i / 7:.3f}\n" for i in range(40)),
    "json": '{"a": 1}\n{"a": 2}\n',
    "fields_in_quotes": 'text,label\n' + "".join(f'"x, {i}",""\n' for i in range(30)),
}  # fmt: skip
ROWS = [{"text": f"some words of row {i}", "label": f"c{i % 3}"} for i in range(30)]


def lines(rows: list[object]) -> str:
    return "".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


LINES = {
    "plain": lines(ROWS),
    "no_end": lines(ROWS).rstrip("\n"),
    "crlf_blank": lines(ROWS).replace("\n", "\r\n\n \n"),
    "late_column": lines([*ROWS, {"text": "x y z", "later": 3}, {"later": None, "text": "u v"}]),
    "only_late": lines([{}, {}, *ROWS]),
    "numbers": lines([{**row, "n": i} for i, row in enumerate(ROWS)]),
    "mixed_late": lines([{**row, "n": i if i < 10 else i / 4 if i < 20 else f"n{i}"} for i, row in enumerate(ROWS)]),
    "mixed_labels": lines([{**row, "label": i % 3 if i < 20 else str(i % 3)} for i, row in enumerate(ROWS)]),
    "mixed_text": lines([{**row, "text": row["text"] if i % 6 else i} for i, row in enumerate(ROWS)]),
    "floats_late": lines([{**row, "n": None if i < 20 else i / 4} for i, row in enumerate(ROWS)]),
    "booleans": lines([{**row, "n": i % 2 == 0} for i, row in enumerate(ROWS)]),
    "nested": lines([{**row, "n": {"a": i} if i < 15 else {"b": [i], "a": None}} for i, row in enumerate(ROWS)]),
    "nested_mixed": lines([{**row, "n": {"a": i} if i < 15 else {"a": "x"}} for i, row in enumerate(ROWS)]),
    "nested_promoted": lines([{**row, "n": [i] if i < 15 else [i / 2]} for i, row in enumerate(ROWS)]),
    "nested_too_large": lines([{**row, "n": [2**53 + 1] if i < 15 else [i / 2]} for i, row in enumerate(ROWS)]),
    "booleans_and_decimals": lines([{**row, "n": [True, 1] if i < 15 else [0.5]} for i, row in enumerate(ROWS)]),
    "booleans_then_decimals": lines([{**row, "n": {"a": [True] if i < 15 else [0.5]}} for i, row in enumerate(ROWS)]),
    "lists": lines([{**row, "n": [] if i < 15 else ["a"]} for i, row in enumerate(ROWS)]),
    "large": lines([{**row, "n": i if i < 20 else 2**63 + i} for i, row in enumerate(ROWS)]),
    "twice": lines([*ROWS, '{"text": "a b", "text": "c"}\n', '{"text": "a", "n": {"x": 1, "x": 2}}\n']),
    "twice_spaced": lines([*ROWS, '{"text" : "a b", "text" : "c"}\n', '{"text" : "d"}\n']),
    "nan": lines([*ROWS, '{"text": "a b", "n": NaN}\n', '{"text": "a", "n": Infinity}\n', '{"text": "a", "n": 1e999}\n']),
    "broken": lines(['{"text": "a b"\n', *ROWS, "x\n", '{"text": "a",}\n', '{"text": "b"},\n', "[1]\n", "3\n"]),
    "surrogates": lines([*ROWS, '{"text": "a \\ud800 b"}\n', '{"text": "\\ud83d\\ude00"}\n', '{"text": "x", "\\udc00": 1}\n']),
    "colons": lines([*ROWS, {"text": '":", "a":'}, {"text": ':) "x":', "label": '":'}, {"te\\": 1, "text": "y"}]),
    "mark": "\ufeff" + lines(ROWS) + "\ufeff" + lines(ROWS),
    "separators": lines([*ROWS, {"text": "a\u2028b\x0bc"}, "\u3000\n", "\x0b\n"]),
    "own_name": lines([{**row, "__row_id": 1} for row in ROWS]),
    "spans": lines([{"text": "John lives here", "label": [[0, 4, "PER"]]} for _ in ROWS]),
    "spans_late": lines([{"text": "John lives here", "label": [[0, 4, "PER"]] if i > 20 else []} for i in range(30)]),
    "spans_not": lines([{"text": "John lives here", "label": [[0, 4, "PER"]] if i < 20 else ["x"]} for i in range(30)]),
    "studio": lines([{"id": i, "data": {"text": "a b"}, "annotations": []} for i in range(30)]),
    "array": json.dumps(ROWS, indent=1),
    "texts": lines([f'"some words {i}"\n' for i in range(20)]),
    "deep": lines([*ROWS, '{"text": "a", "n": ' + "[" * 3000 + "]" * 3000 + "}\n"]),
    "objects_of_none": lines([{}, {}]),
}  # fmt: skip


@pytest.mark.parametrize("size", [9, 400])
@pytest.mark.parametrize("name", TABLES)
def test_a_table_in_blocks_is_the_table(name: str, size: int, tmp_path: Path, block) -> None:
    block(size)
    path = tmp_path / "data.csv"
    path.write_bytes(TABLES[name].encode())
    require_equal([path], tmp_path)


@pytest.mark.parametrize("size", [9, 700])
@pytest.mark.parametrize("name", LINES)
def test_json_lines_in_blocks_are_the_lines(name: str, size: int, tmp_path: Path, block) -> None:
    block(size)
    path = tmp_path / "data.jsonl"
    path.write_bytes(LINES[name].encode("utf-8", "surrogatepass"))
    require_equal([path], tmp_path)


PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": lambda data: pa.compress(data, "zstd", asbytes=True)}  # fmt: skip


@pytest.mark.parametrize("ending", PACKED)
def test_compressed_files_are_read_in_blocks(ending: str, tmp_path: Path, block) -> None:
    block(64)
    path, lines_path = tmp_path / f"data.csv{ending}", tmp_path / f"data.jsonl{ending}"
    path.write_bytes(PACKED[ending](TABLES["quoted"].encode()))
    require_equal([path], tmp_path)
    lines_path.write_bytes(PACKED[ending](LINES["late_column"].encode()))
    require_equal([lines_path], tmp_path)
    require_equal([lines_path], tmp_path, max_decoded_bytes=300)
    lines_path.write_bytes(PACKED[ending](LINES["late_column"].encode())[:-9])
    assert "damaged" in str(require_equal([lines_path], tmp_path))


CHINESE = "text,label\n" + "".join(f"这是一个很好的服务我们都觉得味道不错{i},好\n" for i in range(40))
ENCODED = {
    "utf-16": (CHINESE.encode("utf-16"), {}),
    "gb18030": (CHINESE.encode("gb18030"), {}),
    "named": (TABLES["no_end"].encode("gb18030"), {"encoding": "gb18030"}),
    "latin": ("text,label\ncafé au lait,1\n".encode("latin-1") * 9, {"encoding": "latin-1"}),
    "wrong": (CHINESE.encode("gb18030"), {"encoding": "utf-8"}),
    "unknown": (CHINESE.encode(), {"encoding": "no-such"}),
    "late_fault": (b"text,label\n" + b"some words,1\n" * 30 + b"caf\xe9,1\n", {}),
    "late_fault_kept": (b"text,label\n" + b"some words,1\n" * 30 + b"caf\xe9,1\n" * 2, {"on_bad_row": "reject"}),
    "bad_row": (TABLES["short_rows"].encode(), {"on_bad_row": "fail"}),
    "all_bad": (b"text,label\n" + b"a,b,c\n" * 30, {"header": "yes", "title_lines": 0}),
    "long_field": (TABLES["quoted"].encode(), {"max_field_bytes": 25}),
    "no_marks": (TABLES["stray_quotes"].encode(), {"quoting": "none"}),
    "backslashes": (TABLES["backslash"].encode(), {"quoting": "backslash"}),
    "standard": (TABLES["fields_in_quotes"].encode(), {"quoting": "standard"}),
    "no_header": (TABLES["titles"].encode(), {"header": "no", "title_lines": 1}),
    "delimiter": (TABLES["sep_line"].encode(), {"delimiter": ";"}),
    "blank": (b" \n\n", {}),
    "parquet": (b"PAR1abc", {}),
}  # fmt: skip


@pytest.mark.parametrize("name", ENCODED)
def test_settings_and_encodings_mean_the_same_in_blocks(name: str, tmp_path: Path, block) -> None:
    block(64)
    data, asked = ENCODED[name]
    path = tmp_path / "data.csv"
    path.write_bytes(data)
    require_equal([path], tmp_path, **asked)


def test_bytes_that_are_no_text_are_rejected_in_blocks_of_lines(tmp_path: Path, block) -> None:
    block(64)
    path = tmp_path / "data.jsonl"
    path.write_bytes(LINES["plain"].encode() + b'{"text": "caf\xe9"}\n' + LINES["plain"].encode())
    require_equal([path], tmp_path)
    corpus = require_equal([path], tmp_path, on_bad_row="reject")
    assert isinstance(corpus, Corpus) and [one.reason for one in corpus.rejects] == ["not_utf8"]


TYPED = pa.table({
    "text": pa.array([f"words of row {i}" if i % 7 else None for i in range(90)]),
    "kind": pa.array([f"k{i % 3}" for i in range(90)]).dictionary_encode(),
    "n": pa.array(range(90), pa.int32()),
    "tags": pa.array([[f"a{i}"] for i in range(90)]),
    "none": pa.nulls(90),
})  # fmt: skip


def test_typed_files_keep_their_types_in_blocks(tmp_path: Path, block) -> None:
    pq.write_table(TYPED, tmp_path / "a.parquet", row_group_size=20)
    require_equal([tmp_path / "a.parquet"], tmp_path)
    with pa.ipc.new_file(tmp_path / "b.arrow", TYPED.schema) as writer:
        writer.write_table(TYPED, max_chunksize=20)
    require_equal([tmp_path / "b.arrow"], tmp_path)
    (tmp_path / "b.arrow").write_bytes((tmp_path / "b.arrow").read_bytes()[:-200])
    require_equal([tmp_path / "b.arrow"], tmp_path)
    pq.write_table(TYPED.slice(0, 0), tmp_path / "c.parquet")
    require_equal([tmp_path / "c.parquet"], tmp_path)


def test_several_files_are_one_table_on_the_disk(tmp_path: Path, block) -> None:
    block(64)
    for name in ("train", "test"):
        (tmp_path / f"{name}.csv").write_text(TABLES["ragged"])
    corpus = require_equal([tmp_path / "train.csv", tmp_path / "test.csv"], tmp_path)
    assert isinstance(corpus, Corpus) and corpus.roles.split == "split"
    (tmp_path / "a.jsonl").write_text(LINES["plain"])
    (tmp_path / "b.jsonl").write_text(LINES["numbers"])
    (tmp_path / "c.json").write_text(LINES["array"])
    require_equal([tmp_path / "a.jsonl", tmp_path / "b.jsonl", tmp_path / "c.json"], tmp_path)
    (tmp_path / "d.jsonl").write_text(lines([{**row, "label": i} for i, row in enumerate(ROWS)]))
    require_equal([tmp_path / "a.jsonl", tmp_path / "d.jsonl"], tmp_path)
    require_equal([tmp_path / "a.jsonl", tmp_path / "train.csv"], tmp_path)


CELLS = st.text(st.sampled_from('ab",\n\r ;é你\ufeff\t\\'), max_size=6)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELLS, min_size=1, max_size=3), min_size=1, max_size=12), st.integers(1, 40), st.booleans())
def test_any_text_is_one_table_whole_and_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[list[str]], size: int, is_quoted: bool
) -> None:
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (size,))
    path = tmp_path / "any.csv"
    cells = [['"' + c.replace('"', '""') + '"' if is_quoted else c for c in row] for row in rows]
    path.write_text("text,label,x\n" + "".join(",".join(row) + "\n" for row in cells), "utf-8", newline="")
    require_equal([path], tmp_path)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | CELLS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.dictionaries(st.sampled_from(["text", "n", 'q":']), VALUES, max_size=3), max_size=12),
    st.integers(1, 90),
)
def test_any_objects_are_one_table_whole_and_in_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[object], size: int
) -> None:
    monkeypatch.setattr(spool.Spool.__init__, "__defaults__", (size,))
    path = tmp_path / "any.jsonl"
    path.write_text(lines([{"text": "some words"}, {"text": "others"}, *rows]), "utf-8")
    require_equal([path], tmp_path)


def test_the_file_is_the_users_alone_and_its_batches_are_small(tmp_path: Path) -> None:
    path, work = tmp_path / "data.csv", tmp_path / "work"
    long = "x" * (BATCH_BYTES // 3)
    path.write_text("text,label\n" + "".join(f"words {i},1\n" for i in range(20_000)) + f"{long},1\n" * 4)
    corpus = load_corpus([str(path)], CorpusSettings(spool_bytes=0), work=work)
    assert corpus.stored is not None
    assert [stat.S_IMODE(one.stat().st_mode) for one in (work, corpus.stored)] == [0o700, 0o600]
    with pa.memory_map(str(corpus.stored)) as source:
        reader = pa.ipc.open_file(source)
        batches = [reader.get_batch(i) for i in range(reader.num_record_batches)]
    assert max(len(one) for one in batches) <= BATCH_ROWS and max(one.nbytes for one in batches) <= 1.1 * BATCH_BYTES
    assert corpus.with_column("label", pa.nulls(len(corpus), pa.large_string())).stored is None


def test_small_inputs_stay_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(TABLES["quoted"])
    assert load_corpus([str(path)], CorpusSettings(), work=tmp_path / "work").stored is None
    assert not (tmp_path / "work").exists()


def test_rows_are_counted_as_arrow_counts_them() -> None:
    from auditor.corpus.column_facts import facts_of

    columns = {
        "f": pa.chunked_array([[0.0, -0.0, np.nan], [np.nan, None, 1.5]]),
        "i": pa.chunked_array([pa.array([1, 2, 2**64 - 1], pa.uint64()), pa.array([1, None, 3], pa.uint64())]),
        "t": pa.chunked_array([["a", " ", "b"], ["a", None, ""]]),
        "b": pa.chunked_array([[True, False, True], [None, True, None]]),
        "d": pa.chunked_array([pa.array([1, 2, 3], pa.date32()), pa.array([1, None, 9], pa.date32())]),
    }
    facts = facts_of(pa.table(columns))
    assert {name: one.distinct for name, one in facts.items()} == {"f": 4, "i": 4, "t": 2, "b": 2, "d": 4}
    assert {name: one.present for name, one in facts.items()} == {
        "f": 5 / 6,
        "i": 5 / 6,
        "t": 0.5,
        "b": 4 / 6,
        "d": 5 / 6,
    }


def test_what_shows_only_beyond_the_first_lines_has_the_file_read_whole(tmp_path: Path, block) -> None:
    block(20_000)
    (tmp_path / "a.csv").write_text("text,label,\n" + "".join(f"some words {i},1,\n" for i in range(2_300)) + "z,1,x\n")
    corpus = require_equal([tmp_path / "a.csv"], tmp_path)
    assert isinstance(corpus, Corpus) and "column_3" in corpus.table.column_names
    spans = [{"text": "John lives here", "label": [[0, 4, "PER"]] if i > 150 else []} for i in range(160)]
    (tmp_path / "b.jsonl").write_text(lines(spans))
    corpus = require_equal([tmp_path / "b.jsonl"], tmp_path)
    assert isinstance(corpus, Corpus) and "tags" in corpus.table.column_names


def test_objects_without_keys_are_json_texts_in_blocks_too(tmp_path: Path, block) -> None:
    block(64)
    file = tmp_path / "a.jsonl"
    file.write_text("".join(json.dumps({"text": f"a text of words {i}", "meta": {}}) + "\n" for i in range(50)))
    corpus = require_equal([file], tmp_path)
    assert isinstance(corpus, Corpus)
    assert corpus.table.column("meta").to_pylist()[0] == "{}"
