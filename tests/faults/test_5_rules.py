"""V. Rules and configuration."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from auditor.config.settings import PiiSettings
from auditor.errors import InputError
from auditor.pii.detector import detector
from tests.faults.oracles import FAST, Program, assert_error, csv_of, rows


def _refused(file: Path, pattern: str, name: str = "My Rule") -> InputError:
    file.write_text(
        f"recognizers:\n- name: {name}\n  supported_entity: X\n  patterns:\n"
        f'  - name: p\n    regex: "{pattern}"\n    score: 0.9\n'
    )
    with pytest.raises(InputError) as caught:
        detector(PiiSettings(rules=(str(file),)), "en", date(2026, 1, 1))
    assert_error(caught.value)
    assert file.name in caught.value.where
    return caught.value


@pytest.mark.case(67)
@pytest.mark.parametrize(
    "pattern",
    [
        "a*",
        "(?=x)y",
        r"(a)\\1",
        "x|",
        "^",
        "",
        "(?<!a)b",
        "(?P<n>a)(?P=n)",
        "a{1001}",
        "[[:foo:]]",
        r"\\b",
        r"\\B",
        "(?m)$",
    ],
)
def test_a_pattern_that_matches_nothing_or_looks_around_is_refused(pattern: str, tmp_path: Path) -> None:
    _refused(tmp_path / "rules.yaml", pattern)


@pytest.mark.case(68)
@pytest.mark.parametrize("pattern", ["(", "[a", "a**", "(?P<value>", "x{5,2}", "\\\\"])
def test_an_invalid_pattern_is_refused_by_its_rule(pattern: str, tmp_path: Path) -> None:
    error = _refused(tmp_path / "rules.yaml", pattern)
    assert "My Rule" in error.where and "RE2" in " ".join(error.lines())


@pytest.mark.case(61)
@pytest.mark.case(69)
def test_rules_run_nothing_and_their_names_stay_names(program: Program) -> None:
    program.write("a.csv", csv_of([*rows(12), ("the value zzqq here and again zzqq", "late")]))
    program.write("run.yaml", "recognizers: !!python/object/apply:os.system ['touch pwned']\n")
    program.run("scan", "a.csv", "-o", "o", *FAST, "--set", "pii.rules=run.yaml", code=3, names=["run.yaml"])
    assert not list(program.folder.rglob("pwned"))
    for number, name in enumerate(["../../../x<script>alert(1)</script>", "=1+1\\e[31m"]):
        program.write(
            f"n{number}.yaml",
            f'recognizers:\n- name: "{name}"\n  supported_entity: "{name}"\n  patterns:\n'
            f'  - {{name: "{name}", regex: "zzqq", score: 0.9}}\n',
        )
        program.write(
            f"p{number}.yaml", f'rules:\n- {{name: "{name}", codes: [PII400], action: mask, reason: "{name}"}}\n'
        )
        settings = ("--set", f"effects={number == 0}", "--set", f"pii.rules=n{number}.yaml", "--set", f"prepare.policy=p{number}.yaml")  # fmt: skip
        words = ("clean", "a.csv", "-o", f"o{number}", *FAST, "--select", "PII", *settings)
        done = program._run(*words, cwd=program.folder, environment=program.environment, timeout=60)
        assert done.returncode in (0, 3), done.stderr
        assert "unexpected" not in done.stderr and "\x1b" not in done.stdout + done.stderr
        if done.returncode == 0:
            assert "<script>alert(1)" not in (program.folder / f"o{number}" / "report.html").read_text()
            assert re.search(r'(?m)(^|,)"?=1', (program.folder / f"o{number}" / "plan.csv").read_text()) is None
    assert not (program.folder.parent / "x").exists()
