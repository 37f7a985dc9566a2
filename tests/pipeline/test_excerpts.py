"""Which part of a text an excerpt shows, and what it hides."""

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pyarrow as pa
import pytest

from auditor.config.settings import PiiSettings, Settings
from auditor.core.audit import Audit, CorpusProfile
from auditor.core.findings import Severity, findings
from auditor.core.results import Completed
from auditor.corpus.corpus import Corpus, Roles
from auditor.pii.spans import Span, find_spans
from auditor.report import choose_excerpts as excerpts
from auditor.report.choose_excerpts import MARGIN, choose_excerpts
from tests.corpora import corpus

WORDS = " ".join(f"word{i}" for i in range(400))
SETTINGS = Settings(pii=PiiSettings(ner="off"))


def shown(
    texts: list[str],
    code: str,
    row: int,
    other: int | None = None,
    settings: Settings = SETTINGS,
    language: Literal["en", "zh"] = "en",
) -> list[str]:
    """The excerpts of one finding, marked words in brackets."""
    table = findings(code, "warn", [row], column="text", ref_row=None if other is None else [other])
    profile = CorpusProfile("d", (), len(texts), 0, ("text",), {"text": "text"}, {}, "en", 1, "", {})
    audit = Audit(profile, {"duplicates": Completed((), table)}, {}, {}, {})
    chosen = choose_excerpts(corpus(texts, language=language), audit, settings)
    return ["".join(f"[{text}]" if kind == "mark" else text for kind, text in e.parts) for e in chosen]


def test_a_pair_is_shown_where_it_first_differs_however_late_that_is() -> None:
    left, right = shown([f"{WORDS} old end", f"{WORDS} new end"], "DUP003", 1, 0)
    assert "[new]" in left and "[old]" in right
    assert left.startswith("…") and "word0 " not in left


def test_a_pair_that_fits_is_shown_whole() -> None:
    texts = [f"{WORDS[:199]} {word} end" for word in ("old", "new")]
    assert [text.replace("[", "").replace("]", "") for text in shown(texts, "DUP003", 1, 0)] == texts[::-1]


def test_equal_texts_are_shown_from_their_start() -> None:
    first, copy = shown([WORDS, WORDS], "DUP001", 1, 0)
    assert first.startswith("word0 word1 ") and first.endswith("…")
    assert copy == "", "an exact copy is shown once"


def test_a_difference_near_the_head_does_not_hide_what_two_long_texts_share() -> None:
    heads = ("Received from alpha relay on Monday", "Quite another head of a letter that goes on")
    left, right = shown([f"{heads[0]} {WORDS} old end", f"{heads[1]} {WORDS} new end"], "DUP002", 1, 0)
    for text, word in ((left, "new"), (right, "old")):
        assert f"[{word}]" in text and "word399" in text, text
        assert text.count("[") == 1, "only what differs is marked"


@pytest.mark.parametrize(
    "text",
    [
        "Der Paketbote hat das Päckchen gestern Abend bei unserem Nachbarn Jürgen abgegeben, und niemand wusste davon.",
        "昨日の夜、荷物が届きませんでしたので、確認をお願いいたします。",
    ],
)
def test_a_text_without_a_tagger_for_its_language_is_shown_only_where_asked(text: str) -> None:
    assert shown([text], "QLT003", 0) == []
    assert shown([text], "QLT003", 0, settings=SETTINGS.model_copy(update={"excerpts": "all"})) == [text]


def test_a_text_and_its_beginning_are_shown_where_one_ends() -> None:
    left, right = shown([WORDS, f"{WORDS} and more"], "DUP003", 1, 0)
    assert left.endswith("word399[ and more]")
    assert right.endswith("word399")


def test_what_stands_at_the_edge_of_what_is_looked_through_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long addresses leave room in an excerpt; it is not filled with words whose neighbours nobody saw."""
    looked: list[str] = []

    def spans(texts: Sequence[str], *args: object, **options: object) -> list[list[Span]]:
        looked.extend(texts)
        return find_spans(texts, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(excerpts, "find_spans", spans)
    before, after = (" ".join(f"{'x' * 60}{i}@corp-mail.io {side}{i}" for i in range(40)) for side in ("a", "z"))
    texts = [f"{before} {word} {after}" for word in ("old", "new")]
    pair = shown(texts, "DUP003", 1, 0)
    windows = [text for text in looked if text not in texts and "corp-mail" in text]
    assert len(pair) == len(windows) == 2
    for text, window in zip(pair, windows, strict=True):
        assert text.startswith("…") and text.endswith("…")
        edges = re.findall(r"\b[az]\d+\b", window[:MARGIN] + " … " + window[-MARGIN:])
        assert edges and not set(edges) & set(re.findall(r"\b[az]\d+\b", text))


def test_a_name_that_is_not_sure_enough_to_be_told_is_still_hidden() -> None:
    text = "房间干净，杨建新推荐的，早餐也不错。"
    named = [s.entity for s in find_spans([text], Settings(), "zh", ner=True)[0]]
    (seen,) = shown([text], "QLT003", 0, settings=Settings(), language="zh")
    assert "PERSON" not in named
    assert "杨建新" not in seen and "⟦PERSON⟧" in seen and "早餐" in seen


@pytest.mark.parametrize(
    ("severity", "since", "rows", "count"),
    [("info", None, 100, 12), ("info", "r", 100, 1), ("fail", "r", 100, 2), ("info", "r", 1600, 3)],
)
def test_a_batch_shows_fewer_rows_and_more_of_what_matters(
    severity: Severity, since: str | None, rows: int, count: int
) -> None:
    table = findings("QLT003", severity, list(range(20)), column="text")
    profile = CorpusProfile("d", (), rows, 0, ("text",), {"text": "text"}, {}, "en", 1, "", {})
    audit = Audit(profile, {"quality": Completed((), table)}, {}, {}, {})
    texts = [f"the text of row {i}" for i in range(rows)]
    chosen = choose_excerpts(corpus(texts), audit, SETTINGS.model_copy(update={"since": since}))
    assert [item.row_id for item in chosen] == list(range(count))


def test_no_text_is_shown_where_none_is_wanted() -> None:
    assert shown(["a text of some length"], "QLT003", 0) == ["a text of some length"]
    assert (
        shown(["a text of some length"], "QLT003", 0, settings=SETTINGS.model_copy(update={"excerpts": "none"})) == []
    )


def test_an_address_beside_the_difference_is_hidden_in_both() -> None:
    texts = [f"{WORDS} {word} mail someone@corp-mail.io now" for word in ("old", "new")]
    for text in shown(texts, "DUP003", 1, 0):
        assert "someone" not in text and "⟦EMAIL_ADDRESS⟧" in text


@pytest.mark.parametrize(("value", "means"), [("false", "none"), (False, "none"), ("true", "auto"), ("all", "all")])
def test_yes_and_no_are_understood(value: object, means: str) -> None:
    assert Settings(excerpts=value).excerpts == means  # type: ignore[arg-type]


def test_an_example_shows_the_text_and_not_the_column_a_finding_is_about() -> None:
    table = pa.table({"text": pa.array(["a text to be shown"], pa.large_string()), "label": ["a class"]})
    c = Corpus("d", ("d",), table, np.arange(1), Roles("text", "label"))
    found = findings("LBL001", "warn", [0], column="label")
    profile = CorpusProfile("d", (), 1, 0, ("text",), {"text": "text"}, {}, "en", 1, "", {})
    audit = Audit(profile, {"labels": Completed((), found)}, {}, {}, {})
    (excerpt,) = choose_excerpts(c, audit, SETTINGS)
    assert excerpt.parts == (("label", "a class"), ("text", "a text to be shown"))
