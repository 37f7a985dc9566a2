"""The cards say what the accounts say, hold nothing that acts, and the folder loads where others load it."""

import json

import pytest
import yaml

NASTY = "a|b <img src=x onerror=alert(1)> `x`"


@pytest.fixture(scope="module")
def dataset(auditor, tmp_path_factory):
    from tests.prepare.made import varied

    base = tmp_path_factory.mktemp("cards")
    lines = [json.dumps({"text": t, "label": NASTY if i % 3 else "plain", "note": "n", "n": i})
             for i, t in enumerate(varied(200))]  # fmt: skip
    (base / "in.jsonl").write_text("\n".join([*lines, lines[0], "broken"]), "utf-8")
    process = auditor("clean", "in.jsonl", "-o", "out", "--ner", "off", cwd=base)
    assert process.returncode == 0, process.stderr
    return base / "out" / "dataset"


def manifest(dataset):
    return json.loads((dataset.parent / "manifest.json").read_text("utf-8"))


def test_the_card_has_a_valid_head_and_tells_the_accounts(dataset):
    _, head, body = (dataset / "README.md").read_text("utf-8").split("---\n", 2)
    data = yaml.safe_load(head)
    assert data["language"] == ["en"]
    assert data["size_categories"] == ["n<1K"]
    assert data["task_categories"] == ["text-classification"]
    parts = {one["split"]: one["path"] for one in data["configs"][0]["data_files"]}
    assert set(parts) == {"train", "validation", "test"}
    assert all((dataset / path).exists() for path in parts.values())
    a = manifest(dataset)["accounts"]
    assert f"in {a['rows_in']} = kept {a['rows_kept']} + removed {a['rows_removed']} + rejected 1" in body
    assert "| duplicates | drop | 1 |" in body
    assert "| note | large\\_string |" in body or "| note | `large_string`" in body
    assert "Left out" not in body
    assert "<img" not in body
    assert "a\\|b" in body
    assert manifest(dataset)["corpus_digest"] in body


def test_the_folder_loads_with_datasets(dataset, tmp_path):
    datasets = pytest.importorskip("datasets")
    loaded = datasets.load_dataset(str(dataset), cache_dir=str(tmp_path))
    assert {part: len(rows) for part, rows in loaded.items()} == manifest(dataset)["accounts"]["parts"]
    assert set(loaded["train"].column_names) >= {"text", "label", "row_id", "sample_weight"}


def test_croissant_is_valid_and_its_records_are_the_rows(dataset):
    mlc = pytest.importorskip("mlcroissant")
    described = mlc.Dataset(jsonld=str(dataset / "croissant.json"))
    assert described.metadata.ctx.issues.errors == set()
    a = manifest(dataset)["accounts"]
    for part, rows in a["parts"].items():
        records = list(described.records(record_set=part))
        assert len(records) == rows
    first = records[0]
    assert {key.rpartition("/")[2] for key in first} >= {"text", "label", "n", "row_id"}
    files = {one["@id"]: one["sha256"] for one in json.loads((dataset / "croissant.json").read_text())["distribution"]}
    assert files == {name.partition("/")[2]: sha for name, sha in manifest(dataset)["outputs"].items()
                     if name.startswith("dataset/") and name.endswith(".parquet")}  # fmt: skip


def test_the_cards_name_every_language_of_the_rows(auditor, tmp_path):
    german = ["Das Paket Nummer {n} ist gestern leider beschädigt bei uns angekommen.",
              "Wir haben die Rechnung {n} bezahlt und warten noch immer auf die Ware."]  # fmt: skip
    english = ["The parcel with the number {n} arrived here yesterday and was damaged.",
               "We have paid the invoice {n} and are still waiting for the goods."]  # fmt: skip
    lines = [json.dumps({"text": text.format(n=100 + 7 * n)}) for n in range(20) for text in (*german, *english)]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), "utf-8")
    asked = ("--ner", "off", "--ignore", "DUP", "--set", "prepare.augment=none", "--max-removed", "0.9")
    process = auditor("clean", "in.jsonl", "-o", "out", *asked, cwd=tmp_path)
    assert process.returncode == 0, process.stderr
    dataset = tmp_path / "out" / "dataset"
    _, head, _ = (dataset / "README.md").read_text("utf-8").split("---\n", 2)
    assert sorted(yaml.safe_load(head)["language"]) == ["de", "en"]
    croissant = json.loads((dataset / "croissant.json").read_text("utf-8"))
    assert sorted(croissant["inLanguage"]) == ["de", "en"]
    assert "German 50.0%" in process.stderr + process.stdout
