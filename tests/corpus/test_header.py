"""A first line that is data is noticed and never quoted; names of columns are left in peace."""

import csv

import pyarrow.parquet as pq
import pytest

from auditor.config.corpus_settings import CorpusSettings
from auditor.corpus.header import FirstLine, first_line
from auditor.corpus.load import load_corpus
from auditor.corpus.role_names import usual_names
from auditor.errors import InputError

WORDS = ("the", "bus", "was", "late", "and", "nobody", "said", "a", "word", "about", "it", "today")
TEXTS = [" ".join(WORDS[(i * 7 + k) % 12] for k in range(9)) + f" number {i}." for i in range(40)]
CLASSES = ["ham" if i % 3 else "spam" for i in range(40)]


def write(path, rows, delimiter=","):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    return path


@pytest.mark.parametrize(
    ("name", "delimiter", "rows"),
    [
        ("sms.tsv", "\t", list(zip(CLASSES, TEXTS, strict=True))),
        ("ids.csv", ",", [(str(i), text) for i, text in enumerate(TEXTS)]),
        ("dates.csv", ";", [(f"2024-03-{i % 28 + 1:02}", text) for i, text in enumerate(TEXTS)]),
        ("mail.csv", ",", [("john.doe@acme.com called 4111 1111 1111 1111", "x"), ("hello there", "y"), ("ok", "z")]),
        (
            "zh.csv",
            ",",
            [(f"这家酒店第{i}间房的窗户很大，早餐也相当不错，下次还会再来", "好差"[i % 2]) for i in range(40)],
        ),
    ],
)
def test_a_row_in_place_of_the_header_is_read_as_a_row(tmp_path, name, delimiter, rows):
    path = write(tmp_path / name, rows, delimiter)
    corpus = load_corpus([str(path)], CorpusSettings())
    assert len(corpus) == len(rows)
    assert corpus.table.column_names == [f"column_{i + 1}" for i in range(len(rows[0]))]
    assert "no_header" in {notice.kind for notice in corpus.notices}
    assert len(load_corpus([str(path)], CorpusSettings(header="yes"))) == len(rows) - 1


def test_a_first_line_that_can_be_either_is_a_question_that_quotes_nothing(tmp_path):
    path = write(tmp_path / "texts.csv", [(text,) for text in TEXTS])
    with pytest.raises(InputError) as caught:
        load_corpus([str(path)], CorpusSettings())
    assert "--no-header" in caught.value.fix
    assert TEXTS[0] not in " ".join(caught.value.lines())
    assert len(load_corpus([str(path)], CorpusSettings(header="no"))) == len(TEXTS)
    assert len(load_corpus([str(path)], CorpusSettings(header="yes"))) == len(TEXTS) - 1


@pytest.mark.parametrize(
    "header",
    [
        ("v1", "v2"), ("Category", "Message"), ("spam?", "What did the customer write to us in this month?"), ("class", "x"),
        ("标签", "评论内容"), ("", "text"), ("kind", "Please tell us in your own words what happened:"),
        ("kind", "Please tell us in your own words what happened today"), ("0", "1"),
    ],
)  # fmt: skip
def test_names_above_classes_and_texts(tmp_path, header):
    path = write(tmp_path / "d.csv", [header, *zip(CLASSES, TEXTS, strict=True)])
    assert len(load_corpus([str(path)], CorpusSettings())) == 40


def test_addresses_of_vocabularies_and_numbers_of_columns_are_names(tmp_path):
    header = ("http://purl.org/dc/terms/type", "http://purl.org/dc/terms/abstract")
    path = write(tmp_path / "d.csv", [header, *zip(CLASSES, TEXTS, strict=True)])
    assert len(load_corpus([str(path)], CorpusSettings())) == 40
    numbered = [("", "0", "1"), *((str(i), str(i % 2), text) for i, text in enumerate(TEXTS))]
    assert len(load_corpus([str(write(tmp_path / "n.csv", numbered))], CorpusSettings())) == 40


def test_a_first_row_of_a_rare_class_is_still_a_row(tmp_path):
    rows = [
        ("rare", "2024-01-05", TEXTS[0]),
        *((c, f"2024-02-{i % 28 + 1:02}", t) for i, (c, t) in enumerate(zip(CLASSES, TEXTS, strict=True))),
    ]
    assert len(load_corpus([str(write(tmp_path / "d.csv", rows))], CorpusSettings())) == len(rows)


def test_pivoted_years_and_a_repeated_header_are_names(tmp_path):
    years = [("name", "2019", "2020"), *((text, str(i), str(i * 2)) for i, text in enumerate(TEXTS))]
    assert len(load_corpus([str(write(tmp_path / "y.csv", years))], CorpusSettings())) == 40
    twice = [("kind", "words"), *zip(CLASSES[:20], TEXTS[:20], strict=True), ("kind", "words")]
    assert len(load_corpus([str(write(tmp_path / "t.csv", twice))], CorpusSettings())) == 21


def test_title_lines_above_the_names_are_left_out_and_told(tmp_path):
    path = tmp_path / "d.csv"
    rows = "".join(f"{text},{label}\n" for text, label in zip(TEXTS, CLASSES, strict=True))
    path.write_text(f"Exported from a survey\nDate: 2024-01-01\n\nwords,kind\n{rows}", "utf-8")
    corpus = load_corpus([str(path)], CorpusSettings())
    assert corpus.table.column_names == ["words", "kind"]
    assert corpus.texts == TEXTS
    assert [(notice.kind, notice.count) for notice in corpus.notices] == [("title_lines", 2)]
    assert load_corpus([str(path)], CorpusSettings(title_lines=2, header="yes")).texts == TEXTS


def test_short_lines_above_data_may_be_broken_rows_and_are_asked_about(tmp_path):
    path = tmp_path / "d.csv"
    path.write_text("late again\n" + "".join(f"{c},{t}\n" for c, t in zip(CLASSES, TEXTS, strict=True)), "utf-8")
    with pytest.raises(InputError) as caught:
        load_corpus([str(path)], CorpusSettings())
    assert "corpus.title_lines=1" in caught.value.fix
    assert "late again" not in " ".join(caught.value.lines())
    assert load_corpus([str(path)], CorpusSettings(title_lines=1)).texts == TEXTS


REAL = ("agnews_test", "banking77", "chnsenticorp_hotel", "cluener2020", "dup_cora_citations", "labelerrors_imdb_test",
        "labelerrors_weibo_ner", "pii_presidio_synth_v2", "reuters21578", "rotten_tomatoes_mr", "sms_spam", "spamassassin",
        "thucnews_headlines", "weibo_rumor_ced", "wnut17_ner")  # fmt: skip


@pytest.mark.parametrize("name", REAL)
def test_real_data_with_and_without_its_header(name, shared_data):
    table = pq.read_table(shared_data(f"{name}.parquet")).slice(0, 600)
    rows = [["" if value is None else str(value) for value in row.values()] for row in table.to_pylist()]
    names = usual_names()
    assert first_line(table.column_names, rows, names) is FirstLine.NAMES
    numbered = [[str(i), *row] for i, row in enumerate(rows)]
    assert first_line(["", *table.column_names], numbered, names) is FirstLine.NAMES
    assert first_line([f"v{i}" for i in range(len(rows[0]))], rows, names) is FirstLine.NAMES
    assert first_line(rows[0], rows[1:], names) is not FirstLine.NAMES
