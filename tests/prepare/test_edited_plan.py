"""An edited plan is carried out to the letter, or refused with the line that cannot be."""

import csv
import io
import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from auditor.config.settings import Settings
from auditor.errors import InputError
from auditor.pipeline import run

TEXTS = [
    "please write to anna@corp-mail.io about the fee",
    "my name is Irene Ellison and the card is late",
    "the transfer of last week has not arrived yet",
    "call me on (212) 736-5000 about the new limit",
    "where do I find the branch in this part of town",
    "where do I find the branch in this part of town",
]
FILES = ("plan.csv", "plan.json", "plan.parquet")


def go(folder, stages, plan=None, **own):
    pq.write_table(pa.table({"text": TEXTS, "label": list("ababaa")}), folder / "in.parquet")
    prepare = {
        "augment": "none",
        "validation": 0.0,
        "test": 0.0,
        "max_removed": 1.0,
        "vanishing": "allow",
        "balance": "none",
    }
    settings = Settings.model_validate({"select": ("PII", "DUP"), "pii": {"ner": "sample"}, "prepare": prepare, **own})
    return run([str(folder / "in.parquet")], settings, out=folder / ("done" if plan else "planned"), command="test",
               stages=stages, progress=lambda *_: None, plan_file=plan)  # fmt: skip


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("planned")
    go(folder, ("scan", "plan"))
    return folder / "planned"


def edited(planned, file, folder, changes, lines=()):
    """The plan with other values in some rows (by number), without some lines, with further ones."""
    if file.endswith(".csv"):
        rows = list(csv.DictReader(io.StringIO((planned / file).read_text("utf-8"))))
    elif file.endswith(".json"):
        data = json.loads((planned / file).read_text("utf-8"))
        rows = data["rows"]
    else:
        rows = pq.read_table(planned / file).to_pylist()
    head = {k: rows[0].get(k) for k in ("corpus_digest", "made_with")}
    known = {int(row["row_id"]): row for row in rows}
    for number, change in changes.items():
        if change is None:
            rows.remove(known[number])
        elif number in known:
            known[number].update(change)
        else:
            rows.append({**dict.fromkeys(rows[0]), **head, "row_id": number, "part": "train", **change})
    path = folder / file
    if file.endswith(".csv"):
        stream = io.StringIO()
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
        path.write_text(stream.getvalue(), "utf-8")
    elif file.endswith(".json"):
        path.write_text(json.dumps(data), "utf-8")
    else:
        pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def texts_of(folder):
    table = pq.read_table(folder / "done" / "dataset" / "train-00000-of-00001.parquet")
    return dict(zip(table.column("row_id").to_pylist(), table.column("text").to_pylist(), strict=True))


def test_the_policy_alone_masks_the_address_and_flags_the_name(planned):
    plan = {row["row_id"]: row["action"] for row in pq.read_table(planned / "plan.parquet").to_pylist()}
    assert plan == {0: "mask", 1: "flag", 2: "keep", 3: "mask", 4: "keep", 5: "drop"}
    reason = pq.read_table(planned / "plan.parquet").column("reason")[1].as_py()
    assert reason == "names are masked only with --ner full, which was not given"


@pytest.mark.parametrize("file", FILES)
def test_mask_written_for_a_row_masks_the_name_in_it(planned, file, tmp_path):
    plan = edited(planned, file, tmp_path, {1: {"action": "mask"}})
    outcome = go(tmp_path, ("scan", "plan", "clean"), plan)
    assert outcome.verdict(Settings()).code == 0
    texts = texts_of(tmp_path)
    assert texts[1] == "my name is <PERSON> and the card is late"
    assert "<EMAIL_ADDRESS>" in texts[0]
    ledger = {row["row_id"]: row for row in pq.read_table(tmp_path / "done" / "ledger.parquet").to_pylist()}
    assert (ledger[1]["outcome"], ledger[1]["rule"], ledger[1]["reason"]) == ("changed", "edited", "edited by hand")
    assert outcome.prepared.accounts.rows_masked == 3


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("change", [{"action": "flag"}, {"action": "keep"}, None])
def test_flag_and_keep_written_for_a_masked_row_leave_it(planned, file, change, tmp_path):
    if change is None and file.endswith(".parquet"):
        pytest.skip("all rows are in the Parquet file")
    plan = edited(planned, file, tmp_path, {0: change})
    outcome = go(tmp_path, ("scan", "plan", "clean"), plan)
    texts = texts_of(tmp_path)
    assert texts[0] == TEXTS[0]
    assert "<PHONE_NUMBER>" in texts[3]
    assert {row["row_id"] for row in outcome.prepared.masks.to_pylist()} == {3}


@pytest.mark.parametrize("file", FILES)
def test_drop_relabel_weight_review_and_a_dropped_row_kept(planned, file, tmp_path):
    changes = {
        0: {"action": "drop"},
        2: {"action": "relabel", "label": "b"},
        3: {"action": "review"},
        4: {"action": "down-weight", "weight": 0.25},
        5: {"action": "keep"},
    }
    outcome = go(tmp_path, ("scan", "plan", "clean"), edited(planned, file, tmp_path, changes))
    table = pq.read_table(tmp_path / "done" / "dataset" / "train-00000-of-00001.parquet")
    rows = {row["row_id"]: row for row in table.to_pylist()}
    assert sorted(rows) == [1, 2, 3, 4, 5]
    assert rows[2]["label"] == "b"
    assert rows[4]["sample_weight"] == 0.25
    assert "<PHONE_NUMBER>" in rows[3]["text"]  # masks add up with a review
    assert outcome.prepared.accounts.rows_to_review == 1
    ledger = {row["row_id"]: row["outcome"] for row in outcome.prepared.ledger.to_pylist()}
    assert ledger == {0: "removed", 1: "kept", 2: "changed", 3: "changed", 4: "kept", 5: "kept"}


@pytest.mark.parametrize("file", FILES)
def test_an_unedited_plan_does_what_the_policy_does(planned, file, tmp_path):
    outcome = go(tmp_path, ("scan", "plan", "clean"), planned / file)
    assert texts_of(tmp_path)[1] == TEXTS[1]
    assert pq.read_table(planned / "plan.parquet").equals(pq.read_table(outcome.path / "plan.parquet"))


@pytest.mark.parametrize("file", FILES)
def test_a_row_with_nothing_to_mask_is_named_and_refused(planned, file, tmp_path):
    with pytest.raises(InputError, match="nothing was found") as caught:
        go(tmp_path, ("scan", "plan", "clean"), edited(planned, file, tmp_path, {2: {"action": "mask"}}))
    assert caught.value.where == f"{tmp_path / file}, row_id 2"
    assert not (tmp_path / "done").exists()


def test_what_cannot_be_read_is_refused_with_its_line(planned, tmp_path):
    plan = edited(planned, "plan.csv", tmp_path, {1: {"action": "relabel", "label": "no such class"}})
    with pytest.raises(InputError) as caught:
        go(tmp_path, ("scan", "plan", "clean"), plan)
    assert caught.value.where == f"{plan}, line 3, row_id 1"
    assert "no such class" not in "".join(caught.value.lines())


def test_a_leak_written_into_a_plan_is_refused_with_its_line(tmp_path):
    from auditor.core.findings import findings
    from auditor.prepare.plan_file import plan_csv, read_plan
    from tests.corpora import corpus
    from tests.prepare.made import drafted, varied

    texts = varied(6)
    c = corpus([*texts, texts[0]], splits=["train"] * 6 + ["test"])
    plan, *_ = drafted(c, [findings("DUP004", "warn", [0], ref_row=[6], value=["test"])], validation=0.0)
    assert plan.table.column("action")[0].as_py() == "drop"
    path = tmp_path / "plan.csv"
    path.write_text(plan_csv(plan, c).replace("drop", "keep"), "utf-8")
    with pytest.raises(InputError, match="copy in another part") as caught:
        read_plan(path, c, plan)
    assert caught.value.where == f"{path}, line 2, row_id 0"


def test_masks_of_other_columns_follow_the_edited_plan(tmp_path):
    from auditor.core.findings import findings
    from auditor.pii.masking.masker import Masker
    from auditor.prepare.clean_corpus import remasked
    from tests.prepare.made import drafted
    from tests.prepare.test_columns import spans, wide

    c = wide({"note": pa.array(["ask ann@e.org", "ask bob@e.org", "x"])})
    found = [spans("note", (0, 4, 13), (1, 4, 13)), findings("STL001", "info", [2])]
    plan, _, options = drafted(c, found, test=0.0, validation=0.0)
    assert sorted(plan.cleaned.columns["note"]) == [0, 1]
    everything = pa.concat_tables(found)
    cleaned = remasked(plan.cleaned, c, everything, options.prepare, Masker(options.prepare), None, set(), {1})
    assert cleaned.columns["note"] == {0: "ask <EMAIL_ADDRESS>"}
    assert np.all([row == 0 for row in cleaned.inserted["note"]])
