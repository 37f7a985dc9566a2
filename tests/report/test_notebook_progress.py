"""The bar of a notebook: in a cell only, and gone at the end."""

from __future__ import annotations

import sys
import types
from typing import Any

import pytest

from auditor.core.progress import silent
from auditor.report.notebook_progress import notebook_progress


class Cell:
    """What a notebook's front end is sent."""

    def __init__(self) -> None:
        self.shown: list[dict[str, str]] = []

    def display(self, bundle: dict[str, str], *, raw: bool, display_id: bool) -> Cell:
        assert raw and display_id
        self.shown.append(bundle)
        return self

    def update(self, bundle: dict[str, str], *, raw: bool) -> None:
        assert raw
        self.shown.append(bundle)


def installed(monkeypatch: pytest.MonkeyPatch, shell: object) -> Cell:
    cell, ipython, display = Cell(), types.ModuleType("IPython"), types.ModuleType("IPython.display")
    given: dict[str, Any] = {"get_ipython": lambda: shell}
    vars(ipython).update(given)
    vars(display).update({"display": cell.display})
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    return cell


def test_a_cell_shows_a_bar_until_the_work_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    cell = installed(monkeypatch, types.SimpleNamespace(kernel=object()))
    with pytest.raises(RuntimeError), notebook_progress() as progress:
        progress("<b>", 0, 2)
        raise RuntimeError
    assert "<progress value=" in cell.shown[0]["text/html"] and cell.shown[0]["text/plain"] == "auditor: 0% · read"
    assert "<b>" not in cell.shown[1]["text/html"]
    assert cell.shown[-1] == {"text/plain": "", "text/html": ""}


@pytest.mark.parametrize("shell", [None, types.SimpleNamespace()])
def test_elsewhere_nothing_is_shown(monkeypatch: pytest.MonkeyPatch, shell: object) -> None:
    cell = installed(monkeypatch, shell)
    with notebook_progress() as progress:
        assert progress is silent
    assert cell.shown == []
