"""Single labels of rows that have several: asked about one by one, added and removed, accounted for and undone."""

import csv
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.corpus.label_sets import label_cells, labels_from_json
from auditor.errors import InputError, OutputError
from auditor.prepare.undo_run import undo_run
from auditor.review.answers import Answer
from auditor.review.decisions import check_answers, decisions_json, join_answers, read_decisions
from auditor.review.formats.argilla import argilla_settings, from_argilla, to_argilla
from auditor.review.formats.label_studio import from_label_studio, label_studio_config, to_label_studio
from auditor.review.loop import export_review, import_review
from auditor.review.queue import Item, Queue
from tests.checks.test_multi_label import made

DIGEST = "d" * 64
FORMS = {"list": None, "bar": "|"}


def answer(row, questioned, decision, who="ann", time="1"):
    return Answer(1, DIGEST, row, decision, None, who, time, "", questioned)


def verdicts(*answers):
    return {v.row_id: (v.action, v.add, v.remove) for v in join_answers(answers, DIGEST).verdicts}


def test_labels_of_a_row_are_decided_one_by_one():
    given = [answer(0, "tax", "remove"), answer(0, "loan", "add"), answer(0, "card", "keep"), answer(1, "tax", "keep")]
    assert verdicts(*given) == {0: ("relabel", ("loan",), ("tax",)), 1: ("keep", (), ())}


def test_one_label_in_dispute_leaves_the_row_in_review():
    given = [answer(0, "tax", "remove"), answer(0, "loan", "add"), answer(0, "loan", "keep", "bob")]
    assert verdicts(*given) == {0: ("review", (), ())}


def test_a_row_is_dropped_only_by_all_who_judged_it():
    assert verdicts(answer(0, "tax", "drop"), answer(0, "loan", "keep")) == {0: ("drop", (), ())}
    given = [answer(0, "tax", "drop"), answer(0, "loan", "keep", "bob")]
    assert verdicts(*given) == {0: ("review", (), ())}


def test_decisions_come_back_from_their_file_and_unknown_labels_are_refused(tmp_path):
    path = tmp_path / "d.json"
    review = join_answers([answer(0, "tax", "remove"), answer(1, "loan", "drop")], DIGEST)
    path.write_text(decisions_json(review), "utf-8")
    assert tuple(read_decisions(path, DIGEST, range(2), {"tax", "loan"}, several=True)) == review.verdicts
    for labels, several in (({"loan"}, True), ({"tax", "loan"}, False)):
        with pytest.raises(InputError, match="unknown label"):
            read_decisions(path, DIGEST, range(2), labels, several=several)


@pytest.mark.parametrize(("questioned", "decision"), [("tax", "relabel"), (None, "remove")])
def test_decisions_of_the_other_kind_are_refused(questioned, decision, tmp_path):
    with pytest.raises(InputError, match="unknown decision"):
        check_answers(tmp_path / "a.csv", [answer(0, questioned, decision)], DIGEST, {0})


def test_the_tools_ask_about_the_label_and_give_it_back():
    item = Item(3, "train", "t", "card | tax", "remove", 0.1, "review", "LBL009", "r", "why", questioned="tax")
    queue = Queue((item,), DIGEST, (), several=True)
    [record] = json.loads(to_argilla(queue))
    assert record["suggestions"]["decision"]["value"] == "remove" and "tax" in record["fields"]["context"]
    questions = {q["name"]: q for q in json.loads(argilla_settings(queue))["questions"]}
    assert [o["value"] for o in questions["decision"]["settings"]["options"]] == ["keep", "drop", "add", "remove"]
    assert "new_label" not in questions
    record["responses"] = {"decision": [{"value": "remove", "user_id": "ann"}]}
    [task] = json.loads(to_label_studio(queue))
    assert "$questioned" in label_studio_config(queue) and "new_label" not in label_studio_config(queue)
    result = [{"from_name": "decision", "value": {"choices": ["remove"]}}]
    task["annotations"] = [{"completed_by": {"email": "ann"}, "result": result}]
    for answers in (from_argilla([record]), from_label_studio([task])):
        assert [(a.row_id, a.questioned, a.decision) for a in answers] == [(3, "tax", "remove")]


@pytest.mark.parametrize("kind", [pa.list_(pa.string()), pa.large_list(pa.large_string()), pa.list_(pa.int64())])
def test_label_sets_keep_the_form_of_their_column(kind):
    assert label_cells([("1", "2"), ()], kind, None).type == kind
    assert [[str(x) for x in cell] for cell in label_cells([("1", "2"), ()], kind, None).to_pylist()] == [
        ["1", "2"],
        [],
    ]
    assert label_cells([("a", "b")], pa.string(), "|").to_pylist() == ["a|b"]
    assert labels_from_json(label_cells([("a", 'b "c"')], pa.large_string(), None).to_pylist()[0]) == ("a", 'b "c"')


def labels_of(values, form):
    if form == "list":
        return pa.array(values, pa.list_(pa.string()))
    return pa.array(["|".join(v) for v in values], pa.large_string())


@pytest.fixture(scope="module", params=FORMS)
def run(request, auditor, tmp_path_factory):
    """A data set with ten foreign and ten forgotten labels, and a run over it."""
    base, separator = tmp_path_factory.mktemp("several"), FORMS[request.param]
    texts, sets = made(400)
    given = [list(labels) for labels in sets]
    for i in range(0, 400, 20):
        if len(given[i]) > 2:
            given[i].pop()
        else:
            given[i] = sorted([*given[i], next(n for n in ("card", "loan", "tax", "transfer") if n not in given[i])])
    pq.write_table(pa.table({"text": texts, "label": labels_of(given, request.param)}), base / "in.parquet")
    more = ["--set", f"corpus.label_separator={separator}"] if separator else []
    args = ["--ner", "off", "--select", "LBL,DUP,PII", *more]
    process = auditor("clean", "in.parquet", "-o", "run", *args, cwd=base)
    assert process.returncode in (0, 1), process.stderr
    return base, args, request.param


def test_the_loop_whole(run, auditor):
    base, args, form = run
    files, count, whole = export_review(base / "run", [], ["review"], 1000, "csv", False, base / "q.csv")
    assert files == [base / "q.csv"] and count == whole > 10
    with (base / "q.csv").open(newline="", encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    asked = {(int(row["row_id"]), row["questioned"], row["suggestion"]) for row in rows}
    doubts = {(f["row_id"], f["value"], "remove" if f["code"] == "LBL009" else "add")
              for f in pq.read_table(base / "run" / "findings.parquet").to_pylist() if f["code"] in ("LBL009", "LBL010")}  # fmt: skip
    assert asked == doubts
    keep = rows[-1]["row_id"]
    for row in rows:
        row.update(decision="keep" if row["row_id"] == keep else row["suggestion"], reviewer="ann")
    with (base / "q2.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    answers, other = base / "q2.csv", base / "other.json"
    for _ in range(2):  # decisions that are the same may be written again
        import_review(base / "run", [answers], base / "d.json")
    other.write_text("earlier decisions")
    with pytest.raises(OutputError, match="something else"):
        import_review(base / "run", [answers], other)
    assert other.read_text() == "earlier decisions"
    with pytest.raises(OutputError, match="holds the answers"):
        import_review(base / "run", [answers], answers, force=True)
    import_review(base / "run", [answers], other, force=True)
    assert other.read_bytes() == (base / "d.json").read_bytes()
    done = auditor("clean", "in.parquet", "--review", "d.json", "-o", "reviewed", *args, cwd=base)
    assert done.returncode in (0, 1), done.stderr
    before = pq.read_table(base / "in.parquet")
    cells = before.column("label").to_pylist()
    wanted = {i: set(labels) for i, labels in enumerate(_sets(cells, form))}
    for row, label, what in asked:
        if row != int(keep):
            (wanted[row].add if what == "add" else wanted[row].discard)(label)
    tables = [pq.read_table(file) for file in sorted((base / "reviewed" / "dataset").glob("*.parquet"))]
    assert {table.schema.field("label").type for table in tables} == {before.schema.field("label").type}
    out = {row: set(labels) for table in tables
           for row, labels in zip(table.column("row_id").to_pylist(), _sets(table.column("label").to_pylist(), form), strict=True)}  # fmt: skip
    assert out == {row: labels for row, labels in wanted.items() if row in out} and len(out) > 300
    changed = {row for row, _, _ in asked} - {int(keep)}
    ledger = {row["row_id"]: row for row in pq.read_table(base / "reviewed" / "ledger.parquet").to_pylist()}
    assert {ledger[row]["outcome"] for row in changed} == {"changed"}
    assert {ledger[row]["rule"] for row in changed} == {"review-decision"} and ledger[int(keep)]["outcome"] == "kept"
    steps = pq.read_table(base / "reviewed" / "changes.parquet").to_pylist()
    assert {step["row_id"] for step in steps if step["step"] == "relabel"} == changed
    undo_run(base / "reviewed", [str(base / "in.parquet")], base / "again.parquet")
    assert pq.read_table(base / "again.parquet").to_pydict() == before.to_pydict()
    if form != "list":
        return
    plan = auditor("clean", "in.parquet", "--apply", "reviewed/plan.csv", "-o", "edited", *args, cwd=base)
    assert plan.returncode in (0, 1), plan.stderr
    assert (base / "edited" / "dataset").is_dir()


def _sets(cells, form):
    if form == "list":
        return cells
    return [cell.split("|") if cell else [] for cell in cells]
