"""A review format added from outside the package: the queue goes out in it, and the answers come back."""

import json


def test_a_queue_goes_out_and_answers_come_back_in_a_new_format(auditor, folder_with, rows):
    folder = folder_with("prodigy_review")
    (folder / "in.csv").write_text("\n".join([*rows, rows[1]]), "utf-8")
    assert auditor("clean", "in.csv", "--ner", "off", "-q", "-o", "run", cwd=folder).returncode == 0
    export = ("review", "export", "run", "in.csv", "--include", "keep,drop,review")
    done = auditor(*export, "--format", "prodigy", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "fill in" not in done.stdout
    queue = folder / "run.review.prodigy.jsonl"
    tasks = [json.loads(line) for line in queue.read_text("utf-8").splitlines()]
    assert len(tasks) == len(rows)
    choices = [option["id"] for option in tasks[0]["options"]]
    assert choices == ["keep", "drop", "mask", "relabel: card", "relabel: refund"]

    tasks[0] |= {"accept": ["relabel: refund"], "answer": "accept", "_annotator_id": "ann"}
    tasks[1] |= {"accept": ["drop"], "answer": "accept", "_annotator_id": "ann"}
    tasks[2] |= {"accept": ["keep"], "answer": "ignore", "_annotator_id": "ann"}
    (folder / "answers.jsonl").write_text("".join(json.dumps(task) + "\n" for task in tasks), "utf-8")
    done = auditor("review", "import", "run", "answers.jsonl", "-o", "decisions.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    decisions = json.loads((folder / "decisions.json").read_text("utf-8"))["decisions"]
    given = {one["row_id"]: (one["action"], one["label"]) for one in decisions}
    assert given == {
        tasks[0]["meta"]["row_id"]: ("relabel", "refund"),
        tasks[1]["meta"]["row_id"]: ("drop", None),
    }


def test_other_json_lines_are_read_as_before(auditor, folder_with, rows):
    folder = folder_with("prodigy_review")
    (folder / "in.csv").write_text("\n".join(rows), "utf-8")
    assert auditor("clean", "in.csv", "--ner", "off", "-q", "-o", "run", cwd=folder).returncode == 0
    export = ("review", "export", "run", "in.csv", "--include", "keep", "--format", "jsonl", "-o", "queue.jsonl")
    assert auditor(*export, cwd=folder).returncode == 0
    first, *rest = map(json.loads, (folder / "queue.jsonl").read_text("utf-8").splitlines())
    first |= {"decision": "drop", "reviewer": "ann"}
    (folder / "answers.jsonl").write_text("".join(json.dumps(one) + "\n" for one in (first, *rest)), "utf-8")
    done = auditor("review", "import", "run", "answers.jsonl", cwd=folder)
    assert done.returncode == 0 and done.stdout.startswith("1 row decided"), done.stderr
