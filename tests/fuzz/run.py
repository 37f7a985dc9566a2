"""Fuzz one target, or each in turn, for a while: ``python -m tests.fuzz.run --seconds 600 [NAME...]``.

With atheris (``pip install atheris``) coverage leads the mutations; without it Hypothesis draws them. What breaks a target is
kept in the folder that is named last.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from importlib import util
from pathlib import Path

from tests.fuzz.targets import TARGETS, Target


def with_atheris(target: Target, seconds: int, folder: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    import atheris

    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    path = folder / f"d{target.suffix}"

    def one(data: bytes) -> None:
        path.write_bytes(data)
        target.run(path)

    limits = [f"-max_total_time={seconds}", "-timeout=30", "-rss_limit_mb=4096", f"-artifact_prefix={folder}/"]
    atheris.instrument_all()
    atheris.Setup([sys.argv[0], *limits, str(corpus)], one)
    atheris.Fuzz()


def with_hypothesis(target: Target, seconds: int, folder: Path) -> None:
    """Draws until the time is up."""
    from hypothesis import HealthCheck, Phase, given, settings

    from tests.fuzz.test_targets import mutated

    path, end = folder / f"d{target.suffix}", time.monotonic() + seconds

    @settings(
        max_examples=1_000,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutated(target.seeds()))
    def one(data: bytes) -> None:
        path.write_bytes(data)
        target.run(path)

    while time.monotonic() < end:
        one()


def main() -> int:
    """Fuzz the targets that are named, each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="targets; default all")
    parser.add_argument("--seconds", type=int, default=600, help="for each")
    parser.add_argument("--here", action="store_true", help="in this process, the one target named")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "auditor-fuzz")
    asked = parser.parse_args()
    known = {target.name: target for target in TARGETS}
    if asked.here:
        fuzz = with_atheris if util.find_spec("atheris") else with_hypothesis
        folder = asked.folder / asked.names[0].replace(" ", "-")
        folder.mkdir(parents=True, exist_ok=True)
        fuzz(known[asked.names[0]], asked.seconds, folder)
        return 0
    broken = []
    for name in asked.names or known:
        command = [
            sys.executable,
            "-m",
            "tests.fuzz.run",
            "--here",
            "--seconds",
            str(asked.seconds),
            "--folder",
            str(asked.folder),
            name,
        ]
        done = subprocess.run(command, check=False)
        broken += [name] if done.returncode else []
        said = f"BROKEN, see {asked.folder}" if done.returncode else "nothing found"
        sys.stdout.write(f"{name}: {said}\n")
        sys.stdout.flush()
    return int(bool(broken))


if __name__ == "__main__":
    sys.exit(main())
