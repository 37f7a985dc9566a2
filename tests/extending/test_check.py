"""A check added from outside the package: one class, its file of rules, one registration, one setting."""

import json

import pyarrow.parquet as pq
import pytest

from tests.extending.conftest import PLUGINS

LOUD = {3, 17, 40, 59}
OTHERS = ("--ignore", "PII,STL,DIV,BIA")


def texts(loud):
    return [f"PLEASE HELP WITH ORDER {n}" if n in loud else f"Please help with order {n}" for n in range(60)]


def write(path, rows):
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in rows), "utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, auditor):
    """The folder in which a scan with the added check, in two processes, wrote its run folder."""
    folder = tmp_path_factory.mktemp("added")
    (folder / "auditor.toml").write_text(f'plugins = ["{PLUGINS / "shouting_check.py"}"]\n', "utf-8")
    write(folder / "in.jsonl", texts(LOUD))
    done = auditor("scan", "in.jsonl", "-o", "run", "--set", "workers=2", *OTHERS, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder


def checked(folder, run="run"):
    return json.loads((folder / run / "audit.json").read_text("utf-8"))


def test_its_findings_metrics_and_grade_are_in_the_run(folder):
    found = pq.read_table(folder / "run" / "findings.parquet").to_pylist()
    assert {row["row_id"] for row in found if row["code"] == "SHO001"} == LOUD
    audit = checked(folder)
    metrics = {metric["name"]: metric for metric in audit["checks"]["shouting"]["metrics"]}
    rate = metrics["shouting.rate"]
    assert rate["value"] == pytest.approx(4 / 60, abs=1e-6)
    assert (rate["unit"], rate["status"], rate["threshold"]) == ("share", "pass", 0.1)
    assert metrics["shouting.letters"]["unit"] == "characters"
    assert audit["grades"]["shouting"]["letter"] == "B"
    assert list(audit["checks"])[-1] == "shouting"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", ["Shouting", "Do texts shout", "Text in capitals", "of texts are in capitals", "Shouted and calm texts",
                "A model learns the case", "Capital letters per text", "Texts of fewer than 5 letters"]),
        ("zh", ["大写喧哗", "文本是否通篇大写", "通篇大写的文本", "通篇大写的文本占比", "大写与正常文本的条数",
                "模型会学到大小写", "每条文本的大写字母数", "少于 5 个字母的文本不计在内"]),
    ],
)  # fmt: skip
def test_its_words_are_in_the_report_in_both_languages(auditor, folder, lang, words):
    done = auditor("report", "run", "--lang", lang, "-o", f"{lang}.html", cwd=folder)
    assert done.returncode == 0, done.stderr
    html = (folder / f"{lang}.html").read_text("utf-8")
    assert [word for word in words if word not in html] == []


def test_its_code_is_explained_selected_judged_and_limited(auditor, folder):
    assert "通篇大写的文本" in auditor("rules", "SHO001", "--lang", "zh", cwd=folder).stdout
    strict = ["--select", "SHO", "--max", "shouting.rate=5%", "--set", "thresholds.shouting.rate=0,0,0.01,0.02"]
    done = auditor("scan", "in.jsonl", "-o", "strict", *strict, cwd=folder)
    assert done.returncode == 1, done.stderr
    assert checked(folder, "strict")["grades"]["shouting"]["letter"] == "F"


def test_why_it_was_skipped_is_said_in_its_words(auditor, folder, tmp_path):
    (tmp_path / "auditor.toml").write_text((folder / "auditor.toml").read_text("utf-8"), "utf-8")
    write(tmp_path / "in.jsonl", [text.lower() for text in texts(LOUD)])
    done = auditor("scan", "in.jsonl", "-o", "run", "--lang", "zh", *OTHERS, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "没有文本含大写字母" in (tmp_path / "run" / "report.html").read_text("utf-8")


def test_a_policy_sends_its_rows_to_a_review(auditor, folder):
    (folder / "policy.yaml").write_text(
        "rules: [{name: shouted, codes: [SHO001], action: review, reason: it shouts}]\n", "utf-8"
    )
    own = ("--ner", "off", "--set", "prepare.policy=policy.yaml")
    done = auditor("clean", "in.jsonl", "-o", "planned", "--plan", *own, cwd=folder)
    assert done.returncode == 0, done.stderr
    export = ("review", "export", "planned", "in.jsonl", "--format", "jsonl", "-o", "queue.jsonl")
    done = auditor(*export, cwd=folder)
    assert done.returncode == 0, done.stderr
    items = [json.loads(line) for line in (folder / "queue.jsonl").read_text("utf-8").splitlines()]
    assert {item["row_id"]: item["reason"] for item in items} == dict.fromkeys(LOUD, "it shouts")


def test_without_the_setting_its_run_can_be_read_and_not_be_repeated(auditor, folder, tmp_path):
    done = auditor("report", folder / "run", "-o", "plain.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "shouting.rate" in (tmp_path / "plain.html").read_text("utf-8")
    write(tmp_path / "in.jsonl", [*texts(LOUD), *texts(LOUD)[:20]])
    check = f"plugins={PLUGINS / 'shouting_check.py'}"
    assert auditor("scan", "in.jsonl", "-o", "run", "--ner", "off", "--set", check, cwd=tmp_path).returncode == 0
    done = auditor("fix", "run", "1", cwd=tmp_path)
    assert done.returncode == 2
    assert "added check that is not known here" in done.stderr and "shouting" in done.stderr


@pytest.mark.parametrize(
    ("file", "change", "said"),
    [
        ("shouting_check.py", ("register_check(ShoutingCheck)", "register_check(Path)"), "is not a check"),
        ("shouting_check.py", ('"SHO", ', '"SHU", '), "do not belong together"),
        ("shouting_check.py", ("    rules = ", "    other = "), "do not belong together"),
        (
            "shouting_check.py",
            ("register_check(S", "register_check(ShoutingCheck)\nregister_check(S"),
            "already exists",
        ),
        ("shouting.yaml", ("SHO001", "DUP001"), "do not belong together"),
        ("shouting.yaml", ("shouting.rate", "duplicates.rate"), "another check has"),
        ("shouting.yaml", ("  no_capitals:", "  no_dates:"), "another check has"),
        ("shouting.yaml", ("bounds: [0.0", "bound: [0.0"), "not valid"),
        ("shouting.yaml", ("少于 {0} 个", "少于五个"), "not valid"),
    ],
)
def test_what_cannot_be_added_is_refused_before_anything_is_read(auditor, tmp_path, file, change, said):
    for name in ("shouting_check.py", "shouting.yaml"):
        text = (PLUGINS / name).read_text("utf-8")
        assert name != file or change[0] in text
        (tmp_path / name).write_text(text.replace(*change) if name == file else text, "utf-8")
    done = auditor("scan", "nothing.csv", "-o", "run", "--set", "plugins=shouting_check.py", cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
