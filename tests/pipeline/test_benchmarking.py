"""The task follows the columns; steps are told apart; a stopped benchmark goes on."""

import json
import os
import subprocess
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytest.importorskip("torch")
from tests.models.conftest import tiny_model  # noqa: F401 - a fixture
from tests.pipeline.test_run import ROOT, write_corpus

ARGS = ("--as-of", "2026-01-01", "--ner", "off", "--seeds", "2", "--epochs", "1", "--set", "benchmark.folds=1")


def results(folder):
    return json.loads((folder / "benchmark" / "results.json").read_text("utf-8"))


def test_without_labels_texts_are_modelled(auditor, tmp_path):
    draw = np.random.default_rng(0)
    words = [f"w{k}" for k in range(40)]
    table = pa.table({"text": [" ".join(draw.choice(words, 12)) for _ in range(120)]})
    pq.write_table(table, tmp_path / "d.parquet")
    process = auditor("run", "d.parquet", "-o", "out", "--seeds", "2", "--ner", "off", "--set",
                      "benchmark.pretrain_epochs=1", cwd=tmp_path)  # fmt: skip
    assert process.returncode == 0, process.stderr
    found = results(tmp_path / "out")
    assert found["task"] == "masked-language-modelling"
    assert 1 < found["after"]["perplexity"]["mean"] < 10_000
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "Perplexity (lower is better)" in report


def test_lists_of_tags_are_tagged_beside_a_linear_model(auditor, tmp_path, tiny_model):  # noqa: F811
    draw = np.random.default_rng(0)
    rows = [(["meet", name, "in", city], ["O", "B-PER", "O", "B-LOC"])
            for name, city in zip(draw.choice(["ann", "bob", "eve"], 300), draw.choice(["rome", "oslo"], 300),
                                  strict=True)]  # fmt: skip
    table = pa.table({
        "text": [" ".join(words) + f" {i}" for i, (words, _) in enumerate(rows)],
        "tokens": [words for words, _ in rows],
        "ner_tags": [tags for _, tags in rows],
    })  # fmt: skip
    pq.write_table(table, tmp_path / "d.parquet")
    process = auditor("run", "d.parquet", "-o", "out", "--model", tiny_model, *ARGS, "--ignore", "DUP", cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    found = results(tmp_path / "out")
    assert found["task"] == "token-classification"
    assert found["baseline"]["after"]["entity_f1"]["mean"] == 1.0
    assert "Entity F1 of a linear model" in (tmp_path / "out" / "report.html").read_text("utf-8")


def write_lists(path, rows, seed, noise=0.0):
    """Texts about none, one or two things, and the list of them; a share of `noise` of the lists is empty."""
    draw = np.random.default_rng(seed)
    words = {"sea": ["ship", "wave", "port"], "sky": ["plane", "cloud", "wing"], "soil": ["seed", "plough", "field"]}
    texts, labels = [], []
    for i in range(rows):
        own = sorted(name for name in words if draw.random() < 0.45)
        told = [word for name in own for word in draw.choice(words[name], 2)]
        texts.append(" ".join([*draw.permutation([*told, "of", "the", "and"]), f"{i:04d}"]))
        labels.append([] if draw.random() < noise else own)
    pq.write_table(pa.table({"text": texts, "topics": pa.array(labels, pa.list_(pa.string()))}), path)


def test_lists_of_labels_are_told_apart_one_by_one(auditor, tmp_path, tiny_model):  # noqa: F811
    write_lists(tmp_path / "d.parquet", 400, 1)
    arguments = ("--label", "topics", "--model", tiny_model, *ARGS, "--ignore", "DUP", "--lang", "zh", "--set",
                 "benchmark.learning_rate=0.003", "--set", "benchmark.folds=2")  # fmt: skip
    process = auditor("run", "d.parquet", "-o", "out", *arguments, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    found = results(tmp_path / "out")
    assert found["task"] == "multi-label-classification"
    assert found["baseline"]["before"]["micro_f1"]["mean"] > 0.95
    line = next(line for line in process.stdout.splitlines() if line.startswith("基准测试："))
    assert "未显示差异" in line and "No difference" not in line
    assert sum(item["test_rows"] for item in found["classes"]) > 20
    assert min(item["test_rows"] for item in found["classes"]) > 3  # dealt by the rarest label of a row
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert "微平均 F1" in report and "标签全部正确的样本" in report and "判定标签的概率阈值" in report
    assert (tmp_path / "out" / "benchmark" / "model" / "labels.json").is_file()
    assert "2 折" in report and found["rows"]["folds"] == 2
    assert len(list((tmp_path / "out" / "benchmark" / "trainings").iterdir())) == 2 * 2 * 2


def test_two_files_with_lists_of_labels_are_compared(auditor, tmp_path, tiny_model):  # noqa: F811
    write_lists(tmp_path / "d.parquet", 300, 1, noise=0.6)
    write_lists(tmp_path / "e.parquet", 300, 2)
    write_lists(tmp_path / "t.parquet", 150, 3)
    arguments = ("--label", "topics", "--test", "t.parquet", "--model", tiny_model, "--seeds", "2", "--epochs", "8",
                 "--set", "benchmark.learning_rate=0.003", "--set", "benchmark.batch_size=16")  # fmt: skip
    process = auditor("benchmark", "d.parquet", "e.parquet", "-o", "out", *arguments, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    found = results(tmp_path / "out")
    assert found["task"] == "multi-label-classification" and found["rows"]["used"]["test"] == 150
    assert found["difference"]["micro_f1"]["value"] > 0
    one = pa.table({"text": [f"text number {i}" for i in range(60)], "topics": ["sea", "sky"] * 30})
    pq.write_table(one, tmp_path / "one.parquet")
    mixed = auditor("benchmark", "d.parquet", "one.parquet", "--label", "topics", "-o", "no", cwd=tmp_path)
    assert mixed.returncode == 3 and "the other has several" in mixed.stderr


def test_resume_takes_over_what_is_finished(auditor, tmp_path, tiny_model):  # noqa: F811
    write_corpus(tmp_path / "d.csv")
    first = auditor("run", "d.csv", "-o", "one", "--model", tiny_model, *ARGS, cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    again = auditor("run", "d.csv", "-o", "two", "--model", tiny_model, *ARGS, "--resume", "one", cwd=tmp_path)
    assert again.returncode == 0, again.stderr
    assert results(tmp_path / "one") == results(tmp_path / "two")
    assert json.loads((tmp_path / "two" / "manifest.json").read_text("utf-8"))["benchmark"] == {
        "examples_per_second": {}
    }  # nothing was trained
    wrong = auditor("run", "d.csv", "-o", "three", *ARGS, "--resume", "one/dataset", cwd=tmp_path)
    assert wrong.returncode == 3 and "no trainings to resume" in wrong.stderr
    assert not (tmp_path / "three").exists()


def test_two_processes_train_together_and_one_writes(tmp_path, tiny_model):  # noqa: F811
    write_corpus(tmp_path / "d.csv")
    write_corpus(tmp_path / "e.csv", rows=200)
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "auditor"]
    arguments = [
        "benchmark",
        "d.csv",
        "e.csv",
        "-o",
        "out",
        "--model",
        str(tiny_model),
        "--seeds",
        "1",
        "--epochs",
        "1",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    for last in (False, True):  # on a busy machine the launcher's processes may miss each other once
        done = subprocess.run([*launch, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True,
                              timeout=240, check=False)  # fmt: skip
        if done.returncode == 0:
            break
        assert not last, done.stderr[-3000:]
    assert done.stdout.count("results: ") == 1
    assert results(tmp_path / "out")["rows"]["used"]["test"] > 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["d.csv", "e.csv", "out"]


def test_a_benchmark_that_stops_early_leaves_what_it_finished(tmp_path, tiny_model):  # noqa: F811
    import torch

    from auditor.config.loading import load_settings
    from auditor.errors import MemoryRanOutError
    from auditor.pipeline.benchmarking import compare_sets

    write_corpus(tmp_path / "d.csv")
    write_corpus(tmp_path / "e.csv", rows=200)
    options = {"benchmark.model": str(tiny_model), "benchmark.seeds": 1, "benchmark.epochs": 1}
    sets = str(tmp_path / "d.csv"), str(tmp_path / "e.csv"), None, load_settings(options=options)

    def greedy(stage, done, total):
        if "after, seed 0" in stage:
            torch.ones(1).expand(1 << 50) + 1

    with pytest.raises(MemoryRanOutError):
        compare_sets(*sets, tmp_path / "one", "", greedy)
    assert not (tmp_path / "one" / "benchmark" / "results.json").exists()
    assert len(list((tmp_path / "one" / "benchmark" / "trainings").iterdir())) == 1
    compare_sets(*sets, tmp_path / "two", "", lambda stage, done, total: None, tmp_path / "one")
    manifest = json.loads((tmp_path / "two" / "manifest.json").read_text("utf-8"))
    assert set(manifest["benchmark"]["examples_per_second"]) == {"after"}  # the other side was taken over
    before = (tmp_path / "two" / "manifest.json").read_bytes()
    with pytest.raises(MemoryRanOutError):
        compare_sets(*sets, tmp_path / "two", "", greedy)
    assert (tmp_path / "two" / "manifest.json").read_bytes() == before


def test_two_sets_are_compared_without_hold_out_rows_and_personal_class_names(tmp_path, tiny_model):  # noqa: F811
    import pandas as pd

    from auditor.config.loading import load_settings
    from auditor.errors import InputError
    from auditor.pipeline.benchmarking import compare_sets

    for name, rows in (("d.csv", 120), ("e.csv", 200)):
        write_corpus(tmp_path / name, rows=rows)
        table = pd.read_csv(tmp_path / name)
        first = table["label"].iloc[0]
        table["label"] = table["label"].replace(first, "tom@class-canary.io")
        table["split"] = [
            "test" if i % 5 == 0 else "unsupervised" if i % 5 == 1 else "train" for i in range(len(table))
        ]
        table.to_csv(tmp_path / name, index=False)
    options = {"benchmark.model": str(tiny_model), "benchmark.seeds": 1, "benchmark.epochs": 1,
               "duplicates.threshold": 1.0}  # fmt: skip
    sets = str(tmp_path / "d.csv"), str(tmp_path / "e.csv"), None, load_settings(options=options)
    with pytest.raises(InputError, match="do not name a part"):  # nobody said what they are
        compare_sets(*sets, tmp_path / "out", "", lambda stage, done, total: None)
    for name in ("d.csv", "e.csv"):
        text = (tmp_path / name).read_text("utf-8").replace("unsupervised", "holdout")
        (tmp_path / name).write_text(text, "utf-8")
    compare_sets(*sets, tmp_path / "out", "", lambda stage, done, total: None)
    used = results(tmp_path / "out")["rows"]["used"]
    trained = [pd.read_csv(tmp_path / name)["split"].eq("train").sum() for name in ("d.csv", "e.csv")]
    assert 0 < used["before"] <= trained[0]
    assert used["before"] < used["after"] <= trained[1]
    for path in (tmp_path / "out").rglob("*"):
        assert path.is_dir() or b"class-canary" not in path.read_bytes()


def test_a_benchmark_without_enough_rows_says_so_in_the_language_of_the_report(auditor, tmp_path):
    write_corpus(tmp_path / "d.csv", rows=30)
    done = auditor("run", "d.csv", "-o", "out", *ARGS, "--lang", "zh", "--set", "effects=false", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("基准测试"))
    assert "至少需要 50 条训练样本" in line and "training rows" not in line
    skipped = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))["skipped"]
    assert [one["stage"] for one in skipped] == ["benchmark"]
