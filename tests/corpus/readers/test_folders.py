"""Folders: parts, classes, configurations, what stands beside the data; documents, mail and addresses."""

import json

import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.load import load_corpus
from auditor.errors import InputError, SafetyError


def csv_of(texts, labels):
    return "text,label\n" + "".join(f"{text},{label}\n" for text, label in zip(texts, labels, strict=True))


def test_what_stands_beside_the_data_is_not_read(read, put, texts, labels):
    put("d/data.csv", csv_of(texts, labels))
    for name in (
        "README.md",
        "README.txt",
        "LICENSE.txt",
        "notes.html",
        ".cache/old.csv",
        "dataset_info.json",
        "label2id.json",
        "sample_submission.csv",
    ):
        put(f"d/{name}", "about the data")
    assert read("d").texts == texts


def test_class_names_beside_files_of_texts_and_labels(read, put, texts, labels):
    put("d/train_text.txt", "\n".join(texts))
    put("d/train_labels.txt", "\n".join(str(int(label == "pos")) for label in labels))
    put("d/mapping.txt", "0\tneg\n1\tpos\n")
    corpus = read("d")
    assert (corpus.texts, corpus.class_names) == (texts, {"0": "neg", "1": "pos"})


def test_folders_of_mail_are_classes(read, put, texts):
    for kind in ("spam", "ham"):
        for number in range(3):
            put(f"d/{kind}/{number}.eml", f"Subject: Kettle {number}\n\n{texts[number]}\n")
    corpus = read("d")
    assert (corpus.roles.label, sorted(set(corpus.labels)), len(corpus)) == ("label", ["ham", "spam"], 6)


def test_pages_alone_are_documents(read, put):
    put("d/a.md", "# A\n\nabout kettles")
    put("d/b.html", "<head><script>no</script></head><p>about &amp; lamps<p>and<br>buses")
    corpus = read("d")
    assert corpus.texts == ["# A\n\nabout kettles", "about & lamps\nand\nbuses"]
    assert corpus.role("id").to_pylist() == ["a.md", "b.html"]


def test_folders_of_classes_and_parts(read, put, notices):
    for part in ("train", "test"):
        for name in ("pos", "neg"):
            for i in range(4):
                put(f"d/{part}/{name}/{i}.txt", f"{part} {name} number {i}")
    corpus = read("d")
    assert corpus.labels == ["neg"] * 4 + ["pos"] * 4 + ["neg"] * 4 + ["pos"] * 4
    assert corpus.table.column("split").to_pylist() == ["test"] * 8 + ["train"] * 8
    assert corpus.role("id").to_pylist()[0] == "test/neg/0.txt"
    assert notices(corpus)["class_folders"] == 2
    put("d/train/unsup/0.txt", "train without one")
    put("d/train/unsup/1.txt", "train without another")
    assert read("d").labels.count(None) == 2


def test_documents_at_any_depth_have_no_classes(read, put):
    for name in ("a/1.txt", "a/2.txt", "b/1.txt", "b/deep/2.txt", "b/deep/3.txt"):
        put(f"d/{name}", f"about {name}")
    assert "label" not in read("d").table.column_names


@pytest.mark.parametrize("readme", [True, False])
def test_of_several_data_sets_one_is_asked_for(read, put, refused, texts, labels, readme):
    for name in ("en", "zh"):
        for part in ("train", "test"):
            put(f"d/{name}/{part}.csv", csv_of(texts, labels))
    if readme:
        put("d/README.md", "---\nconfigs:\n- config_name: en\n  data_files: en/*.csv\n- config_name: zh\n---\nabout")
    error = refused("d")
    assert ("2 data sets" in error.what, "en, zh" in error.where) == (True, True)
    assert "d/en" in error.fix
    assert len(read("d/en")) == 60


def test_what_save_to_disk_wrote_is_read_without_its_caches(read, tmp_path, records, texts):
    datasets = pytest.importorskip("datasets")
    whole = datasets.Dataset.from_list(records)
    datasets.DatasetDict({"train": whole, "test": whole.select(range(5))}).save_to_disk(tmp_path / "d")
    shard = tmp_path / "d" / "train" / "data-00000-of-00001.arrow"
    (tmp_path / "d" / "train" / "cache-1234.arrow").write_bytes(shard.read_bytes())
    corpus = read("d")
    assert corpus.texts == texts[:5] + texts
    assert corpus.table.column("split").to_pylist() == ["test"] * 5 + ["train"] * 30


def test_names_of_classes_that_the_hub_gives_are_those_of_the_labels(read, tmp_path, records, texts, labels):
    datasets = pytest.importorskip("datasets")
    names = datasets.ClassLabel(names=["neg", "pos"])
    coded = [{"text": one["text"], "label": names.str2int(one["label"])} for one in records]
    features = datasets.Features({"text": datasets.Value("string"), "label": names})
    whole = datasets.Dataset.from_list(coded, features=features)
    whole.save_to_disk(tmp_path / "d")
    whole.to_parquet(tmp_path / "a.parquet")
    for name in ("d", "a.parquet"):
        corpus = read(name)
        assert corpus.labels == labels
        assert corpus.table.column("label").to_pylist()[:2] == [0, 1]


@pytest.mark.parametrize(("one", "other"), [("sst_train", "sst_dev"), ("train-00000-of-00001", "test-00000-of-00001")])
def test_parts_are_told_by_names(read, put, texts, labels, one, other):
    put(f"d/{one}.csv", csv_of(texts, labels))
    put(f"d/{other}.csv", csv_of(texts, labels))
    assert len(set(read("d").table.column("split").to_pylist())) == 2


def test_codes_of_languages_are_no_parts(read, put, texts, labels):
    put("d/tr_news.csv", csv_of(texts, labels))
    put("d/te_news.csv", csv_of(texts, labels))
    assert "split" not in read("d").table.column_names


def test_mail_has_a_row_a_message(read, refused, notices, texts):
    message = (
        "From jo@mailhost.org Mon Jan  1 10:00:00 2024\nMessage-ID: <{0}@x>\nSubject: S {0}\n\n{1}\n>From here\n\n"
    )
    content = "".join(message.format(i, text) for i, text in enumerate(texts))
    corpus = read("a.mbox", content)
    assert corpus.table.column("text").to_pylist()[3] == f"{texts[3]}\nFrom here\n\n"
    assert corpus.table.column("subject").to_pylist()[3] == "S 3"
    page = 'From a\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/html\n\n<p>Hello <b>you</b></p>\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment\n\nx\n--b--\n'
    corpus = read("b.mbox", page)
    assert (corpus.table.column("text").to_pylist(), notices(corpus)) == (["Hello you"], {"attachments": 1})
    assert "not an mbox" in refused("c.mbox", "Dear all,\n").what


def test_addresses_are_read_and_secrets_in_them_refused(tmp_path, records, texts):
    pytest.importorskip("fsspec")
    (tmp_path / "a.json").write_text(json.dumps(records), "utf-8")
    corpus = load_corpus([f"file://{tmp_path}/*.json"], CorpusSettings())
    assert (corpus.texts, corpus.on_disk) == (texts, ())
    assert list(corpus.fetched) == list(corpus.files)
    for address in (f"file://{tmp_path}/b.json", "nosuch://host/a.csv"):
        with pytest.raises(InputError) as caught:
            load_corpus([address], CorpusSettings())
        assert len(caught.value.lines()) == 3
    for address in ("https://me:hunter22@host/a.csv", "https://host/a.csv?X-Amz-Signature=hunter22"):
        with pytest.raises(SafetyError) as refused:
            load_corpus([address], CorpusSettings())
        assert "hunter22" not in " ".join(refused.value.lines())


def test_a_link_is_read_by_its_own_name_and_once(tmp_path):
    """As in the cache of the Hub, whose files are links to blobs without a suffix."""
    (tmp_path / "blob").write_text("text\nfirst row of the blob\nsecond row of the blob\n")
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).symlink_to(tmp_path / "blob")
    corpus = load_corpus([str(tmp_path / "one.csv"), str(tmp_path / "two.csv")], CorpusSettings())
    assert len(corpus) == 2


def test_a_link_to_nothing_readable_is_called_empty(tmp_path):
    (tmp_path / "null.csv").symlink_to("/dev/null")
    with pytest.raises(InputError, match="empty"):
        load_corpus([str(tmp_path / "null.csv")], CorpusSettings())
