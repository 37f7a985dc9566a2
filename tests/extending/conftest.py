"""Plug-ins as users write them, and folders whose settings name them."""

from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parent / "plugins"


@pytest.fixture
def folder_with(tmp_path):
    """A function from the name of a plug-in to a folder in which `auditor.toml` names it."""

    def make(plugin):
        (tmp_path / "auditor.toml").write_text(f'plugins = ["{PLUGINS / plugin}.py"]\n', "utf-8")
        return tmp_path

    return make


@pytest.fixture
def rows():
    """Lines of CSV: a text and a label, of a large and of a small class."""
    large = [f"where is my card number {i} please tell me because you are late,card" for i in range(60)]
    small = [f"please refund order {i} to me and thanks because you are kind,refund" for i in range(12)]
    return ["text,label", *large, *small]
