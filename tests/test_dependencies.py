"""Every package that is used is named in pyproject.toml, from a first version to before a last one."""

import ast
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
NEEDED = [Requirement(text) for text in PROJECT["project"]["dependencies"]]
EXTRAS = {
    extra: [Requirement(text) for text in texts] for extra, texts in PROJECT["project"]["optional-dependencies"].items()
}
USED = [*NEEDED, *(one for extra, listed in EXTRAS.items() if extra not in {"dev", "peers"} for one in listed)]
ALL = [
    *NEEDED,
    *(one for listed in EXTRAS.values() for one in listed),
    *map(Requirement, PROJECT["build-system"]["requires"]),
]
DISTRIBUTIONS = {"mlflow": ["mlflow-skinny"], "pycrfsuite": ["python-crfsuite"], "ray": ["ray"], "xlrd": ["xlrd"]}
"""Of modules that need not be installed for the tests."""


def imported_modules():
    for path in sorted((ROOT / "auditor").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            yield from (name.partition(".")[0] for name in names)


THIRD_PARTY = sorted(set(imported_modules()) - set(sys.stdlib_module_names) - {"auditor"})


@pytest.mark.parametrize("module", THIRD_PARTY)
def test_every_imported_package_is_listed(module):
    distributions = DISTRIBUTIONS.get(module) or metadata.packages_distributions()[module]
    assert {canonicalize_name(name) for name in distributions} & {canonicalize_name(one.name) for one in USED}


@pytest.mark.parametrize("requirement", ALL, ids=str)
def test_every_requirement_has_a_floor_and_a_ceiling(requirement):
    operators = {one.operator for one in requirement.specifier}
    assert operators == {"=="} or ({">=", ">"} & operators and {"<", "<="} & operators), str(requirement)


@pytest.mark.parametrize("requirement", ALL, ids=str)
def test_the_version_that_tests_run_with_is_within(requirement):
    pins = dict(re.findall(r"(?m)^([\w.-]+)==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8")))
    versions = {canonicalize_name(name): version for name, version in pins.items()}
    pinned = versions.get(canonicalize_name(requirement.name))
    assert pinned is not None, f"{requirement.name} is not in constraints.txt"
    assert requirement.specifier.contains(pinned), pinned


def test_a_package_that_two_extras_name_has_one_range():
    ranges = {}
    for one in ALL:
        ranges.setdefault(canonicalize_name(one.name), set()).add(str(one.specifier))
    assert all(len(some) == 1 for some in ranges.values()), ranges
