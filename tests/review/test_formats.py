"""Formula-safe cells, the four formats and the way back, and reviewers who disagree."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import InputError, SafetyError
from auditor.review.decisions import check_answers, decisions_json, join_answers, read_decisions
from auditor.review.formats.argilla import argilla_settings, to_argilla
from auditor.review.formats.label_studio import label_studio_config, to_label_studio
from auditor.review.formats.plain import to_csv, to_jsonl
from auditor.review.formats.registry import read_answers
from auditor.review.queue import Item, Queue, worst_first
from auditor.text.csv_injection import escape_cell, unescape_cell

DIGEST = "d" * 64
RISKY = [
    "=1+1",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "＝1",
    "－1",
    "＠x",
    "\u200b=1",
    "\ufeff＋1",
    "  =1",
    "'=1",
]


@pytest.mark.parametrize("cell", RISKY)
def test_what_a_spreadsheet_could_run_is_neutralised(cell):
    assert escape_cell(cell) == f"'{cell}"


@given(st.one_of(st.text(), st.tuples(st.sampled_from(RISKY), st.text()).map("".join)))
def test_neutral_cells_come_back_exactly_and_never_start_a_formula(cell):
    assert unescape_cell(escape_cell(cell)) == cell
    start = escape_cell(cell).lstrip()[:1]
    assert start not in "=+-@＝＋－＠" or start == ""


@pytest.mark.parametrize("cell", ["plain", "1.5", "你好", "a=b", "it's"])
def test_other_cells_are_left_alone(cell):
    assert escape_cell(cell) == cell


def item(row_id, **values):
    kind = {"part": "train", "text": f"text {row_id}", "label": "a", "suggestion": "b", "score": 0.1, "action": "review",
            "code": "LBL001", "rule": "label-errors", "reason": "label likely wrong"}  # fmt: skip
    return Item(row_id=row_id, **{**kind, **values})


QUEUE = Queue(
    (item(3, text="=cmd()\r\nsecond line", label="-5"), item(1), item(2, suggestion=None, score=None)),
    DIGEST,
    ("-5", "a", "b & <c>"),
)


def test_worst_first():
    items = [item(1, score=None), item(2, score=0.5), item(3, score=0.1), item(0, score=0.5)]
    assert [i.row_id for i in worst_first(items)] == [3, 0, 2, 1]


def fill_csv(text, answers, reviewer):
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    for row in rows:
        decision, label = answers.get(int(row["row_id"]), ("", ""))
        row.update(decision=decision, new_label=label, reviewer=reviewer, time="2026-01-02T03:04:05", comment="= fine")
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def fill_jsonl(text, answers, reviewer):
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        decision, label = answers.get(row["row_id"], (None, None))
        row.update(decision=decision, new_label=label, reviewer=reviewer, time="2026-01-02T03:04:05", comment="= fine")
    return "\n".join(json.dumps(row) for row in rows)


def fill_argilla(text, answers, reviewer):
    records = json.loads(text)
    for record in records:
        decision, label = answers.get(record["metadata"]["row_id"], (None, None))
        if decision:
            record["responses"] = {"decision": [{"value": decision, "user_id": reviewer}],
                                   "comment": [{"value": "= fine", "user_id": reviewer}]}  # fmt: skip
            if label:
                record["responses"]["new_label"] = [{"value": label, "user_id": reviewer}]
    return json.dumps(records)


def fill_label_studio(text, answers, reviewer):
    tasks = json.loads(text)
    for task in tasks:
        decision, label = answers.get(task["data"]["row_id"], (None, None))
        result = [{"from_name": "comment", "to_name": "text", "type": "textarea", "value": {"text": ["= fine"]}}]
        for name, value in (("decision", decision), ("new_label", label)):
            if value:
                result.append({"from_name": name, "to_name": "text", "type": "choices", "value": {"choices": [value]}})
        task["annotations"] = [
            {"completed_by": {"email": reviewer}, "created_at": "2026-01-02T03:04:05Z", "result": result},
            {"completed_by": {"email": reviewer}, "was_cancelled": True, "result": result},
        ]
    return json.dumps(tasks)


def fill_json_min(text, answers, reviewer):
    filled = []
    for number, task in enumerate(json.loads(text)):
        decision, label = answers.get(task["data"]["row_id"], (None, None))
        record = {
            **task["data"],
            "id": number,
            "annotation_id": number,
            "annotator": {"email": reviewer},
            "comment": ["= fine"],
        }
        filled.append(record | {"updated_at": "2026-01-02T03:04:05Z"} | ({"decision": decision} if decision else {}))
        if label:
            filled[-1]["new_label"] = {"choices": [label]}
    return json.dumps(filled)


FORMATS = {
    "csv": (to_csv, fill_csv, "q.csv"),
    "jsonl": (to_jsonl, fill_jsonl, "q.jsonl"),
    "argilla": (to_argilla, fill_argilla, "q.json"),
    "label-studio": (to_label_studio, fill_label_studio, "q.json"),
    "label-studio (JSON_MIN)": (to_label_studio, fill_json_min, "q.json"),
}
ANSWERS = {3: ("relabel", "-5"), 1: ("drop", ""), 2: ("mask", "")}


@pytest.mark.parametrize("kind", FORMATS)
def test_answers_come_back_from_every_format(kind, tmp_path):
    write, fill, name = FORMATS[kind]
    path = tmp_path / name
    path.write_bytes(fill(write(QUEUE), ANSWERS, "ann@x").encode("utf-8"))
    answers = read_answers(path)
    assert [(a.row_id, a.decision, a.label, a.reviewer) for a in answers] == [
        (3, "relabel", "-5", "ann@x"),
        (1, "drop", None, "ann@x"),
        (2, "mask", None, "ann@x"),
    ]
    assert all(answer.comment == "= fine" and answer.corpus_digest == DIGEST for answer in answers)
    check_answers(path, answers, DIGEST, {1, 2, 3})
    assert join_answers(answers, DIGEST).verdicts[1].action == "mask"


def test_csv_cells_are_safe_and_exact():
    rows = list(csv.reader(io.StringIO(to_csv(QUEUE), newline="")))
    head, first = rows[0], rows[1]
    assert first[head.index("text")] == "'=cmd()\r\nsecond line"
    assert first[head.index("label")] == "'-5"
    assert first[head.index("score")] == "0.1"
    assert unescape_cell(first[head.index("text")]) == "=cmd()\r\nsecond line"


def test_suggestions_and_choices_reach_the_tools():
    record = json.loads(to_argilla(QUEUE))[1]
    assert record["suggestions"]["new_label"]["value"] == "b"
    assert json.loads(to_argilla(QUEUE))[2]["suggestions"] == {}
    questions = {q["name"]: q for q in json.loads(argilla_settings(QUEUE))["questions"]}
    assert [o["value"] for o in questions["decision"]["settings"]["options"]] == ["keep", "drop", "relabel", "mask"]
    assert [o["value"] for o in questions["new_label"]["settings"]["options"]] == list(QUEUE.labels)
    task = json.loads(to_label_studio(QUEUE))[1]
    assert task["predictions"][0]["result"][0]["value"]["choices"] == ["b"]
    view = ElementTree.fromstring(label_studio_config(QUEUE))
    choices = view.find("Choices[@name='new_label']")
    assert [one.get("value") for one in choices] == list(QUEUE.labels)
    assert {one.get("name") for one in view} >= {"text", "decision", "comment"}


def answers_of(path, text, answers, reviewer):
    path.write_bytes(fill_jsonl(text, answers, reviewer).encode())
    return read_answers(path)


def test_two_reviewers_are_measured_and_what_they_dispute_stays_in_review(tmp_path):
    queue = Queue(tuple(item(i) for i in range(8)), DIGEST, ("a", "b"))
    text = to_jsonl(queue)
    first = {i: ("keep", "") if i < 4 else ("drop", "") for i in range(8)}
    second = {**first, 0: ("drop", ""), 1: ("relabel", "b")}
    del second[7]
    review = join_answers(
        [*answers_of(tmp_path / "a.jsonl", text, first, "ann"), *answers_of(tmp_path / "b.jsonl", text, second, "bob")],
        DIGEST,
    )
    assert review.disagreements == (0, 1)
    [agreement] = review.agreement
    assert (agreement.reviewers, agreement.rows, agreement.equal) == (("ann", "bob"), 7, 5)
    # by hand: observed 5/7; expected (4*2 + 3*4 + 0*1) / 49 for keep, drop, relabel
    assert agreement.kappa == pytest.approx((5 / 7 - 20 / 49) / (1 - 20 / 49))
    verdicts = {v.row_id: v.action for v in review.verdicts}
    assert verdicts == {0: "review", 1: "review", 2: "keep", 3: "keep", 4: "drop", 5: "drop", 6: "drop", 7: "drop"}
    path = tmp_path / "d.json"
    path.write_text(decisions_json(review), "utf-8")
    assert tuple(read_decisions(path, DIGEST, range(8), {"a", "b"})) == review.verdicts
    with pytest.raises(SafetyError, match="another data set"):
        read_decisions(path, "e" * 64, range(8), {"a", "b"})
    with pytest.raises(InputError, match="unknown row"):
        read_decisions(path, DIGEST, range(5), {"a", "b"})


def test_a_reviewer_who_answers_again_is_taken_at_the_latest_word(tmp_path):
    text = to_jsonl(QUEUE)
    early = answers_of(tmp_path / "a.jsonl", text, {1: ("drop", "")}, "ann")
    late = [type(early[0])(**{**vars(early[0]), "decision": "keep", "time": "2027-01-01"})]
    assert join_answers([*late, *early], DIGEST).verdicts[0].action == "keep"
    assert join_answers([*late, *early], DIGEST).agreement == ()


def test_one_answer_only_has_no_kappa(tmp_path):
    text = to_jsonl(QUEUE)
    both = [a for who in ("ann", "bob") for a in answers_of(tmp_path / "a.jsonl", text, {1: ("drop", "")}, who)]
    assert join_answers(both, DIGEST).agreement[0].kappa is None


@pytest.mark.parametrize(
    ("answers", "digest", "rows", "error", "words"),
    [
        ({1: ("drop", "")}, "e" * 64, {1}, SafetyError, "another data set"),
        ({1: ("drop", "")}, DIGEST, {2}, InputError, "does not have"),
        ({1: ("burn", "")}, DIGEST, {1}, InputError, "unknown decision"),
        ({1: ("relabel", "")}, DIGEST, {1}, InputError, "without a label"),
        ({}, DIGEST, {1}, InputError, "no decision"),
    ],
)
def test_answers_that_do_not_fit_are_refused(answers, digest, rows, error, words, tmp_path):
    path = tmp_path / "a.jsonl"
    given_ = answers_of(path, to_jsonl(QUEUE), answers, "ann")
    with pytest.raises(error, match=words) as caught:
        check_answers(path, given_, digest, rows)
    assert len(caught.value.lines()) == 3


@pytest.mark.parametrize("content", [b"", b"[1, 2]", b"{}", b"\xff\xfe", b'[{"annotations": 5}]', b'{"row_id": 1}'])
@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".json"])
def test_other_files_are_no_review(content, suffix, tmp_path):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(content)
    try:
        assert read_answers(path) == []
    except InputError as error:
        assert "not a review file" in error.what


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_a_queue_comes_back_as_spreadsheets_save_it(delimiter, encoding, tmp_path):
    queue = Queue((item(1, text="房间很大，早餐不错; 好"), item(2)), DIGEST, ("好", "差"))
    rows = list(csv.DictReader(io.StringIO(to_csv(queue), newline="")))
    rows[0] |= {"decision": "relabel", "new_label": "差", "comment": "看过了"}
    saved = io.StringIO(newline="")
    writer = csv.DictWriter(saved, rows[0], delimiter=delimiter)
    writer.writeheader()
    writer.writerows(rows)
    path = tmp_path / ("q.txt" if delimiter == "\t" else "q.csv")
    path.write_bytes(saved.getvalue().encode(encoding))
    [answer] = read_answers(path)
    assert (answer.row_id, answer.decision, answer.label, answer.comment) == (1, "relabel", "差", "看过了")


def test_all_records_that_do_not_fit_are_named_at_once_without_their_values(tmp_path):
    queue = Queue(tuple(item(i) for i in range(1, 6)), DIGEST, ("a", "b"))
    said = {1: ("burn", ""), 2: ("relabel", "no_such_class"), 3: ("keep", ""), 4: ("burn", ""), 5: ("relabel", "b")}
    path = tmp_path / "a.jsonl"
    answers = answers_of(path, to_jsonl(queue), said, "ann")
    with pytest.raises(InputError) as caught:
        check_answers(path, answers, DIGEST, {1, 2, 3, 4, 5}, {"a", "b"})
    assert "decision: records 1, 4; label: record 2" in caught.value.where
    assert "keep, drop, relabel" in caught.value.fix
    assert "no_such_class" not in " ".join(caught.value.lines())
    check_answers(path, answers[-1:], DIGEST, {5}, {"a", "b"})
