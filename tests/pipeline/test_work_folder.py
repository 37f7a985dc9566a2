"""A large input is read into a hidden folder beside the output: the run is the same, and nothing of the folder remains."""

import json
from pathlib import Path

import pytest

from auditor.config.loading import load_settings
from auditor.core.progress import Progress, silent
from auditor.pipeline.run import run


def write_corpus(path: Path) -> None:
    rows = "".join(f'"The parcel {i} came late,\nand nobody said why {i % 7}.",{"ab"[i % 2]}\n' for i in range(60))
    path.write_text("text,label\n" + rows + "broken\n")


def scan(path: Path, out: Path, spool_bytes: int, progress: Progress = silent) -> None:
    options = {"pii.ner": "off", "select": ("DUP", "BAL", "STL"), "corpus.spool_bytes": spool_bytes}
    settings = load_settings(None, (), {**options, "staleness.as_of": "2026-01-01"}, {})
    run([str(path)], settings, out=out, command="test", stages=("scan",), progress=progress)


def test_a_scan_of_rows_on_the_disk_is_the_scan_of_rows_in_memory(tmp_path: Path) -> None:
    write_corpus(tmp_path / "d.csv")
    for name, size in (("memory", 1 << 30), ("disk", 0)):
        scan(tmp_path / "d.csv", tmp_path / name, size)
    for name in ("findings.parquet", "rows.parquet", "clusters.parquet", "rejects.jsonl"):
        assert (tmp_path / "memory" / name).read_bytes() == (tmp_path / "disk" / name).read_bytes()
    audits = [json.loads((tmp_path / name / "audit.json").read_text()) for name in ("memory", "disk")]
    for audit in audits:
        del audit["config"]
    assert audits[0] == audits[1]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["d.csv", "disk", "memory"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_nothing_remains_of_a_run_that_was_broken_off(error: type[BaseException], tmp_path: Path) -> None:
    write_corpus(tmp_path / "d.csv")
    seen = []

    def stop(stage: str, done: int, total: int) -> None:
        if stage != "read":
            seen.extend(path.suffix for path in tmp_path.glob("new/.out.work-*/*"))
            raise error

    with pytest.raises(error):
        scan(tmp_path / "d.csv", tmp_path / "new" / "out", 0, stop)
    assert ".arrow" in seen
    assert [path.name for path in tmp_path.rglob("*")] == ["d.csv"]
