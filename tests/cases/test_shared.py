"""Small inputs with their right answers (``../shared/cases``): each command is run, and what it wrote is compared.

The folder is no part of the repository; without it the tests are skipped.
"""

from __future__ import annotations

import csv
import io
import json
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from click.testing import CliRunner

from auditor.cli.main import cli
from auditor.errors import AuditorError

SHARED = next((p / "shared" / "cases" for p in Path(__file__).resolve().parents if (p / "shared/cases").is_dir()), None)
pytestmark = pytest.mark.skipif(SHARED is None, reason="no folder shared/cases beside the repository")


@dataclass
class Done:
    """What a command came to."""

    folder: Path
    code: int
    printed: str
    expected: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def findings(self) -> list[dict[str, Any]]:
        return list(pq.read_table(self.folder / "out" / "findings.parquet").to_pylist())

    @cached_property
    def audit(self) -> dict[str, Any]:
        return dict(json.loads((self.folder / "out" / "audit.json").read_text("utf-8")))

    @cached_property
    def rows(self) -> list[dict[str, Any]]:
        return [
            r for p in sorted((self.folder / "out" / "dataset").glob("*.parquet")) for r in pq.read_table(p).to_pylist()
        ]

    @property
    def texts(self) -> list[str]:
        return [row["text"] for row in self.rows]

    @property
    def written(self) -> str:
        """Everything that was written and printed, as text."""
        found = [self.printed]
        for path in (self.folder / "out").rglob("*"):
            if path.is_file():
                found.append(path.read_bytes().decode("utf-8", "replace"))
                if path.suffix == ".parquet":
                    found.append(repr(pq.read_table(path).to_pydict()))
        return "\n".join(found)


def carried_out(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Done:
    """The command of a case, run in `folder` over a copy of its input."""
    assert SHARED is not None
    case = yaml.safe_load((SHARED / name / "case.yaml").read_text("utf-8"))
    given = SHARED / name / case["input"]
    shutil.copytree(given, folder / given.name) if given.is_dir() else shutil.copy(given, folder)
    monkeypatch.chdir(folder)
    words = shlex.split(case["command"])[1:]
    result = CliRunner().invoke(cli, words, standalone_mode=False)
    error, code = result.exception, result.return_value
    if isinstance(error, AuditorError):
        return Done(folder, error.exit_code, result.output + "\n".join(error.lines()), case["expected"])
    assert error is None, error
    return Done(folder, code if isinstance(code, int) else result.exit_code, result.output, case["expected"])


def none_of(*codes: str) -> Callable[[Done], None]:
    """No row has any of the codes."""

    def check(done: Done) -> None:
        assert [f["row_id"] for f in done.findings if f["code"] in codes] == []

    return check


def on_every_row(*codes: str) -> Callable[[Done], None]:
    """Each row has one of the codes, or any code of personal data at all."""

    def check(done: Done) -> None:
        found = {f["row_id"] for f in done.findings if f["code"] in codes or not codes}
        assert found == set(range(done.audit["corpus"]["rows_read"]))

    return check


def counts(done: Done) -> None:
    """As many rows with a code as the case says."""
    rows = Counter(code for code, _ in {(f["code"], f["row_id"]) for f in done.findings})
    for code, expected in done.expected.items():
        assert rows[code] == expected, code


def texts_as_expected(done: Done) -> None:
    assert set(done.expected["texts"]) <= set(done.texts)


def first_row_is_data(done: Done) -> None:
    """All rows are read, it is told, and no address or number of the first one stands anywhere."""
    assert done.code == 0
    assert done.audit["corpus"]["rows_read"] == done.expected["rows"]
    assert [notice["kind"] for notice in done.audit["corpus"]["notices"]] == ["no_header"]
    line = (done.folder / "input.tsv").read_text("utf-8").splitlines()[0]
    values = re.findall(r"\d[\d ]{9,}\d|\S+@\S+", line)
    assert len(values) == 3
    assert [value for value in values if value in done.written] == []


def rows_usable(done: Done) -> None:
    """As many rows as the case says, none rejected."""
    assert done.code == 0, done.printed
    profile = done.audit["corpus"]
    assert (profile["rows_read"], profile["rows_rejected"]) == (done.expected["rows_usable"], 0)


def spans_are_tags(done: Done) -> None:
    assert done.code == 0
    assert {"tokens", "tags"} <= done.audit["corpus"]["roles"].keys()
    assert "label" not in done.audit["corpus"]["roles"]
    assert "spans" in {notice["kind"] for notice in done.audit["corpus"]["notices"]}


def no_address(done: Done) -> None:
    assert done.code == 0
    assert re.findall(r"[\w.]+@[\w-]+\.(?:com|org|net)", repr(done.rows)) == []
    assert any(f["code"] == "PII001" for f in done.findings)
    assert done.audit["grades"]["privacy"]["letter"] != "A"


def whole_address(done: Done) -> None:
    given = re.findall(r"[^\s,\"]+@[^\s,\"]+", (done.folder / "input.csv").read_text("utf-8"))
    masked = [text for text in done.texts if "<EMAIL_ADDRESS>" in text]
    assert len(masked) == len(given) > 0
    assert [text for text in masked if re.search(r"\w<EMAIL_ADDRESS>|<EMAIL_ADDRESS>\w", text)] == []


def no_empty(done: Done) -> None:
    assert len(done.rows) == done.audit["corpus"]["rows_read"]


def titles_are_left_out(done: Done) -> None:
    """See docs/decisions.md: what could not be read before is read, so the gate has rows to judge."""
    profile = done.audit["corpus"]
    assert (profile["rows_read"], profile["rows_rejected"]) == (30, 0)
    assert {"kind": "title_lines", "count": 2, "detail": ""} in profile["notices"]


def completed(done: Done) -> None:
    assert done.code == 0
    assert done.audit["checks"]["labels"]["status"] == "completed"


def asked_about_the_split(done: Done) -> None:
    """The value that is no part is asked about; where a data set is written, no test row is in its train part."""
    assert "unsupervised" in done.printed or "unsup" in done.printed
    path = done.folder / "out" / "dataset" / "train-00000-of-00001.parquet"
    if path.exists():
        assert "test" not in {value for row in pq.read_table(path).to_pylist() for value in row.values()}


NEGATION = re.compile(r"\b(?:not|no|never|nor|cannot|without)\b|n't\b", re.IGNORECASE)
PLACEHOLDER = re.compile(r"\[[A-Z_]+\]|<[A-Z_]+>|⟦[A-Z_]+⟧|\{\w+\}|%\w|https?://\S+")


def made(done: Done) -> list[tuple[str, str]]:
    """(text of the row it was made of, made text)."""
    texts = {row["row_id"]: row["text"] for row in done.rows if row["row_id"] is not None}
    return [(texts[r["parent_row_id"]], r["text"]) for r in done.rows if r["row_id"] is None]


def negations_stay(done: Done) -> None:
    pairs = made(done)
    assert pairs
    assert [new for old, new in pairs if len(NEGATION.findall(old)) != len(NEGATION.findall(new))] == []


def placeholders_stay(done: Done) -> None:
    pairs = made(done)
    assert pairs
    assert [new for old, new in pairs if sorted(PLACEHOLDER.findall(old)) != sorted(PLACEHOLDER.findall(new))] == []


def dates_read(done: Done) -> None:
    """All dates are read, and as they should be: the age of the first says so."""
    ages = pq.read_table(done.folder / "out" / "rows.parquet").column("age_days").to_pylist()
    assert [age for age in ages if age is None] == []
    assert len(ages) == done.expected["dates_right"]
    assert ages[0] == done.expected["first_age_days"]


def roles_as_expected(done: Done) -> None:
    found = done.audit["corpus"]["roles"]
    assert {role: found.get(role) for role in done.expected["roles"]} == done.expected["roles"]


def six_labels(done: Done) -> None:
    assert len(done.audit["corpus"]["label_columns"]) == 6
    assert done.audit["checks"]["balance"]["status"] == "completed"


def pairs_stay(done: Done) -> None:
    """Hardly a row is removed, and both texts of a row are in the data set."""
    assert done.audit["corpus"]["rows_read"] - len(done.rows) <= done.expected["removed_at_most"]
    assert len(done.audit["corpus"]["text_columns"]) == 2
    assert set(done.audit["corpus"]["text_columns"]) <= set(done.rows[0])


def different_rows(first: int) -> Callable[[Done], None]:
    """None of the first rows is called a copy or empty, and none is removed."""

    def check(done: Done) -> None:
        found = {f["code"] for f in done.findings if f["row_id"] is not None and f["row_id"] < first}
        assert found.isdisjoint({"DUP001", "DUP002", "DUP003", "DUP004", "DUP005", "QLT001"})
        assert set(range(first)) <= {row["row_id"] for row in done.rows}

    return check


def hidden_labels_are_missing(done: Done) -> None:
    balance = done.audit["checks"]["balance"]
    assert "-1" not in json.dumps(balance)
    hidden = {f["row_id"] for f in done.findings if f["code"] == "LBL003"}
    assert len(hidden) == 20
    assert [f for f in done.findings if f["code"] in ("LBL001", "LBL002") and f["row_id"] in hidden] == []


def both_signs_are_classes(done: Done) -> None:
    assert "-1" in json.dumps(done.audit["checks"]["balance"])
    assert [f for f in done.findings if f["code"] in ("LBL003", "BAL003")] == []


def label_lists(done: Done) -> None:
    bars = next(f for f in done.audit["checks"]["balance"]["figures"] if f["title"] == "figure.rows_per_label")
    assert sorted(bars["labels"]) == sorted(done.expected["labels"])


def told_in_its_language(done: Done) -> None:
    """The cards name the language that the case says, or none; never English."""
    given = set(done.expected["language"].split(" or "))
    assert done.audit["corpus"]["language"] in given
    card = next((done.folder / "out").rglob("README.md")).read_text("utf-8")
    named = yaml.safe_load(card.split("---")[1]).get("language", [])
    assert set(named) <= given
    assert "en" not in named
    croissant = json.loads(next((done.folder / "out").rglob("croissant.json")).read_text("utf-8"))
    assert croissant.get("inLanguage") in (None, *given)
    assert done.audit["corpus"]["languages"].get("de", 0) > 0.99


CASES: dict[str, Callable[[Done], None]] = {
    "roles-airline-tweets": roles_as_expected,
    "roles-chinese-comment-export": roles_as_expected,
    "roles-covid-tweets-date": roles_as_expected,
    "roles-emotion-column": roles_as_expected,
    "roles-title-before-article": roles_as_expected,
    "roles-jigsaw-binary-columns": six_labels,
    "pairs-answers-to-questions": pairs_stay,
    "pairs-aspect-sentiment": pairs_stay,
    "pairs-nli-premise-repeats": pairs_stay,
    "duplicates-code-operators": different_rows(6),
    "duplicates-emoji-sentiment": different_rows(6),
    "duplicates-negation-other-label": different_rows(2),
    "labels-hidden-test-minus-one": hidden_labels_are_missing,
    "labels-plus-minus-one": both_signs_are_classes,
    "labels-python-lists": label_lists,
    "header-missing-tsv-leak": first_row_is_data,
    **dict.fromkeys(
        (
            *(
                "format-chat-messages",
                "format-conll-txt",
                "format-excel",
                "format-glue-folder",
                "format-hf-tokens-int-tags",
            ),
            *("format-json-array", "format-json-splits-of-pairs", "format-jsonl-nan", "format-pipe"),
            *("format-spam-csv-empty-columns", "format-tsv-lone-quote", "format-txt-tab-label"),
        ),
        rows_usable,
    ),
    "labels-doccano-spans": spans_are_tags,
    "pii-barcodes-as-cards": none_of("PII003", "PII203"),
    "pii-dates-as-phones": none_of("PII002"),
    "pii-email-as-id-published": no_address,
    "pii-email-umlaut-cut": whole_address,
    "pii-eth-wallet": on_every_row("PII007"),
    "pii-git-address-as-email": none_of("PII001"),
    "pii-national-ids-eu-in-br": on_every_row(),
    "pii-obfuscated-email": on_every_row("PII001"),
    "pii-order-numbers-as-phones": none_of("PII002"),
    "pii-secrets-in-urls-and-headers": on_every_row("PII905", "PII906", "PII907", "PII902"),
    "pii-zh-directions-as-places": none_of("PII008", "PII009"),
    "pii-zh-title-words": none_of("PII008"),
    "quality-br-tags": counts,
    "quality-mojibake-emoji-cyrillic": counts,
    "empty-emoji-replies": no_empty,
    "rejects-title-lines-grade-a": titles_are_left_out,
    "clean-python-indentation": texts_as_expected,
    "clean-traditional-name": texts_as_expected,
    "augment-delete-drops-negation": negations_stay,
    "augment-keyboard-breaks-placeholders": placeholders_stay,
    "labels-crash-root-label": completed,
    "dates-amazon-review-time": dates_read,
    "dates-excel-float-serials": dates_read,
    "dates-french-months": dates_read,
    "dates-korean": dates_read,
    "dates-month-day-comma-year": dates_read,
    "dates-us-am-pm": dates_read,
    "language-german-is-english": told_in_its_language,
    "split-unsupervised-part": asked_about_the_split,
}


@pytest.mark.parametrize("name", CASES)
def test_a_shared_case_has_its_right_answer(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done = carried_out(name, tmp_path, monkeypatch)
    CASES[name](done)


@pytest.mark.parametrize("saved", ["comma", "semicolon", "GBK", "UTF-16"])
def test_a_queue_comes_back_from_excel(saved: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert SHARED is not None
    shutil.copy(SHARED / "review-excel-round-trip" / "input.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    for words in (["clean", "input.csv", "-o", "out", "--ner", "off"], ["review", "export", "out", "-o", "queue.csv"]):
        assert CliRunner().invoke(cli, words, standalone_mode=False).exception is None
    content = Path("queue.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    stream = io.StringIO(newline="")
    marks = {"semicolon": ";", "UTF-16": "\t"}
    writer = csv.DictWriter(stream, list(rows[0]), delimiter=marks.get(saved, ","), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**row, "decision": "keep"} for row in rows)
    encoding = {"GBK": "gb18030", "UTF-16": "utf-16"}.get(saved, "utf-8-sig")
    Path("queue.csv").write_bytes(stream.getvalue().encode(encoding))
    result = CliRunner().invoke(cli, ["review", "import", "out", "queue.csv"], standalone_mode=False)
    assert (result.exception, result.return_value) == (None, 0)
