"""rules/checks: files are read strictly, and they and the source name the same codes, metrics and figures."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

import auditor
from auditor.checks.registry import CHECKS
from auditor.config.settings import Settings
from auditor.core.metrics import measured
from auditor.core.policy import load_policy
from auditor.errors import InputError
from auditor.pii.entities import entities
from auditor.prepare.remedies import remedies
from auditor.report.messages import catalogue, page_texts
from auditor.resources import resource_dir
from auditor.rules import check_specs, check_texts, code_docs, main_dimensions, metric_specs, read_check, thresholds

SOURCE = Path(auditor.__file__).parent
CHECKED = "".join(path.read_text("utf-8") for path in sorted((SOURCE / "checks").rglob("*.py")))
PLANNED = {"STL012"}
"""Made with the plan and not by a check."""

TINY = """
title: {en: Shouting, zh: 大写}
question: {en: "Who shouts?", zh: 谁在喊？}
codes:
  SHO001:
    name: shouting
    title: {en: Shouting, zh: 大写}
    why: {en: Because., zh: 因为。}
    how: Capitals.
    fix: {en: Lower it., zh: 改为小写。}
    example: HELLO
metrics:
  shouting.rate:
    unit: share
    bounds: [0.0, 0.1, 0.2, 0.3]
    label: {en: Rows that shout, zh: 大写样本}
"""


def read(folder: Path, text: str):
    path = folder / "shouting.yaml"
    path.write_text(text, "utf-8")
    return read_check(path)


def named_in_source(pattern: str) -> list[re.Pattern[str]]:
    """Names that the group of `pattern` finds in the checks; a place of an f-string can be any word."""
    found = set(re.findall(pattern, CHECKED))
    return [re.compile(re.sub(r"\\{\w+(?:\\\.\w+)?\\}", r"\\w+", re.escape(name))) for name in sorted(found)]


def test_a_file_gives_names_dimension_and_rules(tmp_path: Path) -> None:
    spec = read(tmp_path, TINY)
    metric = spec.metrics["shouting.rate"]
    assert (spec.dimension, spec.codes["SHO001"].dimension, metric.dimension) == ("shouting",) * 3
    assert metric.rule is not None
    assert [metric.rule.letter(value) for value in (0.0, 0.1, 0.15, 0.3, 0.31)] == list("ABCDF")
    assert [metric.rule.status(value) for value in (0.1, 0.15, 0.3, 0.31)] == ["pass", "warn", "fail", "fail"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("    name: shouting", "    names: shouting", "codes.SHO001"),
        ("    unit: share", "    unit: shares", "metrics.shouting.rate.unit"),
        ("    unit: share\n", "", "metrics.shouting.rate.unit"),
        ("[0.0, 0.1, 0.2, 0.3]", "[0.0, 0.1, 0.2]", "metrics.shouting.rate.bounds"),
        ("[0.0, 0.1, 0.2, 0.3]", "[0.0, 0.3, 0.2, 0.1]", "metrics.shouting.rate.bounds"),
        ("{en: Rows that shout, zh: 大写样本}", "{en: Rows that shout}", "metrics.shouting.rate.label"),
        ("{en: Because., zh: 因为。}", '{en: Because., zh: " "}', "codes.SHO001.why"),
        ("{en: Lower it., zh: 改为小写。}", "{en: Lower it., zh: 改为小写。, de: Klein.}", "codes.SHO001.fix"),
        ("codes:", "colour: red\ncodes:", "colour"),
        ("metrics:", "figures: [a]\nmetrics:", "figures"),
        ("metrics:", "notes: {loud: {en: Loud.}}\nmetrics:", "notes.loud"),
        ("metrics:", 'notes: {loud: {en: "{0} of {1}", zh: "{0}"}}\nmetrics:', "notes.loud"),
        ("metrics:", "reasons: {loud: Loud}\nmetrics:", "reasons.loud"),
        ("metrics:", "details: {SHO: {en: word, zh: 词, de: Wort}}\nmetrics:", "details.SHO"),
        ("metrics:", 'words: {value.loud: {en: loud, zh: ""}}\nmetrics:', "words.value.loud"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    assert old in TINY
    with pytest.raises(InputError) as caught:
        read(tmp_path, TINY.replace(old, new, 1))
    assert place in caught.value.where
    assert "shouting.yaml" in caught.value.where


def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read(tmp_path, "- a\n- b\n")


def test_every_code_of_the_source_is_described_and_every_description_used() -> None:
    described = {code for spec in check_specs().values() for code in spec.codes}
    in_source = set(re.findall(r'"([A-Z]{3}\d{3})"', CHECKED))
    of_entities = {entity.code for entity in entities().values()}
    assert in_source - described - of_entities == set()
    assert described - in_source == PLANNED
    assert set(code_docs()) == described | of_entities


@pytest.mark.parametrize("key", ["metrics", "figures"])
def test_every_metric_and_figure_of_the_source_is_described_and_every_description_used(key: str) -> None:
    if key == "metrics":
        patterns, described = named_in_source(r'measured\(\s*f?"([\w.{}]+)"'), set(metric_specs())
    else:
        patterns = named_in_source(r'f?"(figure\.[\w{}.]+)"')
        described = {f"figure.{name}" for spec in check_specs().values() for name in spec.figures}
    assert [one.pattern for one in patterns if not any(one.fullmatch(name) for name in described)] == []
    assert [name for name in described if not any(one.fullmatch(name) for one in patterns)] == []


def own_modules() -> dict[Path, str | None]:
    """Modules of the checks with the dimension they belong to: the first that needs them; None where all or none do."""
    found: dict[Path, list[str]] = {path: [] for path in (SOURCE / "checks").rglob("*.py")}
    for check in CHECKS:
        todo = [check.__module__]
        while todo:
            path = SOURCE.parent.joinpath(*todo.pop().split(".")).with_suffix(".py")
            if check.dimension not in found[path]:
                found[path].append(check.dimension)
                todo += re.findall(r"^from (auditor\.checks\.[\w.]+) import", path.read_text("utf-8"), re.MULTILINE)
    return {path: dims[0] if 0 < len(dims) < len(CHECKS.names()) else None for path, dims in found.items()}


def test_what_a_check_says_is_in_its_file_and_what_several_say_in_the_catalogues() -> None:
    users: dict[str, set[str | None]] = {}
    for path, dimension in own_modules().items():
        for key in re.findall(r'"((?:note|reason|column|value)\.\w+)"', path.read_text("utf-8")):
            users.setdefault(key, set()).add(dimension)
    assert len(users) > 60
    misplaced = {}
    for key, dims in users.items():
        [owner, *more] = sorted(dims, key=str)
        place = page_texts("en") if more or owner is None else check_specs()[owner].messages
        if key not in place:
            misplaced[key] = dims
    assert misplaced == {}


def test_no_message_of_a_check_is_left_over() -> None:
    source = "".join(path.read_text("utf-8") for path in SOURCE.rglob("*.py"))
    source += (resource_dir("rules") / "staleness.yaml").read_text("utf-8").replace("name: ", '"').replace(",", '"')
    for spec in check_specs().values():
        prefix = next(iter(spec.codes), "PII")[:3]
        assert [code for code in spec.details if code not in (prefix, *spec.codes)] == []
        keys = spec.messages.keys() - {f"detail.value.{code}" for code in spec.details}
        of_kinds = {key for key in spec.words if f'"{key.rpartition(".")[2]}"' in source}
        assert [key for key in keys - of_kinds if f'"{key}"' not in source] == []


def test_names_are_unique_and_no_text_is_written_twice() -> None:
    specs = check_specs().values()
    for names in (
        [code[:3] for spec in specs for code in {code[:3]: code for code in spec.codes}.values()],
        [name for spec in specs for name in spec.metrics],
        [name for spec in specs for name in spec.figures],
        [key for spec in specs for key in spec.messages],
        [spec.order for spec in specs],
        [metric.remedy.rank for metric in metric_specs().values() if metric.remedy],
    ):
        assert [name for name, count in Counter(names).items() if count > 1] == []
    for lang in ("en", "zh"):
        assert set(page_texts(lang)) & set(check_texts(lang)) == set()
        assert len(catalogue(lang)) == len(page_texts(lang)) + len(check_texts(lang))


def test_checks_and_files_have_the_same_dimensions_in_the_same_order() -> None:
    assert CHECKS.names() == tuple(check_specs())
    assert main_dimensions() == ("balance", "duplicates", "labels", "staleness", "privacy")
    for check in CHECKS:
        assert {code[:3] for code in check_specs()[check.dimension].codes} <= {check.prefix}


def test_judged_metrics_have_words_for_a_tile_and_remedies_name_what_exists() -> None:
    assert [name for name in thresholds() if metric_specs()[name].tile is None] == []
    offered = remedies(Settings())
    assert len(offered) == 15
    for remedy in [*offered, *(one.instead for one in offered if one.instead)]:
        assert remedy.metric in thresholds()
        assert remedy.only or remedy.settings
        assert set(remedy.only) <= set(code_docs())
        assert set(remedy.dimensions) <= set(check_specs())
        assert all(load_policy().rule_for(code) for code in remedy.only)


def test_a_value_is_judged_by_its_specification() -> None:
    metric = measured("duplicates.rate", 0.03, low=0.01, high=0.05)
    assert (metric.unit, metric.status, metric.threshold, metric.low, metric.high) == (
        "share",
        "warn",
        0.02,
        0.01,
        0.05,
    )
    unknown, of_class = measured("labels.noise_rate", None), measured("duplicates.rate", 0.9, slice_="a")
    assert (unknown.value, unknown.status, unknown.threshold) == (None, "info", None)
    assert (of_class.status, of_class.threshold, of_class.slice) == ("info", None, "a")
    assert measured("balance.gini", 1 / 3).value == 0.333333
    with pytest.raises(KeyError):
        measured("duplicates.rat", 0.1)


def test_the_files_say_in_which_language_each_text_is() -> None:
    for path in (resource_dir("rules") / "checks").glob("*.yaml"):
        texts = [node for node in walk(yaml.safe_load(path.read_text("utf-8"))) if set(node) == {"en", "zh"}]
        texts = [node for node in texts if node["en"] != node["zh"]]  # names may be the same in both
        assert texts, path
        assert [node for node in texts if re.search(r"[\u4e00-\u9fff]", node["en"])] == []
        assert [node for node in texts if not re.search(r"[\u4e00-\u9fff]", node["zh"])] == []


def walk(node: object):
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from walk(value)
