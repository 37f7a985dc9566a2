"""The code of docs/extending.md is the code that these tests run."""

import re

from tests.conftest import ROOT
from tests.extending.conftest import PLUGINS

BLOCK = re.compile(r"^```(?:python|yaml)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_examples_are_the_plugins_that_are_tested():
    blocks = BLOCK.findall((ROOT / "docs" / "extending.md").read_text("utf-8"))
    plugins = [path for path in PLUGINS.iterdir() if path.is_file()]
    assert [plugin.name for plugin in plugins if plugin.read_text("utf-8") not in blocks] == []


def test_every_function_that_registers_is_in_the_table_and_used_by_an_example():
    from auditor import plugins

    functions = {name for name in vars(plugins) if name.startswith("register_")}
    told = (ROOT / "docs" / "extending.md").read_text("utf-8")
    assert set(re.findall(r"^\|.*`(register_\w+)`", told, re.MULTILINE)) == functions
    for name in functions:
        [example] = [path for path in PLUGINS.glob("*.py") if f"\n{name}(" in path.read_text("utf-8")]
        assert example.read_text("utf-8").count("register_") == 2


def test_the_requirement_shown_is_that_of_an_augmenter():
    from auditor.prepare.augment.base import Requirement
    from auditor.prepare.augment.homophones import Homophones

    [line] = [
        block
        for block in BLOCK.findall((ROOT / "docs" / "extending.md").read_text("utf-8"))
        if block.startswith("requires")
    ]
    shown: dict = {"Requirement": Requirement}
    exec(line, shown)
    assert shown["requires"] == Homophones.requires


def test_the_readme_names_every_format():
    from auditor.report.formats.registry import REPORT_FORMATS
    from auditor.review.formats.registry import REVIEW_FORMATS

    lines = (ROOT / "README.md").read_text("utf-8").lower().replace(" studio", "-studio").splitlines()
    [report] = [line for line in lines if line.startswith("auditor report ")]
    [review] = [line for line in lines if line.startswith("auditor review export ")]
    assert set(REPORT_FORMATS.names()) - {"html"} <= set(report.replace(",", "").split())
    assert set(REVIEW_FORMATS.names()) - {"csv"} <= set(review.replace(",", "").split())
