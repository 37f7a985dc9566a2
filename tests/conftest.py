"""Shared fixtures: the checkout, real data where it is present, and the command line as a process."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.browser import CHROMIUM, Browser
from tests.command_server import run_auditor

# a property is tried on a thousand examples, unless its test says that each of them costs too much
settings.register_profile("thousand", max_examples=1_000, deadline=None)
settings.load_profile("thousand")
ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# several test processes share the cores: one thread each, and none that waits by spinning
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


@pytest.fixture(scope="session")
def samples() -> Path:
    return ROOT / "sample_data"


@pytest.fixture(scope="session")
def shared_data():
    """A function from a file name to its path in the folder of real data sets; skips where it is absent."""
    base = Path(os.environ.get("AUDITOR_SHARED", ROOT.parent / "shared"))

    def find(name: str) -> Path:
        path = base / "data" / name
        if not path.exists():
            pytest.skip(f"real data set {name} is not here (set AUDITOR_SHARED)")
        return path

    return find


@pytest.fixture(scope="session")
def auditor():
    """Run the command line in a process of its own; returns the finished process."""
    return run_auditor


@pytest.fixture(scope="session")
def auditor_cli(auditor):
    """`auditor` under a name that leaves the package's own free."""
    return auditor


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium with a profile of its own."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()
