"""The same text of several annotators is no duplicate; the same text twice of one annotator is."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from auditor.config.corpus_settings import CorpusSettings
from auditor.config.settings import DuplicateSettings
from auditor.corpus.corpus import Corpus
from auditor.corpus.load import corpus_of_tables
from auditor.corpus.target import Annotations
from auditor.dedup.find import find_clusters

WORDS = [
    "river",
    "stone",
    "cloud",
    "garden",
    "window",
    "letter",
    "bridge",
    "winter",
    "copper",
    "lantern",
    "harbour",
    "kettle",
]


def said(rows: list[tuple[str, str | None, str]], **asked: object) -> Corpus:
    text, annotator, label = (list(column) for column in zip(*rows, strict=True))
    table = pa.table({"text": text, "annotator": annotator, "label": label})
    return corpus_of_tables({"a.parquet": table}, CorpusSettings(**asked))


def texts(n: int) -> list[str]:
    draw = np.random.default_rng(1)
    return [" ".join(draw.choice(WORDS, 12)) for _ in range(n)]


def removed(corpus: Corpus) -> list[int]:
    return np.flatnonzero(
        find_clusters(corpus, DuplicateSettings(keep="first")).kept != np.arange(len(corpus))
    ).tolist()


def test_rows_of_one_text_are_kept_for_each_annotator_and_stay_together():
    corpus = said([(text, who, "yes") for text in texts(10) for who in ("ann", "bob", "cid")])
    assert corpus.roles.annotator == "annotator"
    assert removed(corpus) == []
    assert find_clusters(corpus, DuplicateSettings()).cluster.tolist() == [i // 3 for i in range(30)]


def test_a_text_that_one_annotator_has_twice_is_a_duplicate():
    rows = [(text, who, "yes") for text in texts(10) for who in ("ann", "bob")]
    assert removed(said([*rows, (rows[4][0].upper(), "ann", "yes"), (rows[5][0], "bob", "no")])) == [20, 21]


def test_a_near_copy_is_one_for_each_annotator_who_has_both():
    first = texts(10)
    near = f"{first[0]} again"
    rows = [(text, who, "yes") for text in first for who in ("ann", "bob")]
    assert removed(said([*rows, (near, "ann", "yes"), (near, "bob", "yes"), (near, "cid", "yes")])) == [20, 21]


def test_a_column_of_names_beside_different_texts_is_no_annotation():
    assert (
        said([(text, who, "yes") for text, who in zip(texts(20), ["ann", "bob"] * 10, strict=True)]).roles.annotator
        is None
    )


def test_annotations_are_read_from_columns_lists_and_objects():
    first = texts(20)
    named = {"annotator_1": ["a", "b"] * 10, "annotator_2": ["a", None] * 10, "label": ["a", "b"] * 10}
    lists = {"votes": [[{"annotator": "z", "label": "a"}, {"annotator": "y", "label": "b"}]] * 20}
    for columns, asked, people, labels in (
        (named, {}, ("annotator_1", "annotator_2"), 30),
        ({"annotator_labels": [["a", "b", "b"]] * 20}, {}, ("1", "2", "3"), 60),
        (lists, {"annotators": ("votes",)}, ("y", "z"), 40),
    ):
        corpus = corpus_of_tables({"a": pa.table({"text": first, **columns})}, CorpusSettings(**asked))
        target = corpus.target
        assert isinstance(target, Annotations)
        assert (target.annotators, target.classes, len(target.row)) == (people, ("a", "b"), labels)
        assert corpus.labels == (["a", "b"] * 10 if "label" in columns else None)
