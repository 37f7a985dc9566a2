"""A run whose columns, classes or files are named by personal data is undone, reviewed, repaired and followed by others.

Nothing that is printed or written on the way holds such a name.
"""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.pipeline.test_names import CLASS, FILE, auditor, data, leaks, texts_of

TEXT, LABEL, DATE = "joe@col-canary.io", "zoe@col-canary.io", "ann@col-canary.io"
OWN = ("--set", "pii.ner=off", "--set", "prepare.max_removed=1")
ROLES = ("--text", TEXT, "--label", LABEL, "--date", DATE)
EVERY = "drop,review,relabel,flag,mask,keep"


def named(folder: Path, file: str = "data.csv") -> Path:
    """`data` with personal data in the names of three role columns and of two classes."""
    path = data(folder, file=file, labels=(CLASS, "tim@class-canary.io"))
    pd.read_csv(path).rename(columns={"text": TEXT, "label": LABEL, "date": DATE}).to_csv(path, index=False)
    return path


def done(folder: Path, *words: str, code: int = 0) -> str:
    """What a command prints; it holds no personal data."""
    process = auditor(folder, *words)
    assert process.returncode == code, process.stderr
    assert leaks({"printed": process.stdout + process.stderr}) == []
    return process.stdout + process.stderr


def manifest(run: Path) -> dict:
    return json.loads((run / "manifest.json").read_text("utf-8"))


def command_of(printed: str) -> list[str]:
    line = next(line for line in printed.splitlines() if line.startswith("apply with: auditor "))
    return shlex.split(line.removeprefix("apply with: auditor "))


def test_a_run_is_undone_to_the_same_columns_and_values(tmp_path: Path) -> None:
    path = named(tmp_path)
    done(tmp_path, "clean", path.name, *ROLES, *OWN, "-o", "run")
    done(tmp_path, "clean", path.name, "--undo", "run", "-o", "again.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), pd.read_csv(path))
    assert leaks(texts_of(tmp_path / "run")) == []


def test_a_run_is_undone_where_the_role_column_was_found_by_the_program(tmp_path: Path) -> None:
    (tmp_path / "d.csv").write_text("text,bob@col-canary.io\nfirst text here,a\nsecond text there,b\nthird text,a\n")
    done(tmp_path, "clean", "d.csv", "--header", "--label", "bob@col-canary.io", *OWN, "-o", "run")
    done(tmp_path, "clean", "d.csv", "--undo", "run", "-o", "again.csv")
    assert (tmp_path / "again.csv").read_text() == (tmp_path / "d.csv").read_text()


def test_another_input_is_refused_without_its_names(tmp_path: Path) -> None:
    path = named(tmp_path)
    done(tmp_path, "clean", path.name, *ROLES, *OWN, "-o", "run")
    table = pd.read_csv(path)
    table.iloc[1:].to_csv(tmp_path / "shorter.csv", index=False)
    table.drop(columns=[LABEL]).to_csv(tmp_path / "narrower.csv", index=False)
    for other in ("shorter.csv", "narrower.csv"):
        assert "not what the run was made from" in done(
            tmp_path, "clean", other, "--undo", "run", "-o", "again.csv", code=6
        )


def test_actions_are_offered_and_carried_out(tmp_path: Path) -> None:
    path = named(tmp_path, f"{FILE}_export.csv")
    assert "auditor fix run 1" in done(tmp_path, "scan", path.name, *ROLES, *OWN, "-o", "run")
    done(tmp_path, "fix", "run", "1")
    done(tmp_path, "fix", "run", "1", "--apply", "-o", "fixed")
    assert manifest(tmp_path / "fixed")["given"] == ["<EMAIL_ADDRESS>_export.csv"]
    done(tmp_path, "clean", path.name, "--undo", "fixed", "-o", "again.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), pd.read_csv(path))
    assert (
        leaks({**texts_of(tmp_path / "run"), **texts_of(tmp_path / "run-fix-1"), **texts_of(tmp_path / "fixed")}) == []
    )


def test_a_file_with_other_content_is_not_taken_for_that_of_the_run(tmp_path: Path) -> None:
    path = named(tmp_path, f"{FILE}_export.csv")
    done(tmp_path, "scan", path.name, *ROLES, *OWN, "-o", "run")
    path.write_text(path.read_text().replace("parcel", "letter"))
    done(tmp_path, "fix", "run", "1", code=3)


def test_the_command_that_a_plan_ends_with_runs_as_it_is_printed(tmp_path: Path) -> None:
    path = named(tmp_path)
    printed = done(tmp_path, "clean", path.name, *ROLES, *OWN, "--plan", "-o", "planned")
    done(tmp_path, *command_of(printed), "-o", "run")
    assert json.loads((tmp_path / "run" / "audit.json").read_text())["corpus"]["roles"]["date"] == "<EMAIL_ADDRESS>_3"
    done(tmp_path, "clean", path.name, "--undo", "run", "-o", "again.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), pd.read_csv(path))
    assert leaks({**texts_of(tmp_path / "planned"), **texts_of(tmp_path / "run")}) == []


def test_the_command_that_a_plan_ends_with_says_which_file_to_type(tmp_path: Path) -> None:
    path = named(tmp_path, f"{FILE}.csv")
    printed = done(tmp_path, "clean", path.name, *ROLES, *OWN, "--plan", "-o", "planned")
    words = command_of(printed)
    assert words[1] == "<EMAIL_ADDRESS>.csv"
    assert "for <EMAIL_ADDRESS>.csv type the name of the file" in printed
    done(tmp_path, words[0], path.name, *words[2:], "-o", "run")


@pytest.mark.parametrize("plan", [(), ("--plan",)])
@pytest.mark.parametrize("key", ["", "0f" * 32])
def test_a_class_is_reviewed_by_the_name_that_the_run_gives_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, plan: tuple[str, ...]
) -> None:
    monkeypatch.setenv("AUDITOR_KEY", key) if key else monkeypatch.delenv("AUDITOR_KEY", raising=False)
    path = named(tmp_path)
    done(tmp_path, "clean", path.name, *ROLES, *OWN, *plan, "-o", "first")
    raw = ("--raw",) if not plan else ()
    done(tmp_path, "review", "export", "first", path.name, *raw, "--include", EVERY, "-o", "queue.csv")
    queue = pd.read_csv(tmp_path / "queue.csv", dtype=object)
    personal = [name for name in queue["label"].unique() if name != "other"]
    row = queue.index[queue["label"] == personal[0]][0]
    queue = queue.astype({"decision": object, "new_label": object})
    queue.loc[row, ["decision", "new_label"]] = ["relabel", personal[1]]
    queue.to_csv(tmp_path / "queue.csv", index=False)
    done(tmp_path, "review", "import", "first", "queue.csv", "-o", "decisions.json")
    done(tmp_path, "clean", path.name, *ROLES, *OWN, "--review", "decisions.json", "-o", "run")
    changes = pq.read_table(tmp_path / "run" / "changes.parquet").to_pylist()
    assert [one["row_id"] for one in changes if one["step"] == "relabel"] == [int(queue.loc[row, "row_id"])]
    rows = [one for p in (tmp_path / "run" / "dataset").glob("*.parquet") for one in pq.read_table(p).to_pylist()]
    classes = {one["row_id"]: one["<EMAIL_ADDRESS>_2"] for one in rows if one["row_id"] is not None}
    changed = int(queue.loc[row, "row_id"])
    source = pd.read_csv(path)[LABEL]
    other = ({CLASS, "tim@class-canary.io"} - {source[changed]}).pop()
    assert len(set(classes.values())) == 3
    assert {classes[i] for i in classes if source[i] == other} == {classes[changed]}
    done(tmp_path, "clean", path.name, "--undo", "run", "-o", "again.csv")
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "again.csv"), pd.read_csv(path))
    files = {name: (tmp_path / name).read_text("utf-8") for name in ("queue.csv", "decisions.json")}
    assert leaks({**files, **texts_of(tmp_path / "first"), **texts_of(tmp_path / "run")}) == []


def test_a_batch_is_read_by_the_columns_of_the_run_before(tmp_path: Path) -> None:
    path = data(tmp_path)
    table = pd.read_csv(path).rename(columns={"label": LABEL})
    table.to_csv(path, index=False)
    table.iloc[::-1].assign(note="another remark").to_csv(tmp_path / "second.csv", index=False)
    done(tmp_path, "scan", path.name, "--label", LABEL, *OWN, "-o", "run")
    done(tmp_path, "scan", "second.csv", "--since", "run", *OWN, "-o", "next")
    assert json.loads((tmp_path / "next" / "audit.json").read_text())["corpus"]["roles"]["label"] == "<EMAIL_ADDRESS>"
    own = {k: v for name in ("run", "next") for k, v in texts_of(tmp_path / name).items()}
    assert [leak for leak in leaks(own) if leak[1] == "col-canary"] == []


def test_a_batch_is_not_read_by_a_column_that_could_be_another(tmp_path: Path) -> None:
    path = named(tmp_path)
    done(tmp_path, "scan", path.name, *ROLES, *OWN, "-o", "run")
    done(tmp_path, "scan", path.name, "--text", TEXT, "--since", "run", *OWN, "-o", "next")
    assert set(json.loads((tmp_path / "next" / "audit.json").read_text())["corpus"]["roles"]) == {"text", "source"}


def test_quotes_in_a_name_hide_nothing_from_the_search(tmp_path: Path) -> None:
    path = data(tmp_path)
    name = "o'brien@col-canary.io"
    pd.read_csv(path).rename(columns={"label": name}).to_csv(path, index=False)
    printed = done(tmp_path, "clean", path.name, "--label", name, *OWN, "--plan", "-o", "planned")
    assert "brien" not in printed + manifest(tmp_path / "planned")["command"]


def test_the_name_of_a_folder_is_nowhere(tmp_path: Path) -> None:
    folder = tmp_path / "bob@file-canary.io"
    folder.mkdir()
    path = data(folder)
    for given in (f"{folder.name}/{path.name}", folder.name):
        done(tmp_path, "clean", given, *OWN, "--plan", "-o", "run")
        assert [leak for leak in leaks(texts_of(tmp_path / "run")) if leak[1] == "file-canary"] == []
        assert manifest(tmp_path / "run")["given"] == []


def test_a_column_that_is_called_as_a_word_is_that_column(tmp_path: Path) -> None:
    path = data(tmp_path, column=LABEL)
    table = pd.read_csv(path).rename(columns={"label": "<EMAIL_ADDRESS>"})
    table.to_csv(path, index=False)
    done(tmp_path, "scan", path.name, "--label", "<EMAIL_ADDRESS>", *OWN, "-o", "run")
    balance = json.loads((tmp_path / "run" / "audit.json").read_text())["checks"]["balance"]
    assert {m["name"]: m["value"] for m in balance["metrics"]}["balance.classes"] == 3
