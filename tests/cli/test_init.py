"""`auditor init`: every setting is explained, and the file is valid with all of it uncommented."""

import re
import tomllib
from pathlib import Path

import pytest

from auditor.cli.settings_text import reference_page, settings_file
from auditor.config.fields import settings_fields
from auditor.config.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


def flat(text):
    return " ".join(text.replace("# ", "").split())


def test_the_file_as_it_is_sets_nothing():
    tree = tomllib.loads(settings_file())
    assert set(tree) == set(Settings.model_fields) & set(tree)
    assert not any(tree.values())


def test_the_file_with_all_defaults_is_the_defaults():
    lines = settings_file().splitlines()
    text = "\n".join(re.sub(r"^# (?=[a-z_]+ = |\[[a-z]+\]$)", "", line) for line in lines if "# not set" not in line)
    assert Settings.model_validate(tomllib.loads(text)) == Settings()


@pytest.mark.parametrize("name", settings_fields())
def test_every_setting_stands_below_what_it_means_and_what_it_may_be(name):
    setting = settings_fields()[name]
    table = settings_file().split(f"\n[{setting.group}]\n")[-1] if setting.group else settings_file()
    [block] = [
        block
        for block in table.split("\n\n[")[0].split("\n\n")
        if re.search(rf"^# (?:{setting.key} = |\[{setting.key}\]$)", block, re.MULTILINE)
    ][:1]
    assert flat(block).startswith(f"{flat(setting.text)} {setting.allowed}")
    assert all(word in block for word in setting.words)


def test_the_command_writes_it(auditor, tmp_path):
    assert auditor("init", cwd=tmp_path).returncode == 0
    assert (tmp_path / "auditor.toml").read_text("utf-8") == settings_file()
    assert auditor("scan", "--show-config", cwd=tmp_path).returncode == 0


def test_the_reference_page_is_made_of_the_fields(auditor, tmp_path):
    """Where it fails: auditor init --docs docs/settings.md"""
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    assert page == reference_page()
    assert auditor("init", "--docs", "page.md", cwd=tmp_path).returncode == 0
    assert (tmp_path / "page.md").read_text("utf-8") == page
    for setting in settings_fields().values():
        [line] = [line for line in page.splitlines() if line.startswith(f"| `{setting.name}` |")]
        assert setting.allowed.removesuffix(".") in line
        assert (setting.flags or "") in line
