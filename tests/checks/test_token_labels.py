"""Token labels: planted tag errors rank first, illegal sequences by scheme, names annotated in two ways."""

import numpy as np
import pyarrow as pa
import pytest

from auditor.checks.balance import BalanceCheck
from auditor.checks.base import Shared
from auditor.checks.labels.check import LabelCheck
from auditor.checks.labels.tokens import _judge, token_places
from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import Settings
from auditor.core.results import Skipped
from auditor.corpus.corpus import Corpus, Roles
from auditor.corpus.roles import infer_roles
from auditor.message import message
from auditor.text.bio import EntitySpan, illegal_positions, marks_span_ends, spans

PEOPLE, PLACES = [f"Name{c}" for c in "abcdefgh"], [f"Town{c}" for c in "abcdefgh"]


def sentences(n, seed=0):
    draw = np.random.default_rng(seed)
    rows, tags = [], []
    for _ in range(n):
        rows.append(
            ["yesterday", str(draw.choice(PEOPLE)), "Smith", "went", "to", str(draw.choice(PLACES)), "by", "train"]
        )
        tags.append(["O", "B-PER", "I-PER", "O", "O", "B-LOC", "O", "O"])
    return rows, tags


def check(rows, tags, **settings):
    table = pa.table({"text": [" ".join(r) for r in rows], "tokens": rows, "ner_tags": tags})
    roles = infer_roles(table, CorpusSettings()).roles
    assert (roles.tokens, roles.tags) == ("tokens", "ner_tags")
    corpus = Corpus("made", ("made",), table, np.arange(len(rows)), roles)
    return LabelCheck(Settings.model_validate(settings), "en").finish([], corpus, Shared())


def found(result, code):
    return {f["row_id"]: f for f in result.findings.to_pylist() if f["code"] == code}


def test_wrong_tags_are_found_at_their_place_with_the_right_tag():
    rows, tags = sentences(300)
    wrong = set(range(0, 300, 30))
    for i in wrong:
        tags[i][5] = "B-PER"
    result = check(rows, tags)
    hits = found(result, "LBL006")
    assert len(wrong & set(hits)) >= 7
    assert len(set(hits) - wrong) <= 7
    assert all((hits[i]["value"], hits[i]["suggestion"]) == ("#6 B-PER", "B-LOC") for i in wrong & set(hits))
    lowest = np.argsort(result.per_row["label_score"].to_numpy())[:20].tolist()
    assert len(wrong & set(lowest)) >= 8


def test_above_the_bound_models_of_a_sample_judge_all_sentences():
    rows, tags = sentences(2_100)
    wrong = set(range(0, 2_100, 30))
    for i in wrong:
        tags[i][5] = "B-PER"
    result = check(rows, tags, labels={"sample_rows": 1_000})
    hits = found(result, "LBL006")
    assert len(set(hits) & wrong) >= 0.5 * len(wrong)
    scores = np.array(result.per_row["label_score"].to_pylist())
    assert len(set(np.argsort(scores)[: len(wrong)].tolist()) & wrong) >= 0.95 * len(wrong)
    assert len(set(hits) - wrong) <= 5
    assert message("note.label_sample", 1_000, 2_100) in result.notes


def test_tags_between_which_the_model_wavers_are_not_called_wrong():
    given = np.repeat([0, 1], [300, 320])
    away = np.repeat([0.3, 0.3, 0.95, 0.8], [300, 300, 10, 10])  # how much the other tag has
    probabilities = np.full((620, 2), 0.0, np.float32)
    probabilities[np.arange(620), given], probabilities[np.arange(620), 1 - given] = 1 - away, away
    _, wrong = _judge([["x"]] * 620, given, probabilities)
    flagged = np.flatnonzero(np.concatenate(wrong))
    assert set(flagged) == set(range(600, 610))


def test_one_name_in_two_types_points_to_a_row_of_the_usual_type():
    rows, tags = sentences(100)
    rows[7][5], rows[8][5], rows[9][5], rows[40][5] = ["Paris"] * 4
    tags[40][5] = "B-ORG"
    hit = found(check(rows, tags), "LBL008")
    assert {i: (f["value"], f["ref_row"]) for i, f in hit.items()} == {40: ("ORG / LOC", 7)}


def test_tags_that_do_not_fit_their_words_are_missing_labels():
    rows, tags = sentences(100)
    tags[3] = tags[3][:-1]
    assert set(found(check(rows, tags), "LBL003")) == {3}


def test_random_tags_are_not_judged():
    rows, tags = sentences(200)
    draw = np.random.default_rng(1)
    noise = [draw.choice(["O", "B-PER", "B-LOC", "B-ORG"], 8, p=[0.7, 0.1, 0.1, 0.1]).tolist() for _ in tags]
    result = check(rows, noise)
    assert found(result, "LBL006") == {}
    assert any(note.key == "note.token_gate" for note in result.notes)


def test_too_few_sentences_are_skipped_with_the_reason():
    assert check(*sentences(20)).reason.key == "reason.few_sentences"


def test_without_labels_of_any_kind_the_check_is_skipped():
    corpus = Corpus("m", ("m",), pa.table({"text": ["a"]}), np.arange(1), Roles("text"))
    result = LabelCheck(Settings(), "en").finish([], corpus, Shared())
    assert result == Skipped(message("reason.no_column", message("role.label"), "--label"))


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ("O B-PER I-PER O", []),
        ("O I-PER", [1]),
        ("B-PER I-LOC", [1]),
        ("I-PER O B-PER", [0]),
    ],
)
def test_illegal_in_iob2(row, places):
    assert illegal_positions(row.split(), ends=False) == places


@pytest.mark.parametrize(
    ("row", "places"),
    [
        ("B-PER I-PER E-PER S-LOC", []),
        ("B-PER M-PER E-PER", []),
        ("B-PER O", [1]),
        ("B-PER I-PER", [1]),
        ("S-PER E-PER", [1]),
        ("E-PER", [0]),
        ("B-PER S-LOC", [1]),
    ],
)
def test_illegal_in_bioes_and_bmes(row, places):
    assert illegal_positions(row.split(), ends=True) == places


def test_spans_mean_the_same_in_every_scheme():
    expected = [EntitySpan(0, 2, "PER"), EntitySpan(3, 4, "LOC")]
    for row in ("B-PER I-PER O B-LOC", "B-PER E-PER O S-LOC", "B_PER E_PER O S_LOC", "PER PER O LOC"):
        assert spans(row.split()) == expected
    assert spans(["B-PER", "B-PER"]) == [EntitySpan(0, 1, "PER"), EntitySpan(1, 2, "PER")]
    assert marks_span_ends([["B-PER", "E-PER"]])
    assert not marks_span_ends([["B-PER", "I-PER"]])


def test_a_doubted_token_is_placed_in_the_text():
    assert token_places(["New", "York", "is", "New"], "New York is New") == [(0, 3), (4, 8), (9, 11), (12, 15)]
    assert token_places(["我", "爱", "x"], "我爱北京") == [(0, 1), (1, 2), None]


def test_entity_types_are_the_classes_of_a_tagged_corpus():
    table = pa.table({
        "text": pa.array(["Ann saw Rome", "Bob saw Oslo", "Rome"], pa.large_string()),
        "tokens": [["Ann", "saw", "Rome"], ["Bob", "saw", "Oslo"], ["Rome"]],
        "ner_tags": [["B-PER", "O", "B-LOC"], ["B-PER", "O", "B-LOC"], ["B-LOC"]],
    })  # fmt: skip
    roles = Roles("text", tokens="tokens", tags="ner_tags")
    result = BalanceCheck(Settings(), "en").finish([], Corpus("d", ("d",), table, np.arange(3), roles), Shared())
    (figure,) = result.figures
    assert dict(zip(figure.labels, figure.values, strict=True)) == {"LOC": 3.0, "PER": 2.0}
    assert next(m.value for m in result.metrics if m.name == "balance.ratio") == 1.5
