"""Real rows written in every common format and shape, then audited, cleaned and undone.

``python benchmarks/formats.py [--rows 300]`` prints a line a format: the columns found, rows in and out, and whether
`undo` gives the input back. Rows are those of the data sets in ``shared/data``; pairs, chats and the like are made of
them.
"""

from __future__ import annotations

import argparse
import bz2
import csv
import gzip
import json
import lzma
import mailbox
import os
import sqlite3
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
from click.testing import CliRunner

from auditor.cli.main import cli

DATA = Path(os.environ.get("AUDITOR_SHARED", "../shared")) / "data"
ROWS = 300
Rows = list[dict[str, Any]]


def rows_of(name: str) -> Rows:
    table = pq.read_table(DATA / f"{name}.parquet")
    step = max(1, len(table) // ROWS)
    return table.take(list(range(0, len(table), step))[:ROWS]).to_pylist()


def labelled() -> Rows:
    return [{"text": r["text"], "label": str(r["label"])} for r in rows_of("agnews_test")]


def chinese() -> Rows:
    return [{"文本": r["text"], "标签": str(r["label"])} for r in rows_of("chnsenticorp_hotel")]


def csv_file(folder: Path, rows: Rows, name: str = "d.csv", **how: Any) -> Path:
    path = folder / name
    with path.open("w", newline="", encoding=how.pop("encoding", "utf-8")) as file:
        writer = csv.DictWriter(file, list(rows[0]), **how)
        writer.writeheader()
        writer.writerows(rows)
    return path


def text_file(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def json_lines(rows: Rows) -> str:
    return "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows)


def sqlite_file(folder: Path, rows: Rows) -> Path:
    with sqlite3.connect(folder / "d.sqlite") as base:
        pd.DataFrame(rows).to_sql("texts", base, index=False)
    return folder / "d.sqlite"


def mails(folder: Path, rows: Rows) -> Path:
    box = mailbox.mbox(folder / "d.mbox")
    for number, row in enumerate(rows):
        mail = EmailMessage()
        mail["Subject"], mail["From"], mail["Date"] = (
            f"Note {number}",
            "a@example.org",
            "Mon, 01 Jan 2024 10:00:00 +0000",
        )
        mail.set_content(row["text"])
        box.add(mail)
    box.flush()
    return folder / "d.mbox"


def class_folders(folder: Path, rows: Rows) -> Path:
    for number, row in enumerate(rows):
        inside = folder / "classes" / f"c{row['label'].replace('/', '-')}"
        inside.mkdir(parents=True, exist_ok=True)
        (inside / f"{number}.txt").write_text(row["text"], "utf-8")
    return folder / "classes"


def hub_folder(folder: Path, rows: Rows) -> Path:
    inside = folder / "hub" / "data"
    inside.mkdir(parents=True)
    (folder / "hub" / "README.md").write_text("---\nlicense: unknown\n---\n# A data set\n", "utf-8")
    csv_file(inside, rows[: len(rows) // 2], "train.csv")
    csv_file(inside, rows[len(rows) // 2 :], "test.csv")
    return folder / "hub"


def arrow_stream(folder: Path, rows: Rows) -> Path:
    with pa.ipc.new_stream(folder / "d.arrow", (table := pa.Table.from_pylist(rows)).schema) as sink:
        sink.write_table(table)
    return folder / "d.arrow"


def feather_file(folder: Path, rows: Rows) -> Path:
    feather.write_feather(pa.Table.from_pylist(rows), folder / "d.feather")
    return folder / "d.feather"


def excel(folder: Path, rows: Rows) -> Path:
    pd.DataFrame(rows).to_excel(folder / "d.xlsx", index=False)
    return folder / "d.xlsx"


def conll(folder: Path) -> Path:
    lines = []
    for row in rows_of("wnut17_ner"):
        lines += [*(f"{w} {t}" for w, t in zip(row["tokens"], row["ner_tags"], strict=True)), ""]
    return text_file(folder, "d.conll", "\n".join(lines) + "\n")


def doccano(folder: Path) -> Path:
    rows = rows_of("pii_presidio_synth_v2")
    return text_file(
        folder,
        "d.jsonl",
        json_lines([{"id": i, "text": r["text"], "label": [[0, 3, "X"]]} for i, r in enumerate(rows)]),
    )


def zstd(data: bytes) -> bytes:
    return bytes(pa.compress(data, codec="zstd", asbytes=True))


FORMATS: dict[str, Callable[[Path], Path]] = {
    "csv": lambda f: csv_file(f, labelled()),
    "csv ; gb18030": lambda f: csv_file(f, chinese(), delimiter=";", encoding="gb18030"),
    "csv |": lambda f: csv_file(f, labelled(), delimiter="|"),
    "tsv": lambda f: csv_file(f, labelled(), "d.tsv", delimiter="\t"),
    "csv.gz": lambda f: text_file(f, "d.csv.gz", gzip.compress(csv_file(f.parent, labelled(), "plain").read_bytes())),
    "json array": lambda f: text_file(f, "d.json", json.dumps(labelled(), indent=1)),
    "json {data: []}": lambda f: text_file(f, "d.json", json.dumps({"version": 1, "data": labelled()})),
    "json columns": lambda f: text_file(f, "d.json", json.dumps(pd.DataFrame(labelled()).to_dict("list"))),
    "json lines": lambda f: text_file(f, "d.jsonl", json_lines(labelled())),
    "json lines .zst": lambda f: text_file(f, "d.jsonl.zst", zstd(json_lines(labelled()).encode())),
    "json lines .bz2": lambda f: text_file(f, "d.jsonl.bz2", bz2.compress(json_lines(labelled()).encode())),
    "json lines .xz": lambda f: text_file(f, "d.jsonl.xz", lzma.compress(json_lines(labelled()).encode())),
    "parquet": lambda f: (pq.write_table(pa.Table.from_pylist(labelled()), f / "d.parquet"), f / "d.parquet")[1],
    "arrow stream": lambda f: arrow_stream(f, labelled()),
    "feather": lambda f: feather_file(f, labelled()),
    "xlsx": lambda f: excel(f, labelled()),
    "sqlite": lambda f: sqlite_file(f, labelled()),
    "fastText": lambda f: text_file(f, "d.txt", "".join(f"__label__{r['label']} {r['text']}\n" for r in labelled())),
    "txt with tabs": lambda f: text_file(f, "d.txt", "".join(f"{r['label']}\t{r['text']}\n" for r in labelled())),
    "conll": conll,
    "mbox": lambda f: mails(f, labelled()),
    "class folders": lambda f: class_folders(f, labelled()),
    "hub folder": lambda f: hub_folder(f, labelled()),
    "doccano spans": doccano,
}  # fmt: skip


def paired() -> Rows:
    texts = [r["text"] for r in rows_of("agnews_test")]
    return [
        {"premise": texts[i // 3], "hypothesis": texts[-1 - i], "label": ("yes", "no", "maybe")[i % 3]}
        for i in range(len(texts))
    ]


def chats() -> Rows:
    texts = [r["text"] for r in rows_of("banking77")]
    return [
        {"messages": [{"role": "user", "content": t}, {"role": "assistant", "content": f"You wrote: {t[::-1]}"}]}
        for t in texts
    ]


def made(**columns: Callable[[str, int], object]) -> Rows:
    return [{name: of(r["text"], i) for name, of in columns.items()} for i, r in enumerate(rows_of("agnews_test"))]


def first(text: str, i: int) -> str:
    return text


def backwards(text: str, i: int) -> str:
    return text[::-1]


def one_of(*values: object) -> Callable[[str, int], object]:
    return lambda text, i: values[i % len(values)]


def numbered(form: str) -> Callable[[str, int], str]:
    return lambda text, i: form.format(i=i, start=text[:60])


SHAPES: dict[str, Callable[[], Rows]] = {
    "pair": paired,
    "question-answer": lambda: made(question=numbered("What of item {i}?"), answer=first),
    "instruction": lambda: made(instruction=numbered("Sum up item {i}: {start}"), input=one_of(""), output=first),
    "preference": lambda: made(prompt=numbered("Write about item {i}"), chosen=first, rejected=backwards),
    "aspect": lambda: made(sentence=first, aspect=one_of("food", "price"), polarity=one_of("a", "b", "c")),
    "chat": chats,
    "chat as JSON": lambda: [{"messages": json.dumps(r["messages"])} for r in chats()],
    "score": lambda: made(sentence1=first, sentence2=backwards, score=lambda text, i: i * 0.013),
    "several labels": lambda: made(text=first, labels=one_of(["a", "d"], ["b", "d"], ["c"])),
    "0/1 columns": lambda: made(text=first, x=one_of(0, 1), y=one_of(0, 0, 1), z=one_of(0, 0, 0, 1, 0)),
    "several columns": lambda: made(title=numbered("{start}"), body=first),
    "words": lambda: [{"tokens": r["tokens"], "ner_tags": r["ner_tags"]} for r in rows_of("wnut17_ner")],
}


def shape_file(name: str, folder: Path) -> Path:
    pq.write_table(pa.Table.from_pylist(SHAPES[name]()), folder / "d.parquet")
    return folder / "d.parquet"


def tried(name: str, write: Callable[[Path], Path], folder: Path, *options: str) -> str:
    """One line: clean, then undo, and what came of both."""
    folder.mkdir(parents=True)
    given, out = write(folder), folder / "out"
    words = [
        "clean",
        str(given),
        "-o",
        str(out),
        "--ner",
        "off",
        "--ignore",
        "LBL,BIA,DIV,STL",
        "--set",
        "effects=false",
        *options,
    ]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    if result.exception is not None or not (out / "manifest.json").is_file():
        return f"{name:18} FAILED {getattr(result.exception, 'what', result.exception) or result.output[-200:]}"
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    corpus = json.loads((out / "audit.json").read_text("utf-8"))["corpus"]
    accounts = manifest["accounts"]
    written = sum(pq.read_metadata(p).num_rows for p in (out / "dataset").glob("*.parquet"))
    undone = CliRunner().invoke(
        cli, ["clean", str(given), "--undo", str(out), "-o", str(folder / "back.parquet")], standalone_mode=False
    )
    back = pq.read_metadata(folder / "back.parquet").num_rows if undone.exception is None else f"no: {undone.exception}"
    roles = ", ".join(f"{role}={column}" for role, column in corpus["roles"].items())
    return (
        f"{name:18} {corpus['shape']:16} in {accounts['rows_in']:4} = kept {accounts['rows_kept']} + removed"
        f" {accounts['rows_removed']} + rejected {accounts['rows_rejected']}; written {written}; undone {back}; {roles}"
    )


def main() -> None:
    global ROWS
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("only", nargs="*")
    asked = parser.parse_args()
    ROWS = asked.rows
    with tempfile.TemporaryDirectory() as scratch:
        for number, (name, write) in enumerate(FORMATS.items()):
            if not asked.only or name in asked.only:
                print(tried(name, write, Path(scratch) / f"f{number}"), flush=True)
        for number, name in enumerate(SHAPES):
            if not asked.only or name in asked.only:
                options = ["--text", "title,body"] if name == "several columns" else []
                print(
                    tried(name, lambda f, n=name: shape_file(n, f), Path(scratch) / f"s{number}", *options), flush=True
                )


if __name__ == "__main__":
    main()
