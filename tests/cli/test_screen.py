"""The summary on one screen: reasons beside every missing letter, and how to go on after an interruption."""

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.cli.safe import harmless, lines_text, one_line
from auditor.cli.screen import Request, summary
from auditor.config.settings import Settings
from auditor.pipeline.run import run
from auditor.runs.finished import without_options


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("screen")
    words = ["card", "loan", "tax", "bill", "bank", "late"]
    texts = [
        f"{words[i % 6]} number {i} was {words[(i * 5 + 1) % 6]} for the {words[i % 5]} {i * 7}" for i in range(60)
    ]
    texts.append(texts[3])
    table = pa.table(
        {"text": texts, "words": [t.split() for t in texts], "ner_tags": [["O"] * len(t.split()) for t in texts]}
    )
    pq.write_table(table, folder / "d.parquet")
    settings = Settings.model_validate({"pii": {"ner": "off"}, "corpus": {"tokens": "words"}})
    outcome = run(
        [str(folder / "d.parquet")], settings, out=folder / "out", command="", stages=["scan"], progress=lambda *_: None
    )
    return outcome, settings


def test_all_columns_used_are_named_and_every_missing_letter_has_a_reason(scanned):
    outcome, settings = scanned
    text = summary(outcome, Request((), settings), outcome.verdict(settings))
    assert "text = text, tokens = words (set by the user), tags = ner_tags" in text
    assert "change with --text, --label, --date, --id, --split, --source, --tokens, --tags\n" in text
    lines = [line for line in text.splitlines() if line.startswith("  ") and "  -   " in line]
    assert len(lines) >= 4
    assert all(len(line.split("  -   ")[1]) > 10 for line in lines), lines
    assert text.splitlines()[-1].startswith("exit 0: ")


@pytest.mark.parametrize(
    ("roles", "columns", "options"),
    [
        ({"text": "t", "label": "y", "annotator": "worker"}, (), "--source, --annotator"),
        ({"text": "t"}, ("ann_1", "ann_2"), "--source, --set corpus.annotators=COLUMN,COLUMN"),
    ],
)
def test_every_role_that_was_found_can_be_changed(scanned, roles, columns, options):
    outcome, settings = scanned
    corpus = replace(outcome.audit.corpus, roles=roles, annotator_columns=columns)
    text = summary(
        replace(outcome, audit=replace(outcome.audit, corpus=corpus)), Request((), settings), outcome.verdict(settings)
    )
    assert f"{options}\n" in text
    assert "annotators = ann_1 + ann_2\n" in text or not columns


def test_an_interrupted_run_says_how_to_go_on(scanned):
    outcome, settings = scanned
    outcome = replace(outcome, interrupted=True)
    words = ["run", "d.parquet", "--seeds", "3", "-o", "out", "--resume=older"]
    verdict = outcome.verdict(settings)
    text = summary(outcome, Request(("d.parquet",), settings, words), verdict)
    assert verdict.code == 130
    assert "auditor run d.parquet --seeds 3 --resume " in text
    assert "older" not in text
    assert text.splitlines()[-1] == "exit 130: interrupted"


def test_words_without_options():
    words = ["run", "a", "-o", "x", "--seed", "1", "--out=y", "--resume", "z", "-q"]
    assert without_options(words, "-o", "--out", "--resume") == ["run", "a", "--seed", "1", "-q"]


def test_lines_and_characters_that_do_harm():
    assert harmless("a\n::error::b\n  ::c\nd ##[e]") == "a\n\\::error::b\n  \\::c\nd ## [e]"
    assert lines_text(["a: b", "  where: c\n::d"]) == "a: b\n  where: c ::d"
    assert one_line("  do:    Give --x") == "  do:    Give --x"
    assert one_line("a\n\x1b[31mb\u202e") == "a <U+001B>[31mb<U+202E>"


def test_files_of_a_folder_are_counted_without_those_of_the_run(tmp_path, auditor):
    """The run is written into the folder that it reads."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "a.csv").write_text("text,label\n" + "".join(f"letter {i} of the day,a\n" for i in range(40)))
    (tmp_path / "d" / "notes.doc").write_text("nothing to read")
    done = auditor("scan", "d", "-o", "d/out", "--for", "fast", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "1 file read, 1 left out\n" in done.stdout


def test_everything_is_told_where_it_is_asked_for(scanned):
    outcome, settings = scanned
    verdict = outcome.verdict(settings)
    plain, told = (summary(outcome, Request((), settings, is_verbose=more), verdict) for more in (False, True))
    codes = set(outcome.audit.findings().column("code").to_pylist())
    assert codes and all(f"\n{code} " in told and f"\n{code} " not in plain for code in codes)
    assert "(duplicates.rate)" in told and "(duplicates.rate)" not in plain
