"""Plug-ins: what is imported, when, and what is said of one that cannot be."""

import pytest

from auditor.config.plugins import import_plugins
from auditor.errors import UsageError


def test_a_file_is_imported_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "counted_plugin.py").write_text(
        "from pathlib import Path\nwith Path('log').open('a') as log: log.write('x')\n"
    )
    import_plugins(["counted_plugin.py"])
    import_plugins(["counted_plugin.py", str(tmp_path / "counted_plugin.py")])
    assert (tmp_path / "log").read_text() == "x"


def test_a_module_is_imported_by_its_name(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "named_plugin.py").write_text("raise RuntimeError('it ran')\n")
    with pytest.raises(UsageError, match="it ran"):
        import_plugins(["named_plugin"])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("absent.py", None, "not found"),
        ("no_such_module_at_all", None, "not found"),
        ("broken_plugin.py", "1 +", "SyntaxError"),
        ("needing_plugin.py", "import no_such_package_at_all", "no_such_package_at_all"),
        ("json.py", "", "that of another module"),
        ("my-plugin.py", "", "not a valid module name"),
        ("twice_plugin.py", "from auditor.plugins import *\nfrom auditor.report.formats.html import HtmlFormat\n"
         "register_report_format(HtmlFormat())", "already exists"),
    ],
)  # fmt: skip
def test_a_plugin_that_cannot_be_used_is_named(tmp_path, monkeypatch, name, content, said):
    monkeypatch.chdir(tmp_path)
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(UsageError) as caught:
        import_plugins([name])
    assert said in caught.value.what
    assert caught.value.fix
    assert said == "already exists" or name in caught.value.where


def test_only_the_settings_of_the_user_import_plugins(auditor, tmp_path):
    """A run folder or a module beside it may come from anybody."""
    import json

    (tmp_path / "own.py").write_text("from pathlib import Path\nPath('ran').write_text('')\n")
    (tmp_path / "in.csv").write_text("text\n" + "".join(f"some text number {i}\n" for i in range(40)))
    scan = ("scan", "in.csv", "--ner", "off", "-q", "-o")
    assert auditor(*scan, "run", "--set", "plugins=own.py", cwd=tmp_path).returncode == 0
    assert (tmp_path / "ran").exists()
    assert json.loads((tmp_path / "run" / "audit.json").read_text("utf-8"))["config"]["plugins"] == ["own.py"]
    (tmp_path / "ran").unlink()
    for words in (("report", "run", "--format", "md"), ("diff", "run", "run"), ("fix", "run"), (*scan, "again")):
        assert auditor(*words, cwd=tmp_path).returncode == 0
    assert not (tmp_path / "ran").exists()
    (tmp_path / "auditor.toml").write_text('plugins = ["own.py"]\n')
    assert auditor("report", "run", "--format", "md", cwd=tmp_path).returncode == 0
    assert (tmp_path / "ran").exists()
