"""A batch is compared with the rows that an earlier run has seen, which are not read again."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.checks.batch.state import FORMAT, open_state
from auditor.config.settings import DuplicateSettings, PiiSettings, Settings, StalenessSettings
from auditor.core.results import Completed, Skipped
from auditor.errors import InputError, UsageError
from auditor.message import message
from auditor.pipeline import Outcome, run
from auditor.report.diff import build_diff
from auditor.runs.finished import read_audit
from auditor.store import sha256

WORDS = [
    "river",
    "stone",
    "bread",
    "window",
    "garden",
    "letter",
    "morning",
    "silver",
    "market",
    "bridge",
    "winter",
    "summer",
    "paper",
    "garden",
    "music",
]
NEW_WORDS = ["turbine", "reactor", "voltage", "coolant", "generator", "isotope"]


def texts(rows: int, seed: int, words: list[str] = WORDS, length: int = 14) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join([*random.choice(words, length), f"item{seed}x{row}"]) for row in range(rows)]


def labels(rows: int, seed: int, spam: float = 0.2) -> list[str]:
    return ["spam" if x < spam else "ham" for x in np.random.default_rng(seed).random(rows)]


def write(path: Path, rows: list[str], own: list[str], **columns: list[Any]) -> Path:
    pq.write_table(pa.table({"text": rows, "label": own, **columns}), path)
    return path


def scan(path: Path, out: Path, since: Path | None = None, progress: Any = None, **own: Any) -> Outcome:
    settings = Settings(
        since=None if since is None else str(since),
        pii=PiiSettings(ner="off"),
        staleness=StalenessSettings(as_of=date(2026, 1, 1)),
        **{"select": ("PII", "NEW"), **own},
    )
    tell = progress or (lambda stage, done, total: None)
    return run([str(path)], settings, out=out, command="test", stages=("scan",), progress=tell)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    rows = texts(600, 1)
    rows[:12] = [f"{row} write to anna{i}@corp-mail.io" for i, row in enumerate(rows[:12])]
    scan(write(folder / "old.parquet", rows, labels(600, 1)), folder / "run")
    return folder / "run"


def result(outcome: Outcome) -> Completed:
    found = outcome.audit.results["batch"]
    assert isinstance(found, Completed), found
    return found


def metric(outcome: Outcome, name: str, slice_: str | None = None) -> Any:
    return next(m for m in result(outcome).metrics if m.name == f"batch.{name}" and m.slice == slice_)


def named(outcome: Outcome, code: str) -> list[str]:
    return [f["value"] for f in result(outcome).findings.to_pylist() if f["code"] == code]


def test_a_batch_that_brings_nothing_new_has_no_findings(base: Path, tmp_path: Path) -> None:
    outcome = scan(write(tmp_path / "b.parquet", texts(200, 2), labels(200, 2)), tmp_path / "run", base)
    assert result(outcome).findings.num_rows == 0
    area = metric(outcome, "drift_auc")
    assert area.low <= 0.5 + 0.03
    assert abs(metric(outcome, "drift_null").value - 0.5) < 0.06
    assert message("note.no_words_moved") in result(outcome).notes
    assert "figure.batch_words" not in {figure.title for figure in result(outcome).figures}
    assert metric(outcome, "class_p").value > 0.05


def test_what_a_batch_adds_is_found_and_named(base: Path, tmp_path: Path) -> None:
    rows = texts(150, 3) + texts(150, 4, [*WORDS, *NEW_WORDS], 30) + [texts(600, 1)[77], texts(600, 1)[401]]
    rows[:60] = [f"{row} call (212) 736-5{i:03}" for i, row in enumerate(rows[:60])]
    own = labels(302, 3, spam=0.6)
    own[100:130] = ["phishing"] * 30
    outcome = scan(write(tmp_path / "b.parquet", rows, own), tmp_path / "run", base)
    assert named(outcome, "NEW001") == ["old row 77", "old row 401"]
    assert named(outcome, "NEW002") == ["phishing"]
    assert named(outcome, "NEW003") == ["ham", "spam"]
    assert metric(outcome, "class_change", "spam").low > 0.2
    assert len(named(outcome, "NEW004")) == 1
    assert metric(outcome, "drift_auc").low > 0.7 > 0.56 > metric(outcome, "drift_null").value
    assert "PHONE_NUMBER" in named(outcome, "NEW005")
    change = metric(outcome, "entity_change", "PHONE_NUMBER")
    assert change.value == pytest.approx(60 / 302, abs=1e-6)
    assert 0.1 < change.low < change.value < change.high < 0.3
    assert len(named(outcome, "NEW006")) == 1
    words = next(figure for figure in result(outcome).figures if figure.title == "figure.batch_words")
    assert set(NEW_WORDS) <= set(words.labels[:8])


def test_a_state_is_the_sum_of_all_rows_and_the_next_batch_can_follow(base: Path, tmp_path: Path) -> None:
    first, second = texts(200, 5), texts(100, 6)
    second[3], second[4] = first[9], texts(600, 1)[500]
    own = labels(300, 5)
    scan(write(tmp_path / "one.parquet", first, own[:200]), tmp_path / "r1", base)
    outcome = scan(write(tmp_path / "two.parquet", second, own[200:]), tmp_path / "r2", tmp_path / "r1")
    assert named(outcome, "NEW001") == ["one row 9", "old row 500"]
    measures, state = open_state(tmp_path / "r2").measures, open_state(tmp_path / "r2")
    everything = labels(600, 1) + own
    assert measures.classes == {name: everything.count(name) for name in ("ham", "spam")}
    assert (measures.rows, state.index.documents, int(measures.lengths.sum())) == (900, 900, 900)
    assert measures.entities["EMAIL_ADDRESS"] == (12, 900)
    assert [segment.source for segment in state.index.segments] == ["old", "one", "two"]
    # 300 sampled rows stood for the first 600, and later rows join in proportion
    assert measures.sample.num_rows == 450


def test_the_same_batch_again_changes_nothing_and_is_told(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 7), labels(60, 7))
    scan(path, tmp_path / "r1", base)
    again = scan(path, tmp_path / "r2", tmp_path / "r1")
    assert message("note.batch_known") in result(again).notes
    assert metric(again, "repeated_rows").value == 60
    for one in (tmp_path / "r1" / "state").rglob("*.*"):
        assert one.read_bytes() == (tmp_path / "r2" / "state" / one.relative_to(tmp_path / "r1" / "state")).read_bytes()


def files_of(folder: Path) -> dict[Path, str]:
    return {path: sha256(path) for path in folder.rglob("*") if path.is_file()}


def test_an_interrupted_run_leaves_the_state_whole_even_in_place(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 8), labels(60, 8))
    scan(path, tmp_path / "run", base)
    before = files_of(tmp_path / "run")

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "report":
            raise KeyboardInterrupt

    more = write(tmp_path / "c.parquet", texts(50, 9), labels(50, 9))
    with pytest.raises(KeyboardInterrupt):
        scan(more, tmp_path / "run", tmp_path / "run", stop)
    assert files_of(tmp_path / "run") == before
    assert open_state(tmp_path / "run").measures.rows == 660
    scan(more, tmp_path / "run", tmp_path / "run")
    assert open_state(tmp_path / "run").measures.rows == 710
    assert open_state(base).measures.rows == 600


def contents(run_: Path) -> list[bytes]:
    state = run_ / "state"
    names = ["index/segment-00001.arrow", "sample.parquet", "vocabulary.parquet", "words.parquet"]
    return [(state / name).read_bytes() for name in names]


def test_a_state_does_not_depend_on_personal_values(tmp_path: Path) -> None:
    """Whatever could be guessed from it would have to."""
    for name, mail, phone in (
        ("a", "anna@corp-mail.io", "(212) 736-5000"),
        ("b", "bob7@other-mail.net", "(646) 555-0143"),
    ):
        rows = [f"{row} mail {mail} or call {phone} now" for row in texts(120, 10)]
        (tmp_path / name).mkdir()
        scan(write(tmp_path / name / "old.parquet", rows, labels(120, 10)), tmp_path / name / "run")
    assert contents(tmp_path / "a" / "run") == contents(tmp_path / "b" / "run")


def test_a_state_holds_no_text_and_is_its_owners_alone(base: Path) -> None:
    state = base / "state"
    assert {oct(path.stat().st_mode & 0o777) for path in files_of(state)} == {"0o600"}
    assert {oct(folder.stat().st_mode & 0o777) for folder in (state, state / "index")} == {"0o700"}
    for path in state.glob("*.parquet"):
        assert "string" not in str(pq.read_schema(path))
    with pa.memory_map(str(state / "index" / "segment-00001.arrow")) as source:
        assert {str(field.type) for field in pa.ipc.open_file(source).schema} == {"int64", "uint64"}
    plain = b"".join(path.read_bytes() for path in files_of(state))
    assert not [word for word in [*WORDS, "anna", "corp"] if word.encode() in plain]


def test_rare_terms_are_not_told_apart(base: Path) -> None:
    """Words of one text, such as its number here, are counted in a few places and nowhere else."""
    state = open_state(base)
    assert len(state.measures.words.hashes) == len({*WORDS, "item", "write"})
    assert len(state.measures.vocabulary) < 300  # pairs of fifteen words; 600 numbers are not among them


def test_damaged_newer_and_missing_states_are_refused(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 11), labels(60, 11))
    scan(path, tmp_path / "run", base)
    state = tmp_path / "run" / "state"
    head = json.loads((state / "state.json").read_text("utf-8"))
    (state / "state.json").write_text(json.dumps({**head, "format": FORMAT + 1}))
    with pytest.raises(InputError, match=f"format {FORMAT + 1}"):
        scan(path, tmp_path / "next", tmp_path / "run")
    (state / "state.json").write_text(json.dumps({**head, "rows": 1}))
    with pytest.raises(InputError, match="changed after"):
        scan(path, tmp_path / "next", tmp_path / "run")
    (state / "words.parquet").write_bytes(b"PAR1")
    with pytest.raises(InputError, match="damaged"):
        scan(path, tmp_path / "next", tmp_path / "run")
    (state / "state.json").unlink()
    with pytest.raises(InputError, match="keeps no state"):
        scan(path, tmp_path / "next", tmp_path / "run")
    with pytest.raises(InputError, match="not a run folder"):
        scan(path, tmp_path / "next", tmp_path)
    assert not (tmp_path / "next").exists()


def test_without_the_privacy_check_there_is_no_state_and_the_reason_is_told(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 12), labels(60, 12))
    outcome = scan(path, tmp_path / "run", base, select=("NEW", "BAL"))
    assert isinstance(outcome.audit.results["batch"], Skipped)
    assert not (tmp_path / "run" / "state").exists()
    with pytest.raises(InputError, match="privacy check did not run"):
        scan(path, tmp_path / "next", tmp_path / "run")


def test_sketches_of_another_kind_are_refused_with_the_option(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 13), labels(60, 13))
    with pytest.raises(UsageError) as error:
        scan(path, tmp_path / "run", base, duplicates=DuplicateSettings(ngram=5))
    assert "duplicates.ngram=3" in error.value.fix


def test_columns_are_those_of_the_earlier_run(base: Path, tmp_path: Path) -> None:
    longer = [f"{text} {text} {text}" for text in texts(60, 14)]
    path = write(tmp_path / "b.parquet", texts(60, 14), labels(60, 14), content=longer)
    assert scan(path, tmp_path / "run", base).audit.corpus.roles["text"] == "text"


def test_runs_of_batches_can_be_compared(base: Path, tmp_path: Path) -> None:
    scan(write(tmp_path / "b.parquet", texts(60, 15), ["new"] * 60), tmp_path / "run", base)
    view = build_diff(read_audit(base), read_audit(tmp_path / "run"))
    assert not [line for lines in view.lines.values() for line in lines if line.name.startswith(("NEW", "batch"))]
    scan(write(tmp_path / "c.parquet", texts(60, 16), ["newer"] * 60), tmp_path / "more", tmp_path / "run")
    view = build_diff(read_audit(tmp_path / "run"), read_audit(tmp_path / "more"))
    assert view.before, view.after == ("b", "c")


def test_equal_runs_keep_equal_states(base: Path, tmp_path: Path) -> None:
    path = write(tmp_path / "b.parquet", texts(60, 17), labels(60, 17))
    runs = [scan(path, tmp_path / name, base).path for name in ("one", "two")]
    one, two = ({p.relative_to(r): h for p, h in files_of(r).items() if p.name != "manifest.json"} for r in runs)
    assert one == two


def test_rows_that_repeat_earlier_ones_are_dropped_from_train_by_the_plan(base: Path, tmp_path: Path) -> None:
    rows = [*texts(40, 18), texts(600, 1)[77]]
    path = write(tmp_path / "b.parquet", rows, labels(41, 18), split=["train"] * 41)
    settings = Settings(since=str(base), pii=PiiSettings(ner="off"), select=("PII", "NEW"))
    outcome = run(
        [str(path)], settings, out=tmp_path / "run", command="test", stages=("scan", "plan", "clean"),
        progress=lambda stage, done, total: None,
    )  # fmt: skip
    removed = pq.read_table(tmp_path / "run" / "removed.parquet").to_pylist()
    assert [(row["row_id"], row["code"], row["rule"]) for row in removed] == [(40, "NEW001", "in-earlier-data")]
    assert outcome.plan is not None
    assert open_state(tmp_path / "run").measures.rows == 641


def test_the_command_takes_since_and_a_gate(auditor: Any, base: Path, tmp_path: Path) -> None:
    write(tmp_path / "b.parquet", [*texts(60, 19), texts(600, 1)[5]], labels(61, 19))
    options = ("b.parquet", "--since", base, "--ner", "off", "-o", "run", "-q", "--fail-on", "warn")
    assert auditor("scan", *options, "--select", "PII,NEW", cwd=tmp_path).returncode == 1
    done = auditor("scan", "b.parquet", "--since", "nothing", cwd=tmp_path)
    assert done.returncode == 2
    assert "since = nothing" in done.stderr


def test_labels_that_are_texts_are_no_classes_and_are_not_kept(tmp_path: Path) -> None:
    path = write(tmp_path / "d.parquet", texts(60, 20), [f"Anna Example {i}" for i in range(60)])
    scan(path, tmp_path / "run")
    assert open_state(tmp_path / "run").measures.classes == {}
    assert b"Anna" not in (tmp_path / "run" / "state" / "state.json").read_bytes()


def test_a_batch_is_one_check_among_the_others(base: Path, tmp_path: Path) -> None:
    """It stands in its place, can be left out, and is no part of a run without earlier rows."""
    path = write(tmp_path / "b.parquet", [*texts(60, 21), texts(600, 1)[5]], labels(61, 21))
    left_out = scan(path, tmp_path / "left-out", base, select=("PII",))
    assert left_out.audit.results["batch"] == Skipped(message("reason.not_selected"))
    assert "batch" not in scan(path, tmp_path / "first").audit.results
    dimensions = list(scan(path, tmp_path / "compared", base).audit.results)
    assert dimensions.index("batch") == 1 + dimensions.index("privacy")
