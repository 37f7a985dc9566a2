"""A benchmark task added from outside the package: one file, one registration, one setting."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

OPTIONS = ("--ner", "off", "-q", "-o", "run", "--seeds", "2", "--epochs", "30", "--set", "keep_state=false")


def write_scores(path):
    """Texts of stars, each worth one point; and a wrong one that was copied a hundred times."""
    draw = np.random.default_rng(0)
    stars = draw.integers(0, 5, 400)
    texts = [" ".join(draw.permutation(["star"] * n + [f"w{k}" for k in draw.integers(0, 60, 6)])) for n in stars]
    texts += ["star star star star w1 w2 w3"] * 100
    pq.write_table(pa.table({"text": texts, "score": [*stars.astype(float), *[0.0] * 100]}), path)


@pytest.mark.parametrize("asked", [(), ("--task", "ridge")])
def test_a_new_task_is_chosen_by_its_columns_or_by_its_name_and_reported(auditor, folder_with, asked):
    folder = folder_with("regression_task")
    write_scores(folder / "in.parquet")
    done = auditor("run", "in.parquet", *OPTIONS, *asked, cwd=folder)
    assert done.returncode == 0, done.stderr
    result = json.loads((folder / "run" / "benchmark" / "results.json").read_text("utf-8"))
    assert (result["task"], result["model"], result["seeds"]) == ("regression", "linear model", [0, 1])
    assert result["after"]["mean_squared_error"]["mean"] < 0.5  # the mean of the scores has an error of 2
    assert "mean_squared_error changed by -" in result["verdict"]
    assert len(list((folder / "run" / "benchmark" / "trainings").iterdir())) == 4
    page = (folder / "run" / "report.html").read_text("utf-8")
    assert "linear model" in page and "regression" in page and "mean squared error" in page


def test_other_tasks_can_still_be_asked_for(auditor, folder_with):
    folder = folder_with("regression_task")
    write_scores(folder / "in.parquet")
    done = auditor("run", "in.parquet", *OPTIONS, "--task", "tagging", cwd=folder)
    assert done.returncode == 0, done.stderr
    manifest = json.loads((folder / "run" / "manifest.json").read_text("utf-8"))
    [skipped] = [one for one in manifest["skipped"] if one["stage"] == "benchmark"]
    assert "Give lists of words and of tags" in str(skipped["reason"])


def test_without_the_setting_the_task_is_unknown(auditor, folder_with):
    folder = folder_with("regression_task")
    write_scores(folder / "in.parquet")
    done = auditor("run", "in.parquet", *OPTIONS, "--task", "ridge", "--set", "plugins=", cwd=folder)
    assert done.returncode == 2
    assert "There is no such benchmark task." in done.stderr and "benchmark.task = ridge" in done.stderr
    assert not (folder / "run").exists()
