"""Addresses: files in memory and behind a web server of the standard library, read as files of a disk are."""

import gzip
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.errors import InputError

fsspec = pytest.importorskip("fsspec")


def loaded(*addresses: str) -> Corpus:
    return load_corpus(addresses, CorpusSettings())


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """The requests are not printed."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """Address of a server of the files below `tmp_path`."""
    pytest.importorskip("aiohttp")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


@pytest.fixture
def memory(records) -> Iterator[str]:
    """A folder of fsspec's files in memory, with two parts and what is no data."""
    files = fsspec.filesystem("memory")
    for part in ("train", "test"):
        rows = [{"text": f"{part}: {one['text']}", "label": one["label"]} for one in records]
        files.pipe(f"/set/{part}.jsonl.gz", gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    files.pipe("/set/.cache/old.jsonl", b"{}")
    files.pipe("/set/README.md", b"# A card")
    files.pipe("/set/dataset_infos.json", b"{}")
    files.pipe("/set/picture.png", b"png")
    yield "memory://set"
    files.rm("/set", recursive=True)


def test_a_folder_and_a_glob_of_a_store(memory, records):
    for address in (memory, f"{memory}/*.jsonl.gz"):
        corpus = loaded(address)
        assert len(corpus) == 2 * len(records)
        assert set(corpus.table.column("split").to_pylist()) == {"train", "test"}
        assert corpus.on_disk == ()
        assert [name.rpartition("/")[2] for name in corpus.fetched] == ["test.jsonl.gz", "train.jsonl.gz"]


def test_an_address_with_nothing_to_read(memory):
    for address in (f"{memory}/none", f"{memory}/*.csv", f"{memory}/picture.png"):
        with pytest.raises(InputError) as caught:
            loaded(address)
        assert len(caught.value.lines()) == 3


def test_a_file_behind_a_web_server(server, put, records, texts, labels):
    put("some folder/a.json", json.dumps(records))
    put(
        "a.csv.gz",
        gzip.compress(b"text,label\n" + "".join(f"{t},{y}\n" for t, y in zip(texts, labels, strict=True)).encode()),
    )
    for address in (f"{server}/some%20folder/a.json", f"{server}/a.csv.gz", f"{server}/a.csv.gz?version=3"):
        corpus = loaded(address)
        assert (corpus.texts, corpus.labels) == (texts, labels)
        assert "version" not in " ".join(corpus.files)


def test_a_web_server_without_the_file(server):
    with pytest.raises(InputError) as caught:
        loaded(f"{server}/nothing.csv")
    assert len(caught.value.lines()) == 3
    assert "cannot be read" in caught.value.what
