"""What is fuzzed: readers of input files, of rules, policies, exceptions, settings, plans, answers, and the viewer's requests.

A target takes a file with any bytes. It may read it or refuse it with an error of its own; anything else is a fault.
"""

from __future__ import annotations

import io
import json
import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

import auditor
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.loading import load_settings
from auditor.core.policy import load_policy
from auditor.corpus.load import load_corpus
from auditor.errors import AuditorError
from auditor.pii.exceptions import load_exceptions
from auditor.pii.patterns.recognizers import load_rules
from auditor.prepare.plan_file import read_plan
from auditor.review.decisions import read_decisions
from auditor.review.formats.registry import read_answers

ROWS = [{"text": f"letter {i} of the day", "label": "ab"[i % 2], "date": f"2024-0{i % 9 + 1}-11"} for i in range(12)]
BOUNDED = CorpusSettings(max_decoded_bytes=50_000_000, max_field_bytes=100_000)


@dataclass(frozen=True)
class Target:
    """One way in.

    Attributes:
        suffix: of the file.
        seeds: contents that are read.
        read: reads the file.
    """

    name: str
    suffix: str
    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], None]

    def run(self, path: Path) -> bool:
        """Whether the file was read; False: it was refused.

        Raises:
            Exception: neither.
        """
        try:
            self.read(path)
        except AuditorError as error:
            assert error.what and error.where and error.fix
            return False
        return True


def _corpus(path: Path) -> None:
    corpus = load_corpus([str(path)], BOUNDED)
    assert len(set(corpus.row_id.tolist())) == len(corpus)
    "".join(corpus.texts).encode("utf-8")  # no half of a surrogate pair
    assert all(reject.reason for reject in corpus.rejects)


def _table(separator: str) -> list[bytes]:
    lines = [separator.join(row.values()) for row in ROWS]
    quoted = [separator.join(f'"{value}, it says"' for value in row.values()) for row in ROWS]
    head = separator.join(ROWS[0])
    return ["\n".join([head, *body]).encode() for body in (lines, quoted)] + [
        "\r\n".join([head, *lines]).encode("utf-16")
    ]


def _json() -> list[bytes]:
    chat = {"messages": [{"role": "user", "content": "Where?"}, {"role": "assistant", "content": "Here."}]}
    return [
        json.dumps(ROWS).encode(),
        json.dumps({"data": ROWS}).encode(),
        json.dumps({name: [row[name] for row in ROWS] for name in ROWS[0]}).encode(),
        json.dumps([chat] * 4).encode(),
    ]


def _lines() -> list[bytes]:
    return ["\n".join(json.dumps(row) for row in ROWS).encode(), b'{"text": "a", "label": NaN}\n{"text": ["a", "b"]}\n']


def _written(write: Callable[[pa.Table, io.BytesIO], object]) -> list[bytes]:
    sink = io.BytesIO()
    write(pa.Table.from_pylist(ROWS), sink)
    return [sink.getvalue()]


def _stream(table: pa.Table, sink: io.BytesIO) -> None:
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)


def _sqlite() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "d.db"
        connection = sqlite3.connect(path)
        connection.execute("create table t (text, label)")
        connection.executemany("insert into t values (?, ?)", [(row["text"], row["label"]) for row in ROWS])
        connection.commit()
        connection.close()
        return [path.read_bytes()]


def _xlsx() -> list[bytes]:
    import openpyxl

    book, sink = openpyxl.Workbook(), io.BytesIO()
    for row in [list(ROWS[0]), *(list(row.values()) for row in ROWS)]:
        book.active.append(row)
    book.save(sink)
    return [sink.getvalue()]


_MAIL = b"From a@b.example Mon Jan  1 00:00:00 2024\nFrom: a@b.example\nSubject: =?utf-8?q?Hello?=\n\nA letter.\n\n"
_CONLL = b"-DOCSTART- -X- O O\n\nAnn NNP I-NP B-PER\nleft VBD I-VP O\n\nParis NNP I-NP B-LOC\n. . O O\n"
_RULES = b"""recognizers:
- name: ticket
  supported_entity: TICKET
  supported_language: en
  patterns:
  - {name: t, regex: 'TK-[0-9]{4}', score: 0.6}
  context: [ticket]
- {name: words, supported_entity: PROJECT, deny_list: [Falcon, Eagle]}
"""
_EXCEPTIONS = b"allow: [help@sample-firm.com]\ndeny:\n  - {value: Project Falcon, entity: PROJECT}\n"
_SETTINGS = b'fail_on = "warn"\n[corpus]\ntext = "body"\n[limits]\n"duplicates.rate" = 0.01\n[pii]\nner = "off"\n'


@cache
def _planned() -> auditor.api.PlannedData:
    table = pa.Table.from_pylist([*ROWS, ROWS[0]])
    return auditor.audit(table, label="label", pii__ner="off", effects=False, excerpts="none").plan()


def _plan_seeds() -> list[bytes]:
    from auditor.prepare.plan_file import plan_csv, plan_json

    plan, corpus = _planned().plan, _planned().audited.scan.corpus
    return [form(plan, corpus).encode() for form in (plan_json, plan_csv)]


def _plan(path: Path) -> None:
    read_plan(path, _planned().audited.scan.corpus, _planned().plan)


def _answers(path: Path) -> None:
    for answer in read_answers(path):
        assert answer.row_id is not None


def _decisions(path: Path) -> None:
    read_decisions(path, "ab" * 32, range(12), {"a", "b"})


_QUEUE = b"row_id,corpus_digest,text,label,decision,new_label,reviewer\n3," + b"ab" * 32 + b",letter,a,relabel,b,ann\n"
_DECISIONS = json.dumps(
    {
        "review": {"corpus_digest": "ab" * 32},
        "decisions": [{"row_id": 3, "action": "relabel", "label": "b", "reason": "read"}],
        "answers": [{"row_id": 3, "decision": "relabel", "label": "b", "reviewer": "ann", "time": "2024-01-01"}],
    }
).encode()

TARGETS = (
    Target("csv", ".csv", lambda: _table(","), _corpus),
    Target("tsv", ".tsv", lambda: _table("\t"), _corpus),
    Target("json", ".json", _json, _corpus),
    Target("json lines", ".jsonl", _lines, _corpus),
    Target("parquet", ".parquet", lambda: _written(pq.write_table), _corpus),
    Target("arrow", ".arrow", lambda: _written(_stream), _corpus),
    Target("feather", ".feather", lambda: _written(feather.write_feather), _corpus),
    Target(
        "text", ".txt", lambda: [b"one line\nanother\n", b"__label__a some words\n__label__b more words\n"], _corpus
    ),
    Target("workbook", ".xlsx", _xlsx, _corpus),
    Target("old workbook", ".xls", lambda: [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600], _corpus),
    Target("database", ".db", _sqlite, _corpus),
    Target("words", ".conll", lambda: [_CONLL], _corpus),
    Target("mail", ".mbox", lambda: [_MAIL * 3], _corpus),
    Target("markdown", ".md", lambda: [b"# Title\n\nSome *words* in `code`.\n\n- a\n- b\n"], _corpus),
    Target("html", ".html", lambda: [b"<html><body><p>Some <b>words</b> &amp; more</p></body></html>"], _corpus),
    Target("rules", ".yaml", lambda: [_RULES], lambda path: void(load_rules([str(path)]))),
    Target("policy", ".yaml", lambda: [Path("rules/policy.yaml").read_bytes()], lambda path: void(load_policy(path))),
    Target("exceptions", ".yaml", lambda: [_EXCEPTIONS], lambda path: void(load_exceptions(path, date(2024, 1, 1)))),
    Target("settings", ".toml", lambda: [_SETTINGS], lambda path: void(load_settings(path, environment={}))),
    Target("answers", ".csv", lambda: [_QUEUE], _answers),
    Target("decisions", ".json", lambda: [_DECISIONS], _decisions),
    Target("plan", ".json", lambda: _plan_seeds()[:1], _plan),
    Target("plan table", ".csv", lambda: _plan_seeds()[1:], _plan),
)


def void(value: object) -> None:
    """Read, and that is all."""
