"""Names for codes of labels, from files beside the data: taken only where they fit the whole column, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import load_corpus

NAMES = ["anger", "joy", "fear"]
YAML_NAMES = "\n".join(f"            '{code}': {name}" for code, name in enumerate(NAMES))
CARD = f"""---
license: mit
dataset_info:
  features:
  - name: text
    dtype: string
  - name: label
    dtype:
      class_label:
        names:
{YAML_NAMES}
---
# A card
"""
FEATURE = {"names": NAMES, "_type": "ClassLabel"}
FROM_0 = {
    "README.md": CARD,
    "dataset_info.json": json.dumps({"features": {"label": FEATURE}}),
    "dataset_infos.json": json.dumps({"default": {"features": {"label": FEATURE}}}),
    "classes.txt": "anger\njoy\nfear\n",
    "label_names.txt": "0 anger\n1 joy\n2 fear\n",
    "labels.json": json.dumps(NAMES),
    "id2label.json": json.dumps({"0": "anger", "1": "joy", "2": "fear"}),
    "label2id.json": json.dumps({"anger": 0, "joy": 1, "fear": 2}),
    "label_map.json": json.dumps({"id2label": {"0": "anger", "1": "joy", "2": "fear"}}),
    "codebook.csv": "code,name\n0,anger\n1,joy\n2,fear\n",
    "data_dictionary.csv": "variable,code,meaning\nage,0,young\nlabel,0,anger\nlabel,1,joy\nlabel,2,fear\n",
    "label_names.tsv": "0\tanger\n1\tjoy\n2\tfear\n",
}


def loaded(folder: Path, beside: dict[str, str], codes: list[object], given: str = "data.csv") -> Corpus:
    for name, content in beside.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content, "utf-8")
    lines = [f"the {n}th remark on kettles and lamps,{code}" for n, code in enumerate(codes * 10)]
    (folder / "data.csv").write_text("\n".join(["text,label", *lines]) + "\n", "utf-8")
    return load_corpus([str(folder / given)], CorpusSettings())


def facts(corpus: Corpus) -> dict[str, tuple[int, str]]:
    return {one.kind: (one.count, one.detail) for one in corpus.notices}


@pytest.mark.parametrize("name", FROM_0)
@pytest.mark.parametrize("given", ["data.csv", "."])
def test_names_of_a_file_beside_are_read_and_told(tmp_path, name, given):
    corpus = loaded(tmp_path, {name: FROM_0[name]}, [0, 1, 2], given)
    assert corpus.labels == NAMES * 10
    assert facts(corpus)["class_names"] == (3, name)
    assert corpus.class_codes(["joy"]) == ["1"]


def test_a_list_counts_from_one_where_the_codes_do(tmp_path):
    corpus = loaded(tmp_path, {"classes.txt": "anger\njoy\nfear\n"}, [1, 2, 3])
    assert corpus.labels == NAMES * 10


def test_codes_with_a_fraction_and_missing_ones(tmp_path):
    corpus = loaded(tmp_path, {"classes.txt": "anger\njoy\nfear\n"}, ["0.0", "1.0", "", "2.0"])
    assert corpus.labels == ["anger", "joy", None, "fear"] * 10


@pytest.mark.parametrize(
    ("codes", "beside"),
    [
        ([0, 1, 2, 7], {"classes.txt": "anger\njoy\nfear\n"}),
        ([1, 2], {"classes.txt": "anger\njoy\nfear\n"}),  # from 0, or from 1 and the last is missing
        ([0, 1, 2], {"codebook.csv": "code,name\n0,anger\n1,joy\n"}),
    ],
)
def test_names_that_do_not_fit_the_whole_column_are_left_aside_and_that_is_told(tmp_path, codes, beside):
    corpus = loaded(tmp_path, beside, codes)
    assert set(corpus.labels) == {str(code) for code in codes}
    assert facts(corpus)["class_names_unfit"] == (1, next(iter(beside)))


@pytest.mark.parametrize(
    "beside",
    [
        {"classes.txt": "anger\nanger\njoy\n"},
        {"topic_labels.txt": "anger\njoy\nfear\n"},  # of another column
        {"data_dictionary.csv": "variable,code,meaning\nage,0,young\nage,1,old\nage,2,older\n"},
        {"notes.txt": "anger\njoy\nfear\n"},
        {"labels.json": "{"},
        {"README.md": "no head"},
        {"README.md": "---\ndataset_info: 3\n---\n"},
        {"codebook.csv": 'code,"name\n0'},
    ],
)
def test_files_that_name_no_classes_of_the_column_say_nothing(tmp_path, beside):
    corpus = loaded(tmp_path, beside, [0, 1, 2])
    assert corpus.labels == ["0", "1", "2"] * 10
    assert not {"class_names", "class_names_unfit"} & facts(corpus).keys()


def test_labels_that_are_names_already_stay(tmp_path):
    corpus = loaded(tmp_path, {"classes.txt": "anger\njoy\nfear\n"}, ["joy", "fear"])
    assert corpus.labels == ["joy", "fear"] * 10
    assert not {"class_names", "class_names_unfit"} & facts(corpus).keys()


def test_a_card_two_folders_above(tmp_path):
    (tmp_path / "d" / "data" / "en").mkdir(parents=True)
    (tmp_path / "d" / "README.md").write_text(CARD, "utf-8")
    assert loaded(tmp_path / "d" / "data" / "en", {}, [0, 1, 2]).labels == NAMES * 10
