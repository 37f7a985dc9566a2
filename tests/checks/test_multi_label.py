"""Several labels a row: foreign and forgotten ones are found by name, and nothing takes them for single labels."""

import csv
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.checks.labels.multi_label import find_doubts, label_table
from auditor.checks.labels.multi_label_model import one_against_rest
from auditor.config.loading import load_settings
from auditor.config.settings import Settings
from auditor.core.results import Completed, Skipped
from auditor.corpus.corpus import Corpus, Roles
from auditor.message import message

WORDS = {
    "card": ["card", "plastic", "chip", "pin", "blocked", "stolen", "wallet"],
    "loan": ["loan", "mortgage", "rate", "house", "instalment", "borrow", "repay"],
    "transfer": ["iban", "recipient", "wire", "beneficiary", "sent", "abroad", "pending"],
    "tax": ["tax", "revenue", "declaration", "levy", "refund", "audit", "office"],
}


def made(count, seed=0):
    """Texts of one to three topics, and their labels."""
    draw = np.random.default_rng(seed)
    sets = [sorted(draw.choice(sorted(WORDS), draw.integers(1, 4), replace=False).tolist()) for _ in range(count)]
    texts = [
        " ".join(
            [w for name in labels for w in draw.choice(WORDS[name], 4)] + [f"x{n}" for n in draw.integers(0, 90, 4)]
        )
        for labels in sets
    ]
    return texts, sets


def corpus(texts, labels, separator=None):
    kind = pa.large_string() if any(isinstance(one, str) for one in labels) else pa.list_(pa.string())
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": pa.array(labels, kind)})
    return Corpus("made", ("made",), table, np.arange(len(texts)), Roles("text", "label"), label_separator=separator)


def check(c, **settings):
    return LabelCheck(Settings.model_validate(settings), "en").finish([], c, Shared())


def found(result, code):
    return {(f["row_id"], f["value"]) for f in result.findings.to_pylist() if f["code"] == code}


@pytest.fixture(scope="module")
def planted():
    """20 rows with a foreign label, 20 with a forgotten one."""
    texts, sets = made(600)
    given = [list(labels) for labels in sets]
    foreign, forgotten = set(), set()
    for i in range(0, 600, 15):
        if len(foreign) <= len(forgotten):
            name = next(n for n in sorted(WORDS) if n not in sets[i]) if len(sets[i]) < 4 else ""
            given[i].append(name)
            foreign.add((i, name))
        else:
            forgotten.add((i, given[i].pop()))
    return texts, given, foreign, forgotten


def test_foreign_and_forgotten_labels_are_found_by_name(planted):
    texts, given, foreign, forgotten = planted
    result = check(corpus(texts, given))
    unlikely, absent = found(result, "LBL009"), found(result, "LBL010")
    assert len(unlikely & foreign) >= 14, "confident learning counts low where a label is given in error"
    assert len(absent & forgotten) >= 16
    assert len(unlikely - foreign) + len(absent - forgotten) <= 4
    score = np.asarray(result.per_row["label_score"])
    rows = {i for i, _ in foreign | forgotten}
    assert len(set(np.argsort(score)[: len(rows)].tolist()) & rows) >= 0.85 * len(rows)


def test_above_the_bound_models_of_a_sample_judge_all_rows():
    texts, sets = made(2_000)
    given = [list(labels) for labels in sets]
    forgotten = {(i, given[i].pop()) for i in range(0, 2_000, 20)}
    result = check(corpus(texts, given), labels={"sample_rows": 1_000})
    absent = found(result, "LBL010")
    assert len(absent & forgotten) >= 0.7 * len(forgotten)
    assert len(absent - forgotten) + len(found(result, "LBL009")) <= 15
    assert message("note.label_sample", 1_000, 2_000) in result.notes


@pytest.mark.parametrize("form", ["json", "separator"])
def test_json_arrays_and_declared_separators_are_lists_too(planted, form):
    texts, given, *_ = planted
    as_lists = check(corpus(texts, given))
    as_texts = [json.dumps(one) if form == "json" else " | ".join(one) for one in given]
    blank = ["" if not one and form == "separator" else text for one, text in zip(given, as_texts, strict=True)]
    result = check(corpus(texts, blank, "|" if form == "separator" else None))
    if form == "json":
        assert result.findings.drop(["column"]).equals(as_lists.findings.drop(["column"]))
    else:
        empty = {i for i, one in enumerate(given) if not one}
        told = {f["row_id"] for f in result.findings.to_pylist() if f["code"] == "LBL003"}
        assert told == empty, "a blank cell says nothing; an empty list says that no label applies"


def test_one_text_that_is_no_array_makes_them_single_labels():
    c = corpus(["a", "b"], ['["x"]', "y"])
    assert c.label_sets is None
    assert c.labels == ['["x"]', "y"]
    assert corpus(["a"], ['[["nested"]]']).label_sets is None
    assert corpus(["a", "b"], ["[1, 2]", None]).label_sets == [("1", "2"), None]


def test_random_lists_are_not_judged_and_the_gate_says_why():
    texts, sets = made(400)
    order = np.random.default_rng(1).permutation(400)
    result = check(corpus(texts, [sets[i] for i in order]))
    assert found(result, "LBL009") == found(result, "LBL010") == set()
    assert message("note.label_sets_gate") in result.notes


def test_clean_lists_are_left_alone():
    texts, sets = made(600)
    result = check(corpus(texts, sets))
    assert len(found(result, "LBL009") | found(result, "LBL010")) <= 9


def test_rare_labels_and_missing_lists_have_codes_of_their_own():
    texts, sets = made(300)
    given = [None, [*sets[1], "odd"], *sets[2:]]
    result = check(corpus(texts, given))
    assert {f["row_id"] for f in result.findings.to_pylist() if f["code"] == "LBL003"} == {0}
    small = [f for f in result.findings.to_pylist() if f["code"] == "LBL004"]
    assert [(f["value"], f["score"]) for f in small] == [("odd", 1.0)]
    assert "odd" not in {value for _, value in found(result, "LBL009")}
    assert isinstance(check(corpus(texts[:20], sets[:20])), Skipped)


def test_copies_do_not_vouch_for_a_foreign_label():
    texts, sets = made(300)
    name = next(n for n in sorted(WORDS) if n not in sets[0])
    rows = [0, *range(300, 308)]
    has = label_table([*sets, *[sets[0]] * 8], [True] * 308, np.arange(308), 5).has.copy()
    k = sorted(WORDS).index(name)
    has[rows, k] = True
    groups = np.arange(308)
    groups[rows] = 0
    every = [*texts, *[texts[0]] * 8]
    apart = one_against_rest(every, has, groups, language="en", folds=5, seed=0).probabilities[0, k]
    torn = one_against_rest(every, has, np.arange(308), language="en", folds=5, seed=0).probabilities[0, k]
    assert apart < 0.5 < torn


def test_no_more_is_flagged_than_the_surest_predictions_are_contradicted():
    draw = np.random.default_rng(0)
    has = draw.random((2000, 3)) < 0.3
    sure = np.where(has, 0.99, 0.01).astype(np.float32)
    torn = np.arange(2000) % 4 == 0
    sure[torn] = np.where(draw.random((500, 3)) < 0.5, 0.93, 0.07)  # hard texts: the models guess
    doubts = find_doubts(has, sure)
    assert (doubts.unlikely | doubts.absent).sum() < 0.02 * has.size


def test_balance_counts_rows_a_label():
    texts, sets = made(100)
    result = BalanceCheck(Settings(), "en").finish([], corpus(texts, [*sets[:99], ["Card"]]), Shared())
    assert isinstance(result, Completed)
    bars = next(f for f in result.figures if f.title == "figure.rows_per_label")
    counts = dict(zip(bars.labels, bars.values, strict=True))
    assert counts["card"] == sum("card" in labels for labels in sets[:99])
    assert [f["value"] for f in result.findings.to_pylist() if f["code"] == "BAL003"] == ["Card"]
    assert {f["value"] for f in result.findings.to_pylist() if f["code"] == "BAL002"} == {"Card"}


def test_thorough_mode_says_that_lists_are_judged_by_linear_models(planted):
    texts, given, *_ = planted
    result = check(corpus(texts, given), labels={"model": "bert"})
    assert message("note.label_linear_only") in result.notes


def test_the_whole_way_keeps_the_lists_and_says_what_it_leaves_out(auditor, tmp_path, planted):
    texts, given, *_ = planted
    given = [None, *given[1:]]  # its finding suggests to drop the row: no label
    pq.write_table(pa.table({"text": texts, "labels": given}), tmp_path / "d.parquet")
    policy = "rules:\n  - {name: all, codes: [LBL], action: relabel, reason: wished for}\n"
    (tmp_path / "policy.yaml").write_text(policy)
    arguments = ["--ner", "off", "--select", "LBL,BAL", "--keep-raw", "--set", "prepare.policy=policy.yaml",
                 "--no-benchmark"]  # fmt: skip
    done = auditor("run", "d.parquet", "-o", "out", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "rows carry several labels each: no weights by class" in done.stdout
    out = pa.concat_tables([pq.read_table(p) for p in sorted((tmp_path / "out" / "dataset").glob("*.parquet"))])
    kept = dict(zip(out.column("row_id").to_pylist(), out.column("labels").to_pylist(), strict=True))
    assert all(kept[i] == given[i] for i in kept)
    actions = set(pq.read_table(tmp_path / "out" / "plan.parquet").column("action").to_pylist())
    assert "review" in actions
    assert "relabel" not in actions
    asked = auditor("review", "export", "out", "-o", "queue.csv", cwd=tmp_path)
    assert asked.returncode == 0, asked.stderr
    with (tmp_path / "queue.csv").open(encoding="utf-8-sig") as stream:
        queue = list(csv.DictReader(stream))
    assert any(": +" in row["reason"] for row in queue)
    assert all(row["label"].split(" | ") == sorted(given[int(row["row_id"])] or []) for row in queue if row["label"])
    undone = auditor("clean", "--undo", "out", "-o", "back.parquet", cwd=tmp_path)
    assert undone.returncode == 0, undone.stderr
    assert pq.read_table(tmp_path / "back.parquet").column("labels").to_pylist() == given


def test_the_separator_is_a_setting():
    assert load_settings(pairs=["corpus.label_separator=;"]).corpus.label_separator == ";"


def test_a_label_on_every_row_is_named_and_the_others_are_judged():
    draw = np.random.default_rng(1)
    topics = {"trade": "tariff export import duty quota", "crop": "wheat maize harvest field grain"}
    texts, sets = [], []
    for i in range(160):
        own = sorted(topics)[i % 2]
        texts.append(" ".join(draw.choice(topics[own].split(), 6)) + f" w{i}")
        sets.append(["all", own])
    column = pa.array(sets, pa.list_(pa.string()))
    table = pa.table({"text": pa.array(texts, pa.large_string()), "label": column})
    c = Corpus("d", ("d.parquet",), table, np.arange(160), Roles("text", "label"))
    result = LabelCheck(Settings(), "en").finish([], c, Shared())
    assert message("note.label_sets_constant", "all") in result.notes
    assert next(m.value for m in result.metrics if m.name == "labels.noise_rate") == 0
