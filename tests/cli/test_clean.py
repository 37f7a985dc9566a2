"""auditor clean and review from the command line: the loop whole, and refusals that touch nothing."""

import csv

import pyarrow.parquet as pq
import pytest

from tests.prepare.made import varied


def assert_refused(process, code, *words):
    lines = [line for line in process.stderr.splitlines() if not line.startswith("auditor: ") or "error" in line]
    assert process.returncode == code, process.stderr
    assert len(lines) == 3, process.stderr
    assert "Traceback" not in process.stderr
    for word in words:
        assert word in process.stderr


def snapshot(folder):
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


@pytest.fixture(scope="module")
def work(auditor, tmp_path_factory):
    base = tmp_path_factory.mktemp("clean")
    texts = varied(200)
    texts[7] += " mail joe.smith@example.org"
    lines = "".join(f'"{t}",{"ab"[i % 2]}\n' for i, t in enumerate(texts))
    (base / "d.csv").write_text("text,label\n" + lines + f'"{texts[0]}",a\n"{texts[1]}",b\n')
    (base / "other.csv").write_text("text,label\n" + "".join(f'"{t}",a\n"{t} x",b\n' for t in varied(60, 4)))
    process = auditor("clean", "d.csv", "-o", "run", "--ner", "off", "--augment", "none", cwd=base)
    assert process.returncode == 0, process.stderr
    return base


def test_plan_only_shows_rows_a_rule_and_classes_and_writes_no_data(auditor, work):
    process = auditor("clean", "d.csv", "--plan", "-o", "planned", "--select", "DUP", "--split", "time", cwd=work)
    assert_refused(process, 3, "needs dates")
    process = auditor("clean", "d.csv", "--plan", "-o", "planned", "--ner", "off", cwd=work)
    assert process.returncode == 0, process.stderr
    assert "drop                2    1.0%  duplicates" in process.stdout
    assert "train rows per class" in process.stdout
    assert not (work / "planned" / "dataset").exists()
    args = ["--apply", "planned/plan.csv", "-o", "applied", "--ner", "off", "--augment", "none"]
    process = auditor("clean", "d.csv", *args, cwd=work)
    assert process.returncode == 0, process.stderr
    for part in ("train", "validation", "test"):
        file = f"dataset/{part}-00000-of-00001.parquet"
        assert (work / "applied" / file).read_bytes() == (work / "run" / file).read_bytes()


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["--max-removed", "0.5%"], 6, "removes 2 of 202 rows"),
        (["--skip", "duplicate"], 2, "duplicates"),
        (["--split", "stratified", "--group", "label"], 3, "cannot be stratified"),
        (["--group", "writer"], 3, "no column"),
        (["--apply", "other.csv"], 3, "not a plan"),
        (["--apply", "run/plan.json", "--seed", "5"], 6, "another split"),
        (["--review", "nothing.json"], 2, "does not exist"),
        (["--review", "other.csv"], 3, "not a file of decisions"),
        (["--apply", "nothing.json"], 2, "does not exist"),
        (["--plan", "--apply", "run/plan.json"], 2, "exclude each other"),
        (["--undo", "run", "--plan"], 2, "exclude each other"),
        (["--augment", "synonym", "--set", "prepare.augment_data=nowhere"], 2, "augment_data = nowhere"),
        (["--steps", "spellcheck"], 2, "'mojibake'"),
        (["--set", "prepare.policy=none.yaml"], 2, "policy = none.yaml"),
    ],
)
def test_refusals_leave_an_earlier_run_as_it_was(args, code, words, auditor, work):
    before = snapshot(work / "run")
    assert_refused(auditor("clean", "d.csv", "-o", "run", "--select", "DUP", *args, cwd=work), code, words)
    assert snapshot(work / "run") == before
    assert not [p for p in work.iterdir() if p.name.startswith(".run")]


@pytest.mark.parametrize("method", ["contextual", "back-translation", "homophone"])
def test_an_augmenter_without_its_data_is_refused_before_anything_is_written(method, auditor, work):
    process = auditor("clean", "d.csv", "-o", "fresh", "--select", "DUP", "--augment", method, cwd=work)
    assert_refused(process, 2, "Chinese" if method == "homophone" else "nothing is downloaded")
    assert not [path for path in work.iterdir() if "fresh" in path.name]


def test_a_folder_that_is_not_ours_and_a_plan_of_another_data_set(auditor, work):
    (work / "mine").mkdir(exist_ok=True)
    (work / "mine" / "notes.txt").write_text("keep me")
    assert_refused(auditor("clean", "d.csv", "-o", "mine", cwd=work), 4, "not an auditor run")
    assert (work / "mine" / "notes.txt").read_text() == "keep me"
    process = auditor("clean", "other.csv", "--apply", "run/plan.csv", "-o", "no", "--select", "DUP", cwd=work)
    assert_refused(process, 6, "another data set")
    assert not (work / "no").exists()


def test_undo_on_the_command_line(auditor, work):
    process = auditor("clean", "d.csv", "--undo", "run", "-o", "back.parquet", cwd=work)
    assert process.returncode == 0, process.stderr
    with (work / "d.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert pq.read_table(work / "back.parquet").to_pylist() == rows
    assert_refused(auditor("clean", "other.csv", "--undo", "run", "-o", "no.parquet", cwd=work), 6, "hash differs")
    assert not (work / "no.parquet").exists()


def test_a_queue_hides_names_that_are_not_sure_enough_to_be_told(auditor, tmp_path):
    """杨建新 is a name that the segmenter takes for a surname and an everyday word."""
    rows = [f"这家酒店第{i}间房的窗户很大,{'好差'[i % 2]}" for i in range(60)]
    text = "房间干净，杨建新推荐的，早餐也不错,好"
    (tmp_path / "z.csv").write_text("\n".join(["text,label", text, text, *rows]), "utf-8")
    args = ["--augment", "none", "--set", "corpus.language=zh"]
    assert auditor("clean", "z.csv", "-o", "run", *args, cwd=tmp_path).returncode == 0
    process = auditor("review", "export", "run", "z.csv", "--include", "drop", "-o", "q.csv", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    queue = (tmp_path / "q.csv").read_text("utf-8")
    assert "早餐也不错" in queue
    assert "杨建新" not in queue


def test_the_review_loop(auditor, work):
    """Export what the plan drops, decide otherwise, import, clean: the decision is what counts."""
    assert_refused(auditor("review", "export", "run", "--include", "drop", cwd=work), 2, "input")
    process = auditor("review", "export", "run", "d.csv", "--include", "drop,mask", "-o", "q.csv", cwd=work)
    assert process.returncode == 0, process.stderr
    with (work / "q.csv").open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert {int(row["row_id"]) for row in rows} >= {200, 201, 7}
    assert "joe.smith" not in (work / "q.csv").read_text()
    repeated = next(row for row in rows if row["row_id"] == "200")
    assert (repeated["ref_row"], repeated["ref_text"]) == ("0", repeated["text"])
    assert_refused(auditor("review", "export", "run", "d.csv", "-o", "q.csv", cwd=work), 4, "already exists")
    process = auditor("review", "export", "run", "d.csv", "--include", "mask", "--raw", "-o", "raw.csv", cwd=work)
    assert process.returncode == 0, process.stderr
    assert "joe.smith@example.org" in (work / "raw.csv").read_text()
    assert (work / "raw.csv").stat().st_mode & 0o777 == 0o600
    said = {"200": ("keep", ""), "7": ("relabel", "a")}
    for row in rows:
        row["decision"], row["new_label"] = said.get(row["row_id"], ("", ""))
        row["reviewer"] = "ann"
    with (work / "q2.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    process = auditor("review", "import", "run", "q2.csv", cwd=work)
    assert process.returncode == 0, process.stderr
    assert "2 rows decided, 0 in dispute: run.decisions.json" in process.stdout
    args = ["-o", "reviewed", "--ner", "off", "--augment", "none"]
    process = auditor("clean", "d.csv", "--review", "run.decisions.json", *args, cwd=work)
    assert process.returncode == 0, process.stderr
    plan = {row["row_id"]: row for row in pq.read_table(work / "reviewed" / "plan.parquet").to_pylist()}
    assert (plan[200]["action"], plan[200]["rule"]) == ("keep", "review-decision")
    assert (plan[7]["action"], plan[7]["label"]) == ("relabel", "a")
    assert plan[201]["action"] == "drop"
    tables = [pq.read_table(file) for file in sorted((work / "reviewed" / "dataset").glob("*.parquet"))]
    row = next(row for table in tables for row in table.to_pylist() if row["row_id"] == 7)
    assert row["label"] == "a"
    assert "<EMAIL_ADDRESS>" in row["text"]  # a new label does not lift the mask
    process = auditor("clean", "other.csv", "--review", "run.decisions.json", "-o", "no", "--select", "DUP", cwd=work)
    assert_refused(process, 6, "another data set")
