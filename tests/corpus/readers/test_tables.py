"""Tables as text: what separates fields and what a quotation mark means are detected, reported, and can be given."""

import pytest

from auditor.errors import InputError


def table(texts, labels, mark=",", header=("text", "label"), end="\n"):
    lines = [mark.join(header), *(f"{text}{mark}{label}" for text, label in zip(texts, labels, strict=True))]
    return "".join(line + end for line in lines)


@pytest.mark.parametrize("mark", ["|", ";", "\t", ",", "^", "\x01"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_the_delimiter_is_the_one_that_parts_all_lines(read, notices, texts, labels, mark, end):
    content = table([f"{t.replace('.', ',')} well{';' * (mark == '|')}" for t in texts], labels, mark, end=end)
    if mark == ",":
        content = table(texts, labels, mark, end=end)
    corpus = read("a.csv", content)
    assert corpus.labels == labels
    assert notices(corpus) == ({} if mark == "," else {"delimiter": 1})


@pytest.mark.parametrize("mark", ["@", "\x01"])
def test_a_text_file_of_texts_and_classes(read, texts, labels, mark):
    corpus = read("a.txt", "".join(f"{text}{mark}{label}\n" for text, label in zip(texts, labels, strict=True)))
    assert (corpus.texts, corpus.labels) == (texts, labels)


def test_a_repeated_byte_order_mark_is_no_part_of_a_name(read, texts, labels):
    assert read("a.csv", "\ufeff\ufeff" + table(texts, labels)).table.column_names == ["text", "label"]


def test_row_names_of_r_are_a_column(read, texts, labels):
    rows = "".join(f'"{i}","{t}","{v}"\n' for i, (t, v) in enumerate(zip(texts, labels, strict=True), 1))
    corpus = read("a.csv", '"text","label"\n' + rows)
    assert (corpus.texts, corpus.labels, corpus.table.column_names[0]) == (texts, labels, "")


def test_a_delimiter_that_is_given_is_taken(read, texts, labels):
    content = table(texts, [f"{label}:x" for label in labels], ":", header=("text", "label:more"))
    assert read("a.csv", content, delimiter=":").table.column_names == ["text", "label", "more"]
    assert read("a.csv", table(texts, labels, "\t"), delimiter="tab").labels == labels


def test_the_line_of_excel_names_the_delimiter_and_lines_are_counted_from_it(read, notices, texts, labels):
    corpus = read("a.csv", "sep=;\n" + table(texts, labels, ";") + "one;two;three\n")
    assert corpus.texts == texts
    assert notices(corpus) == {"sep_line": 1}
    assert [(r.line, r.reason) for r in corpus.rejects] == [(33, "extra_field")]


def test_columns_without_name_and_value_are_dropped_and_those_with_values_are_kept(read, notices, texts, labels):
    rows = "".join(f"{label},{text},,,\n" for text, label in zip(texts, labels, strict=True))
    corpus = read("a.csv", "v1,v2,,,\n" + rows)
    assert (corpus.table.column_names, notices(corpus)) == (["v1", "v2"], {"empty_columns": 3})
    corpus = read("a.csv", "v1,v2,,,\n" + rows + "neg,it goes on,and on,,\n")
    assert corpus.table.column_names == ["v1", "v2", "column_3"]
    assert corpus.table.column("column_3").to_pylist()[-1] == "and on"


def test_empty_fields_at_the_ends_of_rows_are_dropped_and_counted(read, notices, texts, labels):
    corpus = read("a.csv", table(texts, [f"{label}," for label in labels], header=("text", "label")))
    assert (corpus.labels, notices(corpus)) == (labels, {"trailing_delimiters": 30})


def test_a_lone_quote_in_a_tsv_is_a_character(read, notices, texts, labels):
    quoted = [f'"{text}' if i % 5 == 0 else text for i, text in enumerate(texts)]
    corpus = read("a.tsv", table(quoted, labels, "\t"))
    assert (corpus.texts, corpus.labels) == (quoted, labels)
    assert notices(corpus) == {"plain_quotes": 6}
    assert len(read("a.tsv", table(quoted, labels, "\t"), quoting="standard")) < 30


def test_quotes_that_enclose_fields_stay_quotes(read, notices, texts, labels):
    quoted = [f'"{text}\t""well""\nyes"' for text in texts]
    corpus = read("a.tsv", table(quoted, labels, "\t"))
    assert corpus.texts == [f'{text}\t"well"\nyes' for text in texts]
    assert notices(corpus) == {}


def test_quotes_that_can_be_either_are_asked_about(read, refused, texts, labels):
    content = table([f'"{text}\tx\nyes"' for text in texts], labels, "\t")
    assert "corpus.quoting=none" in refused("a.tsv", content).fix
    assert len(read("a.tsv", content, quoting="standard")) == 30
    assert len(read("a.tsv", content, quoting="none")) == 60


def test_quotes_after_a_backslash_are_quotes_and_other_backslashes_stay(read, notices, texts, labels):
    corpus = read("a.csv", table([f'"He said \\"{text}\\", in C:\\new"' for text in texts], labels))
    assert corpus.texts == [f'He said "{text}", in C:\\new' for text in texts]
    assert notices(corpus) == {"backslash_quotes": 60}


def test_a_column_of_texts_alone_is_not_parted_by_its_commas(read, notices, texts):
    corpus = read("a.csv", "text\n" + "".join(f"Well, {text}\n" for text in texts))
    assert corpus.texts == [f"Well, {text}" for text in texts]
    assert notices(corpus) == {"one_column": 1}


def test_encodings_that_are_certain_are_found_and_others_asked_about(read, refused, notices):
    content = "文本,标签\n" + "".join(f"这家酒店第{i}间房的窗户很大，早餐也不错,{'好差'[i % 2]}\n" for i in range(30))
    for encoding, name in (("gbk", "gb18030"), ("utf-16", "utf-16")):
        corpus = read("a.csv", content.encode(encoding))
        assert corpus.texts[3] == "这家酒店第3间房的窗户很大，早餐也不错"
        assert [(n.kind, n.detail) for n in corpus.notices] == [("encoding", name)]
    german = "text,label\n" + "".join(f"Das Gerät {i} ist schön,{'ab'[i % 2]}\n" for i in range(30))
    assert "--encoding" in refused("a.csv", german.encode("latin-1")).fix
    assert read("a.csv", german.encode("latin-1"), encoding="latin-1").texts[0] == "Das Gerät 0 ist schön"


def test_a_part_may_lack_a_column_and_another_file_may_not(read, put, refused, notices):
    put("d/train.tsv", "sentence\tlabel\nthe kettle is here\t0\nthe lamp is there\t1\n")
    put("d/test.tsv", "index\tsentence\n0\tthe bus is late\n1\tthe train is not\n")
    corpus = read("d")
    assert corpus.table.column("label").to_pylist() == [None, None, "0", "1"]
    assert notices(corpus) == {"missing_columns": 2}
    put("e/one.tsv", "sentence\tlabel\nthe kettle is here\t0\n")
    put("e/two.tsv", "index\tsentence\n0\tthe bus is late\n")
    assert "lacks the column" in refused("e").what


def test_titles_that_excel_filled_up_are_left_out_and_empty_rows_are_kept(read, notices, texts, labels):
    rows = "".join(f"{text},{label},{i}\n" for i, (text, label) in enumerate(zip(texts, labels, strict=True)))
    corpus = read("a.csv", f"Survey of 2024,,\n,,\ntext,label,n\n{rows},,\n")
    assert corpus.table.column_names == ["text", "label", "n"]
    assert corpus.texts == [*texts, ""]
    assert notices(corpus) == {"title_lines": 2}
    corpus = read("b.csv", f"text,,\n{rows}")
    assert corpus.table.column_names == ["text", "column_2", "column_3"]


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("euc-kr", "이 제품은 정말 마음에 들어요. 배송도 빠르고 품질도 좋습니다."),
        ("shift_jis", "この商品はとても良いと思います。配送が遅くて残念でした。"),
        ("big5", "這家酒店的房間很大，服務也不錯，就是早餐一般。"),
        ("koi8-r", "Мне очень понравился этот чайник"),
    ],
)
def test_other_encodings_are_not_taken_for_chinese(refused, encoding, text):
    assert "--encoding" in refused("a.csv", f"text,label\n{text},a\n{text},b\n".encode(encoding)).fix


@pytest.mark.parametrize(
    "text",
    ['{"text": "a, b", "n": 1}\n{"text": "c", "n": 2}\n', '[{"text": "a"}, {"text": "b"}]', '[\n {"text": "a"}\n]\n'],
)
def test_json_under_the_name_of_a_table_is_refused(read, text):
    with pytest.raises(InputError, match="JSON, not a table"):
        read("d.csv", text)


def test_a_column_of_json_is_a_column(read):
    cell = '"[{""role"": ""user"", ""content"": ""Hello there""}]"'
    assert read("d.csv", f"messages\n{cell}\n").texts == ["Hello there"]


@pytest.mark.parametrize("twin", ["Text", "text\u200b", "ｔｅｘｔ"])
def test_columns_whose_names_look_the_same_are_told(twin, read, notices):
    corpus = read("a.csv", f"text,{twin},label\n" + "".join(f"the lamp is here {i},b{i},a\n" for i in range(5)))
    assert [(n.kind, n.count, n.detail) for n in corpus.notices] == [("alike_columns", 2, "1, 2")]
    assert notices(read("b.csv", "text,label\nthe lamp,a\n")) == {}
