"""Diversity: measures at known values, topics, and the user's own terms."""

import numpy as np
import pytest

from auditor.checks.base import Shared
from auditor.checks.diversity import DiversityCheck, read_terms, vendi_score
from auditor.checks.lexical_diversity import distinct_bigrams, mtld, words
from auditor.config.settings import Settings
from auditor.core.results import Skipped
from auditor.errors import InputError
from tests.corpora import corpus


def run(c, **settings):
    return DiversityCheck(Settings.model_validate(settings), c.language).finish([], c, Shared())


def metric(result, name, slice_=None):
    return next(m.value for m in result.metrics if m.name == name and m.slice == slice_)


def test_vendi_counts_different_texts():
    four = np.repeat(np.eye(4, dtype=np.float32), 25, axis=0)
    assert vendi_score(four) == pytest.approx(4.0)
    assert vendi_score(four[:25]) == pytest.approx(1.0)
    draw = np.random.default_rng(0).normal(size=(60, 8))
    rows = draw / np.linalg.norm(draw, axis=1, keepdims=True)
    values = np.linalg.eigvalsh(rows @ rows.T / 60)
    values = values[values > 1e-12]
    assert vendi_score(rows) == pytest.approx(np.exp(-(values * np.log(values)).sum())), "the definition, n by n"


def test_mtld_by_hand():
    # a b a: 2/3 <= 0.72 closes a factor of 3 tokens, four times over; the same backwards
    assert mtld(["a", "b", "a"] * 4) == pytest.approx(3.0)
    assert mtld([f"w{i}" for i in range(50)]) == 50
    assert mtld([]) == 0


def test_distinct_pairs_are_counted_within_texts_and_characters_are_words_in_chinese():
    assert distinct_bigrams([["a", "b", "a", "b"], ["a", "b"]]) == pytest.approx(2 / 4)
    assert words("Don't 买东西, ok") == ["don", "t", "买", "东", "西", "ok"]


def test_copies_lower_every_measure_of_variety():
    draw = np.random.default_rng(0)
    varied = [" ".join(f"w{k}" for k in draw.integers(0, 3000, 20)) for _ in range(200)]
    rich, poor = run(corpus(varied)), run(corpus(varied[:4] * 50))
    assert metric(rich, "diversity.distinct_2") > 5 * metric(poor, "diversity.distinct_2")
    assert metric(poor, "diversity.compression") > 5 * metric(rich, "diversity.compression")
    assert metric(rich, "diversity.mtld") > metric(poor, "diversity.mtld")


def test_terms_that_no_text_mentions_are_named_and_coverage_is_told_by_entity(tmp_path):
    terms = tmp_path / "terms.csv"
    terms.write_text(
        "term,entity,relation\nheart attack,disease,\nstroke,disease,\naspirin,drug,treats\n高血压,disease,\n", "utf-8"
    )
    c = corpus(["A heart-attack was treated with Aspirin.", "strokes of luck", "患者有高血压病史"])
    result = run(c, diversity={"domain_terms": str(terms)})
    assert [f["value"] for f in result.findings.to_pylist()] == ["stroke"]
    assert metric(result, "diversity.terms_covered") == 0.75
    assert metric(result, "diversity.term_coverage", "disease") == pytest.approx(2 / 3, abs=1e-6)
    assert metric(result, "diversity.term_coverage", "treats") == 1.0


def test_a_term_list_without_terms_is_refused_with_what_to_do(tmp_path):
    bad = tmp_path / "terms.csv"
    bad.write_text("word\nx\n")
    with pytest.raises(InputError, match="no column 'term'"):
        read_terms(bad)
    with pytest.raises(InputError, match="cannot be read"):
        read_terms(tmp_path / "absent.csv")


def test_texts_without_words_are_skipped():
    assert isinstance(run(corpus(["...", "", None])), Skipped)


def test_topics_are_counted_where_there_are_vectors():
    pytest.importorskip("wordllama")
    topics = {"river": "the river flows past green hills", "bank": "the bank raised its interest rates"}
    result = run(corpus([f"{text} {i}" for text in topics.values() for i in range(60)]))
    assert metric(result, "diversity.topics") == 6
    assert 1.5 < metric(result, "diversity.effective_topics") <= 6
    assert 1 < metric(result, "diversity.vendi") < 20
