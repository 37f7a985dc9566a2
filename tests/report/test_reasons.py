"""Every reason, error and rule name that a Chinese report can show has a Chinese form; they are collected from the source."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import auditor
from auditor.report.messages import Messages

SOURCE = Path(auditor.__file__).parent
PLACES = (
    "checks",
    "text",
    "models",
    "pii",
    "dedup",
    "benchmark/selection.py",
    "benchmark/tasks",
    "pipeline/scan.py",
    "pipeline/batch.py",
    "core/grades.py",
)
"""Where reasons come from: what a check, or the benchmark inside `guarded`, can raise or return."""
RAISED = {"InputError", "CheckError", "ModelError", "SafetyError", "UsageError", "enough_memory"}
NO_REASON = {"open_base"}
"""Functions whose errors end the run before there is a report."""
NOT_SHOWN = re.compile(
    r"about {} (minutes|seconds|and {} GB)|.*→.*|(few_dimensions|too_few_rows|columns_not_searched)\|.*|mean|capped by .*|failed: .*"
)
"""Estimates of time and memory, names of figures, keys of notes, and what `overall_because` puts into words."""


def texts(node: ast.expr | None) -> Iterator[str]:
    """The texts that an expression can be, with ``{}`` for what is filled in."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            yield "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in values)
        case ast.IfExp(body=body, orelse=orelse):
            yield from texts(body)
            yield from texts(orelse)


def reasons(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id="Skipped" | "Failed"), args=[reason]):
                yield from texts(reason)
            case ast.Call(func=ast.Name(id="Grade"), args=[_, reason]):
                yield from texts(reason)
            case ast.Call(func=ast.Name(id="_refused"), args=[_, _, *said]):
                yield from (text for part in said[-2:] for text in texts(part))
            case ast.Call(func=ast.Name(id=name), args=[what, *_], keywords=keywords) if name in RAISED:
                yield from texts(what)
                yield from (text for k in keywords if k.arg == "fix" for text in texts(k.value))
            case ast.Return(value=value):
                yield from (text for text in texts(value) if text.count(" ") > 1)
            case ast.Assign(targets=[ast.Name(id="reason" | "few" | "how")], value=value):
                yield from texts(value)


def collected() -> list[str]:
    found = set()
    for place in PLACES:
        path = SOURCE / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            tree = ast.parse(file.read_text("utf-8"))
            left = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and n.name in NO_REASON]
            for function in left:
                function.body = [ast.Pass()]
            found |= set(reasons(tree))
    return sorted(text for text in found if text.replace("{}", "").strip() and not NOT_SHOWN.fullmatch(text))


@pytest.mark.parametrize("text", collected())
def test_every_reason_of_the_source_is_chinese_in_a_chinese_report(text: str) -> None:
    shown = Messages("zh").reason(text.replace("{}", "7").replace("--7 7", "--label 7"))
    assert re.search(r"[\u4e00-\u9fff]", shown), shown


def test_the_collection_sees_each_kind_of_reason() -> None:
    found = collected()
    assert len(found) > 90
    for text in ("not selected", "there is no {} column; name one with --{}", "Give it a `name`.", "no value decides"):
        assert text in found


def test_sentences_are_put_together_and_arguments_are_translated() -> None:
    zh = Messages("zh")
    error = "A privacy rule cannot be used: it has no name. Give it a `name`."
    assert zh.reason(error) == "无法使用某条隐私规则：没有名称。请为其写明 `name`。"
    assert Messages("en").reason(error) == error
    assert zh.reason("unknown: labels.noise_rate") == "无法测量：疑似错标占比"
    note = zh.note("note.labels_not_judged|all labels are one class")
    assert note == "已有标签未作判断：所有标签同属一个类别。"
    assert "静态词向量" in zh.note("note.label_model|LinearSVC + static vectors|5|90.0%")
