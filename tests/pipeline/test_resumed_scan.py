"""A long scan that was broken off goes on where it stopped, and comes to what it would have come to."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from auditor.checks import schedule
from auditor.config.loading import load_settings
from auditor.core.progress import Progress, silent
from auditor.pipeline.run import run

ROWS = 60


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "BATCH_ROWS", 10)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    rows = "".join(f"Write to ann{i}@example.org about parcel {i},{'ab'[i % 2]}\n" for i in range(ROWS))
    (tmp_path / "d.csv").write_text("text,label\n" + rows)
    return tmp_path / "d.csv"


def scan(source: Path, out: str, progress: Progress = silent, **options: object) -> None:
    asked = {"pii.ner": "off", "select": ("DUP", "BAL", "PII", "QLT"), "corpus.spool_bytes": 0, "workers": 1, **options}
    settings = load_settings(None, (), {**asked, "staleness.as_of": "2026-01-01"}, {})
    out_folder = source.parent / out
    run([str(source)], settings, out=out_folder, command="t", stages=("scan",), progress=progress, is_offering=False)


def stopping(at: int, error: type[BaseException] = KeyboardInterrupt) -> Progress:
    def progress(stage: str, done: int, total: int) -> None:
        if (stage, done) == ("privacy", at) and total > 1:
            raise error

    return progress


def watched(seen: list[tuple[str, int, int]]) -> Progress:
    return lambda stage, done, total: seen.append((stage, done, total))


def same(one: Path, other: Path) -> bool:
    names = ("findings.parquet", "rows.parquet", "clusters.parquet", "audit.json")
    return all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_it_goes_on_after_the_last_batch(source: Path, error: type[BaseException]) -> None:
    scan(source, "whole")
    assert left(source.parent) == []
    with pytest.raises(error) as broken:
        scan(source, "new", stopping(4, error))
    assert "the same command goes on from there" in "".join(broken.value.__notes__)
    (marks,) = left(source.parent)
    assert (source.parent / marks).stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in (source.parent / marks).iterdir())
    seen: list[tuple[str, int, int]] = []
    scan(source, "new", watched(seen))
    assert ("resumed", 3, 6) in seen
    assert same(source.parent / "whole", source.parent / "new")
    assert left(source.parent) == []


def test_results_of_checks_are_not_made_again(source: Path) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "excerpts":
            raise KeyboardInterrupt

    scan(source, "whole")
    with pytest.raises(KeyboardInterrupt):
        scan(source, "new", stop)
    seen: list[tuple[str, int, int]] = []
    scan(source, "new", watched(seen))
    assert not {"privacy", "quality", "balance"} & {stage for stage, *_ in seen}
    assert same(source.parent / "whole", source.parent / "new")


def other_content(source: Path) -> None:
    source.write_text(source.read_text().replace("parcel 7,", "parcel seven,"))


def other_file_of_settings(source: Path) -> None:
    (source.parent / "exceptions.yaml").write_text("allow: [ann1@example.org]\n")


def changed_mark(source: Path) -> None:
    for path in source.parent.glob(".auditor-marks-*/*"):
        path.write_bytes(path.read_bytes()[:-1] + b"!")


def exchanged_marks(source: Path) -> None:
    first, second, *_ = sorted(source.parent.glob(".auditor-marks-*/batch-*"))
    contents = first.read_bytes(), second.read_bytes()
    second.write_bytes(contents[0])
    first.write_bytes(contents[1])


@pytest.mark.parametrize(
    ("change", "known"),
    [(other_content, 0), (other_file_of_settings, 0), (changed_mark, 0), (exchanged_marks, 1)],
)
def test_marks_of_anything_else_do_not_count(source: Path, change: Callable[[Path], None], known: int) -> None:
    (source.parent / "exceptions.yaml").write_text("allow: [ann0@example.org]\n")
    options = {"pii.exceptions": str(source.parent / "exceptions.yaml")}
    with pytest.raises(KeyboardInterrupt):
        scan(source, "new", stopping(4), **options)
    change(source)
    seen: list[tuple[str, int, int]] = []
    scan(source, "new", watched(seen), **options)
    assert [done for stage, done, _ in seen if stage == "resumed"] == ([known] if known else [])
    scan(source, "whole", **options)
    assert same(source.parent / "whole", source.parent / "new")


def test_small_corpora_leave_no_marks(source: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        scan(source, "new", stopping(4), **{"corpus.spool_bytes": 1 << 30})
    assert left(source.parent) == []


def open_to_others(marks: Path) -> None:
    marks.chmod(0o770)


def of_another_user(marks: Path) -> None:
    if os.getuid():
        pytest.skip("only root can give a folder away")
    os.chown(marks, 65534, 65534)


def behind_a_link(marks: Path) -> None:
    marks.rename(marks.with_name("elsewhere"))
    marks.symlink_to(marks.with_name("elsewhere"))


@pytest.mark.parametrize("change", [open_to_others, of_another_user, behind_a_link])
def test_marks_that_somebody_else_could_have_written_are_not_read(source: Path, change: Callable[[Path], None]) -> None:
    with pytest.raises(KeyboardInterrupt):
        scan(source, "new", stopping(4))
    (marks,) = (path for path in source.parent.glob(".auditor-marks-*") if path.is_dir())
    change(marks)
    seen: list[tuple[str, int, int]] = []
    scan(source, "new", watched(seen))
    assert "resumed" not in {stage for stage, *_ in seen}
    assert (source.parent / "new" / "findings.parquet").is_file()
