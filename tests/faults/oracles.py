"""The five oracles of the fault cases, asserted after every command and every reading.

O1 nothing is lost: rows read are rows kept, removed and rejected, each once in the ledger; inputs stay as they are.
O2 what was written before stays byte for byte unless the command succeeds; what is there is whole; nothing is left over.
O3 no planted value stands in what is printed or written, the input and a data set whose masking was left out aside.
O4 an error is three lines that say what, where and what to do, with the right exit code and no traceback.
O5 time and memory are bounded.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.errors import AuditorError, InputError
from tests.command_server import Finished

CANARIES = {
    "email": "CANARY-7f3a@example.org",
    "ssn": "219-09-9998",
    "card": "4556737586899855",
    "phone": "212-736-5000",
}
"""An address, a social security number, a card number and a telephone number that stand in the inputs of the cases."""
TOLD = (
    f"please write to {CANARIES['email']} about it",
    f"my ssn is {CANARIES['ssn']} as you know",
    f"the card {CANARIES['card']} was charged twice",
    f"call {CANARIES['phone']} before noon please",
)
FAST = ("--set", "pii.ner=off", "--set", "keep_state=false", "--set", "effects=false")
PLAIN = (
    *FAST, "--steps", "none", "--augment", "none", "--balance", "none", "--set", "prepare.max_removed=1",
    "--set", "prepare.validation=0", "--set", "prepare.test=0",
)  # fmt: skip
"""Options of `clean` under which every row is written as it came, masking aside."""
LEFT_OVER = re.compile(r"\.(partial|old|work|lock|tmp)\b|\.tmp$")
ALWAYS_CHANGED = (0, 1, 5)
"""Exit codes with which a new output takes the place of an earlier one: done, gate shut, a check failed."""
GIB = 1 << 30


_WORDS = """
card payment transfer account refund balance branch letter parcel ticket train hotel garden window river coffee bread
market school doctor music engine paper bottle mirror carpet candle bridge forest valley
"""
WORDS = tuple(_WORDS.split())


def sentence(number: int) -> str:
    """A text that no other number has."""
    a, b, c, d = (WORDS[(number * k + k) % len(WORDS)] for k in (7, 11, 13, 17))
    return f"item {number} the {a} near the {b} was sent with a {c} and the {d} number {number * 37 % 101}"


def rows(count: int, *more: tuple[str, str]) -> list[tuple[str, str]]:
    """`count` texts with classes, four more that tell the canaries, then `more`."""
    made = [(sentence(i), ("late", "lost")[i % 2]) for i in range(count)]
    return [*made, *((text, "late") for text in TOLD), *more]


def csv_of(table: Sequence[Sequence[str]], header: Sequence[str] = ("text", "label")) -> str:
    """Rows as CSV; cells with commas, quotes or line ends are quoted."""

    def cell(value: str) -> str:
        return (
            '"' + value.replace('"', '""') + '"' if re.search(r'[",\r\n]', value) or value != value.strip() else value
        )

    return "".join(",".join(map(cell, row)) + "\n" for row in [header, *table])


def jsonl_of(table: Sequence[Sequence[str]], names: Sequence[str] = ("text", "label")) -> str:
    return "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in table)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def snapshot(folder: Path) -> dict[str, str]:
    """Digests of all files below a folder."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
    return {path.relative_to(folder).as_posix(): digest(path) for path in files}


def everything_in(path: Path) -> str:
    """What a file says: its bytes, Parquet and Arrow decoded with their metadata, gzip unpacked."""
    data = path.read_bytes()
    told = [path.name, data.decode("utf-8", "replace")]
    if data[:4] == b"PAR1" and data[-4:] == b"PAR1":
        table = pq.read_table(path)
        told += [str(table.schema.metadata), *(str(column.to_pylist()) for column in table.columns)]
    elif data[:6] == b"ARROW1":
        with pa.memory_map(str(path)) as source:
            told += [str(column.to_pylist()) for column in pa.ipc.open_file(source).read_all().columns]
    elif data[:2] == b"\x1f\x8b":
        told.append(gzip.decompress(data).decode("utf-8", "replace"))
    return "\n".join(told)


def canaries_in(text: str, canaries: Mapping[str, str] = CANARIES) -> list[str]:
    """Names of the canaries in a text, written together or apart, in any case."""
    lowered = text.lower()
    return [name for name, value in canaries.items() if value.lower() in lowered]


class Run:
    """A run folder as readers of it see it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def json(self, name: str) -> dict:
        return json.loads((self.folder / name).read_text("utf-8"))

    @property
    def profile(self) -> dict:
        return self.json("audit.json")["corpus"]

    @property
    def accounts(self) -> dict:
        return self.json("manifest.json")["accounts"]

    @property
    def rejects(self) -> list[dict]:
        return [json.loads(line) for line in (self.folder / "rejects.jsonl").read_text("utf-8").splitlines()]

    @property
    def findings(self) -> list[dict]:
        return pq.read_table(self.folder / "findings.parquet").to_pylist()

    def result(self, dimension: str) -> dict:
        return self.json("audit.json")["checks"][dimension]

    def column(self, name: str = "text") -> dict[int, object]:
        """Values of a column of the data set by row_id; rows made by augmentation are left out."""
        found: dict[int, object] = {}
        for file in sorted((self.folder / "dataset").glob("*.parquet")):
            table = pq.read_table(file, columns=["row_id", name]).to_pylist()
            found.update((row["row_id"], row[name]) for row in table if row["row_id"] is not None)
        return found


class Program:
    """The command line over one folder; every command is judged by the oracles."""

    def __init__(self, run: Callable[..., Finished], folder: Path) -> None:
        self._run, self.folder = run, folder
        self._inputs: dict[Path, str] = {}
        self.temporary = folder / "tmp"
        self.temporary.mkdir(exist_ok=True)
        self.environment = {**os.environ, "NO_COLOR": "1", "TMPDIR": str(self.temporary)}

    def write(self, name: str, content: str | bytes) -> Path:
        """An input: it must stay as it is, and is not searched for canaries."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return self.take(name)

    def take(self, name: str) -> Path:
        """Call a file that was written otherwise an input."""
        path = self.folder / name
        self._inputs[path] = digest(path)
        return path

    def run(
        self,
        *words: object,
        code: int = 0,
        names: Sequence[str] = (),
        rows_in: int | None = None,
        is_masked: bool = True,
        timeout: float = 60,
        peak: int = 2 * GIB,
        environment: Mapping[str, str] | None = None,
    ) -> Finished:
        """One command.

        Args:
            words: after ``auditor``; ``-o`` names the run folder that the oracles look at.
            code: the exit code there must be.
            names: what the error must name.
            rows_in: rows that the run must account for.
            is_masked: whether the data set, too, must be free of canaries.
            timeout: seconds until it is taken for hanging.
            peak: bytes of memory it may take.
            environment: further variables.
        """
        before = snapshot(self.folder)
        done = self._run(
            *words, cwd=self.folder, environment={**self.environment, **(environment or {})}, timeout=timeout
        )
        assert done.returncode == code, done.stderr[-2000:]
        assert done.peak_bytes <= peak, f"{done.peak_bytes / 1e6:.0f} MB"
        self._judge(done, before, rows_in, is_masked, str(words[words.index("-o") + 1]) if "-o" in words else None)
        if code not in (0, 1) and not _is_gate(done):
            assert_clear(done.stderr, names)
        return done

    def _judge(
        self, done: Finished, before: dict[str, str], rows_in: int | None, is_masked: bool, out: str | None
    ) -> None:
        self.assert_inputs_unchanged()
        after = snapshot(self.folder)
        if done.returncode not in ALWAYS_CHANGED and not _is_gate(done):
            assert {name: after.get(name) for name in before} == before, "an earlier output was changed"
        assert [name for name in self.left_over() if name not in before] == []
        if out is not None and (self.folder / out / "audit.json").exists():
            assert_whole(Run(self.folder / out), rows_in)
        printed = canaries_in(done.stdout + done.stderr)
        assert printed == [], f"printed: {printed}"
        self.assert_no_canary(is_masked)

    def assert_no_canary(self, is_masked: bool = True, canaries: Mapping[str, str] = CANARIES) -> None:
        """O3 over every file below the folder but the inputs."""
        for path in sorted(self.folder.rglob("*")):
            if not path.is_file() or path in self._inputs or path.is_symlink():
                continue
            if not is_masked and "dataset" in path.relative_to(self.folder).parts:
                continue
            assert canaries_in(everything_in(path), canaries) == [], path.relative_to(self.folder)

    def assert_inputs_unchanged(self) -> None:
        assert {path: digest(path) for path in self._inputs} == self._inputs

    def left_over(self) -> list[str]:
        """Names of temporary files and folders, and anything in the folder for temporary files."""
        names = [path.name for path in self.folder.iterdir() if LEFT_OVER.search(path.name)]
        return sorted([*names, *(path.name for path in self.temporary.iterdir() if path.is_file())])

    def result(self, out: str) -> Run:
        return Run(self.folder / out)


class Reading:
    """Files read as the program reads them, each judged by the oracles that apply."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path

    def __call__(self, name: str, content: str | bytes | None = None, **settings: object) -> Corpus:
        """The corpus of a file; raises what reading raises, after the oracles."""
        path = self.folder / name if content is None else self.write(name, content)
        before = digest(path) if path.is_file() else ""
        try:
            corpus = load_corpus([str(path)], CorpusSettings.model_validate(settings))
        except AuditorError as error:
            assert_error(error)
            raise
        finally:
            assert (digest(path) if path.is_file() else "") == before
        assert_kept(corpus)
        return corpus

    def refused(self, name: str, content: str | bytes | None = None, **settings: object) -> AuditorError:
        """The error with which a file is refused: exit code 3."""
        with pytest.raises(InputError) as caught:
            self(name, content, **settings)
        assert caught.value.exit_code == 3
        return caught.value

    def maybe(self, name: str, content: str | bytes | None = None, **settings: object) -> Corpus | None:
        """The corpus, or None where the file is refused as by `refused`."""
        try:
            return self(name, content, **settings)
        except InputError as error:
            assert error.exit_code == 3
            return None


def _is_gate(done: Finished) -> bool:
    """Whether a finished run gave its exit code and said why in its last line."""
    return f"\nexit {done.returncode}: " in done.stdout


def assert_kept(corpus: Corpus) -> None:
    """O1: every row that was read is a row or a reject, and has a number of its own."""
    assert corpus.rows_read == len(corpus) + len(corpus.rejects)
    ids = [*corpus.row_id.tolist(), *(reject.row_id for reject in corpus.rejects)]
    assert sorted(ids) == list(range(corpus.rows_read))
    told = " ".join(f"{reject.file} {reject.reason}" for reject in corpus.rejects)
    assert canaries_in(told) == []


def assert_error(error: AuditorError) -> None:
    """O3 and O4 of an error: three lines, no value of the data, and nothing behind it that holds one."""
    lines = error.lines()
    assert all("\n" not in line for line in lines)
    assert canaries_in(" ".join(lines)) == []
    assert error.__suppress_context__ or error.__context__ is None


def assert_clear(stderr: str, names: Sequence[str] = ()) -> None:
    """O4: at most five lines besides those of progress."""
    told = [line for line in stderr.splitlines() if line.strip() and not re.match(r"^auditor: .*\.\.\.$", line)]
    assert "Traceback" not in stderr
    assert "unexpected" not in (told or [""])[0]
    assert 1 <= len(told) <= 5, stderr
    assert told[0].startswith("auditor: error:"), stderr
    for name in names:
        assert name in stderr, stderr


def assert_whole(run: Run, rows_in: int | None = None) -> None:
    """O1 and O2 of a run folder: hashes as its manifest has them, nothing beside, rows accounted for."""
    manifest = run.json("manifest.json")
    files = {name: sha for name, sha in snapshot(run.folder).items() if name != "manifest.json"}
    assert files == manifest["outputs"]
    profile, rejects = run.profile, run.rejects
    assert len(rejects) == profile["rows_rejected"]
    if rows_in is not None:
        assert profile["rows_read"] == rows_in
    accounts = manifest.get("accounts")
    if accounts:
        assert accounts["rows_in"] == accounts["rows_kept"] + accounts["rows_removed"] + accounts["rows_rejected"]
        ledger = pq.read_table(run.folder / "ledger.parquet").to_pylist()
        assert sorted(row["row_id"] for row in ledger if row["parent_row_id"] is None) == list(
            range(accounts["rows_in"])
        )
