"""What holds for any answers, any growth of an index, any log and any plan: a thousand examples each."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.config.corpus_settings import CorpusSettings
from auditor.core.actions import ACTIONS, Action
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus
from auditor.dedup.minhash import Banding, Signatures
from auditor.dedup.sketches import MOST_FILES, SketchIndex, extended
from auditor.errors import AuditorError, InputError
from auditor.prepare.plan import Decision, Plan, with_decisions
from auditor.prepare.plan_file import plan_csv, plan_json, plan_table, read_plan
from auditor.review.answers import Answer
from auditor.review.decisions import decisions_json, join_answers, read_decisions
from auditor.store import Journal
from tests.corpora import corpus
from tests.prepare.made import drafted, varied

thousand = settings(max_examples=1_000, deadline=None, suppress_health_check=list(HealthCheck))
SHM = Path("/dev/shm")  # files of a property test are many and small
PLACE = str(SHM) if os.access(SHM, os.W_OK) else None
CLASSES = ("a", "=1+1", "b c", "ü\n", "-5")
LABELS = st.sampled_from(CLASSES)
ANSWERS = st.lists(
    st.one_of(
        st.builds(
            lambda row, word, who, time: Answer(0, "d", row, word, None, who, time),
            st.integers(0, 5), st.sampled_from(["keep", "drop", "mask"]), st.sampled_from(["ann", "bob", "cy"]),
            st.sampled_from(["", "2026-01-01", "2026-01-02"]),
        ),
        st.builds(
            lambda row, label, who, time: Answer(0, "d", row, "relabel", label, who, time),
            st.integers(0, 5), LABELS, st.sampled_from(["ann", "bob", "cy"]), st.sampled_from(["", "2026-01-01"]),
        ),
    ),
    min_size=1, max_size=14,
)  # fmt: skip


@thousand
@given(ANSWERS)
def test_of_any_answers_each_row_has_one_verdict_that_comes_back_from_its_file(answers: list[Answer]) -> None:
    review = join_answers(answers, "d")
    assert [verdict.row_id for verdict in review.verdicts] == sorted({answer.row_id for answer in answers})
    for verdict in review.verdicts:
        last = {
            answer.reviewer: answer
            for answer in sorted(answers, key=lambda a: a.time)
            if answer.row_id == verdict.row_id
        }
        said = {(answer.decision, answer.label) for answer in last.values()}
        agreed = next(iter(said)) if len(said) == 1 else ("review", None)
        assert (verdict.action, verdict.label) == agreed
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        path = Path(folder) / "decisions.json"
        path.write_text(decisions_json(review), "utf-8")
        assert read_decisions(path, "d", range(6), CLASSES) == list(review.verdicts)


BANDING = Banding.for_threshold(0.7)


def signed(number: int, size: int) -> Signatures:
    draw = np.random.default_rng(number)
    keys = [draw.integers(1, 2**63, size, np.uint64) for _ in range(BANDING.bands)]
    return Signatures(draw.integers(0, 2**63, size, np.uint64), np.ones(size, np.int64), keys)


@settings(thousand, max_examples=200)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=3 * MOST_FILES))
def test_an_index_that_grows_by_any_steps_holds_every_row_once_in_few_files(sizes: list[int]) -> None:
    with tempfile.TemporaryDirectory(dir=PLACE) as place:
        folder = Path(place)
        index = SketchIndex(folder, 3, 0.7, BANDING)
        for number, size in enumerate(sizes):
            ids = np.arange(size) + 1_000 * number
            index, name, data = extended(index, ids, signed(number, size), f"c{number}", str(number))
            (folder / name).write_bytes(data)
            assert len(index.by_file()) <= MOST_FILES + np.log2(sum(sizes)) + 1
        found = [ids.tolist() for _, ids, _ in index.read()]
        assert found == [[1_000 * number + i for i in range(size)] for number, size in enumerate(sizes)]


@thousand
@given(st.lists(st.tuples(st.integers(0, 1), st.text(max_size=12), st.binary(max_size=6)), max_size=12))
def test_any_lines_of_two_writers_are_read_once_and_half_ones_never(steps: Sequence[tuple[int, str, bytes]]) -> None:
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        path = Path(folder) / "log"
        writers, seen, said = (Journal(path), Journal(path)), ([], []), []
        for who, line, torn in steps:
            seen[who].extend(writers[who].add(line))
            said.append(line.replace("\n", " ").encode("utf-8", "replace").decode())
            with path.open("ab") as stream:  # killed in the middle of the next line
                stream.write(torn.replace(b"\n", b""))
        for who in (0, 1):
            seen[who].extend(writers[who].new())
        assert seen == (said, said)


@pytest.fixture(scope="module")
def planned() -> tuple[Corpus, Plan]:
    labels = [CLASSES[i % len(CLASSES)] for i in range(10)]
    c = corpus(varied(10), labels=labels)
    return c, drafted(c, test=0.0, validation=0.0)[0]


DECISIONS = st.dictionaries(
    st.integers(0, 9),
    st.one_of(
        st.sampled_from([Decision(Action.DROP, reason="=cmd()"), Decision(Action.REVIEW, reason='a "b",\n@c')]),
        st.builds(lambda label: Decision(Action.RELABEL, label=label, reason="x"), LABELS),
        st.builds(lambda weight: Decision(Action.DOWN_WEIGHT, weight=weight, reason="x"), st.sampled_from([0.0, 0.25, 1 / 3])),
    ),
    max_size=8,
)  # fmt: skip


@settings(thousand, max_examples=400)
@given(DECISIONS, st.sampled_from(["json", "csv", "parquet"]))
def test_any_plan_comes_back_from_its_file(
    planned: tuple[Corpus, Plan], decisions: dict[int, Decision], kind: str
) -> None:
    c, made = planned
    plan = with_decisions(made, decisions)
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        path = Path(folder) / f"plan.{kind}"
        if kind == "parquet":
            pq.write_table(plan_table(plan, c), path)
        else:
            path.write_text(plan_json(plan, c) if kind == "json" else plan_csv(plan, c), "utf-8")
        again = read_plan(path, c, made)
    for name in ("action", "label", "weight", "part"):
        assert again.table.column(name).to_pylist() == plan.table.column(name).to_pylist(), name
    assert set(again.table.column("action").to_pylist()) <= set(ACTIONS)


CELLS = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


@thousand
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_any_table_in_csv_is_read_as_it_is_or_refused(table: list[tuple[str, str]], separator: str) -> None:
    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"'

    lines = [separator.join(map(cell, row)) for row in (("text", "label"), *table)]
    with tempfile.TemporaryDirectory(dir=PLACE) as folder:
        path = Path(folder) / "d.csv"
        path.write_text("\n".join(lines) + "\n", "utf-8", newline="")
        try:
            read = load_corpus([str(path)], CorpusSettings(text="text", label="label"))
        except InputError:
            return
        assert read.rows_read == len(table) == len(read) + len(read.rejects)
        kept = [table[row][0] for row in read.row_id.tolist()]
        assert list(read.texts) == kept


DEEP = "[" * 100_000


def test_json_that_is_nested_deeply_is_refused_wherever_it_is_read(
    planned: tuple[Corpus, Plan], tmp_path: Path
) -> None:
    from auditor.dedup.sketches import open_index
    from auditor.review.formats.registry import read_answers
    from auditor.store import read_manifest, read_run
    from auditor.view.decisions import Decisions

    path = tmp_path / "decisions.json"
    for name in (path.name, "plan.json", "answers.json", "answers.jsonl", "index.json", "manifest.json"):
        (tmp_path / name).write_text(DEEP)
    for read in (
        lambda: read_decisions(path, "d", range(3), ()),
        lambda: Decisions(path, "d", "ann"),
        lambda: read_plan(tmp_path / "plan.json", *planned),
        lambda: read_answers(tmp_path / "answers.json"),
        lambda: read_answers(tmp_path / "answers.jsonl"),
        lambda: open_index(tmp_path),
        lambda: read_manifest(tmp_path),
        lambda: read_run(tmp_path),
    ):
        with pytest.raises(AuditorError):
            read()
    path.unlink()
    path.with_name("decisions.json.log").write_text(DEEP + "\n")
    with pytest.raises(AuditorError):
        Decisions(path, "d", "ann")
