"""The wheel holds what the program needs, and works from where it is unpacked."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)  # the build writes into its folder
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=source, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        wheel.extractall(folder / "site")
    return folder / "site"


def test_templates_and_rules_are_found_in_an_installed_wheel(unpacked, tmp_path):
    code = (
        "from auditor.resources import resource_dir; from auditor.core.policy import load_policy; from auditor.rules import code_docs, thresholds\n"
        "from auditor.report.messages import Messages\n"
        "print(resource_dir('rules')); print(len(code_docs()), len(load_policy().rules), len(thresholds())); Messages('zh')"
    )
    run = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(unpacked)!r})\n{code}"],
                         cwd=tmp_path, capture_output=True, text=True, check=False)  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert str(unpacked) in run.stdout


def test_the_wheel_holds_no_tests_or_samples(unpacked):
    tops = {p.name for p in unpacked.iterdir()}
    assert {t for t in tops if not t.endswith(".dist-info")} == {"auditor"}
