"""Every error and rule name that a Chinese report can show has a Chinese form; they are collected from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import auditor
from auditor.message import Message, Quantity, Text, message, message_of
from auditor.report.messages import Messages
from auditor.resources import resource_dir

SOURCE = Path(auditor.__file__).parent
PLACES = (
    "checks",
    "text",
    "models",
    "pii",
    "dedup",
    "benchmark/selection.py",
    "benchmark/tasks",
    "core/grades.py",
)
"""Where reasons come from: what a check, or the benchmark inside `guarded`, can raise or return."""
RAISED = {"InputError", "CheckError", "ModelError", "SafetyError", "UsageError", "enough_memory"}
NO_REASON = {"add_check", "extend_index", "open_history", "require_known", "require_task"}
"""Functions whose errors end the run before there is a report."""
NOT_SHOWN = re.compile(r"about {}.*|.*→.*|[a-z]+[.][a-z_]+")
"""Estimates of time and memory, names of figures, and keys of the catalogue."""


def texts(node: ast.expr | None) -> Iterator[str]:
    """The English sentences that an expression can be, as they are written; of those that are filled in, the template."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.Call(func=ast.Name(id="Text"), args=[ast.Constant(value=str(text)), *args]):
            yield text
            for arg in args:
                if isinstance(arg, ast.Call):
                    yield from texts(arg)
        case ast.JoinedStr():  # one that is filled in before it can be put into another language
            yield ast.unparse(node)
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)


def reasons(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="_refused"), args=[_, _, *said]):
                yield from (text for part in said[-2:] for text in texts(part))
            case ast.Call(func=ast.Name(id=name), args=[what, *_], keywords=keywords) if name in RAISED:
                yield from texts(what)
                yield from (text for k in keywords if k.arg == "fix" for text in texts(k.value))
            case ast.Return(value=value):
                yield from (text for text in texts(value) if text.count(" ") > 1 and not text.startswith("f"))
            case ast.Assign(targets=[ast.Name(id="reason" | "few" | "how")], value=value):
                yield from texts(value)


def collected() -> list[str]:
    found = set()
    for place in PLACES:
        path = SOURCE / place
        files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        for file in (file for file in files if not re.search(r"/masking/|/batch/state", file.as_posix())):
            tree = ast.parse(file.read_text("utf-8"))
            left = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in NO_REASON]
            for function in left:
                function.body = [ast.Pass()]
            found |= set(reasons(tree))
    return sorted(text for text in found if text.replace("{}", "").strip() and not NOT_SHOWN.fullmatch(text))


@pytest.mark.parametrize("text", collected())
def test_every_error_of_the_source_is_chinese_in_a_chinese_report(text: str) -> None:
    places = 1 + max((int(n) for n in re.findall(r"{(\d)}", text)), default=-1)
    shown = Messages("zh").message(Message(text, ("7",) * places))
    assert re.search(r"[\u4e00-\u9fff]", shown), shown


def test_the_collection_sees_each_kind_of_error() -> None:
    found = collected()
    assert len(found) > 80
    for text in ("The package {0} is not installed.", "Give it a `name`.", "unknown key {0}", "no value decides"):
        assert text in found


def test_no_chinese_sentence_is_left_over() -> None:
    path = resource_dir("templates") / "messages" / "errors.zh.yaml"
    source = "".join(f.read_text("utf-8") for f in SOURCE.rglob("*.py"))
    source += "".join(f.read_text("utf-8") for f in resource_dir("rules").rglob("*.yaml"))
    written = re.sub(r'"\s*\n\s*"', "", source).replace("\\\\", "\\")
    unused = [
        key for key in yaml.safe_load(path.read_text("utf-8")) if key.replace("\\", "") not in written.replace("\\", "")
    ]
    assert unused == []


def test_sentences_are_put_together_and_arguments_are_translated() -> None:
    zh = Messages("zh")
    error = message_of(Text("A privacy rule cannot be used: {0}.", "it has no name"), "Give it a `name`.")
    assert zh.message(error) == "无法使用某条隐私规则：没有名称。请为其写明 `name`。"
    assert Messages("en").message(error) == "A privacy rule cannot be used: it has no name. Give it a `name`."
    unknown = message("reason.unknown_metric", message("metric.labels.noise_rate"))
    assert zh.message(unknown) == "无法测量：疑似错标占比"
    note = message("note.labels_not_judged", message("reason.one_class"))
    assert zh.message(note) == "已有标签未作判断：所有标签同属一个类别。"
    model = message("note.label_model", "LinearSVC + static vectors", 5, Quantity(0.9, "share"))
    assert "静态词向量" in zh.message(model) and "90.0%" in zh.message(model)


def test_a_message_survives_json_and_that_of_an_earlier_version_is_read() -> None:
    said = message("note.as_of", "2026-01-01", Quantity(90.0, "days"), message("reason.no_rows"), 3)
    assert Message.from_json(said.to_json()) == said
    assert Message.from_json("note.small_classes|2|11") == message("note.small_classes", "2", "11")
    assert Messages("en").message(Message.from_json("there is no {odd column")) == "there is no {odd column"
