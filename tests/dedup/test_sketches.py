"""An index whose files are merged reads as one whose files never were, before, during and after an update."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from auditor.dedup.minhash import Banding, Signatures
from auditor.dedup.sketches import HEAD, MOST_FILES, Segment, SketchIndex, extended, open_index, segment_bytes

BANDING = Banding.for_threshold(0.7)
SIZES = [400, 10, 10, 12, 9, 10, 11, 10, 10, 30, 5, 5, 5, 5, 5, 5, 5, 5, 5, 90]


def rows(number, size):
    draw = np.random.default_rng(number)
    keys = [draw.integers(1, 2**63, size, np.uint64) for _ in range(BANDING.bands)]
    sequence = draw.integers(0, 2**63, size, np.uint64)
    return np.arange(size) + 1000 * number, Signatures(sequence, np.ones(size, np.int64), keys)


def write_head(index):
    (index.folder / HEAD).write_text(json.dumps(index.head()), "utf-8")


def plain(folder, count):
    """One file a segment."""
    folder.mkdir()
    segments = []
    for number in range(count):
        data = segment_bytes(*rows(number, SIZES[number]))
        (folder / f"{number}.arrow").write_bytes(data)
        sha = hashlib.sha256(data).hexdigest()
        segments.append(Segment(f"{number}.arrow", f"c{number}", str(number), SIZES[number], sha))
    return SketchIndex(folder, 3, 0.7, BANDING, tuple(segments))


def content(index):
    return [
        (
            segment.source,
            segment.digest,
            ids.tolist(),
            signed.sequence.tolist(),
            [keys.tolist() for keys in signed.keys],
        )
        for segment, ids, signed in index.read()
    ]


@pytest.fixture
def grown(tmp_path) -> tuple[Path, list[int], int]:
    """The folder, files after each step, and rows written in all."""
    folder = tmp_path / "merged"
    folder.mkdir()
    index, files, written = SketchIndex(folder, 3, 0.7, BANDING), [], 0
    for number, size in enumerate(SIZES):
        before = content(index)
        index, name, data = extended(index, *rows(number, size), f"c{number}", str(number))
        assert not (folder / name).exists()  # files are never changed
        (folder / name).write_bytes(data)
        if number:
            assert content(open_index(folder)) == before  # killed here: the head still names what was there
        write_head(index)
        files.append(len(index.by_file()))
        written += index.by_file()[name]
    return folder, files, written


def test_a_merged_index_reads_as_one_that_never_was(grown, tmp_path):
    folder, files, _ = grown
    assert content(open_index(folder)) == content(plain(tmp_path / "plain", len(SIZES)))
    assert max(files) == MOST_FILES
    assert len({segment.file for segment in open_index(folder).segments}) == files[-1] < len(SIZES)


def test_large_files_are_left_where_they_are(grown):
    folder, _, written = grown
    first = open_index(folder).segments[0]
    assert (first.file, first.offset) == ("segment-00001.arrow", 0)
    assert written < 3 * sum(SIZES)
    for file in open_index(folder).by_file():
        data = hashlib.sha256((folder / file).read_bytes()).hexdigest()
        assert {s.sha256 for s in open_index(folder).segments if s.file == file} == {data}


def test_a_head_without_places_is_one_of_files_that_were_not_merged(tmp_path):
    index = plain(tmp_path / "plain", 3)
    write_head(index)
    assert all("offset" not in segment for segment in json.loads((index.folder / HEAD).read_text())["segments"])
    assert content(open_index(index.folder)) == content(index)
